"""Staff change, cancel and reinstate a booking: form, preview, saved exactly as previewed."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from fareledger.domain.booking import Component
from fareledger.persistence.operators import Operator
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, paid_at_checkout, priced, sell
from tests.support.people import person
from tests.support.staff import signed_in

MINUS = "\N{MINUS SIGN}"


class Desk:
    """Somebody at the pages of one booking, sending forms back as a browser would."""

    def __init__(self, operator: Operator, *, shown: Billing, role: str = "finance") -> None:
        self.operator = operator
        self.client = signed_in(operator, role=role)
        self.id = shown.booking.id
        self.path = f"/office/bookings/{shown.booking.reference}/"
        self.page = ""
        self.status = 0

    @property
    def shown(self) -> Billing:
        return billing_by_id(self.operator, booking_id=self.id)

    @property
    def text(self) -> str:
        """What can be read on the page."""
        words = re.sub(r"<[^>]+>", " ", self.page)
        return " ".join(html.unescape(words).split())

    def open(self, name: str) -> None:
        self._take(self.client.get(f"{self.path}{name}/" if name else self.path))

    def press(self, name: str, /, *, do: str, **typed: str) -> Any:
        """Send the form of the page with what was typed and the button that was pressed."""
        answer = self.client.post(f"{self.path}{name}/", {**self.fields(), **typed, "do": do})
        self._take(answer)
        return answer

    def fields(self) -> dict[str, str]:
        """Every field of the page, as it stands; a box or circle only when it is ticked."""
        found: dict[str, str] = {}
        for tag in re.findall(r"<input[^>]*>", self.page):
            attributes = {key: html.unescape(value) for key, value in re.findall(r'([\w-]+)="([^"]*)"', tag)}
            chosen = attributes.get("type") not in ("radio", "checkbox") or " checked" in tag
            if chosen and "name" in attributes:
                found[attributes["name"]] = attributes.get("value", "on")
        for name, options in re.findall(
            r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', self.page, re.DOTALL
        ):
            picked = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)', options)
            assert picked, f"{name} has nothing chosen"
            found[name] = html.unescape(picked[1] or picked[2])
        return {name: value for name, value in found.items() if name not in ("q", "csrfmiddlewaretoken")}

    def _take(self, answer: Any) -> None:
        self.page, self.status = answer.content.decode(), answer.status_code


@pytest.fixture
def desk(operator: Operator) -> Desk:
    trip = a_trip_in(150, payments=(paid_at_checkout(30_000),))
    return Desk(operator, shown=sell(operator, trip))


def open_rows(shown: Billing) -> list[tuple[str, int]]:
    return [(row.kind, row.amount_minor) for row in shown.open_rows]


def test_a_form_that_is_sent_back_as_it_is_changes_nothing(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="preview")
    assert desk.status == 200
    assert "Nothing would change" in desk.text
    assert "Save change" not in desk.text
    assert desk.shown.booking.version == 1


def test_a_change_is_previewed_and_saved_as_it_was_previewed(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="preview", **{"components-1-cancelled": "on", "package": "Lisbon only"})
    for words in (
        "Nothing saved yet",
        "Casa do Jacarandá, Alfama 400.00 Cancelled, fee 0.00 \N{MINUS SIGN}400.00",
        "Package Lisbon & the Azores Lisbon only",
        "600.00 (1,000.00)",
        "Less by 400.00, latest due first",
        "Covers the amount to be paid exactly",
        "GBP 300.00 stays held.",
        "Price falls by 40.0 %, no right to withdraw",
        "your booking TRV",
    ):
        assert words in desk.text, words
    assert desk.shown.booking.version == 1
    answer = desk.press("change", do="save")
    assert (answer.status_code, answer["Location"]) == (303, desk.path)
    shown = desk.shown
    assert (shown.figures.payable_minor, shown.booking.package) == (60_000, "Lisbon only")
    assert open_rows(shown) == [("payment", 30_000)]
    assert [email.kind for email in shown.emails] == ["booking_change"]
    assert shown.timeline[-1].actor == "Marta Lindgren"
    desk.open("")
    assert "The change is saved." in desk.text


def test_the_customer_is_left_alone_when_staff_say_so(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="preview", **{"components-1-cancelled": "on"})
    fields = desk.fields()
    assert fields.pop("notify") == "on"
    desk.client.post(f"{desk.path}change/", {**fields, "do": "save"})
    assert desk.shown.booking.version == 2
    assert desk.shown.emails == ()


def test_saving_twice_is_saving_once(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="preview", **{"components-1-price": "500.00"})
    fields = {**desk.fields(), "do": "save"}
    for _ in range(2):
        assert desk.client.post(f"{desk.path}change/", fields).status_code == 303
    assert desk.shown.booking.version == 2
    desk.open("")
    assert "This change was saved already." in desk.text


def test_whoever_was_quicker_is_named_and_the_preview_is_made_again(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="preview", **{"components-1-cancelled": "on"})
    commit_transaction(
        desk.operator,
        booking_id=desk.id,
        transaction_id=desk.shown.open_rows[0].id,
        received=Received(send_confirmation=False),
        actor=person("Ines Duarte"),
    )
    desk.press("change", do="save")
    assert desk.status == 409
    assert "Nothing was saved: the booking has moved on" in desk.text
    assert "Ines Duarte" in desk.text
    assert "<title>Error: " in desk.page
    assert f"{MINUS}400.00" in desk.text, "what is received beyond the new price is refunded now"
    assert desk.shown.booking.version == 1
    assert desk.press("change", do="save").status_code == 303
    assert open_rows(desk.shown) == [("refund", 40_000)]


def test_a_form_that_was_opened_before_somebody_elses_change_says_so(desk: Desk, operator: Operator) -> None:
    desk.open("change")
    shown = desk.shown
    trip = a_trip_in(150, reference=shown.booking.reference, booked_on=shown.booking.booked_on)
    sell(operator, priced(trip, price_minor=120_000))
    desk.press("change", do="preview", package="Mine")
    assert desk.status == 409
    assert "Booking API" in desk.text
    assert "payable GBP 1,000.00 to GBP 1,200.00" in desk.text
    assert desk.shown.booking.version == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("start_date", "", "Give a date."),
        ("start_date", "2020-01-01", "The trip cannot start before the day it was booked on."),
        ("end_date", "2020-01-01", "The trip ends before it starts."),
        ("non_payable", "2000", "Give an amount from 0 to the sales price."),
        ("non_payable", "1.999", "Give an amount in GBP with at most 2 decimals, such as 1240.00."),
        ("customer_email", "nobody", "Give one email address"),
        ("travellers-0-name", "", "Exactly one traveller is the lead passenger."),
        ("components-1-title", " ", "Give one line"),
        ("components-1-price", "a lot", "Give an amount in GBP"),
        ("components-1-price", "-5", "Only a discount has a price below 0."),
        ("components-0-cancellation_fee", "700", "The fee lies between 0 and the price."),
        ("components-0-end_date", "2020-01-01", "The component ends before it starts."),
    ],
)
def test_what_is_wrong_stands_beside_its_field(desk: Desk, field: str, value: str, words: str) -> None:
    desk.open("change")
    desk.press("change", do="preview", **{field: value})
    assert desk.status == 422
    assert "<title>Error: Change " in desk.page
    assert "There is a problem" in desk.text
    place = field if field != "travellers-0-name" else "travellers"
    assert f'<a href="#{place}">' in desk.page
    assert f'id="{place}"' in desk.page
    assert desk.text.count(words) >= 2, "in the summary, and beside the field"
    assert f'id="{place}-error"' in desk.page
    assert desk.fields()[field] == value, "what was typed is kept"
    assert desk.shown.booking.version == 1


def test_a_component_and_a_traveller_are_added_without_javascript(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="add_component")
    desk.press("change", do="add_traveller")
    typed = {
        "travellers-2-name": "Ana Duarte",
        "components-2-title": "Whale watching",
        "components-2-price": "156.00",
        "components-2-kind": "activity",
    }
    desk.press("change", do="preview", **typed)
    assert "Whale watching Not part of the trip 156.00 +156.00" in desk.text
    assert "Price rises by 15.6 %, above 8 %" in desk.text
    assert "New: the difference, 30 days before the start" in desk.text
    assert "before the start Not approved" in desk.text
    desk.press("change", do="edit")
    assert desk.fields()["components-2-title"] == "Whale watching"
    desk.press("change", do="preview")
    desk.press("change", do="save")
    shown = desk.shown
    assert [part.title for part in shown.components][-1] == "Whale watching"
    assert [one.name for one in shown.booking.travellers][-1] == "Ana Duarte"
    assert open_rows(shown) == [("payment", 70_000), ("payment", 15_600)]


def test_a_new_component_that_is_left_empty_is_not_meant(desk: Desk) -> None:
    desk.open("change")
    desk.press("change", do="add_component")
    desk.press("change", do="preview")
    assert "Nothing would change" in desk.text


def test_components_move_with_the_trip_unless_somebody_dates_them(desk: Desk) -> None:
    shown = desk.shown
    by, start = timedelta(days=3), shown.booking.start_date
    moved = {"start_date": f"{start + by}", "end_date": f"{shown.booking.end_date + by}"}
    desk.open("change")
    desk.press("change", do="preview", **moved, **{"components-0-end_date": "2027-06-23"})
    assert "Dates of 1 component As sold Moved with the trip same price" in desk.text
    assert "Flights from London Heathrow 600.00, 12 to 22 June 2027 600.00, 12 to 23 June 2027" in desk.text
    desk.press("change", do="save")
    flights, hotel = desk.shown.components
    assert (flights.start_date, flights.end_date) == (shown.components[0].start_date, date(2027, 6, 23))
    assert (hotel.start_date, hotel.end_date) == (date(2027, 6, 15), date(2027, 6, 19))


def test_a_booking_of_very_many_parts_has_a_form_too(operator: Operator) -> None:
    trip = a_trip_in(150)
    parts = tuple(replace(trip.components[0], id=f"c{n}") for n in range(500))
    desk = Desk(operator, shown=sell(operator, replace(trip, components=parts)))
    desk.open("change")
    desk.press("change", do="preview", **{"components-499-price": "610.00"})
    assert "Flights from London Heathrow 600.00 610.00 +10.00" in desk.text
    desk.press("change", do="save")
    assert desk.shown.figures.sales_price_minor == 30_001_000


@pytest.mark.parametrize("currency", ["JPY", "KWD"])
def test_amounts_are_exact_in_every_currency(operator: Operator, currency: str) -> None:
    trip = priced(a_trip_in(90, currency=currency, non_payable_minor=12_345), price_minor=987_654)
    desk = Desk(operator, shown=sell(operator, trip))
    desk.open("change")
    desk.press("change", do="preview")
    assert "Nothing would change" in desk.text
    wanted = {"JPY": "1,000,001", "KWD": "1,000.001"}[currency]
    desk.open("change")
    desk.press("change", do="preview", **{"components-0-price": wanted})
    desk.press("change", do="save")
    assert desk.shown.figures.sales_price_minor == 1_000_001


def test_cancelling_says_what_is_handed_back(desk: Desk) -> None:
    desk.open("cancel")
    for words in (
        "GBP 100.00 is handed back: 300.00 was received and 200.00 is kept as fees.",
        "Cancel booking, refund GBP 100.00",
        "Refund within 14 days of the cancellation, by ",
    ):
        assert words in desk.text, words
    answer = desk.press("cancel", do="cancel")
    assert (answer.status_code, answer["Location"]) == (303, desk.path)
    assert desk.shown.booking.cancelled
    assert open_rows(desk.shown) == [("refund", 10_000)]
    desk.open("cancel")
    assert "Reinstate booking, GBP 700.00 to pay" in desk.text
    desk.press("cancel", do="reinstate")
    assert (desk.shown.booking.status, desk.shown.figures.payable_minor) == ("confirmed", 100_000)


@pytest.mark.parametrize(
    ("paid", "button"),
    [
        (5_000, "Cancel booking, GBP 150.00 to pay"),
        (20_000, "Cancel booking, nothing to pay or refund"),
        (100_000, "Cancel booking, refund GBP 800.00"),
    ],
)
def test_the_button_says_the_exact_amount(operator: Operator, paid: int, button: str) -> None:
    desk = Desk(operator, shown=sell(operator, a_trip_in(150, payments=(paid_at_checkout(paid),))))
    desk.open("cancel")
    assert button in desk.text


def test_pressing_cancel_twice_never_takes_it_back(desk: Desk) -> None:
    desk.open("cancel")
    fields = {**desk.fields(), "do": "cancel"}
    for _ in range(2):
        assert desk.client.post(f"{desk.path}cancel/", fields).status_code == 303
    assert desk.shown.booking.cancelled
    assert desk.shown.booking.version == 2
    desk.open("")
    assert "The booking was cancelled already." in desk.text


def test_money_that_arrives_before_the_button_is_pressed_is_shown_first(desk: Desk) -> None:
    desk.open("cancel")
    commit_transaction(
        desk.operator,
        booking_id=desk.id,
        transaction_id=desk.shown.open_rows[0].id,
        received=Received(send_confirmation=False),
        actor=person("Ines Duarte"),
    )
    desk.press("cancel", do="cancel")
    assert desk.status == 409
    assert "Ines Duarte" in desk.text
    assert "Cancel booking, refund GBP 800.00" in desk.text
    assert not desk.shown.booking.cancelled


def test_what_has_nothing_to_cancel_says_so(operator: Operator) -> None:
    voucher = Component(id="v", kind="discount", title="Voucher", price_minor=0)
    desk = Desk(operator, shown=sell(operator, replace(a_trip_in(150), components=(voucher,))))
    desk.open("cancel")
    assert desk.status == 303
    desk.open("")
    assert "This booking has no component to cancel." in desk.text


@pytest.mark.parametrize("name", ["change", "cancel"])
def test_who_may_not_change_bookings_reads_so(operator: Operator, name: str) -> None:
    shown = sell(operator, a_trip_in(150))
    desk = Desk(operator, shown=shown, role="auditor")
    desk.open(name)
    assert desk.status == 403
    assert desk.client.post(f"{desk.path}{name}/", {"do": name, "mark": "x"}).status_code == 403
    assert Client().get(f"{desk.path}{name}/").status_code == 303
    assert billing_by_id(operator, booking_id=shown.booking.id).booking.version == 1


@pytest.mark.parametrize("name", ["change", "cancel"])
def test_another_operators_booking_is_not_there(desk: Desk, name: str) -> None:
    foreign = Desk(desk.operator, shown=desk.shown)
    foreign.path = "/office/bookings/TRV-NOBODYS/"
    foreign.open(name)
    assert foreign.status == 404


def test_what_guests_wrote_is_shown_and_never_run(operator: Operator) -> None:
    trip = a_trip_in(150)
    evil = "<script>alert('x')</script>"
    part = replace(trip.components[0], title=evil)
    desk = Desk(operator, shown=sell(operator, replace(trip, components=(part, trip.components[1]))))
    for name in ("change", "cancel"):
        desk.open(name)
        assert evil not in desk.page
        assert html.escape(evil, quote=False).replace("'", "&#39;") in desk.page
    desk.open("change")
    desk.press("change", do="preview", **{"components-0-price": "1.00", "components-0-cancellation_fee": "0"})
    assert evil not in desk.page
