"""Money that went back to a card has its receipt too, and so has money that came back from there."""

from __future__ import annotations

from fareledger.persistence.operators import Operator
from fareledger.providers.contract import ProviderRefund
from fareledger.usecases.record_refund import record_refund
from fareledger.usecases.show_receipt import show_receipt
from fareledger.usecases.show_statement import show_statement
from tests.support.acquirer import Acquirer
from tests.support.invoices import pdf_text
from tests.support.planning import in_words
from tests.support.portal import inside
from tests.support.refunding import overpaid, press


def test_a_refund_to_a_card_names_the_card(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    press(one)
    name = f"R-{one.billing.booking.reference}-2"
    found = show_receipt(operator, booking_id=one.booking_id, name=name)
    assert (found.kind, found.amount_minor, found.left_minor) == ("refund", 20_000, 0)
    assert (found.payable_minor, found.paid_before_minor) == (80_000, 100_000)
    client = inside(operator, booking_id=one.booking_id)
    here = f"/p/{operator.slug}/receipts/{name}/"
    page, paper = in_words(client.get(here).content.decode()), pdf_text(client.get(f"{here}pdf/").content)
    for told in (page, paper):
        assert "We have refunded £200.00" in told
        assert "Visa ending 4242" in told


def test_the_statement_closes_with_it(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    press(one)
    found = show_statement(operator, booking_id=one.booking_id)
    assert [(line.kind, line.change_minor) for line in found.lines] == [
        ("sale", 100_000),
        ("payment", -100_000),
        ("sale_change", -20_000),
        ("refund", 20_000),
    ]
    assert (found.closing_minor, one.billing.figures.outstanding_minor) == (0, 0)


def test_one_that_came_back_is_told_as_such(operator: Operator, acquirer: Acquirer) -> None:
    one = overpaid(operator, acquirer=acquirer)
    press(one)
    (part,) = one.parts
    failed = ProviderRefund(
        reference=str(part.provider_reference),
        refund_id=part.id,
        payment_reference="",
        state="failed",
        amount_minor=part.amount_minor,
        currency=part.currency,
        failure_code="account_closed",
        failure_message="The account is closed",
    )
    record_refund(operator, part_id=part.id, refund=failed)
    name = f"R-{one.billing.booking.reference}-2"
    client = inside(operator, booking_id=one.booking_id)
    base = f"/p/{operator.slug}"
    history = in_words(client.get(f"{base}/history/").content.decode())
    assert f"Refund that came back {name}-C Came back to us £200.00" in history
    page = in_words(client.get(f"{base}/receipts/{name}-C/").content.decode())
    assert f"It takes back receipt {name}, because that money came back to us." in page
    assert "We owe you £200.00" in page
    assert show_receipt(operator, booking_id=one.booking_id, name=name).left_minor == 0
    assert show_statement(operator, booking_id=one.booking_id).closing_minor == -20_000
