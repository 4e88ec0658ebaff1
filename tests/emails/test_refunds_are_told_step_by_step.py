"""A customer is written to when a refund is on its way, when it arrived and when it did not, once each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.email_samples import sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email, render_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.send_email import QueuedEmail
from tests.support.acquirer import APPROVED, Acquirer, running_acquirer
from tests.support.paying import later
from tests.support.refunding import (
    BANK,
    REFUND_FAILS,
    REFUND_WAITS,
    Overpaid,
    another_overpaid,
    overpaid,
    press,
    with_threshold,
    worker_asks,
)

KINDS = ("refund_on_its_way", "refund_failed", "refund_confirmation")


@pytest.fixture
def own_acquirer(tmp_path: Path) -> Iterator[Acquirer]:
    """An acquirer whose clock is this test's own."""
    with running_acquirer(tmp_path) as running:
        yield running


def written(one: Overpaid) -> list[str]:
    """The emails about refunds, in the order in which they were queued, as text."""
    with operator_transaction(one.operator.id):
        rows = EmailMessage.objects.filter(operator_id=one.operator.id, kind__in=KINDS)
        emails = [
            QueuedEmail(
                id=row.id, kind=row.kind, operator=one.operator, booking_id=row.booking_id,
                to_email=row.to_email, queued_at=row.queued_at, payload=row.payload,
            )
            for row in rows.order_by("queued_at", "id")
        ]  # fmt: skip
    drawn = [render_email(email) for email in emails]
    return [f"{email.subject}\n{email.text}" for email in drawn]


def a_minute_later(acquirer: Acquirer, *, one: Overpaid) -> None:
    acquirer.admin.set_clock(offset_s=60)
    with later(60):
        worker_asks(one.operator)


def test_one_that_arrives_at_once_is_one_email(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer, cards=((100_000, APPROVED),))
    press(one)
    (mail,) = written(one)
    assert "We have refunded: £200.00" in mail


def test_on_its_way_then_arrived(operator: Operator, own_acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, REFUND_WAITS),))
    press(one)
    (first,) = written(one)
    assert f"refund of £200.00 on its way for booking {one.billing.booking.reference}" in first
    assert "Goes back to: Visa ending 7726" in first
    assert "It has not been confirmed yet" in first
    a_minute_later(own_acquirer, one=one)
    assert [mail.splitlines()[0].partition(": ")[2].split(" for ")[0] for mail in written(one)] == [
        "refund of £200.00 on its way",
        "£200.00",
    ]


def test_on_its_way_then_failed(operator: Operator, own_acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, REFUND_FAILS),))
    press(one)
    a_minute_later(own_acquirer, one=one)
    _, second = written(one)
    assert "refund of £200.00 did not go through" in second
    assert "We still owe you: £200.00" in second
    assert "Could not be paid to: Visa ending 5126" in second
    assert "Ana Sousa" not in second


def test_to_a_bank_account_by_its_name(operator: Operator, own_acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=own_acquirer, cards=((100_000, BANK),))
    (bank,) = {attempt.bank_name for attempt in one.billing.attempts}
    press(one)
    (first,) = written(one)
    assert f"Goes back to: {bank}" in first


def test_what_never_left_is_not_written_about(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=0)
    press(one)
    assert written(one) == []
    other = another_overpaid(operator, merchant=one.merchant)
    acquirer.post("/admin/faults", body={"kind": "error_before", "where": "create_refund"})
    press(other)
    with later(600):
        worker_asks(operator)
    assert [order.status for order in other.orders] == ["failed"]
    assert written(other) == []


@pytest.mark.parametrize("kind", ["refund_on_its_way", "refund_failed"])
@pytest.mark.parametrize("locale", LOCALES)
def test_they_can_be_drawn_in_every_language(operator: Operator, kind: str, locale: str) -> None:
    drawn, facts = sample_facts(operator, kind=kind)
    mail = preview_email(operator, kind=drawn, about=sample_about(operator, locale=locale), facts=facts)
    assert "TRV-48213" in mail.subject
    assert "4242" in mail.text
    assert f'lang="{locale}"' in mail.html
