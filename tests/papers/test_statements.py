"""The statement as at a date is the ledger's account of the customer, and the same whenever it is asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client

from fareledger.faces.shared.pdf.papers import statement_pdf
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.show_statement import Statement, StatementInFuture, show_statement
from tests.support.bookings import a_trip, priced, sell
from tests.support.invoices import pdf_text
from tests.support.operators import new_operator
from tests.support.people import BOOKING_API, MARTA
from tests.support.planning import commit, in_words, path_of
from tests.support.portal import inside
from tests.support.staff import signed_in

SOLD, PAID, CHANGED, REFUNDED, TAKEN_BACK = (date(2027, month, 10) for month in (1, 2, 3, 4, 5))
AFTER = date(2027, 6, 1)
BALANCE = """
SELECT coalesce(sum(CASE l.side WHEN 'D' THEN l.amount_minor ELSE -l.amount_minor END), 0)
  FROM ledger_line l JOIN ledger_entry e ON e.operator_id = l.operator_id AND e.id = l.entry_id
 WHERE l.operator_id = %s AND l.booking_id = %s AND l.account = 'customer_receivable' AND e.recorded_at < %s
"""


def on(day: date, /) -> time_machine.travel:
    """Noon of a day."""
    return time_machine.travel(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), tick=False)


def lived(operator: Operator, *, currency: str = "GBP") -> UUID:
    """A booking of 100 000 minor units: all paid, cheaper by 20 000, that refunded, and the refund taken back."""
    trip = priced(
        a_trip(
            currency=currency,
            booked_on=SOLD,
            start_date=date(2027, 9, 12),
            end_date=date(2027, 9, 20),
        ),
        price_minor=100_000,
    )
    with on(SOLD):
        shown = sell(operator, trip)
    with on(PAID):
        for row in shown.open_rows:
            commit(operator, shown, row.id, value_date=PAID - timedelta(days=3))
    with on(CHANGED):
        cheaper = priced(trip, price_minor=80_000)
        save_change(operator, wanted=cheaper, actor=BOOKING_API, handling=Handling(channel="api"))
    with on(REFUNDED):
        (refund,) = billing(operator, shown.booking.id).open_rows
        commit(operator, shown, refund.id)
    with on(TAKEN_BACK):
        reverse_transaction(
            operator, booking_id=shown.booking.id, transaction_id=refund.id, reason="Never left", actor=MARTA
        )
    return shown.booking.id


def billing(operator: Operator, booking_id: UUID, /) -> Billing:
    """The booking as it stands."""
    return billing_by_id(operator, booking_id=booking_id)


def as_at(operator: Operator, booking_id: UUID, day: date, /) -> Statement:
    """The statement of a day, asked for when everything is over."""
    with on(AFTER):
        return show_statement(operator, booking_id=booking_id, as_at=day)


def in_the_ledger(operator: Operator, booking_id: UUID, day: date, /) -> int:
    """What the customer owed at the end of a day, summed by the database from the journal's lines."""
    following = day + timedelta(days=1)
    end = datetime(following.year, following.month, following.day, tzinfo=operator.time_zone)
    with operator_transaction(operator.id), connection.cursor() as cursor:
        cursor.execute(BALANCE, (operator.id, booking_id, end))
        return int(cursor.fetchone()[0])


def test_every_line_has_its_balance_and_the_last_one_closes(operator: Operator) -> None:
    found = as_at(operator, lived(operator), AFTER)
    assert [(line.kind, line.change_minor, line.balance_minor) for line in found.lines] == [
        ("sale", 100_000, 100_000),
        ("payment", -30_000, 70_000),
        ("payment", -70_000, 0),
        ("sale_change", -20_000, -20_000),
        ("refund", 20_000, 0),
        ("refund_correction", -20_000, -20_000),
    ]
    sums = (found.charged_minor, found.paid_minor, found.refunded_minor, found.closing_minor)
    assert sums == (80_000, 100_000, 0, -20_000)
    assert found.lines[1].on == PAID - timedelta(days=3)


@pytest.mark.parametrize("currency", ["GBP", "JPY", "KWD"])
def test_at_every_date_it_closes_with_the_ledgers_balance(currency: str, db: None) -> None:
    operator = new_operator(currencies=("GBP", currency))
    booking_id = lived(operator, currency=currency)
    moments = [
        day + timedelta(days=step)
        for day in (SOLD, PAID, CHANGED, REFUNDED, TAKEN_BACK)
        for step in (-1, 0, 1)
    ]
    for day in moments:
        assert as_at(operator, booking_id, day).closing_minor == in_the_ledger(operator, booking_id, day), day
    assert as_at(operator, booking_id, SOLD - timedelta(days=1)).lines == ()


