"""The Billing page of one booking: its figures, its plan, where the money is, its entries and its story.

While it is open it asks for news of itself, so that a payment made elsewhere appears by itself. Everything
shown is read through use cases; the page computes no figure of its own.
"""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.collection_stories import cards_of, collection_word, stories_of
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, View, page, staff_page
from fareledger.faces.backoffice.words import say, terms_in_words
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.money_chain import MoneyChain
from fareledger.usecases.reverse_transaction import SOURCE as REVERSAL
from fareledger.usecases.send_portal_link import TooManyLinkEmails, create_portal_link, send_portal_link
from fareledger.usecases.show_booking import Billing, BookingAttempt, RowView, billing_by_reference
from fareledger.usecases.show_money_chain import money_chain
from fareledger.usecases.show_refunds import RefundView, show_refunds
from fareledger.usecases.view_as_customer import view_as_customer
from fareledger.usecases.watch_booking import booking_mark

_REFUND_SHAPES = {"waiting": "warn", "running": "pending", "failed": "failed"}


@dataclass(frozen=True)
class Badge:
    """A status in words with the CSS class that draws its shape."""

    words: str
    shape: str


def only_posted(view: View) -> View:
    """Lead whoever merely opens the address of an action to the booking: nothing is done by looking."""

    @functools.wraps(view)
    def posted(request: HttpRequest, /, **asked: Any) -> HttpResponse:
        return view(request, **asked) if request.method == "POST" else SeeOther(address(asked["reference"]))

    return posted


