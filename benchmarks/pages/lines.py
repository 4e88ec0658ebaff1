"""Many looks at pages as a few lines of figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from benchmarks.pages import targets
from benchmarks.pages.figures import Line, Measured, Target
from benchmarks.pages.looking import Look

KB = 1000


def lines_of(looks: Iterable[Look], /) -> list[Line]:
    """Return a line for every quantity that a look measures."""
    looks = list(looks)
    scripted = [one for one in looks if one.scene.scripted]
    counts: tuple[tuple[Target, Callable[[Look], list[str]], list[Look]], ...] = (
        (targets.AXE, lambda one: one.violations, looks),
        (targets.STRANGERS, lambda one: one.strangers, looks),
        (targets.COMPLAINTS, lambda one: one.complaints, looks),
        (targets.WIDE, lambda one: one.wide, looks),
        (targets.WIDE_LARGE_TEXT, lambda one: one.wide_large_text, looks),
        (targets.SMALL, lambda one: one.small, looks),
        (targets.SMALL_TOUCH, lambda one: one.small_touch, looks),
        (targets.SILENT, lambda one: one.silent, [one for one in looks if one not in scripted]),
    )
    counted = [counted_line(target, looks=which, found=found) for target, found, which in counts]
    return [*counted, *_weights(looks)]


def counted_line(target: Target, *, looks: list[Look], found: Callable[[Look], list[str]]) -> Line:
    """Return the line of something of which there should be none."""
    return Line(target, tuple(Measured(one.scene.name, len(found(one)), tuple(found(one))) for one in looks))


def _weights(looks: list[Look]) -> Iterable[Line]:
    for face, target in targets.WEIGHT.items():
        yield Line(target, tuple(_weight(one, size=one.weight) for one in looks if one.scene.face == face))
    portal = [one for one in looks if one.scene.face == "portal"]
    yield Line(targets.SCRIPTS, tuple(_weight(one, size=one.scripts) for one in portal))


def _weight(look: Look, *, size: int) -> Measured:
    return Measured(look.scene.name, round(size / KB, 1))
