"""The Billing page sends money back online: the dialog says where to, a second person decides, and every role sees what
it may do."""

import pytest

from fareledger.domain.access import ROLES
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import ProviderRefund
from fareledger.usecases.order_refund import order_refund
from fareledger.usecases.record_refund import record_refund
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.work_queues import work_list
from tests.support.acquirer import APPROVED, APPROVED_DEBIT, Acquirer
from tests.support.people import person
from tests.support.planning import form_key, in_words, path_of, words
from tests.support.refunding import ANA, assert_refunded_once, overpaid, press, with_threshold
from tests.support.staff import signed_in


def refund_page(shown: Billing, row_id: object, /) -> str:
    return path_of(shown, "payments", row_id, "refund")


def test_the_dialog_says_where_the_money_goes_and_sends_it(operator: Operator, acquirer: Acquirer) -> None:
    cards = ((50_000, APPROVED), (30_000, APPROVED_DEBIT))
    one = overpaid(operator, acquirer=acquirer, cards=cards, refund_minor=60_000)
    browser = signed_in(operator, role="agent")
    page = refund_page(one.billing, one.row_id)
    assert "Refund online" in words(browser, path_of(one.billing))
    text = words(browser, page)
    assert "Send GBP 600.00 back online?" in text
    assert "Visa ending 4242" in text and "Visa ending 5556" in text
    assert "GBP 500.00" in text and "GBP 100.00" in text
    sent = {"form_key": form_key(browser, page), "shown_minor": "60000"}
    assert browser.post(page, sent).status_code == 303
    assert browser.post(page, sent).status_code == 303
    text = words(browser, path_of(one.billing))
    assert "has gone back to the customer" in text
    assert "Refunded online −600.00" in text
    assert "Refunds online (1)" in text
    assert len(one.parts) == 2


def test_what_changed_meanwhile_is_shown_again(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    browser = signed_in(operator, role="agent")
    page = refund_page(one.billing, one.row_id)
    answer = browser.post(page, {"form_key": form_key(browser, page), "shown_minor": "19999"})
    assert answer.status_code == 422
    assert "has changed since this form was opened" in in_words(answer.content.decode())
    assert one.parts == []


def test_a_second_person_finds_it_in_today_and_agrees(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=10_000)
    first = signed_in(one.operator, role="approver")
    page = refund_page(one.billing, one.row_id)
    assert "A second person is asked to agree first" in words(first, page)
    first.post(page, {"form_key": form_key(first, page), "shown_minor": "20000"})
    assert "Waits for a second person" in words(first, path_of(one.billing))
    (order,) = one.orders
    decide = path_of(one.billing, "refunds", order.id)
    assert "Agree, send back" not in words(first, decide)
    own = first.post(decide, {"decision": "agree"})
    assert (own.status_code, one.parts) == (422, [])
    second = signed_in(one.operator, role="approver")
    assert "Waits for a second person" in words(second, "/office/")
    assert second.post(decide, {"decision": "refuse", "reason": ""}).status_code == 422
    assert second.post(decide, {"decision": "agree"}).status_code == 303
    assert_refunded_once(one)
    late = second.post(decide, {"decision": "agree"})
    assert late.status_code == 409


def test_a_refusal_is_told_with_its_reason(operator: Operator, acquirer: Acquirer) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=10_000)
    order = press(one)
    second = signed_in(one.operator, role="approver")
    decide = path_of(one.billing, "refunds", order.id)
    assert second.post(decide, {"decision": "refuse", "reason": "Voucher agreed"}).status_code == 303
    text = words(second, path_of(one.billing))
    assert "Voucher agreed" in text and "Refund online" in text


@pytest.mark.parametrize("role", ROLES)
def test_who_may_send_money_back(operator: Operator, acquirer: Acquirer, role: str) -> None:
    one = overpaid(operator, acquirer=acquirer)
    browser = signed_in(operator, role=role)
    allowed = role != "auditor"
    assert (browser.get(refund_page(one.billing, one.row_id)).status_code == 200) is allowed
    assert ("Refund online" in words(browser, path_of(one.billing))) is allowed


@pytest.mark.parametrize("role", ROLES)
def test_who_may_decide(operator: Operator, acquirer: Acquirer, role: str) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=10_000)
    order = press(one)
    browser = signed_in(one.operator, role=role)
    status = browser.get(path_of(one.billing, "refunds", order.id)).status_code
    assert status == (200 if role in ("approver", "admin") else 403)


def test_a_refund_that_failed_needs_somebody_today(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    acquirer.post("/admin/faults", body={"kind": "error_before", "where": "create_refund"})
    order = order_refund(one.operator, form=one.form(), actor=ANA)
    assert order.status in ("running", "failed")
    found = work_list(operator, actor=person("Ana", role="approver"))
    assert "refunds" in [queue.name for queue in found.queues]


def test_where_money_came_back_from_the_dialog_says_so_and_leads_to_another_way(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = overpaid(operator, acquirer=acquirer)
    press(one)
    (part,) = one.parts
    back = ProviderRefund(
        reference=str(part.provider_reference), refund_id=part.id, payment_reference="", state="failed",
        amount_minor=part.amount_minor, currency=part.currency, failure_code="account_closed",
        failure_message="The account is closed",
    )  # fmt: skip
    record_refund(operator, part_id=part.id, refund=back)
    (row,) = one.open_refunds
    browser = signed_in(operator, role="agent")
    page = refund_page(one.billing, row.id)
    text = words(browser, page)
    assert "did not take the last refund: The account is closed" in text
    assert "Pay it by other means instead" in text
    commit = path_of(one.billing, "payments", row.id, "commit")
    assert f'href="{commit}"' in browser.get(page).content.decode()
    assert "Bank Transfer" in words(browser, commit)
