"""How an invoice is called, and when another one says something else.

An invoice is frozen when it is issued. What it asks for may change later; then a new one is issued that names the one
it replaces, and both are kept.
"""

from collections.abc import Mapping
from typing import Final

# What money and dates an invoice claims; who received it and what was paid meanwhile do not make another one of it.
_CLAIM: Final = (
    "currency",
    "package",
    "start_date",
    "end_date",
    "customer_name",
    "components",
    "non_payable_minor",
    "payable_minor",
    "bank_details",
)
_ISSUE: Final = ("invoice", "replaces", "issued_on")


def invoice_name(reference: str, *, number: int) -> str:
    """Return "INV-TRV-48213-2" for the second invoice of booking TRV-48213."""
    return f"INV-{reference}-{number}"


def claims_the_same(one: Mapping[str, object], *, other: Mapping[str, object]) -> bool:
    """Say whether two invoices ask for the same, whatever was paid between them."""
    return all(one.get(name) == other.get(name) for name in _CLAIM)


def says_the_same(one: Mapping[str, object], *, other: Mapping[str, object]) -> bool:
    """Say whether two invoices differ in nothing but their names and the day they were issued."""
    names = {*one, *other} - set(_ISSUE)
    return all(one.get(name) == other.get(name) for name in names)
