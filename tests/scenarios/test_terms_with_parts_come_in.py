"""Terms with parts come in by the Booking API and by spreadsheet, are answered as they were sent, and read as words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fareledger.domain.plan import Terms
from fareledger.faces.backoffice.words import terms_in_words
from fareledger.persistence.operators import Operator
from fareledger.usecases.import_bookings import Listener, import_bookings
from fareledger.usecases.import_outcome import RefusedRow
from fareledger.usecases.show_booking import billing_by_reference
from tests.support.api import Caller, a_body

DATED: dict[str, Any] = {
    "down_payment_percent": "25",
    "down_payment_minor": None,
    "balance_due_days": 30,
    "schedule": [
        {"percent": "25", "days_after_booking": 30},
        {"percent": "12.5", "days_before_start": 90},
    ],
    "invoice": True,
}
COLUMNS = (
    "reference,currency,booked_on,start_date,end_date,customer_name,customer_email,component_kind,component_title,"
    "component_price,down_payment_percent,balance_due_days,instalments,schedule,invoice"
)
TRIP = "GBP,2026-11-01,2027-06-12,2027-06-22,Eleanor Hartley,e@example.com,hotel,Casa,100000"


def test_the_api_plans_the_parts_and_answers_the_terms_as_sent(operator: Operator) -> None:
    api, body = Caller(operator), a_body(terms=DATED)
    assert api.put(body).status == 201
    assert api.get(f"bookings/{body['reference']}").body["terms"] == DATED
    rows = api.get(f"bookings/{body['reference']}/billing").body["transactions"]
    assert [(row["amount"], row["due_date"], row["status"]) for row in rows] == [
        (25_000, "2026-11-01", "open"),
        (25_000, "2026-12-01", "open"),
        (12_500, "2027-03-14", "open"),
        (37_500, "2027-05-13", "open"),
    ]
    assert api.put(body).status == 200, "a second copy changes nothing"


@pytest.mark.parametrize(
    ("terms", "pointer", "code"),
    [
        ({"instalments": 1}, "/terms/instalments", "invalid_terms"),
        ({"instalments": "3"}, "/terms/instalments", "invalid_type"),
        ({"invoice": "yes"}, "/terms/invoice", "invalid_type"),
        ({"schedule": {}}, "/terms/schedule", "invalid_type"),
        ({"schedule": [{"percent": "25"}]}, "/terms/schedule/0", "invalid_terms"),
        ({"schedule": [{"days_before_start": 40}]}, "/terms/schedule/0/percent", "missing"),
        (
            {"schedule": [{"percent": "25", "days_before_start": 1}]},
            "/terms/schedule/0/days_before_start",
            "invalid_terms",
        ),
        (
            {"schedule": [{"percent": "25", "days_before_start": 40, "day": 1}]},
            "/terms/schedule/0/day",
            "unknown_field",
        ),
    ],
)
def test_the_api_names_what_is_wrong_and_stores_nothing(
    operator: Operator, terms: dict[str, Any], pointer: str, code: str
) -> None:
    body = a_body(terms={"balance_due_days": 30, **terms})
    answer = Caller(operator).put(body)
    assert (answer.status, answer.places()) == (422, {(pointer, code)})
    assert Caller(operator).get(f"bookings/{body['reference']}").status == 404


def take(operator: Operator, path: Path, /, *lines: str) -> list[RefusedRow]:
    path.write_text("\n".join((COLUMNS, *lines)) + "\n", encoding="utf-8")
    refused: list[RefusedRow] = []
    import_bookings(operator, path=path, listener=Listener(refused=refused.append, progress=lambda _: None))
    return refused


def test_a_spreadsheet_has_columns_for_them(operator: Operator, tmp_path: Path) -> None:
    refused = take(
        operator,
        tmp_path / "trips.csv",
        f"A-1,{TRIP},25,30,3,,",
        f"A-2,{TRIP},25,30,,25 @ +30; 12.5 @ -90,yes",
    )
    assert refused == []
    equal = billing_by_reference(operator, reference="A-1")
    assert [row.amount_minor for row in equal.open_rows] == [25_000] * 4
    dated = billing_by_reference(operator, reference="A-2")
    assert dated.booking.terms == Terms.from_json(DATED)


def test_a_spreadsheet_hears_which_column_is_wrong(operator: Operator, tmp_path: Path) -> None:
    refused = take(
        operator,
        tmp_path / "trips.csv",
        f"B-1,{TRIP},25,30,one,,",
        f"B-2,{TRIP},25,30,,25 in May,",
        f"B-3,{TRIP},25,30,,,perhaps",
    )
    assert [(row.line, row.field) for row in refused] == [(2, "instalments"), (3, "schedule"), (4, "invoice")]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        (
            DATED,
            "25 % at booking, 25 % 30 days after booking, 12.5 % 90 days before the start, "
            "balance 30 days before the start, on invoice",
        ),
        (
            {"balance_due_days": 1, "instalments": 3},
            "everything in 3 equal parts, the last 1 day before the start",
        ),
        (
            {"balance_due_days": 0, "down_payment_minor": 5000, "instalments": 2},
            "GBP 50.00 at booking, the rest in 2 equal parts, the last on the first day of travel",
        ),
        (
            {
                "balance_due_days": 30,
                "down_payment_percent": "50",
                "schedule": [{"percent": "50", "days_before_start": 60}],
            },
            "50 % at booking, 50 % 60 days before the start",
        ),
        ({"balance_due_days": 30}, "everything 30 days before the start"),
    ],
)
def test_terms_read_as_words(terms: dict[str, Any], words: str) -> None:
    assert terms_in_words(Terms.from_json(terms), currency="GBP") == words
