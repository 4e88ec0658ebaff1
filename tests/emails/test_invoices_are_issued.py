"""Who pays by invoice gets one when booking, and a corrected one when it changes; it never changes itself."""

import io
from dataclasses import replace
from typing import Any

import pypdf
import pytest
from django.db import InternalError, ProgrammingError

from fareledger.domain.access import NotPermitted
from fareledger.domain.identity import new_id
from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.pdf.invoice import invoice_file_name, invoice_pdf
from fareledger.persistence.models import EmailMessage, Invoice
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.issue_invoice import (
    InvalidRecipient,
    InvoiceNotFound,
    InvoiceUnchanged,
    issue_invoice,
    send_invoice_again,
)
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail
from fareledger.usecases.show_booking import billing_by_id
from tests.support.bookings import a_trip, cancelling, priced, sell
from tests.support.invoices import BANK, invoice_emails, invoices, pdf_text, send_booking, with_a_bank
from tests.support.people import BOOKING_API, MARTA, person
from tests.support.racing import race


@pytest.fixture
def seller(operator: Operator) -> Operator:
    """An operator with a bank account."""
    return with_a_bank(operator)


def rendered(operator: Operator, *, email: EmailMessage) -> RenderedEmail:
    """Draw an email of the outbox."""
    return render_email(
        QueuedEmail(
            id=email.id,
            kind=email.kind,
            operator=operator,
            booking_id=email.booking_id,
            to_email=email.to_email,
            queued_at=email.queued_at,
            payload=email.payload,
        )
    )


def test_a_booking_on_invoice_terms_gets_one_at_once(seller: Operator) -> None:
    trip = a_trip()
    booking_id = send_booking(seller, trip)
    (invoice,) = invoices(seller, booking_id=booking_id)
    assert invoice.payload["invoice"] == f"INV-{trip.reference}-1"
    assert invoice.payload["replaces"] == ""
    billing = billing_by_id(seller, booking_id=booking_id)
    open_rows = [[row.due_date.isoformat(), row.amount_minor] for row in billing.open_rows]
    assert invoice.payload["due"] == open_rows
    assert [row.status for row in billing.rows] == ["open", "open"]
    assert f"Invoice INV-{trip.reference}-1 issued" in [event.text for event in billing.timeline]


def test_who_is_not_to_be_written_to_has_an_invoice_all_the_same(seller: Operator) -> None:
    wanted = replace(a_trip(), terms=replace(seller.default_terms.shared, invoice=True))
    quiet = Handling(channel="api", notify=False)
    booking_id = save_change(seller, wanted=wanted, actor=BOOKING_API, handling=quiet).booking_id
    dearer = priced(wanted, price_minor=123400)
    save_change(seller, wanted=dearer, actor=BOOKING_API, handling=quiet)
    assert len(invoices(seller, booking_id=booking_id)) == 1
    assert invoice_emails(seller, booking_id=booking_id) == []
    send_invoice_again(seller, booking_id=booking_id, number=1, to_email="", actor=MARTA)
    assert len(invoice_emails(seller, booking_id=booking_id)) == 1


def test_the_email_carries_it_with_bank_details_and_due_dates(seller: Operator) -> None:
    trip = a_trip()
    (email,) = invoice_emails(seller, booking_id=send_booking(seller, trip))
    drawn = rendered(seller, email=email)
    assert drawn.subject == (
        f"Acme Travel invoice INV-{trip.reference}-1: £1,000.00 for booking {trip.reference}"
    )
    for body in (drawn.text, drawn.html):
        for fact in ("GB33 BUKB 2020 1555 5555 55", "£300.00", "£700.00", "13 May 2027", trip.reference):
            assert fact in body
    (attached,) = drawn.attachments
    assert attached.name == f"INV-{trip.reference}-1.pdf"
    assert attached.content_type == "application/pdf"
    assert attached.content == invoice_pdf(email.payload)


def test_other_bookings_get_none(seller: Operator) -> None:
    booking_id = sell(seller, a_trip()).booking.id
    assert invoices(seller, booking_id=booking_id) == []


def test_a_change_is_answered_by_one_that_names_the_one_it_replaces(seller: Operator) -> None:
    trip = a_trip()
    booking_id = send_booking(seller, trip)
    send_booking(seller, priced(trip, price_minor=123400))
    send_booking(seller, priced(trip, price_minor=123400))
    first, second = invoices(seller, booking_id=booking_id)
    assert second.payload["replaces"] == first.payload["invoice"]
    assert (first.payload["payable_minor"], second.payload["payable_minor"]) == (100000, 123400)
    drawn = rendered(seller, email=invoice_emails(seller, booking_id=booking_id)[1])
    assert f"It replaces INV-{trip.reference}-1." in drawn.text
    assert "It replaces" in pdf_text(drawn.attachments[0].content)


def test_a_change_that_concerns_no_money_issues_none(seller: Operator) -> None:
    trip = a_trip()
    booking_id = send_booking(seller, trip)
    elsewhere = replace(trip.customer, email="new@example.com")
    send_booking(seller, replace(trip, customer=elsewhere))
    assert len(invoices(seller, booking_id=booking_id)) == 1


