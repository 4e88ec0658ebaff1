"""Reads JSON without ever guessing: what money depends on is taken exactly as it was written, or refused.

Refused with their place: keys that occur twice, numbers with a fraction or an exponent (they would pass
through binary floats), numbers beyond 64 bits, NaN and Infinity. Which fields a document has, others
say.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fareledger.domain.booking_rules import FieldError
from fareledger.domain.errors import Refused

_LONGEST_INT: Final = 20
_INT64: Final = range(-(2**63), 2**63)


class NotJson(Refused):
    """The text is no JSON document at all."""

    def __init__(self, message: str) -> None:
        super().__init__(code="not_json", message=message)


class InvalidBody(Refused):
    """A JSON document that does not have the right shape; `errors` names every place that is wrong."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        first = errors[0]
        super().__init__(code="invalid_body", message=first.message, field=first.pointer)
        self.errors = tuple(errors)


@dataclass(frozen=True, slots=True)
class _Fault:
    """Stands where a value could not be taken over."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class _Repeated:
    """Stands for an object in which keys occur twice."""

    keys: tuple[str, ...]


_FRACTION: Final = _Fault(
    "not_whole", "Give a whole number (amounts are in minor units), or text where text is meant."
)
_OVERFLOW: Final = _Fault("number_overflow", "Give a number that fits 64 bits.")
_CONSTANT: Final = _Fault("not_a_number", "NaN and Infinity are no numbers here.")


def parse(text: bytes) -> Any:
    """Read one JSON document in UTF-8. Raises NotJson and InvalidBody."""
    try:
        value = json.loads(
            text.decode("utf-8"),
            parse_float=lambda _: _FRACTION,
            parse_int=_int,
            parse_constant=lambda _: _CONSTANT,
            object_pairs_hook=_object,
        )
        errors = list(_faults(value, at=""))
    except UnicodeDecodeError:
        raise NotJson("The text is not UTF-8.") from None
    except RecursionError:
        raise NotJson("The JSON is nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise NotJson(f"No JSON at line {error.lineno}, column {error.colno}: {error.msg}.") from None
    if errors:
        raise InvalidBody(errors)
    return value


def pointer(*steps: object) -> str:
    """Write a JSON pointer (RFC 6901) from keys and positions."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def _int(text: str) -> int | _Fault:
    # The length comes first: turning a megabyte of digits into a number takes seconds.
    if len(text) > _LONGEST_INT or int(text) not in _INT64:
        return _OVERFLOW
    return int(text)


def _object(pairs: list[tuple[str, object]]) -> dict[str, object] | _Repeated:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    seen: set[str] = set()
    return _Repeated(tuple(key for key, _ in pairs if key in seen or seen.add(key)))  # type: ignore[func-returns-value]  # add() returns None, on purpose


def _faults(value: object, *, at: str) -> Iterator[FieldError]:
    match value:
        case _Fault():
            yield FieldError(at, value.code, value.message)
        case _Repeated():
            yield from (
                FieldError(at + pointer(key), "duplicate_key", "This key occurs twice.") for key in value.keys
            )
        case dict():
            for key, inner in value.items():
                yield from _faults(inner, at=at + pointer(key))
        case list():
            for place, inner in enumerate(value):
                yield from _faults(inner, at=f"{at}/{place}")
