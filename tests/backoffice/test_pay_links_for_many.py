"""Pay links for many bookings: who gets one is shown before, sent once, and told afterwards booking by booking."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest

from fareledger.domain.access import NotPermitted
from fareledger.domain.booking import Customer
from fareledger.persistence.models import EmailMessage, LinkMailing, LinkMailingItem
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.booking_query import BookingQuery
from fareledger.usecases.mail_links import (
    MAX_LINKS,
    NobodyToWriteTo,
    TooManyRecipients,
    mail_links,
    review_links,
    send_mailings,
)
from fareledger.usecases.requeue_bulk import requeue_bulk
from fareledger.usecases.send_portal_link import send_portal_link
from fareledger.usecases.show_mailing import MailingNotFound, show_mailing
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, sell
from tests.support.operators import new_operator
from tests.support.people import MARTA, person
from tests.support.staff import signed_in

REVIEW = "/office/pay-links/"


def of(name: str) -> Customer:
    return Customer(name=name, email=f"{name.lower()}@example.com", locale="en-GB")


def emails(operator: Operator) -> list[str]:
    with operator_transaction(operator.id):
        found = EmailMessage.objects.filter(operator_id=operator.id, kind="portal_link")
        return sorted(found.values_list("to_email", flat=True))


def furnish(operator: Operator) -> None:
    """One who pays, one who has paid, one who cancelled, one who had three links, and one who is asked four times."""
    sell(operator, a_trip_in(90, reference="OPEN", customer=of("Ann")))
    sell(operator, a_trip_in(90, reference="PAID", payments=(paid_at_checkout(100_000),), customer=of("Bo")))
    gone = a_trip_in(90, reference="GONE", customer=of("Cleo"))
    sell(operator, gone)
    sell(operator, cancelling(gone, "flights", "hotel"))
    often = sell(operator, a_trip_in(90, reference="OFTEN", customer=of("Dan")))
    for _ in range(3):
        send_portal_link(operator, booking_id=often.booking.id, asked_by="operator", actor=MARTA)
    for number in range(4):
        sell(operator, a_trip_in(90, reference=f"SAME-{number}", customer=of("Eve")))


def test_the_review_says_who_and_who_not_and_why_and_sends_nothing(operator: Operator) -> None:
    furnish(operator)
    before = emails(operator)
    found = review_links(operator, asked=BookingQuery(order="reference_up"), actor=MARTA)
    assert [one.reference for one in found.ready] == ["OPEN", "SAME-0", "SAME-1", "SAME-2"]
    assert {one.reference: one.against for one in found.left_out} == {
        "PAID": "nothing_to_pay",
        "GONE": "cancelled",
        "OFTEN": "too_many_emails",
        "SAME-3": "too_many_emails",
    }
    page = signed_in(operator).get(f"{REVIEW}?all=yes&list=sort%3Dreference_up").content.decode()
    assert "4 customers get a link" in page
    assert "Email 4 pay links" in page
    assert "4 left out" in page
    assert "This address has had 3 links within an hour" in page
    assert emails(operator) == before


def test_pressing_twice_sends_once_and_the_result_is_told(operator: Operator) -> None:
    furnish(operator)
    browser = signed_in(operator)
    page = browser.get(f"{REVIEW}?all=yes&list=").content.decode()
    form = {
        "form_key": re.findall(r'name="form_key" value="([^"]+)"', page)[0],
        "booking": re.findall(r'name="booking" value="([^"]+)"', page),
    }
    first, second = browser.post(REVIEW, form), browser.post(REVIEW, form)
    assert first.status_code == 303
    assert first["Location"] == second["Location"]
    assert "0 of 4 done" in browser.get(first["Location"]).content.decode()
    assert send_mailings(operator) == 4
    assert send_mailings(operator) == 0
    assert emails(operator) == ["ann@example.com", *["dan@example.com"] * 3, *["eve@example.com"] * 3]
    page = browser.get(first["Location"]).content.decode()
    assert "4 of 4 links are on the way" in page
    assert "hx-trigger" not in page[page.index('id="mailing"') :]


def test_what_speaks_against_a_link_is_looked_at_again_when_it_is_sent(operator: Operator) -> None:
    trip = a_trip_in(90, customer=of("Ann"))
    shown = sell(operator, trip)
    mailing_id = mail_links(operator, booking_ids=[shown.booking.id], form_key=uuid4().hex, actor=MARTA)
    sell(operator, cancelling(trip, "flights", "hotel"))
    assert send_mailings(operator) == 0
    (one,) = show_mailing(operator, mailing_id=mailing_id).bookings
    assert (one.status, one.reason) == ("left_out", "cancelled")


def test_a_mailing_that_was_left_behind_goes_on_where_it_stopped(operator: Operator) -> None:
    sold = [sell(operator, a_trip_in(90, customer=of(name))) for name in ("Ann", "Bo", "Cleo")]
    ids = [one.booking.id for one in sold]
    mailing_id = mail_links(operator, booking_ids=ids, form_key=uuid4().hex, actor=MARTA)
    with operator_transaction(operator.id):
        first = LinkMailingItem.objects.filter(mailing_id=mailing_id, position=0)
        first.update(status="sent")  # and then the worker was killed
        LinkMailing.objects.filter(id=mailing_id).update(created_at=sold[0].booking.changed_at - timedelta(1))
    assert requeue_bulk() >= 1
    assert send_mailings(operator) == 2
    shown = show_mailing(operator, mailing_id=mailing_id)
    assert (shown.finished, shown.sent) == (True, 3)
    assert len(emails(operator)) == 2


def test_ticked_bookings_are_meant_and_no_others(operator: Operator) -> None:
    chosen = sell(operator, a_trip_in(90, reference="THIS")).booking.id
    sell(operator, a_trip_in(90, reference="THAT"))
    theirs = sell(new_operator(), a_trip_in(90, reference="THEIRS")).booking.id
    browser = signed_in(operator)
    page = browser.get(REVIEW, {"booking": [str(chosen), str(theirs), "nonsense"]}).content.decode()
    assert "THIS" in page
    assert "THAT" not in page
    assert "THEIRS" not in page


def test_nobody_ticked_and_too_many_are_said(operator: Operator) -> None:
    browser = signed_in(operator)
    answer = browser.get(f"{REVIEW}?list=currency%3DGBP")
    assert (answer.status_code, answer["Location"]) == (303, "/office/bookings/?currency=GBP")
    assert "Choose at least one booking." in browser.get("/office/bookings/").content.decode()
    with pytest.raises(NobodyToWriteTo):
        mail_links(operator, booking_ids=[uuid4()], form_key=uuid4().hex, actor=MARTA)
    with pytest.raises(TooManyRecipients):
        mail_links(operator, booking_ids=[uuid4()] * (MAX_LINKS + 1), form_key=uuid4().hex, actor=MARTA)


def test_an_auditor_writes_to_nobody(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    auditor = person("Ada", role="auditor")
    with pytest.raises(NotPermitted):
        review_links(operator, asked=BookingQuery(), actor=auditor)
    with pytest.raises(NotPermitted):
        mail_links(operator, booking_ids=[shown.booking.id], form_key=uuid4().hex, actor=auditor)
    browser = signed_in(operator, role="auditor")
    assert browser.get(f"{REVIEW}?all=yes").status_code == 403
    page = browser.get("/office/bookings/").content.decode()
    assert "Copy pay link" not in page
    assert "Your role reads" in page


def test_a_row_leads_to_its_link_and_to_the_customers_view(operator: Operator) -> None:
    reference = sell(operator, a_trip_in(90)).booking.reference
    browser = signed_in(operator)
    page = browser.get("/office/bookings/").content.decode()
    for action in ("pay-link", "customer-view"):
        assert f'formaction="/office/bookings/{reference}/{action}/"' in page


def test_mailings_are_of_one_operator(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    mailing_id = mail_links(operator, booking_ids=[shown.booking.id], form_key=uuid4().hex, actor=MARTA)
    with pytest.raises(MailingNotFound):
        show_mailing(new_operator(), mailing_id=mailing_id)
