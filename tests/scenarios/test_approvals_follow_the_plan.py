"""A plan changes after its rows were approved: what shrank or is later keeps its approval, all else asks again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from fareledger.domain.booking import BookingDetails
from fareledger.domain.plan_edit import DraftRow
from fareledger.persistence.models import Approval, Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.booking_state import stored_details
from fareledger.usecases.cancel_booking import cancel_booking, reinstate_booking
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.edit_plan import WantedPlan, edit_plan
from fareledger.usecases.mandates import usable
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.start_payment import start_payment
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.acquirer import Acquirer, enter_card
from tests.support.approving import Approver, an_approver
from tests.support.bookings import cancelling
from tests.support.paying import a_form
from tests.support.people import BOOKING_API, MARTA


@pytest.fixture
def traveller(operator: Operator, acquirer: Acquirer) -> Approver:
    """A traveller who approved 700.00."""
    made = an_approver(operator, acquirer=acquirer)
    made.approve()
    return made


def details_of(traveller: Approver) -> BookingDetails:
    with operator_transaction(traveller.operator.id):
        booking = Booking.objects.get(operator_id=traveller.operator.id, id=traveller.booking_id)
        return stored_details(booking)


def change(traveller: Approver, details: BookingDetails, /) -> None:
    accept_booking(traveller.operator, details=details, channel="api", actor=BOOKING_API)


def moved(traveller: Approver, *, days: int) -> BookingDetails:
    details, by = details_of(traveller), timedelta(days=days)
    return replace(details, start_date=details.start_date + by, end_date=details.end_date + by)


def is_approved(traveller: Approver) -> bool:
    """Whether the row ahead is approved."""
    return traveller.row.approval is not None


def edit(traveller: Approver, *, amount_minor: int, days: int = 0) -> None:
    """Staff edit the plan by hand: the row ahead gets this amount and moves by so many days."""
    ahead = traveller.row
    rows = tuple(
        DraftRow(
            row_id=row.id,
            kind=row.kind,
            amount_minor=amount_minor if row.id == ahead.id else row.amount_minor,
            due_date=row.due_date + timedelta(days=days) if row.id == ahead.id else row.due_date,
        )
        for row in traveller.billing.open_rows
    )
    edit_plan(traveller.operator, booking_id=traveller.booking_id, wanted=WantedPlan(rows=rows), actor=MARTA)


def test_a_cheaper_trip_keeps_its_approval_and_takes_less(traveller: Approver) -> None:
    change(traveller, cancelling(details_of(traveller), "hotel"))
    row = traveller.row
    assert (row.amount_minor, row.approval is not None) == (30_000, True)
    assert traveller.approvals() == [(70_000, "")]
    assert traveller.emails("approval_ended") == []


def test_a_later_trip_keeps_its_approval_an_earlier_one_asks_again(traveller: Approver) -> None:
    change(traveller, moved(traveller, days=20))
    assert is_approved(traveller)
    change(traveller, moved(traveller, days=-20))
    assert is_approved(traveller)  # back where it was agreed to
    change(traveller, moved(traveller, days=-1))
    assert not is_approved(traveller)
    assert traveller.approvals() == [(70_000, "plan_changed")]
    (letter,) = traveller.emails("approval_ended")
    assert letter.payload["cancelled"] is False
    assert [minor for _, minor in letter.payload["approved"]] == [70_000]
    assert len(traveller.told("approval_ended")) == 1


def test_a_dearer_trip_adds_a_row_of_its_own_that_is_not_approved(traveller: Approver) -> None:
    details = details_of(traveller)
    flights, hotel = details.components
    change(traveller, replace(details, components=(flights, replace(hotel, price_minor=60_000))))
    assert [(row.amount_minor, row.approval is not None) for row in traveller.rows] == [
        (70_000, True),
        (20_000, False),
    ]


@pytest.mark.parametrize(
    ("amount_minor", "days", "keeps"),
    [(60_000, 0, True), (70_000, 5, True), (70_000, -5, False), (60_000, -1, False)],
)
def test_an_edit_by_staff_is_judged_the_same(
    traveller: Approver, amount_minor: int, days: int, *, keeps: bool
) -> None:
    edit(traveller, amount_minor=amount_minor, days=days)
    approved = [row for row in traveller.rows if row.approval is not None]
    assert bool(approved) is keeps
    assert len(traveller.emails("approval_ended")) == (0 if keeps else 1)


def test_a_row_that_shrank_and_grows_by_hand_is_a_new_one(traveller: Approver) -> None:
    edit(traveller, amount_minor=50_000)
    assert is_approved(traveller)
    edit(traveller, amount_minor=70_000)
    assert not is_approved(traveller)
    assert traveller.approvals() == [(70_000, "plan_changed")]


def test_a_deleted_row_takes_its_approval_along(traveller: Approver) -> None:
    delete_transaction(
        traveller.operator, booking_id=traveller.booking_id, transaction_id=traveller.row.id, actor=MARTA
    )
    assert traveller.approvals() == [(70_000, "plan_changed")]


def test_a_committed_row_has_used_its_approval(traveller: Approver) -> None:
    commit_transaction(
        traveller.operator,
        booking_id=traveller.booking_id,
        transaction_id=traveller.row.id,
        received=Received(),
        actor=MARTA,
    )
    assert traveller.approvals() == [(70_000, "used")]
    assert traveller.emails("approval_ended") == []


def test_the_rest_of_a_row_paid_in_part_goes_on_being_approved(traveller: Approver) -> None:
    row = traveller.row
    commit_transaction(
        traveller.operator,
        booking_id=traveller.booking_id,
        transaction_id=row.id,
        received=Received(amount_minor=20_000),
        actor=MARTA,
    )
    rest = traveller.row
    assert (rest.amount_minor, rest.due_date, rest.split_from) == (50_000, row.due_date, row.id)
    assert rest.approval is not None
    assert (rest.approval.amount_minor, rest.approval.earliest_date) == (50_000, row.due_date)
    assert traveller.approvals() == [(70_000, "used"), (50_000, "")]
    with operator_transaction(traveller.operator.id):
        given = Approval.objects.filter(operator_id=traveller.operator.id)
        assert given.values_list("evidence_id", flat=True).distinct().count() == 1


def test_a_row_in_the_place_of_a_rest_asks_again(traveller: Approver) -> None:
    commit_transaction(
        traveller.operator,
        booking_id=traveller.booking_id,
        transaction_id=traveller.row.id,
        received=Received(amount_minor=20_000),
        actor=MARTA,
    )
    edit(traveller, amount_minor=50_000, days=-3)
    assert not is_approved(traveller)
    edit(traveller, amount_minor=50_000, days=3)
    assert not is_approved(traveller)
    assert traveller.approvals() == [(70_000, "used"), (50_000, "plan_changed")]


def test_paying_an_approved_row_oneself_uses_it(traveller: Approver) -> None:
    attempt = start_payment(traveller.operator, form=a_form(traveller.row, booking_id=traveller.booking_id))
    enter_card(attempt.frame_url)
    refresh_attempt(traveller.operator, attempt_id=attempt.id)
    assert traveller.approvals() == [(70_000, "used")]
    assert traveller.mandates() == [("4242", "")]


def test_a_cancelled_booking_ends_everything_and_gives_the_card_back(traveller: Approver) -> None:
    cancel_booking(traveller.operator, booking_id=traveller.booking_id, actor=MARTA, channel="back_office")
    assert traveller.approvals() == [(70_000, "cancelled")]
    assert traveller.mandates() == [("4242", "cancelled")]
    (letter,) = traveller.emails("approval_ended")
    assert letter.payload["cancelled"] is True
    reinstate_booking(traveller.operator, booking_id=traveller.booking_id, actor=MARTA, channel="back_office")
    assert [row.approval for row in traveller.rows] == [None] * len(traveller.rows)
    with operator_transaction(traveller.operator.id):
        assert usable(traveller.operator, booking_id=traveller.booking_id) is None


def test_a_preview_ends_nothing(traveller: Approver) -> None:
    preview_change(traveller.operator, details=moved(traveller, days=-30), actor=MARTA)
    assert traveller.approvals() == [(70_000, "")]
    assert (traveller.emails("approval_ended"), traveller.told("approval_ended")) == ([], [])


def test_what_grew_before_its_card_was_stored_is_not_approved(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    change(traveller, moved(traveller, days=-10))
    enter_card(request.setup.frame_url)
    assert traveller.setup_of(request).state.value == "succeeded"
    assert traveller.approvals() == []
    assert traveller.mandates() == [("4242", "not_needed")]
    assert len(traveller.emails("approval_ended")) == 1


def test_what_shrank_before_its_card_was_stored_is_approved(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    change(traveller, cancelling(details_of(traveller), "hotel"))
    enter_card(request.setup.frame_url)
    traveller.setup_of(request)
    assert is_approved(traveller)
    assert traveller.approvals() == [(70_000, "")]


def test_a_booking_cancelled_while_its_card_is_entered_stores_none(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    cancel_booking(operator, booking_id=traveller.booking_id, actor=MARTA, channel="back_office")
    enter_card(request.setup.frame_url)
    traveller.setup_of(request)
    assert (traveller.approvals(), traveller.mandates()) == ([], [("4242", "not_needed")])


def test_the_story_is_sealed(traveller: Approver) -> None:
    traveller.withdraw()
    traveller.press()
    kinds = [event.kind for event in traveller.billing.timeline if event.kind.startswith("approval")]
    assert kinds == ["approval_given", "approval_withdrawn", "approval_given"]
    assert [verdict.promise for verdict in verify_ledger([traveller.operator]) if not verdict.holds] == []
