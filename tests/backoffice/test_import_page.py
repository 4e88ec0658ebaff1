"""The page of imports: a file is handed in, followed by reloading or by itself, and its refused lines are told."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.hand_in_import import MAX_BYTES
from fareledger.usecases.run_import import run_imports
from fareledger.usecases.show_import import list_imports
from tests.support.operators import new_operator
from tests.support.staff import signed_in

IMPORTS = "/office/imports/"


def hand_in(browser: Client, content: bytes, /, *, name: str = "bookings.csv", file_format: str = "") -> str:
    file = SimpleUploadedFile(name, content)
    answer = browser.post(IMPORTS, {"file": file, "format": file_format})
    assert answer.status_code == 303, answer.content.decode()
    return answer["Location"]


@pytest.mark.parametrize("file_format", ["csv", "jsonl"])
def test_the_example_can_be_imported_as_it_stands(operator: Operator, file_format: str) -> None:
    browser = signed_in(operator)
    example = browser.get(f"{IMPORTS}example.{file_format}")
    assert "attachment" in example["Content-Disposition"]
    page = hand_in(browser, example.content, name="anything.txt", file_format=file_format)
    assert "Waiting for its turn" in browser.get(page).content.decode()
    run_imports(operator)
    shown = browser.get(page).content.decode()
    assert "Done: 2 bookings looked at." in shown
    assert "hx-trigger" not in shown[shown.index('id="import"') :]
    assert "EXAMPLE-1" in browser.get("/office/bookings/").content.decode()
    assert "anything.txt" in browser.get(IMPORTS).content.decode()


def test_what_was_refused_is_told_by_line_and_field_and_as_a_file(operator: Operator) -> None:
    browser = signed_in(operator)
    example = browser.get(f"{IMPORTS}example.csv").content.decode()
    broken = example.replace("268000", "=cmd|' /C calc'!A0").replace("2027-07-02", "soon")
    page = hand_in(browser, broken.encode())
    run_imports(operator)
    shown = browser.get(page).content.decode()
    assert "Why bookings were refused" in shown
    assert "component_price" in shown
    assert "Line 4" in shown
    report = browser.get(f"{page}refused.csv")
    rows = list(csv.DictReader(io.StringIO(report.content.decode("utf-8-sig"))))
    assert [(row["Line"], row["Field"]) for row in rows] == [("2", "component_price"), ("4", "start_date")]
    assert not any(cell.startswith("=") for row in rows for cell in row.values())


def test_news_come_only_when_there_are_some(operator: Operator) -> None:
    browser = signed_in(operator)
    page = hand_in(browser, browser.get(f"{IMPORTS}example.csv").content)
    waiting = browser.get(page).content.decode()
    assert 'hx-trigger="every 1s"' in waiting
    assert browser.get(f"{page}live/?seen=queued-0").status_code == 204
    run_imports(operator)
    news = browser.get(f"{page}live/?seen=queued-0").content.decode()
    assert "Done: 2 bookings" in news
    assert "<html" not in news


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "Choose a file with bookings in it."),
        ("a.xlsx", b"PK", "name it .csv or .jsonl"),
        ("a.csv", b"x" * (MAX_BYTES + 1), "more than 20 MB"),
    ],
)
def test_a_file_that_cannot_be_taken_is_said_at_the_field(
    operator: Operator, name: str, content: bytes, words: str
) -> None:
    answer = signed_in(operator).post(IMPORTS, {"file": SimpleUploadedFile(name, content)})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: Import" in page
    assert page.count(words) == 2
    assert list_imports(operator) == ()


def test_a_form_without_a_file_is_said_too(operator: Operator) -> None:
    answer = signed_in(operator).post(IMPORTS, {"format": "csv"})
    assert answer.status_code == 422
    assert "Choose a file" in answer.content.decode()


def test_an_auditor_reads_but_hands_nothing_in(operator: Operator) -> None:
    browser = signed_in(operator, role="auditor")
    page = browser.get(IMPORTS).content.decode()
    assert "Your role reads" in page
    assert "enctype" not in page
    answer = browser.post(IMPORTS, {"file": SimpleUploadedFile("a.csv", b"reference\n")})
    assert answer.status_code == 403


def test_another_operators_import_is_not_there(operator: Operator) -> None:
    mine = signed_in(operator)
    page = hand_in(mine, mine.get(f"{IMPORTS}example.csv").content)
    stranger = signed_in(new_operator())
    for address in (page, f"{page}live/", f"{page}refused.csv"):
        assert stranger.get(address).status_code == 404
    assert "No file has been handed in yet" in stranger.get(IMPORTS).content.decode()
