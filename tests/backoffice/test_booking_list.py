"""The list of bookings: what a search finds, what a view holds, and that figures are those of the booking."""

import re

import pytest

from fareledger.faces.shared.formatting import bare_amount
from fareledger.persistence.operators import Operator
from tests.support.bookings import a_trip_in, paid_at_checkout, priced, sell
from tests.support.operators import new_operator
from tests.support.staff import signed_in

LIST = "/office/bookings/"


def test_nobody_has_booked_yet(operator: Operator) -> None:
    page = signed_in(operator).get(LIST).content.decode()
    assert "No bookings yet" in page
    assert "<table" not in page


def test_every_booking_shows_its_own_figures(operator: Operator) -> None:
    unpaid = sell(operator, a_trip_in(200))
    paid = sell(operator, a_trip_in(90, payments=(paid_at_checkout(100000),)))
    yen = sell(operator, priced(a_trip_in(80, currency="JPY"), price_minor=684000))
    page = signed_in(operator).get(LIST).content.decode()
    for shown in (unpaid, paid, yen):
        row = _row(page, reference=shown.booking.reference)
        currency, figures = shown.booking.currency, shown.figures
        for label, amount in (
            ("Payable", figures.payable_minor),
            ("Paid", figures.paid_minor),
            ("Outstanding", figures.outstanding_minor),
        ):
            assert f'data-label="{label}">{bare_amount(amount, currency)}<' in row
    assert ">684,000<" in _row(page, reference=yen.booking.reference)
    assert ">Paid<" in _row(page, reference=paid.booking.reference)


@pytest.mark.parametrize("spelling", ["{0}", "{0:lower}", "hartley", "ELEANOR.HARTLEY@EXAMPLE.COM"])
def test_search_finds_by_reference_in_any_spelling_by_name_and_by_email(
    operator: Operator, spelling: str
) -> None:
    shown = sell(operator, a_trip_in(90))
    reference = shown.booking.reference
    asked = spelling.replace("{0:lower}", reference.lower().replace("-", " ")).replace("{0}", reference)
    page = signed_in(operator).get(LIST, {"q": asked}).content.decode()
    assert reference in page
    assert f'value="{asked}"' in page


def test_search_finds_by_provider_reference(operator: Operator) -> None:
    shown = sell(operator, a_trip_in(90, payments=(paid_at_checkout(30000, reference="pay_findme77"),)))
    assert shown.booking.reference in signed_in(operator).get(LIST, {"q": "pay_findme77"}).content.decode()


def test_a_search_without_a_find_says_what_it_looked_at(operator: Operator) -> None:
    sell(operator, a_trip_in(90))
    page = signed_in(operator).get(LIST, {"q": "<script>alert(1)</script>"}).content.decode()
    assert "No booking fits" in page
    assert "<script>alert" not in page


def test_a_view_holds_only_what_it_says(operator: Operator) -> None:
    paid = sell(operator, a_trip_in(90, payments=(paid_at_checkout(100000),))).booking.reference
    unpaid = sell(operator, a_trip_in(200)).booking.reference
    browser = signed_in(operator)
    assert _references(browser.get(LIST, {"status": "paid"}).content.decode()) == {paid}
    assert _references(browser.get(LIST, {"status": "unpaid"}).content.decode()) == {unpaid}
    assert _references(browser.get(LIST).content.decode()) == {paid, unpaid}


@pytest.mark.parametrize("query", ["page=x", "page=-1", "page=²"])
def test_a_page_that_is_no_number_is_not_found(operator: Operator, query: str) -> None:
    assert signed_in(operator).get(f"{LIST}?{query}").status_code == 404


def test_pages_hold_fifty_and_keep_the_search(operator: Operator) -> None:
    for _ in range(51):
        sell(operator, a_trip_in(90))
    browser = signed_in(operator)
    first = browser.get(LIST, {"q": "Hartley"}).content.decode()
    assert "1 to 50 of 51" in first
    assert 'href="/office/bookings/?q=Hartley&amp;page=2"' in first
    second = browser.get(LIST, {"q": "Hartley", "page": "2"}).content.decode()
    assert "51 to 51 of 51" in second
    assert not _references(first) & _references(second)


def test_another_operators_bookings_are_never_listed(operator: Operator) -> None:
    mine = sell(operator, a_trip_in(90)).booking.reference
    theirs = sell(new_operator(), a_trip_in(90)).booking.reference
    page = signed_in(operator).get(LIST, {"q": "Hartley"}).content.decode()
    assert _references(page) == {mine}
    assert theirs not in page


def _references(page: str) -> set[str]:
    return set(re.findall(r'class="ref" href="/office/bookings/([^/]+)/"', page))


def _row(page: str, *, reference: str) -> str:
    start = page.index(f">{reference}</a>")
    return page[start : page.index("</tr>", start)]
