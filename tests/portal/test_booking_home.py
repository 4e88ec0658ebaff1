"""The booking home says what is left, by when, and what may be done; its figures are the booking's own."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from fareledger.domain.booking import BookingDetails, cancelled
from fareledger.faces.shared.formatting import amount
from fareledger.persistence.operators import Operator
from tests.support.bookings import a_trip, a_trip_in, paid_at_checkout, sell
from tests.support.operators import new_operator
from tests.support.paying import later
from tests.support.portal import inside


def words(html: str) -> str:
    """What a page says, without its markup."""
    text = re.sub(r"<(svg|style|title).*?</\1>|<[^>]+>", " ", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", text).replace(" ,", ",")


def home_of(operator: Operator, *, details: BookingDetails) -> str:
    """What the home of a booking says."""
    page = inside(operator, booking_id=sell(operator, details).booking.id).get(f"/p/{operator.slug}/")
    assert page.status_code == 200
    return words(page.content.decode())


def test_two_open_payments(operator: Operator) -> None:
    said = home_of(operator, details=a_trip_in(200))
    assert re.search(r"Left to pay £1,000\.00 £300\.00 is due today, the rest by \d+ \w+ \d{4}", said)
    assert "Pay £300.00" in said
    assert "Nothing has been paid yet." in said


def test_one_open_payment_and_the_card_it_was_paid_with(operator: Operator) -> None:
    said = home_of(operator, details=a_trip_in(200, payments=(paid_at_checkout(30000),)))
    assert re.search(r"Left to pay £700\.00 Due by", said)
    assert "Payment by card £300.00" in said
    assert "Paid £300.00" in said


def test_two_open_payments_of_one_date_are_due_together(operator: Operator) -> None:
    trip = a_trip_in(200, payments=(paid_at_checkout(30000),))
    sell(operator, trip)
    extra = replace(
        trip.components[0], id="extra", title="Transfer", price_minor=5000, cancellation_fee_minor=0
    )
    said = home_of(operator, details=replace(trip, components=(*trip.components, extra)))
    assert re.search(r"Left to pay £750\.00 Due by \d+ \w+ \d{4} ", said)


def test_an_overdue_payment(operator: Operator) -> None:
    said = home_of(operator, details=a_trip_in(50, lasting=3))
    assert re.search(r"£300\.00 was due \d+ \w+ \d{4}", said)
    assert "Overdue" in said


def test_several_overdue_payments(operator: Operator) -> None:
    said = home_of(operator, details=a_trip_in(20))
    assert re.search(r"£1,000\.00 is overdue, the first part since \d+ \w+ \d{4}", said)


def test_paid_in_full(operator: Operator) -> None:
    said = home_of(operator, details=a_trip_in(120, payments=(paid_at_checkout(100000),)))
    assert "Left to pay £0.00 Paid in full" in said
    assert "Pay £" not in said


def test_money_we_owe(operator: Operator) -> None:
    trip = a_trip_in(120, payments=(paid_at_checkout(100000),))
    sell(operator, trip)
    said = home_of(operator, details=replace(trip, components=trip.components[:1]))
    assert "We owe you £400.00 We pay it back by" in said
    assert "Pay £" not in said


def test_a_cancelled_booking(operator: Operator) -> None:
    trip = a_trip_in(120, payments=(paid_at_checkout(30000),))
    sell(operator, trip)
    said = home_of(operator, details=cancelled(trip))
    assert "This booking is cancelled." in said
    assert "We owe you £100.00" in said


@pytest.mark.parametrize(("currency", "locale"), [("JPY", "ja-JP"), ("KWD", "en-GB"), ("EUR", "de-DE")])
def test_figures_are_the_bookings_own_in_the_customers_format(
    operator: Operator, currency: str, locale: str
) -> None:
    trip = a_trip_in(200, currency=currency, payments=(paid_at_checkout(12345),))
    billing = sell(operator, replace(trip, customer=replace(trip.customer, locale=locale)))
    page = inside(operator, booking_id=billing.booking.id).get(f"/p/{operator.slug}/").content.decode()
    figures = billing.figures
    for minor in (figures.outstanding_minor, figures.paid_minor, figures.payable_minor):
        assert amount(minor, currency, locale) in page


def test_no_internal_word_is_shown(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200, payments=(paid_at_checkout(30000, reference="pay_secret1"),)))
    client = inside(operator, booking_id=billing.booking.id)
    for page in ("", "history/", "pay/"):
        shown = client.get(f"/p/{operator.slug}/{page}").content.decode()
        assert "pay_secret1" not in shown
        assert "comment" not in shown.lower()


def test_history_adds_up(operator: Operator) -> None:
    billing = sell(operator, a_trip_in(200, payments=(paid_at_checkout(30000),)))
    said = words(
        inside(operator, booking_id=billing.booking.id).get(f"/p/{operator.slug}/history/").content.decode()
    )
    for line in (
        "Flights from London Heathrow £600.00",
        "Casa do Jacarandá, Alfama £400.00",
        "Left to pay £700.00",
    ):
        assert line in said
    assert f"R-{billing.booking.reference}-1" in said


def test_nobody_gets_in_without_a_visit(operator: Operator) -> None:
    for page, told in (("", ""), ("history/", "?next=history%2F"), ("pay/", "?next=pay%2F")):
        answer = Client().get(f"/p/{operator.slug}/{page}")
        assert (answer.status_code, answer["Location"]) == (303, f"/p/{operator.slug}/sign-in/{told}")


def test_the_reference_in_an_emails_address_need_not_be_typed(operator: Operator) -> None:
    answer = Client().get(f"/p/{operator.slug}/?booking=TRV-48213", follow=True)
    assert 'value="TRV-48213"' in answer.content.decode()


def test_a_visit_opens_nothing_at_another_operator(operator: Operator) -> None:
    other, billing = new_operator(), sell(operator, a_trip())
    client = inside(operator, booking_id=billing.booking.id)
    token = client.cookies[f"fl_portal_{operator.slug}"].value
    client.cookies[f"fl_portal_{other.slug}"] = token
    assert client.get(f"/p/{other.slug}/").status_code == 303


def test_a_visit_ends_when_nothing_happens_for_a_quarter_of_an_hour(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    with later(14 * 60):
        assert client.get(f"/p/{operator.slug}/").status_code == 200
    with later(28 * 60):
        assert client.get(f"/p/{operator.slug}/").status_code == 200
    with later(44 * 60):
        assert client.get(f"/p/{operator.slug}/").status_code == 303


def test_a_visit_ends_after_two_hours_at_the_latest(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    for minutes in range(10, 120, 10):
        with later(minutes * 60):
            assert client.get(f"/p/{operator.slug}/").status_code == 200
    with later(2 * 3600 + 1):
        assert client.get(f"/p/{operator.slug}/").status_code == 303


def test_whoever_comes_back_too_late_is_told_why_they_are_out(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    with later(16 * 60):
        page = client.get(f"/p/{operator.slug}/?booking=TRV-1", follow=True).content.decode()
    assert "Your visit has ended" in page
    assert 'value="TRV-1"' in page


def test_signing_out_ends_the_visit_on_the_server(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    token = client.cookies[f"fl_portal_{operator.slug}"].value
    assert client.post(f"/p/{operator.slug}/sign-out/").status_code == 303
    client.cookies[f"fl_portal_{operator.slug}"] = token
    assert client.get(f"/p/{operator.slug}/").status_code == 303


def test_nothing_personal_is_kept_or_passed_on(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    for page in ("", "history/", "pay/", "sign-in/"):
        answer = client.get(f"/p/{operator.slug}/{page}")
        assert answer["Cache-Control"] == "no-store"
        assert answer["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "frame-src 'none'" in answer["Content-Security-Policy"]


def test_the_brand_is_a_stylesheet_that_may_be_kept(operator: Operator) -> None:
    page = Client().get(f"/p/{operator.slug}/sign-in/").content.decode()
    address = re.search(r'href="(/p/[^"]+/brand-\w+\.css)"', page)
    assert address is not None
    sheet = Client().get(address[1])
    assert "--brand: #0a5c66;" in sheet.content.decode()
    assert "immutable" in sheet["Cache-Control"]
    old = Client().get(f"/p/{operator.slug}/brand-0000.css")
    assert old["Cache-Control"] == "no-store"


def test_an_unknown_operator_is_a_page_that_does_not_exist(operator: Operator) -> None:
    for page in ("", "sign-in/", "brand-1.css", f"link/{'x' * 43}"):
        assert Client().get(f"/p/nobody-{operator.slug}/{page}").status_code == 404
