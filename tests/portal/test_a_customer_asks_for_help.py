"""Help: how to reach the operator, and a message that lands with the operator's people and in the booking's story."""

import re
from datetime import UTC, datetime

from django.core import mail
from django.test import Client, override_settings

from fareledger.faces.shared.emails import render_email
from fareledger.faces.shared.mail_delivery import deliver_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.send_email import send_email
from fareledger.usecases.show_booking import Billing, billing_by_id
from fareledger.usecases.write_to_operator import LONGEST_MESSAGE, MESSAGES_AN_HOUR
from tests.support.bookings import a_trip_in, sell
from tests.support.paying import later
from tests.support.planning import in_words, path_of
from tests.support.portal import inside, inside_unproven
from tests.support.staff import signed_in

WORDS = "Can we add a night in Lisbon?\n\nCall me on 07700 900123, please. <b>Thanks</b> & bye"


class Visitor:
    """A customer on the help page of a new booking."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.booking = sell(operator, a_trip_in(200)).booking
        self.client: Client = inside(operator, booking_id=self.booking.id)
        self.address = f"/p/{operator.slug}/help/"

    @property
    def billing(self) -> Billing:
        return billing_by_id(self.operator, booking_id=self.booking.id)

    def key(self) -> str:
        found = re.search(r'name="form_key" value="([^"]+)"', self.client.get(self.address).content.decode())
        assert found
        return found[1]

    def send(self, message: str, *, key: str = "") -> int:
        sent = {"message": message, "form_key": key or self.key()}
        return self.client.post(self.address, sent).status_code

    def letters(self) -> list[EmailMessage]:
        with operator_transaction(self.operator.id):
            ours = EmailMessage.objects.filter(operator_id=self.operator.id, kind="staff_message")
            return list(ours.order_by("queued_at"))


def test_telephone_hours_and_an_email_with_the_reference_in_it(operator: Operator) -> None:
    one = Visitor(operator)
    page = one.client.get(one.address).content.decode()
    assert 'href="tel:01174960124"' in page
    assert "Monday to Saturday, 9:00 to 18:00" in page
    assert f"mailto:help@acmetravel.example?subject=Booking%20{one.booking.reference}" in page
    assert re.findall(r"<(?:textarea|select|input(?! type=.hidden))[^>]*>", page) == re.findall(
        r"<textarea[^>]*>", page
    )
    assert f'href="{one.address}"' in one.client.get(f"/p/{operator.slug}/").content.decode()


def test_a_message_is_thanked_for_told_in_the_timeline_and_emailed_to_support(operator: Operator) -> None:
    one = Visitor(operator)
    answer = one.client.post(one.address, {"message": WORDS, "form_key": one.key()})
    assert (answer.status_code, answer["Location"]) == (303, f"{one.address}sent/")
    thanks = in_words(one.client.get(answer["Location"]).content.decode())
    assert "Your message is sent" in thanks and "e•••@example.com" in thanks
    (event,) = [event for event in one.billing.timeline if event.kind == "customer_message"]
    assert event.actor == "Customer"
    assert "Can we add a night in Lisbon? Call me on 07700 900123" in event.text
    staff = signed_in(operator).get(path_of(one.billing)).content.decode()
    assert "Message from the customer: “Can we add a night in Lisbon?" in staff
    assert "<b>Thanks</b>" not in staff
    (letter,) = one.letters()
    assert letter.to_email == "help@acmetravel.example"


@override_settings(EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend")
def test_the_email_names_the_booking_and_is_answered_to_the_customer(operator: Operator) -> None:
    one = Visitor(operator)
    one.send(WORDS)
    (letter,) = one.letters()
    mail.outbox = []
    assert send_email(operator.id, email_id=letter.id, render=render_email, deliver=deliver_email)
    (sent,) = mail.outbox
    assert sent.subject == f"Message from Eleanor Hartley about booking {one.booking.reference}"
    assert sent.to == ["help@acmetravel.example"]
    assert sent.reply_to == ["eleanor.hartley@example.com"]
    assert "<b>Thanks</b> & bye" in str(sent.body)
    assert f"/office/bookings/{one.booking.reference}/" in str(sent.body)
    assert isinstance(sent, mail.EmailMultiAlternatives)
    html = str(sent.alternatives[0][0])
    assert "&lt;b&gt;Thanks&lt;/b&gt; &amp; bye" in html and "Lisbon?<br>" in html
    assert sent.extra_headers["Content-Language"] == "en-GB"


def test_a_form_that_is_sent_twice_is_one_message(operator: Operator) -> None:
    one, key = Visitor(operator), "one-key"
    assert [one.send(WORDS, key=key), one.send(WORDS, key=key)] == [303, 303]
    assert len(one.letters()) == 1
    assert [event.kind for event in one.billing.timeline].count("customer_message") == 1


def test_an_hour_takes_only_so_many(operator: Operator) -> None:
    one = Visitor(operator)
    for number in range(MESSAGES_AN_HOUR):
        assert one.send(f"Message {number}") == 303
    answer = one.client.post(one.address, {"message": "One more", "form_key": one.key()})
    page = answer.content.decode()
    assert answer.status_code == 429
    assert "You have sent 5 messages within an hour. Please call us, or write later." in page
    assert ">One more</textarea>" in page
    assert len(one.letters()) == MESSAGES_AN_HOUR
    with later(3601):
        other = inside(operator, booking_id=one.booking.id)
        assert other.post(one.address, {"message": "Later", "form_key": "later"}).status_code == 303


def test_what_cannot_be_a_message_is_said_at_the_field(operator: Operator) -> None:
    one = Visitor(operator)
    for message, told in (
        ("  \n ", "Write what we can do for you"),
        ("x" * (LONGEST_MESSAGE + 1), "Write at most 1000 characters"),
        ("a\x00b", "Write at most 1000 characters"),
    ):
        answer = one.client.post(one.address, {"message": message, "form_key": "k"})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert "<title>Error:" in page
        assert page.count(told) == 2
        assert 'id="problem" autofocus' in page
        assert 'aria-invalid="true"' in page
    assert one.letters() == []


def test_staff_who_look_on_cannot_write_and_a_visit_that_proved_nothing_can(operator: Operator) -> None:
    one = Visitor(operator)
    staff = signed_in(operator)
    staff.get(staff.post(path_of(one.billing, "customer-view"))["Location"], follow=True)
    assert "Only the customer can write here." in staff.get(one.address).content.decode()
    assert staff.post(one.address, {"message": "Hello", "form_key": "k"}).status_code == 403
    unproven = inside_unproven(operator, booking_id=one.booking.id)
    assert unproven.post(one.address, {"message": "Hello", "form_key": "k2"}).status_code == 303
    assert Client().get(one.address).status_code == 303
    assert len(one.letters()) == 1
    assert one.letters()[0].queued_at <= datetime.now(UTC)
