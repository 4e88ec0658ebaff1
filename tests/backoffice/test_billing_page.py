"""The Billing page of a booking: figures, plan, warning, entries and story are those of the domain."""

import html
import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from fareledger.faces.shared.formatting import bare_amount, coded_amount, dates_written
from fareledger.persistence.models import Transaction
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, paid_at_checkout, priced, sell
from tests.support.people import person
from tests.support.staff import signed_in


def page_of(operator: Operator, *, shown: Billing) -> str:
    """The booking's Billing page, as text."""
    answer = signed_in(operator).get(f"/office/bookings/{shown.booking.reference}/")
    assert answer.status_code == 200
    return html.unescape(answer.content.decode())


def figures_on(page: str) -> dict[str, str]:
    """What stands under each name of the base information."""
    return dict(re.findall(r'<dt[^>]*>([^<]+)</dt><dd class="amount"><a href="#\w+">([^<]+)</a>', page))


@pytest.mark.parametrize("currency", ["GBP", "JPY", "KWD"])
def test_the_figures_are_those_of_the_domain_exact_to_the_minor_unit(
    operator: Operator, currency: str
) -> None:
    trip = priced(a_trip_in(90, currency=currency, non_payable_minor=12_345), price_minor=987_654)
    shown = sell(operator, replace(trip, payments=(paid_at_checkout(111_111),)))
    figures = shown.figures
    expected = {
        "Total sales price": figures.sales_price_minor,
        "Non-payable amount": figures.non_payable_minor,
        "Total amount to be paid": figures.payable_minor,
        "Total payments": figures.paid_minor,
        "Total refund": -figures.refunded_offline_minor,
        "Refunded online": -figures.refunded_online_minor,
        "Outstanding": figures.outstanding_minor,
    }
    page = page_of(operator, shown=shown)
    assert figures_on(page) == {name: bare_amount(value, currency) for name, value in expected.items()}
    assert figures.outstanding_minor == 987_654 - 12_345 - 111_111


def test_a_closed_row_shows_channel_reference_and_an_entry_that_is_there(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90, payments=(paid_at_checkout(30_000, reference="pay_abc123"),)))
    page = page_of(operator, shown=shown)
    row = _row(page, shown=shown, status="closed")
    assert ">Closed<" in row
    assert "Checkout, sandbox" in row
    assert "pay_abc123" in row
    anchor = re.search(r'href="#(entry-\d+)"', row)
    assert anchor
    assert f'id="{anchor[1]}"' in page
    assert "Payment received" in page[page.index(f'id="{anchor[1]}"') :][:200]


def test_every_entry_line_and_event_of_the_booking_is_on_the_page(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90, payments=(paid_at_checkout(30_000),)))
    page = page_of(operator, shown=shown)
    for entry in shown.entries:
        section = page[page.index(f'id="entry-{entry.seq}"') :].partition("</tbody>")[0]
        assert section.count(f">{bare_amount(entry.amount_minor, 'GBP')}<") == len(entry.lines)
        assert f"{entry.hash[:4]} {entry.hash[4:8]}" in section
    for event in shown.timeline:
        assert event.text in page
        assert f"{event.hash[:4]} {event.hash[4:8]}" in page


@pytest.mark.parametrize(
    ("sealed", "read"),
    [
        ("Payment of GBP 200.00 planned for 2026-12-17", "Payment of GBP 200.00 planned for 17 Dec 2026"),
        ("Booking 2026-12-17-B of 2026-99-99 reversed", "Booking 2026-12-17-B of 2026-99-99 reversed"),
    ],
)
def test_a_sealed_sentence_is_read_with_its_dates_written_out(sealed: str, read: str) -> None:
    assert dates_written(sealed) == read


