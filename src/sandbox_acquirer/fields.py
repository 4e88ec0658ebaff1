"""Read the parameters of a JSON body one by one, each refusal naming its parameter.

It knows types and lengths, not what a parameter means.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from urllib.parse import urlsplit

from sandbox_acquirer.clock import moment
from sandbox_acquirer.errors import InvalidRequest
from sandbox_acquirer.money import exponent


def parse_body(raw: bytes) -> dict[str, object]:
    """Parse a JSON object; an empty body is an empty object.

    Raises InvalidRequest when it is not JSON or not an object.
    """
    if not raw.strip():
        return {}
    try:
        parsed = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise InvalidRequest("body_not_json", message="The body is not valid JSON.") from error
    if not isinstance(parsed, dict):
        raise InvalidRequest("body_not_json", message="The body must be a JSON object.")
    return parsed


class Fields:
    """The parameters of one object. `within` prefixes the names in refusals."""

    def __init__(self, body: Mapping[str, object], *, allowed: Collection[str], within: str = "") -> None:
        self._body = body
        self._within = within
        for name in body:
            if name not in allowed:
                raise InvalidRequest(
                    "parameter_unknown", message=f"Unknown parameter: {within}{name}.", param=within + name
                )

    def refuse(self, name: str, *, message: str, code: str = "parameter_invalid") -> InvalidRequest:
        """Return the refusal of one parameter, ready to raise."""
        return InvalidRequest(code, message=message, param=self._within + name)

    def given(self, name: str) -> bool:
        """Say whether the parameter is there and not null."""
        return self._body.get(name) is not None

    def raw(self, name: str) -> object:
        """Return the parameter as it came, or None."""
        return self._body.get(name)

    def text(self, name: str, *, longest: int = 255) -> str:
        """Return a text of 1 to `longest` characters without control characters."""
        value = self._body.get(name)
        if value is None:
            raise self.refuse(name, code="parameter_missing", message=f"{name} is required.")
        if not isinstance(value, str) or not value.strip() or len(value) > longest or not value.isprintable():
            raise self.refuse(name, message=f"{name} must be a text of 1 to {longest} characters.")
        return value

    def optional_text(self, name: str, *, longest: int = 255) -> str | None:
        """Return the text, or None when the parameter is absent or null."""
        return self.text(name, longest=longest) if self.given(name) else None

    def integer(self, name: str, *, least: int, most: int) -> int:
        """Return a whole number from `least` to `most`; 1.0 and true are not whole numbers."""
        value = self._body.get(name)
        if value is None:
            raise self.refuse(name, code="parameter_missing", message=f"{name} is required.")
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise self.refuse(name, message=f"{name} must be a whole number from {least} to {most}.")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return true or false."""
        value = self._body.get(name, default)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self.refuse(name, message=f"{name} must be true or false.")
        return value

    def currency(self, name: str) -> str:
        """Return an ISO 4217 code in capitals whose minor unit is known."""
        value = self.text(name, longest=3)
        try:
            exponent(value)
        except ValueError as error:
            message = f"{name} must be an ISO 4217 currency code such as GBP."
            raise self.refuse(name, code="currency_invalid", message=message) from error
        return value

    def url(self, name: str) -> str:
        """Return an absolute http or https address without credentials."""
        value = self.text(name, longest=2000)
        if not _is_web_address(value):
            raise self.refuse(name, message=f"{name} must be an absolute http or https address.")
        return value

    def moment(self, name: str) -> datetime:
        """Return an ISO 8601 time with its zone."""
        value = self.text(name, longest=40)
        try:
            return moment(value)
        except ValueError as error:
            raise self.refuse(name, message=f"{name} must be an ISO 8601 time with its zone.") from error

    def inner(self, name: str, *, allowed: Collection[str]) -> Fields:
        """Return the parameters of a nested object."""
        value = self._body.get(name)
        if not isinstance(value, dict):
            raise self.refuse(name, message=f"{name} must be an object.")
        return Fields(value, allowed=allowed, within=f"{self._within}{name}.")


def _is_web_address(text: str) -> bool:
    if not text.isascii() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
    # The origin goes into a Content-Security-Policy, so nothing but a plain host may pass.
    return usable and all(letter.isalnum() or letter in ".-:[]" for letter in parts.netloc)