def test_a_day_ends_where_the_operator_is(db: None) -> None:
    honolulu = new_operator(time_zone="Pacific/Honolulu")
    with time_machine.travel(datetime(2027, 1, 10, 8, tzinfo=UTC), tick=False):  # still the 9th there
        shown = sell(honolulu, priced(a_trip(booked_on=date(2027, 1, 9)), price_minor=50_000))
    assert as_at(honolulu, shown.booking.id, date(2027, 1, 9)).closing_minor == 50_000
    assert as_at(honolulu, shown.booking.id, date(2027, 1, 8)).closing_minor == 0


def test_asked_again_later_it_is_the_same_to_the_byte(operator: Operator) -> None:
    booking_id = lived(operator)
    with on(CHANGED):
        then = statement_pdf(operator, statement=show_statement(operator, booking_id=booking_id, as_at=PAID))
    later = statement_pdf(operator, statement=as_at(operator, booking_id, PAID))
    assert later == then
    assert statement_pdf(operator, statement=as_at(operator, booking_id, CHANGED)) != then


def test_the_future_is_not_stated(operator: Operator) -> None:
    booking_id = lived(operator)
    with on(TAKEN_BACK), pytest.raises(StatementInFuture):
        show_statement(operator, booking_id=booking_id, as_at=AFTER)


def test_the_customer_reads_it_at_any_date_without_a_script(operator: Operator) -> None:
    booking_id = lived(operator)
    with on(AFTER):
        client = inside(operator, booking_id=booking_id)
        here = f"/p/{operator.slug}/statement/"
        today = in_words(client.get(here).content.decode())
        assert "Statement as at 1 June 2027" in today
        assert "It says what was recorded up to 1 June 2027." in today
        assert "We owe you £200.00" in today
        for fact in (
            "Price of your booking",
            "Change of your booking",
            "Refund, bank transfer",
            "Correction of R-",
        ):
            assert fact in today
        then = in_words(client.get(here, {"as_at": PAID.isoformat()}).content.decode())
        assert "Left to pay £0.00" in then
        assert "Refund" not in then
        file = client.get(f"{here}pdf/", {"as_at": PAID.isoformat()})
        assert file["Content-Type"] == "application/pdf"
        assert "-2027-02-10.pdf" in file["Content-Disposition"]
        assert "Statement as at 10 February 2027" in pdf_text(file.content)


@pytest.mark.parametrize(
    ("typed", "said"),
    [("2027-06-02", "Choose today or an earlier date"), ("soon", "Enter a date, such as 2027-03-15")],
)
def test_a_date_that_cannot_be_is_said_beside_the_field(operator: Operator, typed: str, said: str) -> None:
    booking_id = lived(operator)
    with on(AFTER):
        client: Client = inside(operator, booking_id=booking_id)
        here = f"/p/{operator.slug}/statement/"
        answer = client.get(here, {"as_at": typed})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "<title>Error:" in page
        assert page.count(said) == 2
        assert f'value="{typed}"' in page
        file = client.get(f"{here}pdf/", {"as_at": typed})
        assert file.status_code == 303
        assert file["Location"] == f"{here}?as_at={typed}"


def test_staff_read_the_same_statement(operator: Operator) -> None:
    shown = billing(operator, lived(operator))
    with on(AFTER):
        staff = signed_in(operator)
        assert path_of(shown, "statement") in staff.get(path_of(shown)).content.decode()
        page = in_words(staff.get(path_of(shown, "statement"), {"as_at": PAID.isoformat()}).content.decode())
        assert "As at 10 February 2027" in page
        assert staff.get(path_of(shown, "statement"), {"as_at": "2030-01-01"}).status_code == 422
        customer = inside(operator, booking_id=shown.booking.id)
        asked = {"as_at": PAID.isoformat()}
        mine = staff.get(path_of(shown, "statement", "pdf"), asked).content
        assert mine == customer.get(f"/p/{operator.slug}/statement/pdf/", asked).content
        name = f"R-{shown.booking.reference}-1"
        paper = staff.get(path_of(shown, "receipts", name, "pdf"))
        assert paper.content == customer.get(f"/p/{operator.slug}/receipts/{name}/pdf/").content
        assert staff.get(path_of(shown, "receipts", "R-1", "pdf")).status_code == 404