def test_money_without_a_planned_row_is_warned_about(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    assert "not covered by a planned payment" not in page_of(operator, shown=shown)
    with operator_transaction(operator.id):
        rows = Transaction.objects.filter(operator_id=operator.id, booking_id=shown.booking.id)
        rows.filter(id=shown.open_rows[-1].id).update(status="deleted", deleted_at=datetime.now(UTC))
    unplanned = billing_by_id(operator, booking_id=shown.booking.id).figures.unplanned_minor
    assert unplanned > 0
    assert f"{coded_amount(unplanned, 'GBP')} is not covered by a planned payment." in page_of(
        operator, shown=shown
    )


def test_a_cheaper_trip_after_full_payment_is_paid_with_a_refund_due(operator: Operator) -> None:
    trip = a_trip_in(90, payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    shown = sell(operator, replace(trip, components=trip.components[:1], payments=()))
    page = page_of(operator, shown=shown)
    assert "Paid, refund due" in page
    assert figures_on(page)["Outstanding"] == "\N{MINUS SIGN}400.00"
    assert "\N{MINUS SIGN}400.00" in _row(page, shown=shown, status="open")


def test_a_cancelled_trip_says_so_and_what_is_owed(operator: Operator) -> None:
    trip = a_trip_in(90, payments=(paid_at_checkout(100_000),))
    sell(operator, trip)
    dropped = tuple(replace(part, cancelled=True) for part in trip.components)
    page = page_of(operator, shown=sell(operator, replace(trip, components=dropped, payments=())))
    assert "Cancelled, refund due" in page
    assert figures_on(page)["Total amount to be paid"] == "200.00"
    assert page.count('<span class="status void">Cancelled</span>') == 2


def test_the_chain_follows_what_was_received(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90, payments=(paid_at_checkout(30_000),)))
    page = page_of(operator, shown=shown)
    chain = page[
        page.index('<ol class="chain">') : page.index("</section>", page.index('<ol class="chain">'))
    ]
    for words in (
        "Matched to booking and channel",
        "Checkout 300.00",
        "Settled by the acquirers",
        "300.00 on its way",
        "Protected",
        "Held until",
        "Report line",
    ):
        assert words in chain


def test_what_guests_wrote_is_shown_and_never_run(operator: Operator) -> None:
    name = "<script>alert('x')</script>"
    trip = a_trip_in(90)
    shown = sell(operator, replace(trip, customer=replace(trip.customer, name=name)))
    raw = signed_in(operator).get(f"/office/bookings/{shown.booking.reference}/").content.decode()
    assert name not in raw
    assert name in html.unescape(raw)


def test_another_spelling_of_the_reference_leads_to_the_booking(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    reference = shown.booking.reference
    answer = signed_in(operator).get(f"/office/bookings/{reference.lower().replace('-', '')}/")
    assert (answer.status_code, answer["Location"]) == (303, f"/office/bookings/{reference}/")


def test_a_payment_recorded_elsewhere_appears_without_a_reload(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    browser = signed_in(operator)
    page = browser.get(f"/office/bookings/{shown.booking.reference}/").content.decode()
    live = _live_address(page)
    for _ in range(3):
        assert browser.get(live, headers={"HX-Request": "true"}).status_code == 204
    row = shown.open_rows[0]
    commit_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=row.id,
        received=Received(external_reference="BACS 7719", method="bank_transfer"),
        actor=person("Somebody else"),
    )
    fresh = browser.get(live, headers={"HX-Request": "true"})
    part = fresh.content.decode()
    assert fresh.status_code == 200
    assert part.lstrip().startswith('<div id="live"')
    assert "BACS 7719" in part
    assert "Updated: " in part
    assert _live_address(part) != live
    assert browser.get(_live_address(part), headers={"HX-Request": "true"}).status_code == 204


def test_a_page_asked_for_news_keeps_the_sentence_that_was_left_for_the_next_page(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90))
    browser = signed_in(operator)
    address = f"/office/bookings/{shown.booking.reference}/"
    browser.post(f"{address}email-link/")
    browser.get(f"{address}live/", headers={"HX-Request": "true"})
    assert "A pay link is on its way" in browser.get(address).content.decode()
    assert "A pay link is on its way" not in browser.get(address).content.decode()


def _row(page: str, *, shown: Billing, status: str) -> str:
    row = next(one for one in shown.rows if one.status == status)
    start = page.index(f'id="row-{row.id}"')
    return page[start : page.index("</tr>", start)]


def _live_address(page: str) -> str:
    found = re.search(r'hx-get="([^"]+)"', page)
    assert found
    return html.unescape(found[1])
