"""What a request says beside its body: the parameters of its address, and that it has no body.

A misspelt parameter is refused, because without it the answer would be to another question.
"""

from __future__ import annotations

from collections.abc import Collection

from django.http import HttpRequest

from fareledger.domain.booking_rules import FieldError
from fareledger.domain.errors import Refused
from fareledger.usecases import strict_json


class InvalidParameter(Refused):
    """A parameter of the address that is not known or cannot be."""

    def __init__(self, name: str, *, message: str) -> None:
        super().__init__(code="invalid_parameter", message=message, field=strict_json.pointer(name))


def refuse_unknown(request: HttpRequest, *, known: Collection[str] = ()) -> None:
    """Refuse parameters of the address that nobody knows, or that come twice. Raises InvalidParameter."""
    for name, values in request.GET.lists():
        if name not in known:
            raise InvalidParameter(name[:40], message="This address takes no such parameter.")
        if len(values) > 1:
            raise InvalidParameter(name, message="Give this parameter once.")


def flag(request: HttpRequest, name: str, /, *, default: bool) -> bool:
    """Read a parameter that is `true` or `false`. Raises InvalidParameter."""
    value = request.GET.get(name)
    if value is None:
        return default
    if value not in ("true", "false"):
        raise InvalidParameter(name, message="Give true or false.")
    return value == "true"


def refuse_body(request: HttpRequest) -> None:
    """Refuse a body where none is wanted; an empty object is none. Raises NotJson and InvalidBody."""
    if not request.body.strip():
        return
    value = strict_json.parse(request.body)
    if value != {}:
        name = next(iter(value)) if isinstance(value, dict) else None
        place = "" if name is None else strict_json.pointer(name)
        raise strict_json.InvalidBody([FieldError(place, "unknown_field", "This request has no body.")])
