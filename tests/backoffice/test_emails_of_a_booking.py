"""Staff see what was written to a customer and what became of it, read it as it was sent, and send it again."""

import re
from uuid import UUID, uuid4

import pytest

from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.email_samples import KINDS
from fareledger.faces.shared.emails import render_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.send_email import MailUndeliverable, QueuedEmail, RenderedEmail, send_email
from fareledger.usecases.send_portal_link import send_portal_link
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, sell
from tests.support.invoices import pdf_text, send_booking, with_a_bank
from tests.support.people import MARTA
from tests.support.staff import signed_in


def paid(operator: Operator) -> tuple[Billing, EmailMessage]:
    """A booking whose down payment was received, and its receipt, which waits to be sent."""
    billing = sell(operator, a_trip_in(200))
    row = billing.next_payment
    assert row is not None
    received = Received(method="bank_transfer")
    commit_transaction(
        operator, booking_id=billing.booking.id, transaction_id=row.id, received=received, actor=MARTA
    )
    return billing, emails(operator, billing=billing)[0]


def emails(operator: Operator, *, billing: Billing) -> list[EmailMessage]:
    """The emails of a booking, first one first."""
    with operator_transaction(operator.id):
        found = EmailMessage.objects.filter(operator_id=operator.id, booking_id=billing.booking.id)
        return list(found.order_by("queued_at", "id"))


