"""Answers about refunds get lost, come late or contradict us: money goes back once, and what failed is open again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fareledger.persistence.operators import Operator
from fareledger.providers.contract import ProviderRefund
from fareledger.usecases.record_refund import record_refund
from fareledger.usecases.run_refund import NOT_FOUND_COUNTS_AFTER_S
from fareledger.usecases.work_queues import work_list
from tests.support.acquirer import Acquirer
from tests.support.paying import later
from tests.support.refunding import (
    ANA,
    Overpaid,
    assert_refunded_once,
    assert_sound,
    overpaid,
    press,
    worker_asks,
)


def refunds_at(acquirer: Acquirer, *, one: Overpaid) -> list[dict[str, object]]:
    """What the acquirer knows of the refunds of this booking's payments."""
    payments = acquirer.payments_of(one.merchant)
    return [payment for payment in payments if payment["amount_refunded"]]


@pytest.mark.parametrize("fault", ["drop_answer", "error_after_success"])
def test_a_refund_whose_answer_got_lost_is_found_and_counted_once(
    operator: Operator, acquirer: Acquirer, fault: str
) -> None:
    one = overpaid(operator, acquirer=acquirer)
    acquirer.post("/admin/faults", body={"kind": fault, "where": "create_refund"})
    assert press(one).status == "running"
    assert [part.state for part in one.parts] == ["unknown"]
    assert one.told("refund_unknown") == 1
    with later(10):
        assert worker_asks(operator) == 1
    assert_refunded_once(one)
    assert [payment["amount_refunded"] for payment in refunds_at(acquirer, one=one)] == [20_000]


def test_a_refund_that_never_reached_the_provider_has_failed(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    acquirer.post("/admin/faults", body={"kind": "error_before", "where": "create_refund"})
    assert press(one).status == "running"
    with later(20):
        worker_asks(operator)
    assert [part.state for part in one.parts] == ["unknown"]
    with later(NOT_FOUND_COUNTS_AFTER_S + 60):
        worker_asks(operator)
    assert [order.status for order in one.orders] == ["failed"]
    assert [row.id for row in one.open_refunds] == [one.row_id]
    assert press(one).status == "done"
    assert_refunded_once(one)


def told(one: Overpaid, **differences: object) -> ProviderRefund:
    """Say of the only part of a refund what a provider might."""
    (part,) = one.parts
    refund = ProviderRefund(
        reference=part.provider_reference or f"ref_{part.id}",
        refund_id=part.id,
        payment_reference="pay",
        state="succeeded",
        amount_minor=part.amount_minor,
        currency=part.currency,
        failure_code="",
        failure_message="",
    )
    return replace(refund, **differences)  # type: ignore[arg-type]  # builder


def tell(one: Overpaid, **differences: object) -> None:
    record_refund(one.operator, part_id=one.parts[0].id, refund=told(one, **differences))


def test_a_refund_that_fails_after_it_arrived_is_taken_back_and_open_again(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=acquirer)
    assert press(one).status == "done"
    for _ in range(3):
        tell(one, state="failed", failure_message="The card's bank sent it back.")
    tell(one)
    billing = one.billing
    reversals = [row for row in billing.closed_rows if row.is_reversal]
    assert [(row.amount_minor, row.reason) for row in reversals] == [
        (20_000, "The card's bank sent it back.")
    ]
    assert (billing.figures.refunded_online_minor, billing.figures.outstanding_minor) == (0, -20_000)
    assert [row.amount_minor for row in one.open_refunds] == [20_000]
    assert (one.told("refund_reversed"), one.told("refund_failed")) == (1, 1)
    queues = {queue.name: queue for queue in work_list(operator, actor=ANA).queues}
    assert [item.detail["status"] for item in queues["refund_orders"].items] == ["failed"]
    assert_sound(operator)
    again = one.form(one.open_refunds[0].id)
    assert again.shown_minor == 20_000
    assert "refunds" in queues


def test_a_refund_of_another_amount_is_set_aside(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    acquirer.post("/admin/faults", body={"kind": "drop_answer", "where": "create_refund"})
    press(one)
    tell(one, amount_minor=19_999)
    (part,) = one.parts
    assert (part.state, part.failure_code, part.next_ask_at) == ("unknown", "contradiction", None)
    assert one.billing.figures.refunded_online_minor == 0
    queues = {queue.name: queue for queue in work_list(operator, actor=ANA).queues}
    assert len(queues["refund_orders"].items) == 1
    assert_sound(operator)


def test_repeated_late_and_reordered_news_changes_nothing(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    press(one)
    for state in ("pending", "succeeded", "pending", "succeeded"):
        tell(one, state=state)
    assert_refunded_once(one)


def test_a_plan_that_changed_meanwhile_records_what_went_back_all_the_same(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=acquirer)
    acquirer.post("/admin/faults", body={"kind": "drop_answer", "where": "create_refund"})
    press(one)
    one.costs(100_000)
    assert one.open_refunds == []
    with later(10):
        worker_asks(operator)
    figures = one.billing.figures
    assert (figures.refunded_online_minor, figures.outstanding_minor) == (20_000, 20_000)
    assert_sound(operator)
