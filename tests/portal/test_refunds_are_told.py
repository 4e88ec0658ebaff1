"""The customer reads each step of an online refund, on the booking home and in the history, not who asked for it."""

from fareledger.persistence.operators import Operator
from tests.support.acquirer import APPROVED, Acquirer
from tests.support.paying import later
from tests.support.planning import in_words, path_of
from tests.support.refunding import (
    BANK,
    REFUND_WAITS,
    Overpaid,
    overpaid,
    press,
    with_threshold,
    worker_asks,
)
from tests.support.staff import signed_in


def portal_pages(one: Overpaid) -> list[str]:
    staff = signed_in(one.operator)
    staff.get(staff.post(path_of(one.billing, "customer-view"))["Location"], follow=True)
    home = f"/p/{one.operator.slug}/"
    return [in_words(staff.get(address).content.decode()) for address in (home, f"{home}history/")]


def test_on_its_way(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer, cards=((100_000, REFUND_WAITS),))
    press(one)
    for text in portal_pages(one):
        assert "Refund of £200.00 on its way to Visa ending 7726" in text


def test_sent_back(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer, cards=((100_000, APPROVED),))
    press(one)
    for text in portal_pages(one):
        assert "Refund of £200.00 sent back to Visa ending 4242" in text
        assert "Ana Sousa" not in text


def test_what_waits_for_a_second_person_is_not_the_customers_business(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = with_threshold(overpaid(operator, acquirer=acquirer), threshold_minor=0)
    press(one)
    for text in portal_pages(one):
        assert "second person" not in text and "on its way" not in text


def test_a_failure_is_told_while_the_money_is_owed(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    acquirer.post("/admin/faults", body={"kind": "error_before", "where": "create_refund"})
    press(one)
    with later(600):
        worker_asks(operator)
    for text in portal_pages(one):
        assert "Refund of £200.00 did not go through. We owe it to you still" in text


def test_to_a_bank_account_names_the_bank(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer, cards=((100_000, BANK),))
    (bank,) = {attempt.bank_name for attempt in one.billing.attempts}
    press(one)
    for text in portal_pages(one):
        assert f"Refund of £200.00 on its way to your account at {bank}" in text