def takes_it(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """A mail server that takes everything."""


def refuses_it(email: QueuedEmail, *, rendered: RenderedEmail) -> None:
    """A mail server that knows no such mailbox."""
    raise MailUndeliverable("550 no such mailbox")


def address(billing: Billing, *rest: object) -> str:
    """The address of a page about the booking's emails."""
    return "/".join(["/office/bookings", billing.booking.reference, "emails", *map(str, rest), ""])


def came_back(operator: Operator, *, email_id: UUID) -> None:
    """Let an email have bounced."""
    with operator_transaction(operator.id):
        ours = EmailMessage.objects.filter(operator_id=operator.id, id=email_id)
        ours.update(status="bounced", problem="550 mailbox full")


def test_the_list_says_what_became_of_each(operator: Operator) -> None:
    billing, receipt = paid(operator)
    send_email(operator.id, email_id=receipt.id, render=render_email, deliver=takes_it)
    page = signed_in(operator).get(address(billing)).content.decode()
    assert "Acme Travel receipt: £300.00" in page
    assert "eleanor.hartley@example.com" in page
    assert ">Sent<" in page


@pytest.mark.parametrize("how", ["refused", "bounced"])
def test_one_that_did_not_arrive_shows_on_the_booking(operator: Operator, how: str) -> None:
    billing, receipt = paid(operator)
    deliver = refuses_it if how == "refused" else takes_it
    send_email(operator.id, email_id=receipt.id, render=render_email, deliver=deliver)
    if how == "bounced":
        came_back(operator, email_id=receipt.id)
    client = signed_in(operator)
    page = client.get(f"/office/bookings/{billing.booking.reference}/").content.decode()
    words = "could not be sent" if how == "refused" else "came back"
    assert re.search(rf"Receipt to eleanor\.hartley@example\.com {words}\.</b> 550", page)
    assert address(billing, receipt.id) in page
    assert "550" in client.get(address(billing)).content.decode()


def test_it_is_quiet_again_once_it_was_sent_anew(operator: Operator) -> None:
    billing, receipt = paid(operator)
    send_email(operator.id, email_id=receipt.id, render=render_email, deliver=refuses_it)
    client = signed_in(operator)
    answer = client.post(
        address(billing, receipt.id), {"to_email": "eleanor@example.org", "form_key": str(uuid4())}
    )
    assert answer.status_code == 303
    page = client.get(f"/office/bookings/{billing.booking.reference}/").content.decode()
    assert "send it again</a>" not in page
    assert not billing_by_id(operator, booking_id=billing.booking.id).emails_not_arrived


def test_the_same_form_twice_is_one_email(operator: Operator) -> None:
    billing, receipt = paid(operator)
    client, form = signed_in(operator), {"to_email": "desk@example.org", "form_key": str(uuid4())}
    for _ in range(2):
        assert client.post(address(billing, receipt.id), form).status_code == 303
    first, again = emails(operator, billing=billing)
    assert (again.kind, again.payload, again.to_email) == (first.kind, first.payload, "desk@example.org")


def test_a_wrong_address_is_said_beside_the_field(operator: Operator) -> None:
    billing, receipt = paid(operator)
    answer = signed_in(operator).post(
        address(billing, receipt.id), {"to_email": "nobody", "form_key": str(uuid4())}
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert page.count("Give one email address") == 2
    assert 'value="nobody"' in page


def test_a_link_is_not_sent_again(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200))
    send_portal_link(operator, booking_id=billing.booking.id, asked_by="operator", actor=MARTA)
    (email,) = emails(operator, billing=billing)
    client = signed_in(operator)
    assert "works once" in client.get(address(billing, email.id)).content.decode()
    form = {"to_email": "x@example.org", "form_key": str(uuid4())}
    assert client.post(address(billing, email.id), form).status_code == 422


def test_an_auditor_reads_and_does_not_send(operator: Operator) -> None:
    billing, receipt = paid(operator)
    client = signed_in(operator, role="auditor")
    page = client.get(address(billing, receipt.id)).content.decode()
    assert "Your role does not write to customers." in page
    form = {"to_email": "x@example.org", "form_key": str(uuid4())}
    assert client.post(address(billing, receipt.id), form).status_code == 403


def test_an_email_is_shown_as_it_was_sent_and_can_do_nothing(operator: Operator) -> None:
    billing, receipt = paid(operator)
    client = signed_in(operator)
    waiting = client.get(address(billing, receipt.id)).content.decode()
    assert "We have received" in waiting
    send_email(operator.id, email_id=receipt.id, render=render_email, deliver=takes_it)
    page = client.get(address(billing, receipt.id))
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.content.decode()
    assert "frame-src 'self'" in page["Content-Security-Policy"]
    frame = client.get(address(billing, receipt.id, "html"))
    assert "£300.00" in frame.content.decode()
    policy = frame["Content-Security-Policy"]
    assert policy.startswith("sandbox ")
    assert "default-src 'none'" in policy
    assert "allow-scripts" not in policy
    assert frame["X-Frame-Options"] == "SAMEORIGIN"


@pytest.mark.parametrize("kind", ["invoice", "portal_link", "reminder_before"])
def test_an_email_can_be_read_before_it_is_sent(operator: Operator, kind: str) -> None:
    billing = sell(operator, a_trip_in(200))
    client = signed_in(operator)
    page = client.get(f"{address(billing, 'preview')}?kind={kind}").content.decode()
    assert "Nothing has been sent." in page
    assert billing.booking.reference in client.get(address(billing, "preview", kind, "html")).content.decode()
    assert emails(operator, billing=billing) == []


def test_what_is_not_there_is_not_found(operator: Operator) -> None:
    billing, _ = paid(operator)
    client = signed_in(operator)
    for path in (address(billing, uuid4()), address(billing, "preview", "receipt", "html")):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_read_in_every_language(operator: Operator, kind: str) -> None:
    client = signed_in(operator, role="auditor")
    for locale in LOCALES:
        page = client.get(f"/office/settings/emails/?kind={kind}&locale={locale}")
        assert page.status_code == 200
        assert "TRV-48213" in page.content.decode()
        frame = client.get(f"/office/settings/emails/{kind}/{locale}/html/").content.decode()
        direction = "rtl" if locale == "ar" else "ltr"
        assert f'<html lang="{locale}" dir="{direction}">' in frame


def test_the_sample_invoice_is_a_document(operator: Operator) -> None:
    client = signed_in(operator)
    answer = client.get("/office/settings/emails/de-DE/invoice.pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert "4.000,00" in pdf_text(answer.content)
    assert client.get("/office/settings/emails/xx/invoice.pdf").status_code == 404


def test_invoices_are_issued_read_and_sent_again(operator: Operator) -> None:
    operator = with_a_bank(operator)
    billing = sell(operator, a_trip_in(200))
    client, here = signed_in(operator), f"/office/bookings/{billing.booking.reference}/invoices/"
    assert "No invoice yet" in client.get(here).content.decode()
    assert client.post(here).status_code == 303
    name = f"INV-{billing.booking.reference}-1"
    assert f"Invoice {name} is issued" in client.get(here).content.decode()
    assert name in pdf_text(client.get(f"{here}1/").content)
    assert client.post(here, {"after": "0"}).status_code == 303
    assert f"Invoice {name} is issued" in client.get(here).content.decode()
    client.post(here, {"after": "1"})
    page = client.get(here).content.decode()
    assert "says exactly this already" in page
    assert 'name="after" value="1"' in page
    assert client.post(f"{here}1/again/", {"to_email": "nobody"}).status_code == 422
    assert client.post(f"{here}1/again/", {"to_email": "desk@example.org"}).status_code == 303
    sent = [email for email in emails(operator, billing=billing) if email.kind == "invoice"]
    assert [email.to_email for email in sent] == ["eleanor.hartley@example.com", "desk@example.org"]
    assert client.get(f"{here}2/").status_code == 404


def test_an_auditor_issues_no_invoice(operator: Operator) -> None:
    booking_id = send_booking(with_a_bank(operator), a_trip_in(200))
    reference = billing_by_id(operator, booking_id=booking_id).booking.reference
    client, here = signed_in(operator, role="auditor"), f"/office/bookings/{reference}/invoices/"
    assert client.get(f"{here}1/").status_code == 200
    assert client.post(here).status_code == 403
    assert client.post(f"{here}1/again/", {"to_email": "x@example.org"}).status_code == 403
