"""Every movement has a receipt with the figures of its moment: as a page, as a file that is always the same, and for
nobody but the customer of the booking."""

from __future__ import annotations

import pytest
from django.test import Client

from fareledger.faces.shared.pdf.papers import receipt_file_name, receipt_pdf
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.reverse_transaction import reverse_transaction
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.show_receipt import Receipt, ReceiptNotFound, show_receipt
from tests.support.acquirer import Acquirer, enter_card
from tests.support.bookings import a_trip_in, priced, sell
from tests.support.invoices import pdf_text
from tests.support.operators import new_operator
from tests.support.paying import a_customer
from tests.support.people import BOOKING_API, MARTA
from tests.support.planning import again, commit, in_words, plan, with_nothing_planned
from tests.support.portal import inside

SECRET = "Called twice, be firm"


def receipt(operator: Operator, shown: Billing, number: int, /, *, correction: bool = False) -> Receipt:
    """A receipt of a booking by its number."""
    name = f"R-{shown.booking.reference}-{number}{'-C' if correction else ''}"
    return show_receipt(operator, booking_id=shown.booking.id, name=name)


def figures(of: Receipt, /) -> tuple[int, int, int, int]:
    """To pay in total, paid before, this movement, left after."""
    return of.payable_minor, of.paid_before_minor, of.change_minor, of.left_minor


def reverse(operator: Operator, shown: Billing, number: int, /) -> None:
    """Take back the movement with this receipt number."""
    row = next(row for row in again(operator, shown).closed_rows if row.receipt_number == number)
    booking_id = shown.booking.id
    reverse_transaction(operator, booking_id=booking_id, transaction_id=row.id, reason=SECRET, actor=MARTA)


def lived(operator: Operator, *, currency: str = "GBP") -> Billing:
    """A booking of 100 000 minor units: two payments, cheaper by 20 000, which are refunded, one taken back."""
    trip = priced(a_trip_in(90, currency=currency), price_minor=100_000)
    shown = sell(operator, trip)
    for row, amount_minor in zip(shown.open_rows, (40_000, 60_000), strict=False):
        commit(operator, shown, row.id, amount_minor=amount_minor, external_reference=f"BACS {amount_minor}")
    cheaper = priced(trip, price_minor=80_000)
    save_change(operator, wanted=cheaper, actor=BOOKING_API, handling=Handling(channel="api"))
    (refund,) = (row for row in again(operator, shown).open_rows if row.kind == "refund")
    commit(operator, shown, refund.id)
    reverse(operator, shown, 1)
    return again(operator, shown)


def test_the_figures_are_those_of_the_moment_whatever_came_after(operator: Operator) -> None:
    shown = lived(operator)
    assert figures(receipt(operator, shown, 1)) == (100_000, 0, -40_000, 60_000)
    assert figures(receipt(operator, shown, 2)) == (100_000, 40_000, -60_000, 0)
    assert figures(receipt(operator, shown, 3)) == (80_000, 100_000, 20_000, 0)
    corrected = receipt(operator, shown, 1, correction=True)
    assert figures(corrected) == (80_000, 80_000, 40_000, 40_000)
    assert corrected.corrects == f"R-{shown.booking.reference}-1"


def test_they_are_those_that_the_emails_told(operator: Operator) -> None:
    shown = lived(operator)
    with operator_transaction(operator.id):
        mails = EmailMessage.objects.filter(booking_id=shown.booking.id, payload__has_key="receipt")
        told = [mail.payload for mail in mails.order_by("queued_at")]
    assert len(told) == 3
    for facts in told:
        found = show_receipt(operator, booking_id=shown.booking.id, name=facts["receipt"])
        assert found.amount_minor == facts["amount_minor"]
        assert found.payable_minor == facts["payable_minor"]
        assert found.paid_before_minor == facts["paid_before_minor"]
        assert found.left_minor == facts["left_minor"]


def test_a_card_is_named_by_its_last_digits(operator: Operator, acquirer: Acquirer) -> None:
    customer = a_customer(operator, acquirer=acquirer)
    attempt = customer.press_pay()
    enter_card(attempt.frame_url)
    refresh_attempt(operator, attempt_id=attempt.id)
    shown = customer.billing
    found = receipt(operator, shown, 1)
    assert figures(found) == (100_000, 0, -30_000, 70_000)
    assert (found.card_brand, found.card_last4, found.online) == ("visa", "4242", True)
    page = inside(operator, booking_id=shown.booking.id).get(f"/p/{operator.slug}/receipts/{found.name}/")
    words = in_words(page.content.decode())
    for fact in ("£300.00", "Visa ending 4242", "Online", "Left to pay £700.00", operator.legal_name):
        assert fact in words