@staff_page
@require_safe
def billing(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Show the page; another spelling of the reference leads to the booking's own."""
    mark = booking_mark(staff.operator, reference=reference)
    shown = billing_by_reference(staff.operator, reference=reference)
    if shown.booking.reference != reference:
        return SeeOther(address(shown.booking.reference))
    return page(
        request,
        staff=staff,
        template="office/billing.html",
        context=_context(staff, shown=shown, mark=mark, news=""),
    )


@staff_page
@require_safe
def live(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Answer 204 while the page that was drawn at the mark `seen` is still true, else its changed part."""
    mark = booking_mark(staff.operator, reference=reference)
    if request.GET.get("seen") == mark:
        return HttpResponse(status=204)
    shown = billing_by_reference(staff.operator, reference=reference)
    news = shown.timeline[-1].text if shown.timeline else ""
    context = _context(staff, shown=shown, mark=mark, news=f"Updated: {news}")
    frame = {
        "staff": staff,
        "may": staff.actor.may,
        "operator": staff.operator,
        "zone": staff.operator.time_zone,
        "notice": None,
    }
    return render(request, "office/billing_live.html", {**frame, **context})


@staff_page
@only_posted
def email_link(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Email the customer a one-time link to pay."""
    shown = billing_by_reference(staff.operator, reference=reference)
    try:
        sent = send_portal_link(
            staff.operator, booking_id=shown.booking.id, asked_by="operator", actor=staff.actor
        )
    except TooManyLinkEmails as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
    else:
        leave_notice(request, text=f"A pay link is on its way to {sent.to_email}.")
    return SeeOther(address(shown.booking.reference))


@staff_page
@only_posted
def make_link(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Make a one-time link and show it.

    Shown in the answer to the POST itself: keeping the link for a page of its own would mean storing it.
    """
    shown = billing_by_reference(staff.operator, reference=reference)
    link = create_portal_link(
        staff.operator, booking_id=shown.booking.id, asked_by="operator", actor=staff.actor
    )
    here = address(shown.booking.reference)
    context = {"section": "bookings", "booking": shown.booking, "link": link, "here": here}
    return page(request, staff=staff, template="office/pay_link.html", context=context)


@staff_page
@only_posted
def customer_view(request: HttpRequest, *, staff: Staff, reference: str) -> HttpResponse:
    """Open the booking in the portal as its customer sees it, without the means to pay."""
    shown = billing_by_reference(staff.operator, reference=reference)
    opened = view_as_customer(staff.operator, booking_id=shown.booking.id, actor=staff.actor)
    # On the host that the staff member is on: a form may lead nowhere else (form-action of our policy).
    return SeeOther(urlsplit(opened).path)


def address(reference: str) -> str:
    """Return the address of a booking's Billing page."""
    return reverse("office_billing", kwargs={"reference": reference})


def payment_badge(*, status: str, refund_due: bool, overdue: bool, cancelled: bool) -> Badge:
    """Say how a booking stands in one badge: what needs somebody first."""
    if refund_due:
        return Badge(f"{'Cancelled' if cancelled else say('booking', status)}, refund due", "refund")
    if cancelled:
        return Badge("Cancelled", "void")
    if overdue:
        return Badge("Overdue", "overdue")
    return Badge(say("booking", status), {"paid": "paid", "partially_paid": "part"}.get(status, "open"))


def _context(staff: Staff, *, shown: Billing, mark: str, news: str) -> dict[str, object]:
    chain = money_chain(staff.operator, booking_id=shown.booking.id)
    numbers = {entry.id: entry.seq for entry in shown.entries}
    refunds = show_refunds(staff.operator, booking_id=shown.booking.id)
    refunding = {one.transaction_id: one for one in refunds if one.live}
    return {
        "section": "bookings",
        "billing": shown,
        "booking": shown.booking,
        "figures": shown.figures,
        "chain": chain,
        "mark": mark,
        "news": news,
        "say": say,
        "terms": terms_in_words(shown.booking.terms, currency=shown.booking.currency),
        "badge": _badge(shown),
        "reversible": {row.id for row in shown.rows if is_reversible(row)},
        "in_progress": {row.id for row in shown.open_rows if live_attempt(row.id, shown=shown)},
        "row_badges": {row.id: _row_badge(row, shown=shown, refunds=refunds) for row in shown.rows},
        "stories": stories_of(shown),
        "cards": cards_of(shown),
        "refunds": refunds,
        "refunding": refunding,
        "paid_online": any(one.state == "succeeded" for one in shown.attempts),
        "entry_of_row": {
            one.transaction_id: numbers.get(one.entry_id) for one in chain.matched.movements if one.entry_id
        },
        "entry_numbers": numbers,
        "entry_numbers_by_text": {str(entry_id): number for entry_id, number in numbers.items()},
        "reversed_entries": {UUID(one.source_id): one.seq for one in shown.entries if one.source == REVERSAL},
    }


def _badge(shown: Billing) -> Badge:
    return payment_badge(
        status=shown.figures.status,
        refund_due=shown.figures.refund_due,
        overdue=any(row.overdue and row.kind == "payment" for row in shown.rows),
        cancelled=shown.booking.cancelled,
    )


def is_reversible(row: RowView) -> bool:
    """Say whether a row can be taken back: closed, offline, itself no reversal and not reversed yet."""
    return row.status == "closed" and not (row.online or row.is_reversal or row.reversed_by)


def reversed_with(row: RowView, *, shown: Billing, chain: MoneyChain) -> tuple[RowView, ...]:
    """Find all rows that one movement closed, this one among them: they are reversed together."""
    entries = {one.transaction_id: one.entry_id for one in chain.matched.movements if one.entry_id}
    own = entries.get(row.id)
    return tuple(one for one in shown.closed_rows if one == row or (own and entries.get(one.id) == own))


def _row_badge(row: RowView, *, shown: Billing, refunds: Iterable[RefundView]) -> Badge:
    if row.reversed_by:
        return Badge("Reversed", "void")
    if row.status == "closed":
        return Badge("Closed", "closed")
    last = next((one for one in reversed([*refunds]) if one.transaction_id == row.id), None)
    if last and last.status in _REFUND_SHAPES:
        return Badge(say("refund_order", last.status), _REFUND_SHAPES[last.status])
    attempt = live_attempt(row.id, shown=shown)
    if attempt:
        return Badge(say("state", attempt.state), "pending")
    collected = collection_word(row)
    if collected:
        return Badge(*collected)
    return Badge("Overdue", "overdue") if row.overdue else Badge("Open", "open")


def live_attempt(row_id: UUID, *, shown: Billing) -> BookingAttempt | None:
    """Return the try that is paying this row now, or None."""
    return next((one for one in shown.attempts if one.live and row_id in one.transaction_ids), None)
