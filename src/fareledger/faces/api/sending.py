"""What an endpoint has done, and how that is written into a response; problems are written by `problems.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final

from django.http import HttpResponse
from pydantic import BaseModel

JSON: Final = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What is to be answered; fields of the body that were never set are left out."""

    body: BaseModel | dict[str, Any]
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def text(self) -> bytes:
        """The body as JSON."""
        if isinstance(self.body, BaseModel):
            return self.body.model_dump_json(exclude_unset=True).encode()
        return json.dumps(self.body, ensure_ascii=False).encode()


def send(done: Done) -> HttpResponse:
    """Write the response."""
    return HttpResponse(done.text, status=done.status, content_type=JSON, headers=done.headers)
