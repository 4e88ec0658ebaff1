"""The pay page and the page of banks: what may be chosen, what is refused and how; a retry keeps the amount."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.view_as_customer import view_as_customer
from tests.support.approved import Stored, approve
from tests.support.bookings import a_trip_in, priced, sell
from tests.support.paying_ways import takes_other_amounts
from tests.support.people import person
from tests.support.portal import PortalCustomer, inside_unproven, path_of
from tests.support.scripted_provider import ScriptedGateway, scripted

BANK = "scripted-bank"


class Chooser(PortalCustomer):
    """A customer with 300.00 due next, of 1,000.00, whose operator takes other amounts from 10.00 on."""

    def __init__(self, operator: Operator, *, locale: str = "en-GB", currency: str = "GBP") -> None:
        self.gateway: ScriptedGateway = scripted(operator)
        self.trip = a_trip_in(200, currency=currency)
        self.trip = replace(self.trip, customer=replace(self.trip.customer, locale=locale))
        super().__init__(operator, booking_id=sell(operator, self.trip).booking.id)

    def choose(self, **chosen: str) -> object:
        """Send the pay page with these fields chosen."""
        shown = self.get("pay/")
        fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
        return self.client.post(f"/p/{self.operator.slug}/pay/", {**fields, "method": "card", **chosen})


@pytest.fixture
def chooser(operator: Operator) -> Chooser:
    """A customer who may choose freely."""
    return Chooser(takes_other_amounts(operator))


def text_of(answer: object, *, status: int) -> str:
    assert answer.status_code == status, answer  # type: ignore[attr-defined]  # Django's answers are not typed here
    return str(answer.content.decode())  # type: ignore[attr-defined]  # as above


def led_to(answer: object) -> str:
    assert answer.status_code == 303, answer.content.decode()  # type: ignore[attr-defined]  # as above
    return str(answer["Location"])  # type: ignore[index]  # as above


def attempted(chooser: Chooser) -> list[tuple[int, str, str]]:
    return [(one.amount_minor, one.method, one.state) for one in chooser.billing.attempts]


def test_the_page_offers_amounts_and_ways(chooser: Chooser) -> None:
    shown = chooser.get("pay/")
    for words in (
        "Next payment",
        "Everything that is left",
        "Another amount",
        "£10.00",
        "Credit or debit card",
    ):
        assert words in shown
    assert "Bank payment" in shown
    assert "Pay £300.00" in re.sub(r"<[^>]+>", "", shown)


@pytest.mark.parametrize(
    ("chosen", "amount"),
    [
        ({"wanted": "next"}, 30_000),
        ({"wanted": "full"}, 100_000),
        ({"wanted": "other", "amount": "1,000.00"}, 100_000),
        ({"wanted": "other", "amount": " £12.5 "}, 1_250),
    ],
)
def test_each_amount_leads_to_the_card_form(chooser: Chooser, chosen: dict[str, str], amount: int) -> None:
    page = chooser.client.get(led_to(chooser.choose(**chosen)))
    assert "https://scripted.example/frame" in page.content.decode()
    assert attempted(chooser) == [(amount, "credit_card", "awaiting_customer")]


def test_an_amount_is_read_in_the_readers_language(operator: Operator) -> None:
    german = Chooser(takes_other_amounts(operator), locale="de-DE")
    led_to(german.choose(wanted="other", amount="250,50"))
    assert attempted(german)[0][0] == 25_050
    text_of(german.choose(wanted="other", amount="250.50"), status=422)


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the amount in figures"),
        ("lots", "Enter the amount in figures"),
        ("1.005", "Enter the amount in figures"),
        ("9.99", "Enter an amount from"),
        ("1,000.01", "Enter an amount from"),
    ],
)
def test_an_amount_that_cannot_be_paid_is_said_at_the_field(chooser: Chooser, typed: str, says: str) -> None:
    shown = text_of(chooser.choose(wanted="other", amount=typed), status=422)
    assert "<title>Error:" in shown
    assert "There is a problem" in shown
    assert shown.count(says) == 2
    assert f'value="{typed}" aria-invalid="true"' in shown
    assert re.search(r'value="other" checked', shown)
    assert attempted(chooser) == []


def test_without_other_amounts_there_is_no_field(operator: Operator) -> None:
    chooser = Chooser(operator)
    assert 'name="amount"' not in chooser.get("pay/")
    shown = text_of(chooser.choose(wanted="other", amount="50"), status=422)
    assert "Another amount cannot be paid here" in shown


def test_a_balance_that_changed_is_shown_old_and_new(chooser: Chooser) -> None:
    shown = chooser.get("pay/")
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    sell(chooser.operator, priced(chooser.trip, price_minor=120_000))
    answer = chooser.client.post(
        f"/p/{chooser.operator.slug}/pay/", {**fields, "wanted": "next", "method": "card"}
    )
    told = text_of(answer, status=422)
    assert "What is left to pay has changed" in told
    assert "£1,000.00" in told
    assert "£1,200.00" in told
    assert attempted(chooser) == []


def test_a_bank_is_chosen_and_left_for(chooser: Chooser) -> None:
    banks = led_to(chooser.choose(wanted="other", amount="120", method="bank"))
    assert banks.endswith("/pay/bank/?wanted=other&amount=12000")
    shown = text_of(chooser.client.get(banks), status=200)
    assert "Scripted Bank" in shown
    assert "£120.00" in shown
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', shown))
    leaving = led_to(chooser.client.post(f"/p/{chooser.operator.slug}/pay/", {**fields, "bank": BANK}))
    assert attempted(chooser) == [(12_000, "bank_transfer", "awaiting_customer")]
    page = text_of(chooser.client.get(leaving), status=200)
    for words in (
        "Acme Travel Ltd",
        "£120.00",
        "Continue to Scripted Bank",
        'href="https://scripted.example/bank"',
    ):
        assert words in page
    assert 'class="qr"' in page


def test_the_home_leads_to_the_banks_in_one_tap(chooser: Chooser) -> None:
    assert f'href="/p/{chooser.operator.slug}/pay/bank/"' in chooser.get()
    assert "£300.00" in chooser.get("pay/bank/")


def test_a_bank_that_is_not_offered_is_refused(chooser: Chooser) -> None:
    told = text_of(chooser.choose(wanted="next", method="bank", bank="no-such-bank"), status=422)
    assert "This bank cannot be used right now" in told


def test_banks_of_another_currency_are_not_offered_and_it_says_why(operator: Operator) -> None:
    chooser = Chooser(operator, currency="EUR")
    assert "Bank payments are possible in GBP only." in chooser.get("pay/")
    assert "Pay by bank" not in chooser.get()
    assert "Bank payments are possible in GBP only." in chooser.get("pay/bank/")


@pytest.mark.parametrize(
    ("told", "sentence"),
    [
        ({"state": "processing"}, "Most banks take a few seconds"),
        ({"state": "succeeded"}, "Bank payment from Scripted Bank"),
        ({"state": "failed", "failure_code": "customer_refused"}, "The payment was refused at the bank."),
        ({"state": "expired"}, "It was not approved at the bank in time."),
        ({"state": "cancelled"}, "Payment cancelled"),
    ],
)
def test_what_came_of_a_bank_payment(chooser: Chooser, told: dict[str, str], sentence: str) -> None:
    leaving = led_to(chooser.choose(wanted="other", amount="120", method="bank", bank=BANK))
    chooser.gateway.tell(list(chooser.gateway.payments)[-1], **told)
    shown = chooser.outcome_of(leaving)
    assert sentence in shown
    if told["state"] in ("failed", "expired", "cancelled"):
        assert "No money has been taken." in shown
        assert "/pay/bank/?wanted=other&amp;amount=12000" in shown
        assert "/pay/?wanted=other&amp;amount=12000&amp;method=card" in shown
    elif told["state"] == "processing":
        assert "Don’t pay again." in shown
        assert "Don’t pay again." in chooser.get("pay/")


def test_a_retry_by_card_keeps_another_amount(chooser: Chooser) -> None:
    card_page = led_to(chooser.choose(wanted="other", amount="45.60"))
    chooser.gateway.tell(list(chooser.gateway.payments)[-1], state="failed", failure_code="generic_decline")
    fields = dict(
        re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', chooser.outcome_of(card_page))
    )
    led_to(chooser.client.post(f"/p/{chooser.operator.slug}/pay/", fields))
    assert [amount for amount, _, _ in attempted(chooser)] == [4_560, 4_560]


def store_card(chooser: Chooser) -> None:
    stored = Stored(provider_method="pm_scripted", provider=f"scripted-{chooser.operator.slug}")
    approve(chooser.operator, booking_id=chooser.booking_id, stored=stored, rows=0)


def started(chooser: Chooser) -> list[int]:
    return [one.amount_minor for one in chooser.billing.attempts if one.mandate_id]


def test_a_saved_card_is_charged_with_what_the_button_said(chooser: Chooser) -> None:
    store_card(chooser)
    assert "Visa ending 4242" in chooser.get("pay/")
    told = text_of(chooser.choose(wanted="full", method="saved_card"), status=422)
    assert "Please look at the amount once more" in told
    assert started(chooser) == []
    outcome = led_to(chooser.choose(wanted="full", method="saved_card", said_minor="100000"))
    assert "/payments/" in outcome
    assert started(chooser) == [100_000]
    assert "Payment received" in chooser.client.get(outcome).content.decode()


def test_a_saved_card_wants_a_proven_visit(chooser: Chooser) -> None:
    store_card(chooser)
    chooser.client = inside_unproven(chooser.operator, booking_id=chooser.booking_id)
    assert "Use your saved card: first confirm that it is you" in chooser.get("pay/")
    answer = chooser.choose(wanted="next", method="saved_card", said_minor="30000")
    assert "/prove/" in led_to(answer)
    assert started(chooser) == []


def test_staff_only_look(chooser: Chooser) -> None:
    staff = Client()
    address = view_as_customer(chooser.operator, booking_id=chooser.booking_id, actor=person("Marta"))
    staff.get(path_of(address))
    chooser.client = staff
    for page in ("pay/", "pay/bank/"):
        assert "Only the customer can pay here." in chooser.get(page)
    assert text_of(chooser.choose(wanted="next"), status=403)
