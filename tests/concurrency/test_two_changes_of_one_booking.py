"""Two people change one booking at the same moment: one is saved, the other sees what is new; never half of each."""

from collections.abc import Callable
from functools import partial

import pytest

from fareledger.domain.errors import Conflict, FareledgerError
from fareledger.persistence.operators import Operator
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.save_change import Handling, PreviewOutdated, save_change
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.wanted_change import Cancellation, WantedChange
from tests.support.bookings import a_trip_in, priced, sell
from tests.support.people import MARTA, person
from tests.support.racing import race

pytestmark = pytest.mark.slow

ROUNDS = 8


def as_previewed(operator: Operator, *, wanted: WantedChange) -> Callable[[], object]:
    """Preview a change now; what comes back saves it as it was previewed."""
    mark = preview_change(operator, details=wanted, actor=MARTA).mark
    handling = Handling(channel="back_office", previewed=mark)
    return partial(save_change, operator, wanted=wanted, actor=MARTA, handling=handling)


def paying_the_first(operator: Operator, *, shown: Billing) -> Callable[[], object]:
    return partial(
        commit_transaction,
        operator,
        booking_id=shown.booking.id,
        transaction_id=shown.open_rows[0].id,
        received=Received(send_confirmation=False),
        actor=person("Ines Duarte"),
    )


def test_of_two_previewed_changes_one_is_saved(operator: Operator) -> None:
    for _ in range(ROUNDS):
        trip = a_trip_in(150)
        shown = sell(operator, trip)
        prices = (80_000, 120_000)
        finish = race([as_previewed(operator, wanted=priced(trip, price_minor=price)) for price in prices])
        assert len(finish.results) == 1
        assert [type(error) for error in finish.errors] == [PreviewOutdated]
        after = billing_by_id(operator, booking_id=shown.booking.id)
        assert after.booking.version == 2
        assert after.figures.payable_minor in prices
        assert after.figures.unplanned_minor == 0


def test_one_change_pressed_many_times_is_saved_once(operator: Operator) -> None:
    trip = a_trip_in(150)
    shown = sell(operator, trip)
    press = as_previewed(operator, wanted=priced(trip, price_minor=80_000))
    finish = race([press] * 20)
    assert finish.errors == []
    after = billing_by_id(operator, booking_id=shown.booking.id)
    assert (after.booking.version, len(after.emails)) == (2, 1)


def cancel_while_it_is_paid(
    operator: Operator, *, row_locks: bool = True
) -> tuple[list[BaseException], Billing]:
    shown = sell(operator, a_trip_in(150))
    cancel = as_previewed(operator, wanted=Cancellation(booking_id=shown.booking.id))
    finish = race([cancel, paying_the_first(operator, shown=shown)], row_locks=row_locks)
    return finish.errors, billing_by_id(operator, booking_id=shown.booking.id)


def test_a_cancellation_and_a_payment_come_one_after_the_other(operator: Operator) -> None:
    for _ in range(ROUNDS):
        errors, after = cancel_while_it_is_paid(operator)
        assert len(errors) <= 1
        assert all(isinstance(error, Conflict) for error in errors)
        assert after.figures.unplanned_minor == 0
        assert after.booking.cancelled or after.figures.paid_minor == 30_000


def test_without_the_lock_they_get_into_each_others_way(operator: Operator) -> None:
    """The control: the plan no longer adds up, or the database's guards kill one of the two."""
    spoilt = 0
    for _ in range(ROUNDS * 2):
        errors, after = cancel_while_it_is_paid(operator, row_locks=False)
        spoilt += after.figures.unplanned_minor != 0
        spoilt += any(not isinstance(error, FareledgerError) for error in errors)
    assert spoilt > 0