def test_a_cancelled_part_stands_at_its_fee(seller: Operator) -> None:
    trip = a_trip()
    booking_id = send_booking(seller, trip)
    send_booking(seller, cancelling(trip, "flights"))
    text = pdf_text(invoice_pdf(invoices(seller, booking_id=booking_id)[1].payload))
    assert "Flights from London Heathrow (cancelled, at its cancellation fee)" in text
    assert "£200.00" in text


def test_staff_issue_one_by_hand_and_not_the_same_twice(seller: Operator) -> None:
    billing = sell(seller, a_trip())
    booking_id = billing.booking.id
    assert issue_invoice(seller, booking_id=booking_id, actor=MARTA) == f"INV-{billing.booking.reference}-1"
    with pytest.raises(InvoiceUnchanged, match="says exactly this already"):
        issue_invoice(seller, booking_id=booking_id, actor=MARTA)
    assert len(invoice_emails(seller, booking_id=booking_id)) == 1


def test_sending_again_needs_no_new_one(seller: Operator) -> None:
    booking_id = send_booking(seller, a_trip())
    send_invoice_again(seller, booking_id=booking_id, number=1, to_email="desk@example.com", actor=MARTA)
    first, again = invoice_emails(seller, booking_id=booking_id)
    assert again.to_email == "desk@example.com"
    assert again.payload == first.payload
    with pytest.raises(InvoiceNotFound):
        send_invoice_again(seller, booking_id=booking_id, number=2, to_email="", actor=MARTA)
    with pytest.raises(InvalidRecipient):
        send_invoice_again(seller, booking_id=booking_id, number=1, to_email="nobody", actor=MARTA)


def test_who_may_not_write_to_customers_issues_none(seller: Operator) -> None:
    booking_id = send_booking(seller, a_trip())
    auditor = person("Ada", role="auditor")
    with pytest.raises(NotPermitted):
        issue_invoice(seller, booking_id=booking_id, actor=auditor)
    with pytest.raises(NotPermitted):
        send_invoice_again(seller, booking_id=booking_id, number=1, to_email="", actor=auditor)


def test_an_issued_invoice_cannot_be_changed(seller: Operator) -> None:
    booking_id = send_booking(seller, a_trip())
    with pytest.raises((InternalError, ProgrammingError)), operator_transaction(seller.id):
        Invoice.objects.filter(operator_id=seller.id, booking_id=booking_id).update(issued_by="x")


def test_two_people_at_once_issue_one(seller: Operator) -> None:
    booking_id = sell(seller, a_trip()).booking.id
    finish = race([lambda: issue_invoice(seller, booking_id=booking_id, actor=MARTA)] * 4)
    assert len(finish.results) == 1
    assert {type(error) for error in finish.errors} == {InvoiceUnchanged}


def facts(operator: Operator, **differences: object) -> dict[str, object]:
    """The facts of an invoice, differing as asked."""
    booking_id = send_booking(operator, a_trip(reference=f"TRV-{new_id().hex[-8:]}"))
    return {**invoices(operator, booking_id=booking_id)[0].payload, **differences}


def test_the_same_facts_are_the_same_bytes(seller: Operator) -> None:
    stored = facts(seller)
    assert invoice_pdf(stored) == invoice_pdf(dict(stored))
    assert invoice_pdf(stored) != invoice_pdf({**stored, "left_minor": 1})


def test_the_pdf_says_everything_and_can_be_read_aloud(seller: Operator) -> None:
    stored = facts(seller, non_payable_minor=5000, received_minor=30000)
    pdf = invoice_pdf(stored)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en-GB"
    assert b"pdfuaid" in pdf or "pdfuaid" in str(reader.xmp_metadata and reader.xmp_metadata.rdf_root.toxml())
    text = pdf_text(pdf)
    for fact in (
        f"Invoice {stored['invoice']}",
        "Acme Travel Ltd, 14 Harbour Row, Bristol",
        "Eleanor Hartley",
        "Casa do Jacarandá, Alfama",
        "Not paid to us −£50.00",
        "Paid so far −£300.00",
        "Total price £1,000.00",
        "To pay by 13 May 2027 £700.00",
        "GB33 BUKB 2020 1555 5555 55",
        BANK["bic"],
        "Page 1/1",
    ):
        assert fact in text


@pytest.mark.parametrize(
    ("locale", "currency", "words"),
    [
        ("en-GB", "JPY", "JP¥100,000"),
        ("en-GB", "KWD", "KWD 100.000"),
        ("de-DE", "EUR", "1.000,00 €"),
        ("ja-JP", "JPY", "100,000"),
        ("ar", "KWD", "100.000"),
    ],
)
def test_amounts_are_exact_in_every_currency(
    seller: Operator, locale: str, currency: str, words: str
) -> None:
    assert words in pdf_text(invoice_pdf(facts(seller, locale=locale, currency=currency))).replace(
        "\xa0", " "
    )


@pytest.mark.parametrize("name", ["田中 美咲", "ليلى حداد", "Zoë Ångström", "Łukasz Żółć", "Γιώργος"])
def test_every_letter_has_a_shape(seller: Operator, name: str) -> None:
    pdf = invoice_pdf(facts(seller, customer_name=name))
    read = pdf_text(pdf)
    assert all(part in read or part[::-1] in read for part in name.split())


def test_a_file_name_is_safe() -> None:
    assert invoice_file_name({"invoice": "INV-A b/ü..-1"}) == "INV-A-b-ü..-1.pdf"
