"""Staff who press at the same moment: one wins, the other reads who it was; and the control without the lock."""

from collections.abc import Callable
from functools import partial
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.persistence.operators import Operator
from fareledger.usecases.commit_transaction import AlreadyClosed, Received, commit_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.find_open_row import AlreadyDeleted, RowHasMovedOn
from fareledger.usecases.plan_transaction import InvalidPlan, WantedRow, plan_transaction
from fareledger.usecases.reverse_transaction import AlreadyReversed, reverse_transaction
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.people import person
from tests.support.planning import again, commit, plan, with_nothing_planned
from tests.support.racing import race

ROUNDS = 5
ANA, BEN = person("Ana"), person("Ben")


def committing(operator: Operator, shown: Billing, row_id: UUID, /) -> list[Callable[[], object]]:
    return [
        partial(
            commit_transaction,
            operator,
            booking_id=shown.booking.id,
            transaction_id=row_id,
            received=Received(send_confirmation=False),
            actor=actor,
        )
        for actor in (ANA, BEN)
    ]


def test_two_commits_of_one_row_have_one_winner(operator: Operator) -> None:
    for _ in range(ROUNDS):
        shown = with_nothing_planned(operator)
        row_id = plan(operator, shown, amount_minor=250_000)
        finish = race(committing(operator, shown, row_id))
        (loss,) = finish.errors
        assert isinstance(loss, AlreadyClosed)
        done = again(operator, shown)
        (row,) = [row for row in done.rows if row.id == row_id]
        assert loss.by == row.closed_by
        assert done.figures.paid_minor == 501_600
    assert all(verdict.holds for verdict in verify_ledger([operator]))


def test_without_the_lock_the_loser_dies_of_something_else(operator: Operator) -> None:
    died = 0
    for _ in range(ROUNDS * 3):
        shown = with_nothing_planned(operator)
        row_id = plan(operator, shown, amount_minor=250_000)
        finish = race(committing(operator, shown, row_id), row_locks=False)
        died += any(not isinstance(error, RowHasMovedOn) for error in finish.errors)
        assert again(operator, shown).figures.paid_minor == 501_600
    assert died > 0


def test_one_commits_while_the_other_deletes(operator: Operator) -> None:
    for _ in range(ROUNDS):
        shown = with_nothing_planned(operator)
        row_id = plan(operator, shown, amount_minor=250_000)
        delete: Callable[[], object] = partial(
            delete_transaction, operator, booking_id=shown.booking.id, transaction_id=row_id, actor=BEN
        )
        finish = race([committing(operator, shown, row_id)[0], delete])
        (loss,) = finish.errors
        assert isinstance(loss, AlreadyClosed | AlreadyDeleted)
        paid = again(operator, shown).figures.paid_minor
        assert (paid, loss.by) in {(501_600, "Ana"), (251_600, "Ben")}


def test_one_form_pressed_many_times_at_once_is_one_row(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    wanted = WantedRow(
        kind="payment",
        method="credit_card",
        type="partial",
        amount_minor=100_000,
        due_date=shown.today,
        form_key=new_id(),
    )
    press = partial(plan_transaction, operator, booking_id=shown.booking.id, wanted=wanted, actor=ANA)
    finish = race([press] * 6)
    assert finish.errors == []
    assert set(finish.results) == {wanted.form_key}
    assert [row.amount_minor for row in again(operator, shown).open_rows] == [100_000]


def test_two_people_cannot_plan_the_same_remainder(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    wanted = WantedRow(kind="payment", method="credit_card", type="total", due_date=shown.today)
    finish = race(
        [
            partial(plan_transaction, operator, booking_id=shown.booking.id, wanted=wanted, actor=actor)
            for actor in (ANA, BEN)
        ]
    )
    assert [type(error) for error in finish.errors] == [InvalidPlan]
    assert again(operator, shown).figures.unplanned_minor == 0


def test_two_reversals_of_one_row_have_one_winner(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id)
    finish = race(
        [
            partial(
                reverse_transaction,
                operator,
                booking_id=shown.booking.id,
                transaction_id=row_id,
                reason="A mistake",
                actor=actor,
            )
            for actor in (ANA, BEN)
        ]
    )
    assert [type(error) for error in finish.errors] == [AlreadyReversed]
    assert again(operator, shown).figures.paid_minor == 251_600
