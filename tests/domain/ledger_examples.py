"""Reads the worked examples of the ledger page: a call, the table of its entry, the figures after it."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fareledger.domain import ledger
from fareledger.domain.ledger import Account, Posting
from fareledger.domain.protection import Release

_PAGE = Path(__file__).parent.parent.parent / "docs" / "concepts" / "ledger.md"
_CALL = re.compile(r"^`(\w+\(.*\))`$", re.MULTILINE)
_LINE = re.compile(r"^\| (\w+) \| ?([\d,.]*) ?\| ?([\d,.]*) ?\|$", re.MULTILINE)
_AFTER = re.compile(r"^Outstanding (−?[\d,.]+), held ([\d,.]+)\.$", re.MULTILINE)
_ACCOUNT = re.compile(r"^\| (\w+) \| (debit|credit) \| .+ \|$", re.MULTILINE)

_CALLABLE: dict[str, Callable[..., Any]] = {
    "Release": Release,
    **{
        name: getattr(ledger, name)
        for name in (
            "booking_sold",
            "sale_changed",
            "payment_received",
            "refund_paid",
            "online_refund_paid",
            "online_refund_reversed",
            "refund_settled",
            "payment_reversed",
            "refund_reversed",
            "payment_settled",
            "protection_released",
            "revenue_recognised",
        )
    },
}


@dataclass(frozen=True, kw_only=True)
class Example:
    """One example; `outstanding_minor` and `held_minor` are given in the story only."""

    title: str
    call: str
    lines: list[tuple[Account, int]]
    outstanding_minor: int | None
    held_minor: int | None

    def posting(self) -> Posting:
        """Make the call that the page shows."""
        made = _evaluate(ast.parse(self.call, mode="eval").body)
        assert isinstance(made, Posting)
        return made

    def function(self) -> str:
        """Name the movement."""
        return self.call.partition("(")[0]


def movements() -> set[str]:
    """Name every movement that must have an example."""
    return set(_CALLABLE) - {"Release"}


def examples() -> list[Example]:
    """Read every example of the page, in its order."""
    return [_example(section) for section in _PAGE.read_text(encoding="utf-8").split("\n### ")[1:]]


def chart() -> dict[str, str]:
    """Read the side on which each account of the page grows."""
    return dict(_ACCOUNT.findall(_PAGE.read_text(encoding="utf-8")))


def _example(section: str) -> Example:
    (call,) = _CALL.findall(section)
    after = _AFTER.search(section)
    return Example(
        title=section.partition("\n")[0],
        call=call,
        lines=[
            (Account(name), _minor(debit) if debit else -_minor(credit))
            for name, debit, credit in _LINE.findall(section)
        ],
        outstanding_minor=_minor(after[1]) if after else None,
        held_minor=_minor(after[2]) if after else None,
    )


def _minor(text: str) -> int:
    whole, cents = text.replace(",", "").replace("−", "-").split(".")
    assert len(cents) == 2
    return int(whole + cents)


def _evaluate(node: ast.expr) -> object:
    if not isinstance(node, ast.Call):
        return ast.literal_eval(node)
    assert isinstance(node.func, ast.Name)
    positional = [_evaluate(each) for each in node.args]
    named = {str(each.arg): _evaluate(each.value) for each in node.keywords}
    return _CALLABLE[node.func.id](*positional, **named)
