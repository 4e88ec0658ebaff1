"""The text and hash of a link in a hash chain, so that stored history can be recomputed anywhere.

The database writes the links as it stores entries and timeline events; `fareledger verify` walks them with
these functions. Nothing here decides which fields a link has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

# The unit separator of ASCII. It may not occur in a field, or two different links could have one text.
SEPARATOR: Final = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A stored link: the hash it says it follows, its fields as text, and the hash it was stored with."""

    previous: str
    fields: tuple[str, ...]
    hash: str


def link_text(previous: str, *, fields: Sequence[str]) -> str:
    """Write the canonical text of a link. Raises ValueError when a field contains the separator."""
    if any(SEPARATOR in field for field in fields):
        raise ValueError("a field of a link may not contain the unit separator")
    return SEPARATOR.join((previous, *fields))


def link_hash(previous: str, *, fields: Sequence[str]) -> str:
    """Compute the hash of a link, as 64 hexadecimal digits, from the hash before it (empty for the first)."""
    return sha256(link_text(previous, fields=fields).encode("utf-8")).hexdigest()


def first_broken(links: Iterable[Link]) -> int | None:
    """Walk a chain from its first link and give the place of the first that does not hold, counted from 0."""
    previous = ""
    for place, link in enumerate(links):
        if link.previous != previous or link.hash != link_hash(previous, fields=link.fields):
            return place
        previous = link.hash
    return None
