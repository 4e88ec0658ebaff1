"""What the sandbox acquirer's reasons for a decline mean: may another day work, must the owner approve, or never.

A reason we do not know is hard: a card is not tried again on a guess.
"""

from __future__ import annotations

from typing import Final

from fareledger.providers.contract import DeclineKind

_SOFT: Final = frozenset({"insufficient_funds", "generic_decline", "processing_error"})


def kind_of(code: str) -> DeclineKind:
    """Return the kind of a decline by its reason word."""
    if code == "authentication_required":
        return "authentication"
    return "soft" if code in _SOFT else "hard"
