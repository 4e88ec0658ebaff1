"""The list is asked by its address: every filter and order finds what it says, and what makes no sense is said at the
control."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from fareledger.domain.booking import Customer
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_query import BookingQuery, InvalidQuery, address_query, query_of
from fareledger.usecases.list_bookings import list_bookings
from tests.support.bookings import a_trip_in, cancelling, paid_at_checkout, priced, sell
from tests.support.operators import new_operator
from tests.support.staff import signed_in

LIST = "/office/bookings/"
TODAY = datetime.now(UTC).date()


def found(operator: Operator, /, **asked: str) -> list[str]:
    values = {name.replace("sort_by", "sort"): value for name, value in asked.items()}
    return [row.reference for row in list_bookings(operator, asked=query_of(values, operator=operator)).rows]


def day(days: int) -> str:
    return (TODAY + timedelta(days=days)).isoformat()


def test_each_filter_finds_what_it_says(operator: Operator) -> None:
    soon = sell(operator, a_trip_in(20, reference="SOON")).booking.reference
    late = sell(operator, a_trip_in(300, reference="LATE", currency="EUR")).booking.reference
    surplus = a_trip_in(100, reference="OWED", payments=(paid_at_checkout(130_000),))
    owed = sell(operator, surplus).booking.reference
    gone = a_trip_in(120, reference="GONE")
    sell(operator, gone)
    sell(operator, cancelling(gone, "flights", "hotel"))

    assert found(operator, currency="EUR") == [late]
    assert found(operator, refund_due="yes") == [owed]
    assert found(operator, cancelled="yes") == ["GONE"]
    assert set(found(operator, cancelled="no")) == {soon, late, owed}
    assert found(operator, departing="30") == [soon]
    assert set(found(operator, departs_from=day(100))) == {late, owed, "GONE"}
    assert found(operator, departs_from=day(99), departs_to=day(101)) == [owed]
    assert soon in found(operator, overdue="yes")
    assert found(operator, booked_from=day(1)) == []
    assert len(found(operator, booked_to=day(0))) == 4
    assert found(operator, currency="GBP", outstanding_to="-0.01") == [owed]
    assert found(operator, currency="GBP", outstanding_from="1000", outstanding_to="1000.00") == [soon]
    assert found(operator, currency="GBP", outstanding_from="1,000.01") == []
    assert found(operator, status="unpaid", currency="EUR", departs_from=day(299)) == [late]


def test_limits_of_an_amount_count_to_the_minor_unit(operator: Operator) -> None:
    sell(operator, priced(a_trip_in(90, reference="DINAR", currency="KWD"), price_minor=1_245_500))
    sell(operator, priced(a_trip_in(90, reference="YEN", currency="JPY"), price_minor=684_000))
    assert found(operator, currency="KWD", outstanding_from="1245.5", outstanding_to="1245.500") == ["DINAR"]
    assert found(operator, currency="KWD", outstanding_from="1245.501") == []
    assert found(operator, currency="JPY", outstanding_from="683999.5", outstanding_to="684000") == ["YEN"]
    assert found(operator, currency="JPY", outstanding_from="0") == ["YEN"]


@pytest.mark.parametrize(
    ("typed", "finds"),
    [
        ("1,000.00", {"GBP", "EUR"}),
        ("1000", {"GBP", "EUR"}),
        ("gbp 1,000.00", {"GBP"}),
        ("684,000", {"YEN"}),
        ("300.00", {"GBP", "EUR"}),  # the down payment
        ("684000.00", set()),  # a yen has no decimals
        ("1,00", set()),
    ],
)
def test_an_amount_finds_what_costs_or_owes_it(operator: Operator, typed: str, finds: set[str]) -> None:
    nobody = Customer(name="Ann Lee", email="ann@example.org", locale="en-GB")
    sell(operator, a_trip_in(200, reference="GBP", customer=nobody))
    sell(operator, a_trip_in(200, reference="EUR", currency="EUR", customer=nobody))
    sell(operator, priced(a_trip_in(200, reference="YEN", currency="JPY"), price_minor=684_000))
    assert set(found(operator, q=typed)) == finds


def test_orders_and_their_opposites(operator: Operator) -> None:
    sell(operator, priced(a_trip_in(200, reference="B"), price_minor=100_000))
    sell(operator, priced(a_trip_in(100, reference="C"), price_minor=300_000))
    sell(operator, priced(a_trip_in(300, reference="A"), price_minor=200_000))
    for order, references in (
        ("reference", "ABC"),
        ("departs", "CBA"),
        ("outstanding", "BAC"),
        ("changed", "BCA"),
    ):
        assert "".join(found(operator, sort_by=f"{order}_up")) == references
        assert "".join(found(operator, sort_by=f"{order}_down")) == references[::-1]
    sell(operator, a_trip_in(90, reference="D", payments=(paid_at_checkout(100_000),)))
    assert found(operator, sort_by="due_up")[-1] == found(operator, sort_by="due_down")[-1] == "D"


def test_pages_of_equal_bookings_neither_repeat_nor_lose_one(operator: Operator) -> None:
    sold = {sell(operator, a_trip_in(90)).booking.reference for _ in range(55)}
    for order in ("departs_up", "outstanding_down", "due_up"):
        asked = BookingQuery(order=order)
        pages = [list_bookings(operator, asked=asked, page=number) for number in (1, 2, 3)]
        assert [len(one.rows) for one in pages] == [50, 5, 0]
        assert {one.total for one in pages} == {55}
        assert {row.reference for one in pages for row in one.rows} == sold


@pytest.mark.parametrize(
    ("query", "control"),
    [
        ("status=lost", "status"),
        ("currency=XXX", "currency"),
        ("currency=DKK", "currency"),
        ("departs_from=soon", "departs_from"),
        ("departs_from=2027-02-30", "departs_from"),
        ("departs_from=2027-03-02&departs_to=2027-03-01", "departs_to"),
        ("booked_to=1", "booked_to"),
        ("outstanding_from=much&currency=GBP", "outstanding_from"),
        ("outstanding_from=1240,50&currency=GBP", "outstanding_from"),
        ("outstanding_from=1e9&currency=GBP", "outstanding_from"),
        ("outstanding_from=10", "currency"),
        ("departing=0", "departing"),
        ("departing=²", "departing"),
        ("overdue=maybe", "overdue"),
        ("cancelled=perhaps", "cancelled"),
        ("sort=name_up", "sort"),
    ],
)
def test_what_makes_no_sense_is_said_at_its_control(operator: Operator, query: str, control: str) -> None:
    answer = signed_in(operator).get(f"{LIST}?{query}")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: Bookings" in page
    assert f'href="#{control}"' in page
    assert f'id="{control}"' in page
    with pytest.raises(InvalidQuery) as refused:
        query_of(dict(one.split("=") for one in query.split("&")), operator=operator)
    assert [error.pointer for error in refused.value.errors] == [f"/{control}"]


def test_every_filter_that_is_on_is_a_chip_that_takes_it_off(operator: Operator) -> None:
    sell(operator, a_trip_in(20))
    query = "status=unpaid&cancelled=no&currency=GBP&departing=30&outstanding_from=10"
    page = signed_in(operator).get(f"{LIST}?{query}").content.decode()
    chips = re.findall(r'class="filter on" href="([^"]+)">([^<]+) <', page)
    assert {words for _, words in chips} == {
        "Unpaid",
        "Not cancelled",
        "Departing in 30 days",
        "Outstanding from GBP 10",
        "GBP",
    }
    without = {words: address for address, words in chips}
    assert "departing" not in without["Departing in 30 days"]
    assert "status=unpaid" in without["Departing in 30 days"]
    assert "outstanding" not in without["GBP"]


def test_the_head_says_how_the_list_is_ordered(operator: Operator) -> None:
    sell(operator, a_trip_in(20))
    browser = signed_in(operator)
    page = browser.get(f"{LIST}?sort=departs_up").content.decode()
    assert 'aria-sort="ascending"><a href="/office/bookings/?sort=departs_down">Departs</a>' in page
    assert page.count("aria-sort") == 1
    assert "aria-sort" not in browser.get(LIST).content.decode()


def test_fields_left_empty_leave_the_address(operator: Operator) -> None:
    answer = signed_in(operator).get(f"{LIST}?q=&status=unpaid&currency=&departs_from=&sort=")
    assert (answer.status_code, answer["Location"]) == (303, f"{LIST}?status=unpaid")


def test_one_list_has_one_address(operator: Operator) -> None:
    for query in ("", "q=a+b&status=paid&currency=GBP", "overdue=yes&sort=due_up", "departing=30"):
        values = dict(one.split("=") for one in query.replace("+", " ").split("&") if one)
        assert address_query(query_of(values, operator=operator)) == query
    old = {"status": "departing"}
    assert address_query(query_of(old, operator=operator)) == "departing=30"


def test_lists_are_of_one_operator(operator: Operator) -> None:
    sell(new_operator(), a_trip_in(20))
    assert found(operator) == []
    assert found(operator, q="1000") == []
    assert found(operator, departing="30") == []
