"""The operations of the Booking API as its description has them, so that tests of all of them cover new ones too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.support.api import Answer, Caller

_PREFIX = "/api/v1/"
UNKNOWN_ID = "019c2f4e-6a3b-7c21-9d50-8f1e2b3c4d5e"


@dataclass(frozen=True)
class Described:
    """One operation, with the first example of its request."""

    method: str
    path: str
    scope: str
    media_type: str
    text: bytes

    @property
    def name(self) -> str:
        """Method and path, as they are read."""
        return f"{self.method} {self.path}"

    def sent(self, caller: Caller, *, query: str = "", **parts: str) -> Answer:
        """Send it; `parts` fill the path, whose ids are unknown ones otherwise."""
        ids = {"reference": "TRV-48213", "transaction_id": UNKNOWN_ID, "import_id": UNKNOWN_ID, **parts}
        address = self.path.format(**ids) + query
        return caller.send(self.method, address, text=self.text, content_type=self.media_type)


def operations(caller: Caller) -> Iterator[Described]:
    """Read the description and give every operation."""
    schema = caller.send("GET", "openapi.json", HTTP_AUTHORIZATION="").body
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            media_type, text = _example(operation)
            yield Described(
                method=method.upper(),
                path=path.removeprefix(_PREFIX),
                scope=next(
                    scope for way in operation["security"] for scopes in way.values() for scope in scopes
                ),
                media_type=media_type,
                text=text,
            )


def _example(operation: dict[str, Any]) -> tuple[str, bytes]:
    for media_type, media in operation.get("requestBody", {}).get("content", {}).items():
        if "example" in media:
            return media_type, media["example"].encode()
        return media_type, json.dumps(next(iter(media["examples"].values()))["value"]).encode()
    return "application/json", b""
