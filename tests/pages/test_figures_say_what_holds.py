"""A figure that is worse than what we want is missed and shown, and the page of measurements keeps all around it."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.pages import targets
from benchmarks.pages.figures import LEAST, Line, Measured, Target
from benchmarks.pages.lighthouse import cookies_of, marks_in
from benchmarks.pages.lines import lines_of
from benchmarks.pages.looking import Look
from benchmarks.pages.report import BEGIN, END, PAGE, markdown, say, write_down
from benchmarks.pages.round import PARTS
from tests.browser.scenes.stage import Scene

FIRST, LAST = BEGIN.format(part="pages"), END.format(part="pages")
HEAVY = Target("weight", "a page", 70, " KB")
MARK = Target("marks", "of a page", 95, "", LEAST)
NONE = Target("axe", "violations", 0)


def line(target: Target, /, *values: float) -> Line:
    return Line(
        target, tuple(Measured(f"page-{number}", value, ("why",)) for number, value in enumerate(values))
    )


@pytest.mark.parametrize(
    ("shown", "holds", "words"),
    [
        (line(HEAVY, 70, 12.5), True, "70 KB (page-0, the worst of 2)"),
        (line(HEAVY, 70.1), False, "70.1 KB"),
        (line(MARK, 95, 100), True, "95 (page-0, the worst of 2)"),
        (line(MARK, 100, 94), False, "94 (page-1, the worst of 2)"),
        (line(NONE, 0, 0), True, "0 on 2 pages"),
        (line(NONE, 0, 3, 4), False, "7 on 3 pages"),
        (line(HEAVY), False, "not measured"),
    ],
)
def test_what_holds(shown: Line, holds: bool, words: str) -> None:
    assert (shown.holds, shown.words) == (holds, words)


@pytest.mark.parametrize(
    ("target", "words"), [(HEAVY, "at most 70 KB"), (MARK, "at least 95"), (NONE, "none")]
)
def test_what_we_want_in_words(target: Target, words: str) -> None:
    assert target.words == words


def test_what_is_missed_is_shown_with_why() -> None:
    console = Console(record=True, width=160, file=StringIO())
    say(console, lines=[line(HEAVY, 71), line(NONE, 0)])
    said = console.export_text()
    assert "missed" in said
    assert "weight, a page: why\n    on 1: page-0\n" in said
    assert "axe, violations: page" not in said


def test_a_look_becomes_figures() -> None:
    fine = Look(Scene("fine", "http://own.test/p/acme/"), weight=41_000, scripts=900)
    bad = Look(Scene("bad", "http://own.test/office/"), weight=151_000, strangers=["http://stranger.test/"])
    scripted = Look(Scene("sheet", "http://own.test/office/", scripted=True))
    found = {one.target: one for one in lines_of([fine, bad, scripted])}
    assert found[targets.WEIGHT["portal"]].worst == Measured("fine", 41.0)
    assert not found[targets.WEIGHT["office"]].holds
    assert found[targets.SCRIPTS].holds
    assert found[targets.STRANGERS].missed == (Measured("bad", 1, ("http://stranger.test/",)),)
    assert [one.where for one in found[targets.SILENT].measured] == ["fine", "bad"]


def test_figures_are_written_between_their_marks(tmp_path: Path) -> None:
    page = tmp_path / "measurements.md"
    page.write_text(f"Before\n{FIRST}\nold\n{LAST}\nAfter\n", encoding="utf-8")
    for _ in range(2):
        write_down([line(HEAVY, 71)], part="pages", day=date(2026, 3, 4), page=page)
    written = page.read_text(encoding="utf-8")
    assert written.startswith(f"Before\n{FIRST}\nMeasured on 4 March 2026")
    assert written.endswith(f"{LAST}\nAfter\n")
    assert written.count("| weight | a page | at most 70 KB | 71 KB | **missed** |") == 1
    assert "old" not in written


def test_a_page_without_a_place_for_figures_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "measurements.md"
    page.write_text(f"Before\n{FIRST}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no place"):
        write_down([], part="pages", day=date(2026, 3, 4), page=page)
    assert page.read_text(encoding="utf-8") == f"Before\n{FIRST}\n"


@pytest.mark.parametrize("part", PARTS)
def test_our_own_page_has_a_place_for_every_part(part: str) -> None:
    text, first, last = PAGE.read_text(encoding="utf-8"), BEGIN.format(part=part), END.format(part=part)
    assert (text.count(first), text.count(last)) == (1, 1)
    assert text.index(first) < text.index(last)


def test_the_table_names_no_machine() -> None:
    assert "/" not in markdown([line(HEAVY, 1)], day=date(2026, 3, 4))


def test_a_page_that_lighthouse_could_not_judge_has_no_marks() -> None:
    report: dict[str, object] = {
        "categories": {
            "performance": {"score": 0.94},
            "accessibility": {"score": 1},
            "best-practices": {"score": None},
        }
    }
    assert marks_in(report) == {"performance": 94, "accessibility": 100, "best-practices": 0}


def test_lighthouse_is_let_in_with_the_cookies_of_a_scene() -> None:
    kept = [{"name": "visit", "value": "a"}, {"name": "csrf", "value": "b"}]
    person = {"cookies": kept}
    scene = Scene("home", "http://own.test/p/acme/", person=person)  # type: ignore[arg-type]  # what is read of it
    assert cookies_of(scene) == {"Cookie": "visit=a; csrf=b"}
    assert cookies_of(Scene("door", "http://own.test/p/acme/")) == {}