def test_money_that_closed_several_rows_has_one_receipt_under_each_number(operator: Operator) -> None:
    shown = with_nothing_planned(operator, payable_minor=651_600, paid_minor=251_600)
    assert [row.receipt_number for row in shown.closed_rows] == [1, 2]
    assert receipt(operator, shown, 2) == receipt(operator, shown, 1)
    assert figures(receipt(operator, shown, 1)) == (651_600, 0, -251_600, 400_000)


@pytest.mark.parametrize(("currency", "told"), [("JPY", "JP¥40,000"), ("KWD", "KWD\xa040.000")])
def test_amounts_are_exact_in_every_currency(currency: str, told: str, db: None) -> None:
    operator = new_operator(currencies=("GBP", currency))
    shown = lived(operator, currency=currency)
    first = receipt(operator, shown, 1)
    assert told.replace("\xa0", " ") in pdf_text(receipt_pdf(operator, receipt=first)).replace("\xa0", " ")


def test_the_page_says_what_the_file_says(operator: Operator) -> None:
    shown = lived(operator)
    client = inside(operator, booking_id=shown.booking.id)
    for number, correction, facts in (
        (1, False, ("We have received £400.00", "bank transfer", "BACS 40000", "Paid before £0.00")),
        (3, False, ("We have refunded £200.00", "This refund £200.00", "Paid before −£1,000.00")),
        (1, True, ("We have corrected £400.00", "which was recorded by mistake", "This correction £400.00")),
    ):
        found = receipt(operator, shown, number, correction=correction)
        address = f"/p/{operator.slug}/receipts/{found.name}/"
        page = in_words(client.get(address).content.decode())
        answer = client.get(f"{address}pdf/")
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == f'inline; filename="{receipt_file_name(found)}"'
        assert answer["Cache-Control"] == "no-store"
        for told in (page, pdf_text(answer.content)):
            for fact in (*facts, found.name, shown.booking.reference, operator.legal_name, "Eleanor Hartley"):
                assert fact in told, (fact, told)
            assert SECRET not in told


def test_the_file_is_small_and_the_same_every_time(operator: Operator) -> None:
    shown = lived(operator)
    first = receipt_pdf(operator, receipt=receipt(operator, shown, 2))
    commit(operator, shown, plan(operator, shown, amount_minor=1_000))
    assert receipt_pdf(operator, receipt=receipt(operator, shown, 2)) == first
    assert len(first) < 60_000


def test_comments_of_staff_are_on_no_paper(operator: Operator) -> None:
    shown = with_nothing_planned(operator, paid_minor=0)
    commit(operator, shown, plan(operator, shown, amount_minor=2_500, comment=SECRET))
    found = receipt(operator, shown, 1)
    assert SECRET not in pdf_text(receipt_pdf(operator, receipt=found))
    page = inside(operator, booking_id=shown.booking.id).get(f"/p/{operator.slug}/receipts/{found.name}/")
    assert SECRET not in page.content.decode()


def test_receipts_of_others_do_not_exist(operator: Operator) -> None:
    mine, theirs = lived(operator), lived(operator)
    client = inside(operator, booking_id=mine.booking.id)
    base = f"/p/{operator.slug}/receipts"
    for name in (f"R-{theirs.booking.reference}-1", f"R-{mine.booking.reference}-9", "nothing"):
        assert client.get(f"{base}/{name}/").status_code == 404
        assert client.get(f"{base}/{name}/pdf/").status_code == 404
    with pytest.raises(ReceiptNotFound):
        show_receipt(operator, booking_id=mine.booking.id, name=f"R-{theirs.booking.reference}-1")


def test_nobody_reads_one_without_a_visit_or_at_another_operator(operator: Operator) -> None:
    shown = lived(operator)
    name = f"R-{shown.booking.reference}-1"
    stranger = Client()
    for page in (f"receipts/{name}/", f"receipts/{name}/pdf/", "statement/", "statement/pdf/"):
        answer = stranger.get(f"/p/{operator.slug}/{page}")
        assert answer.status_code == 303
        assert "/sign-in/" in answer["Location"]
        assert name not in answer.content.decode()
    other = new_operator()
    foreign = inside(other, booking_id=lived(other).booking.id)
    assert foreign.get(f"/p/{other.slug}/receipts/{name}/").status_code == 404
