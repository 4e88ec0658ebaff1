"""A part of the trip is cancelled and not yet paid back when the trip ends: the customer's money stays protected."""

import time_machine

from fareledger.domain.accounts import Account
from fareledger.persistence.ledger import balances
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.show_money_chain import money_chain
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.bookings import a_trip_in, cancelling, sell
from tests.support.people import BOOKING_API, person


def in_the_banks(operator: Operator, *, billing: Billing) -> tuple[int, int]:
    """What is in the trust bank and in the operator's own account for the booking, in minor units."""
    with operator_transaction(operator.id):
        found = balances(operator.id, booking_id=billing.booking.id)
    return found.get(Account.PROTECTED_BANK, 0), found.get(Account.OPERATING_BANK, 0)


def commit_all(operator: Operator, *, billing: Billing) -> None:
    for row in billing_by_id(operator, booking_id=billing.booking.id).open_rows:
        commit_transaction(
            operator,
            booking_id=billing.booking.id,
            transaction_id=row.id,
            received=Received(method="bank_transfer"),
            actor=person("Marta Lindgren"),
        )


def test_what_is_owed_stays_in_trust_until_it_is_paid_back(operator: Operator) -> None:
    trip = a_trip_in(3, lasting=2)
    billing = sell(operator, trip)
    commit_all(operator, billing=billing)
    accept_booking(operator, details=cancelling(trip, "hotel"), channel="api", actor=BOOKING_API)
    with time_machine.travel(trip.end_date.isoformat() + "T12:00:00Z", tick=False):
        assert release_protected(operator).completed == 0
    after = trip.end_date.toordinal() + 2
    with time_machine.travel(trip.end_date.fromordinal(after).isoformat() + "T12:00:00Z", tick=False):
        assert release_protected(operator).released == 1
        assert in_the_banks(operator, billing=billing) == (40000, 60000)
        held = money_chain(operator, booking_id=billing.booking.id).protected
        assert (held.state, held.amount_minor, held.released_minor) == ("wait", 40000, 60000)
        commit_all(operator, billing=billing)
        assert in_the_banks(operator, billing=billing) == (0, 60000)
    assert money_chain(operator, booking_id=billing.booking.id).protected.state == "done"
    assert billing_by_id(operator, booking_id=billing.booking.id).figures.outstanding_minor == 0
    assert not [verdict for verdict in verify_ledger([operator]) if not verdict.holds]
