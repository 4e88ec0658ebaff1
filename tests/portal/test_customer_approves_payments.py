"""What a customer sees and presses to approve scheduled payments, and to take that back."""

import hashlib
import html
import re
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import HttpRequest
from django.test import Client, RequestFactory

from fareledger.domain.booking import BookingDetails
from fareledger.domain.identity import new_id
from fareledger.domain.plan import Terms
from fareledger.faces.portal.approve_form import StaleForm, read_sent
from fareledger.faces.shared.consent_words import VERSION
from fareledger.persistence.models import ApprovalRequest, Booking
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.accept_booking import accept_booking
from fareledger.usecases.booking_state import stored_details
from fareledger.usecases.cancel_booking import cancel_booking
from fareledger.usecases.refresh_attempt import refresh_attempt
from tests.support.acquirer import APPROVED_DEBIT, DECLINED, Acquirer, enter_card
from tests.support.approving import Approver, an_approver
from tests.support.bookings import a_trip_in, cancelling, sell
from tests.support.paying import later
from tests.support.people import BOOKING_API, MARTA
from tests.support.portal import inside, inside_unproven


def a_traveller(operator: Operator, *, acquirer: Acquirer) -> Approver:
    """Sell a trip in three parts: 300.00 today, 350.00 in 50 days and 350.00 later still."""
    traveller = an_approver(operator, acquirer=acquirer)
    return replace(traveller, booking_id=sell(operator, in_three_parts()).booking.id)


def in_three_parts() -> BookingDetails:
    """A trip paid in three parts."""
    return replace(
        a_trip_in(200), terms=Terms(down_payment_percent=Decimal(30), balance_due_days=30, instalments=2)
    )


class Pages:
    """A browser of a proven customer."""

    def __init__(self, traveller: Approver, *, client: Client | None = None) -> None:
        self.traveller = traveller
        self.client = client or inside(traveller.operator, booking_id=traveller.booking_id)
        self.root = f"/p/{traveller.operator.slug}/"

    def get(self, page: str) -> str:
        answer = self.client.get(page if page.startswith("/") else self.root + page)
        assert answer.status_code == 200, (answer.status_code, answer.headers.get("Location"))
        return str(answer.content.decode())

    def form(self, page: str = "approve/", **differences: str) -> dict[str, object]:
        text = self.get(page)
        fields: dict[str, object] = {}
        for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', text):
            if name == "row":
                rows = fields.setdefault("row", [])
                assert isinstance(rows, list)
                rows.append(value)
            else:
                fields[name] = value
        return {**fields, "agree": "yes", **differences}

    def press(self, form: dict[str, object] | None = None) -> Any:
        return self.client.post(self.root + "approve/", form or self.form(), HTTP_USER_AGENT="A browser")


def frame_of(page: str) -> str:
    found = re.search(r'<iframe src="([^"]+)"', page)
    assert found is not None
    return html.unescape(found[1])


