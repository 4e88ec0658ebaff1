"""`fareledger verify` understands reversals, and finds one that takes back nothing, or the wrong thing."""

import psycopg
import pytest

from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.list_bookings import list_bookings
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.database import TestDatabase
from tests.support.people import MARTA
from tests.support.planning import again, commit, plan, with_nothing_planned

PROMISE = "Every reversal takes back one movement, for a reason"


@pytest.fixture
def corrected(operator: Operator) -> Billing:
    """A booking with a payment that was recorded by mistake and reversed."""
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id)
    reverse_transaction(
        operator, booking_id=shown.booking.id, transaction_id=row_id, reason="A mistake", actor=MARTA
    )
    return again(operator, shown)


def broken(operator: Operator, /) -> dict[str, str]:
    """What does not hold, by promise."""
    verdicts = verify_ledger([operator])
    return {one.promise: str(one.first) for one in verdicts if not one.holds}


def test_an_honest_reversal_holds_and_is_counted(operator: Operator, corrected: Billing) -> None:
    assert broken(operator) == {}
    (verdict,) = [one for one in verify_ledger([operator]) if one.promise == PROMISE]
    assert verdict.checked == 1


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        (
            "UPDATE transaction SET amount_minor = 1 WHERE reverses IS NOT NULL AND booking_id = %s",
            "reverses no",
        ),
        (
            "UPDATE transaction t SET provider = 'sandbox' WHERE booking_id = %s"
            " AND EXISTS (SELECT 1 FROM transaction u WHERE u.reverses = t.id)",
            "reverses no such row",
        ),
        (
            "UPDATE transaction SET kind = 'refund' WHERE reverses IS NOT NULL AND booking_id = %s",
            "reverses no",
        ),
        (
            "UPDATE ledger_entry SET source_id = 'gone' WHERE source = 'reversal' AND booking_id = %s",
            "reverses no such entry",
        ),
    ],
    ids=["another amount", "money of a provider", "another kind", "no entry"],
)
def test_a_reversal_that_takes_back_the_wrong_thing_is_found(
    operator: Operator, corrected: Billing, database: TestDatabase, statement: str, message: str
) -> None:
    with psycopg.connect(database.owner_url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(statement, (corrected.booking.id,))
    assert message in broken(operator)[PROMISE]


def test_the_list_shows_what_the_booking_shows(operator: Operator, corrected: Billing) -> None:
    (listed,) = list_bookings(operator, asked=BookingQuery(search=corrected.booking.reference)).rows
    assert listed.paid_minor == corrected.figures.paid_minor == 251_600
    assert listed.outstanding_minor == corrected.figures.outstanding_minor
