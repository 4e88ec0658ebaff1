"""The sums on a page, added up the way a reader would: line by line, each result below its rule."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

_SUM = re.compile(r'<dl class="sum">(.*?)</dl>', re.DOTALL)
_LINE = re.compile(
    r"<div(?P<kind>[^>]*)>\s*<dt>.*?</dt><dd class=\"amount\">(?P<amount>[^<]+)</dd>", re.DOTALL
)
_FIGURE = re.compile(
    r'<details class="figure" id="(?P<name>\w+)">\s*<summary>.*?<span class="amount">(?P<amount>[^<]+)</span>'
    r"</summary>(?P<inside>.*?)</details>",
    re.DOTALL,
)
_WE_OWE = "We owe you"


@dataclass(frozen=True)
class PaperSum:
    """The lines of one sum, and the result it comes to, in minor units."""

    lines: int
    result_minor: int


def minor(written: str) -> int:
    """Read an amount back, in English: "−£1,240.00" is −124000, and "JP¥70,000" is 70000."""
    text = html.unescape(written)
    digits = int("".join(re.findall(r"\d", text)))
    return -digits if text.startswith(("−", "\u200e−")) else digits


def sums_of(page: str) -> list[PaperSum]:
    """Add up every sum of a page; each result must be what stands above it."""
    return [_added_up(found) for found in _SUM.findall(page)]


def figures_of(page: str) -> dict[str, int]:
    """Open every figure of the booking home: its amount must be the result of each sum in it, or 0 without any."""
    found = {}
    for figure in _FIGURE.finditer(page):
        amount = minor(figure["amount"])
        results = [one.result_minor for one in sums_of(figure["inside"])]
        assert results == [amount] * len(results), (figure["name"], amount, results)
        assert results or amount == 0, figure["name"]
        found[figure["name"]] = amount
    return found


def _added_up(inside: str) -> PaperSum:
    running = lines = 0
    last = None
    for line in _LINE.finditer(inside):
        amount = minor(line["amount"])
        if "total" not in line["kind"]:
            running, lines, last = running + amount, lines + 1, None
            continue
        # What we owe is told without a sign: the words say whose it is.
        shown = -amount if _WE_OWE in line[0] else amount
        assert shown == running, inside
        last = shown
    assert last is not None, inside
    return PaperSum(lines, last)
