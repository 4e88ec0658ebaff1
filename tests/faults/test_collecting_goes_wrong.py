"""Collecting when answers get lost, the provider is away, news overtakes answers, or the worker is killed: each
approved payment is charged once, and none is forgotten.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from fareledger.domain.payment_machine import Event
from fareledger.persistence.models import Approval, Collection, Mandate, Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import Declined, OutcomeUnknown, SavedCardRequest, Unavailable
from fareledger.usecases.clock import now
from fareledger.usecases.collect_due import collect_due
from fareledger.usecases.crash_points import CrashPoint
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.question_ladder import NOT_CHARGED_COUNTS_AFTER_S
from fareledger.usecases.record_outcome import Learnt, record_event, record_payment
from fareledger.usecases.send_notices import send_notices
from fareledger.usecases.watch_cards import reread_card
from tests.support.acquirer import Acquirer
from tests.support.approved import (
    Approver,
    a_day_of_work,
    an_approver,
    another_approver,
    collections_of,
    day_of,
    on,
    work_through,
)
from tests.support.database import TestDatabase
from tests.support.due import many_due
from tests.support.paying import worker_asks
from tests.support.processes import KILLED, dying_at
from tests.support.scripted_provider import ScriptedGateway, scripted

TIMES = 5


@pytest.fixture
def gateway(operator: Operator) -> ScriptedGateway:
    """A provider that fails as it is told to."""
    return scripted(operator)


def provider(operator: Operator) -> str:
    return f"scripted-{operator.slug}"


def ahead(seconds: float) -> time_machine.travel:
    """Let our clock stand ahead of where it stands now, in a test that travels already."""
    return time_machine.travel(now() + timedelta(seconds=seconds), tick=True)


def states(operator: Operator) -> list[str]:
    return [one.state for one in collections_of(operator)]


def test_a_lost_answer_is_asked_about_and_nothing_is_sent_again(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    many_due(operator, count=1, provider=provider(operator))
    sent: list[SavedCardRequest] = []

    def lose(request: SavedCardRequest) -> None:
        sent.append(request)
        # The provider does it, and its answer gets lost.
        gateway.on_charge = lambda _: None
        gateway.charge_saved(request)
        raise OutcomeUnknown("lost")

    gateway.on_charge = lose
    assert collect_due(operator, threads=1) == 1
    assert states(operator) == ["charging"]
    assert collect_due(operator, threads=1) == 0
    with ahead(10):
        worker_asks(operator)
    assert (states(operator), len(sent), len(gateway.payments)) == (["ended"], 1, 1)


def test_a_provider_that_is_away_is_left_alone_and_asked_again(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    many_due(operator, count=12, provider=provider(operator))
    gateway.fails_with = Unavailable("away")
    assert collect_due(operator, threads=1) == 1
    # One was tried, none is lost, and nothing of it counts as a decline.
    assert states(operator) == ["waiting"] * 12
    assert [one.tries for one in collections_of(operator)] == [0] * 12
    assert collect_due(operator, threads=2) == 12
    assert (states(operator), len(gateway.payments)) == (["ended"] * 12, 12)


def test_a_card_at_a_provider_without_an_account_stops_nobody_elses(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    many_due(operator, count=3, provider=provider(operator))
    with operator_transaction(operator.id):
        lost = Mandate.objects.filter(operator_id=operator.id).order_by("id")[0]
        Mandate.objects.filter(operator_id=operator.id, id=lost.id).update(provider="closed-long-ago")
    for _ in range(2):
        collect_due(operator, threads=1)
    found = {one.booking_id: (one.state, one.failure_code) for one in collections_of(operator)}
    assert found.pop(lost.booking_id) == ("with_staff", "no_provider_account")
    assert (list(found.values()), len(gateway.payments)) == ([("ended", "")] * 2, 2)


def test_an_hour_without_the_provider(operator: Operator, gateway: ScriptedGateway) -> None:
    many_due(operator, count=3, provider=provider(operator))
    for _ in range(6):
        gateway.fails_with = Unavailable("away")
        collect_due(operator, threads=1)
    assert collect_due(operator, threads=1) == 3
    assert (states(operator), len(gateway.payments)) == (["ended"] * 3, 3)


def test_the_webhook_comes_before_our_own_answer(operator: Operator, gateway: ScriptedGateway) -> None:
    many_due(operator, count=1, provider=provider(operator))

    def told_by_webhook(request: SavedCardRequest) -> None:
        gateway.on_charge = lambda _: None
        payment = gateway.charge_saved(request)
        record_payment(operator, attempt_id=request.attempt_id, payment=payment, actor="Worker")

    gateway.on_charge = told_by_webhook
    assert collect_due(operator, threads=1) == 1
    assert states(operator) == ["ended"]


def test_a_decline_is_told_by_the_webhook_first(operator: Operator, gateway: ScriptedGateway) -> None:
    many_due(operator, count=1, provider=provider(operator))
    declined = Declined(code="insufficient_funds", message="No money.", kind="soft", reference="pay_x")

    def declined_twice(request: SavedCardRequest) -> None:
        learnt = Learnt(
            Event.VERIFIED_FAILURE, code=declined.code, detail=declined.message, decline=declined.kind
        )
        record_event(operator, attempt_id=request.attempt_id, learnt=learnt, actor="Worker")
        raise declined

    gateway.on_charge = declined_twice
    assert collect_due(operator, threads=1) == 1
    (found,) = collections_of(operator)
    assert (found.state, found.tries) == ("retry", 1)


def test_money_that_comes_after_it_was_given_up_is_taken_in(
    operator: Operator, gateway: ScriptedGateway
) -> None:
    many_due(operator, count=1, provider=provider(operator))
    requests: list[SavedCardRequest] = []

    def soft(request: SavedCardRequest) -> None:
        requests.append(request)
        raise Declined(code="processing_error", message="Try later.", kind="soft")

    gateway.on_charge = soft
    collect_due(operator, threads=1)
    assert states(operator) == ["retry"]
    gateway.on_charge = lambda _: None
    late = gateway.charge_saved(requests[0])
    record_payment(operator, attempt_id=requests[0].attempt_id, payment=late, actor="Worker")
    assert states(operator) == ["ended"]


def approvers(operator: Operator, *, acquirer: Acquirer) -> list[Approver]:
    first = an_approver(operator, acquirer=acquirer, due_in=3)
    assert first.merchant is not None
    others = [
        another_approver(operator, acquirer=acquirer, merchant=first.merchant, due_in=3)
        for _ in range(TIMES - 1)
    ]
    return [first, *others]


@pytest.mark.slow
@pytest.mark.parametrize(
    "point",
    [
        "after_attempt_commit",
        "after_provider_accepted",
        "before_post",
        "after_post",
        "after_outcome_recorded",
    ],
)
def test_a_killed_worker_charges_each_once(
    operator: Operator, acquirer: Acquirer, database: TestDatabase, point: CrashPoint
) -> None:
    all_of_them = approvers(operator, acquirer=acquirer)
    with on(operator, day_of(operator)):
        send_notices(operator)
    with operator_transaction(operator.id):
        # The process that dies has the wall clock: today is the day.
        _let_it_be_today(operator)
    with dying_at(point, database=database) as dying:
        for _ in range(TIMES):
            assert dying.collect(operator.id) == KILLED
    for _ in range(4):
        with ahead(NOT_CHARGED_COUNTS_AFTER_S + 60):
            worker_asks(operator)
            worker_asks(operator)
            collect_due(operator, threads=1)
    for one in all_of_them:
        assert (one.state, one.row.status) == ("ended", "closed")
        assert one.billing.figures.paid_minor == 30_000
        assert one.states().count("succeeded") == 1
        assert len(one.emails("receipt")) == 1
    assert all_of_them[0].merchant is not None
    taken = [one for one in acquirer.payments_of(all_of_them[0].merchant) if one["status"] == "succeeded"]
    assert len(taken) == TIMES


def _let_it_be_today(operator: Operator) -> None:
    rows = Collection.objects.filter(operator_id=operator.id).values_list("transaction_id", flat=True)
    today = day_of(operator)
    Transaction.objects.filter(operator_id=operator.id, id__in=list(rows)).update(due_date=today)
    Approval.objects.filter(operator_id=operator.id).update(earliest_date=today)
    noticed = now() - timedelta(days=3)
    Collection.objects.filter(operator_id=operator.id).update(next_on=today, noticed_at=noticed)


def test_a_card_that_its_bank_renewed_or_that_was_removed(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=10)
    gateway = open_gateway(operator)
    method = the_mandate(operator).provider_method
    acquirer.admin.change_saved_card(method, exp_month=3, exp_year=2035)
    assert reread_card(operator, gateway=gateway, reference=method)
    assert the_mandate(operator).card_expires == "2035-03"
    assert not reread_card(operator, gateway=gateway, reference="pm_of_somebody_else")
    gateway.detach(method)
    assert reread_card(operator, gateway=gateway, reference=method)
    assert the_mandate(operator).ended_because == "detached"
    assert one.row.approval is None
    (letter,) = one.emails("approval_ended")
    assert letter["approved"] == [[one.row.due_date.isoformat(), one.row.amount_minor]]
    assert "ended, because its card was removed" in str([event.text for event in one.billing.timeline])
    work_through(operator, first=day_of(operator), days=12)
    assert (one.state, one.states()) == ("none", ["cancelled"])


def test_a_card_that_was_removed_when_its_payment_is_due_asks_for_another(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=10)
    day = day_of(operator)
    work_through(operator, first=day, days=10)
    with on(operator, day + timedelta(days=10), hour=1):
        gateway, method = open_gateway(operator), the_mandate(operator).provider_method
        gateway.detach(method)
        assert reread_card(operator, gateway=gateway, reference=method)
    assert one.row.approval is not None
    a_day_of_work(operator, day + timedelta(days=10))
    assert (one.state, one.emails("approval_ended")) == ("needs_method", [])


def the_mandate(operator: Operator) -> Mandate:
    with operator_transaction(operator.id):
        return Mandate.objects.get(operator_id=operator.id)