def test_everything_ahead_is_approved_in_one_go(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    review = pages.get("approve/")
    assert "Approve 2 scheduled payments" in review
    assert "Nothing is taken today." in review
    assert not re.search(r"<input[^>]*\bchecked\b", review)
    answer = pages.press()
    assert answer.status_code == 303
    card_page = answer["Location"]
    shown = pages.get(card_page)
    policy = pages.client.get(card_page)["Content-Security-Policy"]
    assert f"frame-src {acquirer.base_url}" in policy
    enter_card(frame_of(shown))
    after = pages.client.get(card_page)
    assert after.status_code == 200  # nothing was asked yet
    outcome = re.search(r'data-outcome="([^"]+)"', shown)
    assert outcome is not None
    done = pages.get(outcome[1])
    assert "2 payments are approved (<span" in done
    assert "£700.00" in done
    assert pages.client.get(outcome[1] + "state/").content == b"done"
    assert traveller.approvals() == [(35_000, ""), (35_000, "")]
    assert pages.client.get(card_page)["Location"] == outcome[1]


def test_the_evidence_is_what_the_page_said(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    said = html.unescape(pages.get("approve/"))
    pages.press()
    (kept,) = traveller.evidence()
    assert (kept.text_version, kept.locale, kept.ip, kept.user_agent) == (
        VERSION,
        "en-GB",
        "127.0.0.1",
        "A browser",
    )
    assert kept.text_sha256 == hashlib.sha256(kept.text.encode()).hexdigest()
    lines = kept.text.split("\n")
    assert len(lines) == 4
    for line in lines:
        assert f"<span>{line}</span>" in said
    first, second = traveller.rows
    assert f"£350.00 on {first.due_date:%-d %B %Y} and £350.00 on {second.due_date:%-d %B %Y}" in lines[-1]
    assert operator.legal_name in lines[-1]


def test_without_the_tick_the_page_says_so_beside_the_box(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    form = pages.form()
    del form["agree"]
    answer = pages.press(form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "<title>Error: Approve 2 scheduled payments" in page
    assert page.count("Tick the box if you agree to these payments") == 2
    assert 'aria-describedby="agree-error"' in page
    assert (traveller.evidence(), traveller.setups()) == ([], [])


def test_one_payment_alone_is_approved_from_the_stored_card(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    first, second = traveller.rows
    answer = pages.press(pages.form(f"approve/?row={first.id}"))
    enter_card(frame_of(pages.get(answer["Location"])))
    pages.get(f"approve/done/{traveller_request(traveller)}/")
    assert traveller.approvals() == [(35_000, "")]
    page = pages.get("approve/")
    assert "Visa ending 4242" in page
    assert "Approved already" in page
    answer = pages.press()
    assert "Payment approved" in pages.get(answer["Location"])
    assert traveller.approvals() == [(35_000, ""), (35_000, "")]
    assert [row.approval is not None for row in traveller.rows] == [True, True]
    assert second.id in {row.id for row in traveller.rows}


def test_what_is_due_is_paid_with_the_card_that_is_stored_for_the_rest(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    due = re.search(r'name="pay" value="([^"]+)"', pages.get("approve/"))
    assert due is not None
    card_page = pages.press(pages.form(pay=due[1]))["Location"]
    assert traveller.approvals() == []
    assert traveller.setups() == []
    (attempt,) = traveller.billing.attempts
    enter_card(frame_of(pages.get(card_page)))
    refresh_attempt(operator, attempt_id=attempt.id)
    assert traveller.billing.figures.paid_minor == 30_000
    assert traveller.approvals() == [(35_000, ""), (35_000, "")]
    assert "2 payments are approved" in pages.get(f"approve/done/{traveller_request(traveller)}/")


def traveller_request(traveller: Approver) -> str:
    with operator_transaction(traveller.operator.id):
        found = ApprovalRequest.objects.filter(operator_id=traveller.operator.id).order_by("-id").first()
        assert found is not None
        return str(found.id)


def test_a_changed_plan_shows_old_and_new_and_asks_again(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    form = pages.form()
    cancel_one_hotel(traveller)
    answer = pages.press(form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Nothing was agreed" in page
    assert "£350.00" in page
    assert (traveller.evidence(), traveller.setups()) == ([], [])


def cancel_one_hotel(traveller: Approver) -> None:
    with operator_transaction(traveller.operator.id):
        details = stored_details(
            Booking.objects.get(operator_id=traveller.operator.id, id=traveller.booking_id)
        )
    accept_booking(traveller.operator, details=cancelling(details, "hotel"), channel="api", actor=BOOKING_API)


def test_a_form_that_was_tampered_with_agrees_to_nothing(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    differences: tuple[dict[str, object], ...] = (
        {"mark": "0" * 64},
        {"row": "nonsense"},
        {"row": []},
        {"form_key": ""},
        {"form_key": "x" * 65},
        {"mandate": "x"},
        {"pay": "x"},
    )
    for difference in differences:
        assert pages.press({**pages.form(), **difference}).status_code == 422
    assert traveller.evidence() == []


def test_no_row_that_was_sent_is_left_out_in_silence() -> None:
    def sent(count: int) -> HttpRequest:
        rows = [f"{new_id()}|100|2027-04-12" for _ in range(count)]
        return RequestFactory().post("/", {"row": rows, "form_key": "key"})

    assert len(read_sent(sent(500)).rows) == 500
    with pytest.raises(StaleForm):
        read_sent(sent(801))


def test_a_declined_card_leaves_it_open_and_the_page_says_why(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    card_page = pages.press()["Location"]
    enter_card(frame_of(pages.get(card_page)), number=DECLINED)
    page = pages.get(f"approve/done/{traveller_request(traveller)}/")
    assert "Your approval is not finished" in page
    assert "The card was declined" in page
    assert "Continue with your card" in page
    assert card_page in page


def test_withdrawing_takes_two_clicks_and_says_what_stays_due(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    pages = Pages(traveller)
    (address,) = set(re.findall(r'href="([^"]+/withdraw/[^"]+)"', pages.get("approve/")))
    page = pages.get(address)
    assert "What you owe stays due on its day" in page
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))
    answer = pages.client.post(address, fields)
    assert answer.status_code == 303
    after = pages.get(answer["Location"])
    assert "Your approval is withdrawn" in after
    assert traveller.approvals() == [(70_000, "withdrawn")]
    assert pages.client.post(address, fields).status_code == 303
    assert pages.client.get(address).status_code == 303


def test_on_the_day_itself_it_is_too_late(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    row = traveller.row
    ahead = (row.due_date - traveller.billing.today).days * 86_400
    with later(ahead):
        pages = Pages(traveller)
        address = f"{pages.root}approve/withdraw/{row.id}/"
        assert "It is too late to withdraw" in pages.get(address)
        assert row.approval is not None
        answer = pages.client.post(address, {"approval": str(row.approval.id)})
        assert answer.status_code == 422
        assert "<title>Error:" in answer.content.decode()
    assert traveller.approvals() == [(70_000, "")]


def test_who_has_not_shown_whose_mailbox_it_is_is_led_there_and_back(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    client = inside_unproven(operator, booking_id=traveller.booking_id)
    row = traveller.rows[0]
    answer = client.get(f"/p/{operator.slug}/approve/?row={row.id}")
    assert answer.status_code == 303
    assert answer["Location"] == f"/p/{operator.slug}/prove/?next=approve%2F%3Frow%3D{row.id}"
    assert client.post(f"/p/{operator.slug}/approve/", {"agree": "yes"}).status_code == 303
    withdrawing = client.get(f"/p/{operator.slug}/approve/withdraw/{row.id}/")
    assert "/prove/" in withdrawing["Location"]
    assert traveller.evidence() == []


def test_what_is_due_can_be_paid_with_the_card_that_is_stored(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    page = pages.get("approve/")
    assert "now and approve the rest with the same card" in page
    found = re.search(r'name="pay" value="([^"]+)"', page)
    assert found is not None
    answer = pages.press(pages.form(pay=found[1]))
    assert answer.status_code == 303
    assert "/pay/" in answer["Location"]
    enter_card(frame_of(pages.get(answer["Location"])), number=APPROVED_DEBIT)
    pages.get(answer["Location"].replace("/pay/", "/payments/"))
    assert traveller.billing.figures.paid_minor == 30_000
    assert traveller.approvals() == [(35_000, ""), (35_000, "")]
    assert traveller.mandates() == [("5556", "")]
    assert len(traveller.emails("approval_given")) == 1


def test_another_booking_s_pages_are_not_there(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    other = replace(traveller, booking_id=sell(operator, in_three_parts()).booking.id)
    card_page = Pages(traveller).press()["Location"]
    stranger = Pages(other)
    assert stranger.client.get(card_page).status_code == 404
    done = f"{stranger.root}approve/done/{traveller_request(traveller)}/"
    assert stranger.client.get(done).status_code == 404
    assert stranger.client.get(done + "state/").status_code == 404


def test_a_cancelled_booking_has_nothing_to_approve(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    form = pages.form()
    cancel_booking(operator, booking_id=traveller.booking_id, actor=MARTA, channel="back_office")
    answer = pages.press(form)
    assert answer.status_code == 422
    assert traveller.evidence() == []


def test_approving_needs_a_day_ahead(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    assert traveller.row.due_date - traveller.billing.today > timedelta(days=1)
    with later((traveller.row.due_date - traveller.billing.today).days * 86_400):
        page = Pages(traveller).get("approve/")
    assert "There is nothing to approve right now" in page
