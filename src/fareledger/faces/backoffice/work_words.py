"""What an item of the work list says: its reason in words, and the one action that settles it.

A reason is a status word and a shape; the action is a link or a button to a page that exists already. Nothing here
decides what needs somebody.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.urls import NoReverseMatch, reverse

from fareledger.domain.access import Actor, Permission
from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.formatting import coded_amount, long_date, short_date
from fareledger.usecases.work_queues import REFUND_DAYS, Queue, WorkItem


@dataclass(frozen=True)
class QueueWords:
    """The title of a queue, what is in it, and what its oldest item is called."""

    title: str
    sentence: str


@dataclass(frozen=True)
class Reason:
    """Why an item is here: words, the CSS class of their shape, and more in grey."""

    words: str
    shape: str
    more: str = ""


@dataclass(frozen=True)
class Fix:
    """The one action: where it is, what it says, and whether pressing it does it (a POST) or leads to it."""

    words: str
    address: str
    posts: bool = False


QUEUE_WORDS: Final[Mapping[str, QueueWords]] = {
    "attempts": QueueWords("Payments with an open end", "nobody knows yet whether money moved"),
    "refund_orders": QueueWords("Online refunds", "waiting for a second person, or failed"),
    "payout_lines": QueueWords("Unmatched payout lines", "paid out by an acquirer, explained by no booking"),
    "refunds": QueueWords("Refunds due", f"within {REFUND_DAYS} days"),
    "collections": QueueWords("Approved payments that failed", "their card was not charged"),
    "overdue": QueueWords("Overdue payments", "past their due date, nothing received"),
    "unplanned": QueueWords("Amounts without a plan", "outstanding, and no row asks for it"),
    "emails": QueueWords("Emails that did not arrive", "the customer has not heard from us"),
    "imports": QueueWords("Imports with refusals", "bookings that did not come in"),
    "webhooks": QueueWords("Webhooks that fail", "another system has not heard from us"),
}


def age(item_since: date, *, today: date) -> str:
    """Return "today", "1 day" or "12 days"."""
    days = (today - item_since).days
    return "today" if days <= 0 else "1 day" if days == 1 else f"{days} days"


def oldest_words(queue: Queue, *, today: date) -> str:
    """Say how old the oldest item of a queue is; for refunds, how long until the first limit."""
    if queue.oldest is None:
        return ""
    if queue.name != "refunds":
        days = age(queue.oldest, today=today)
        return "came up today" if days == "today" else f"oldest {days}"
    left = REFUND_DAYS - (today - queue.oldest).days
    if left < 0:
        return f"first limit passed {_days(-left)} ago"
    return "first limit today" if left == 0 else f"first limit in {_days(left)}"


def reason_of(item: WorkItem, *, today: date) -> Reason:
    """Say why an item is here."""
    return _REASONS[item.queue](item, today)


def fix_of(item: WorkItem, *, actor: Actor) -> Fix:
    """Return the action that settles an item, as far as this person may take it; else where it is seen."""
    fix = _FIXES[item.queue](item, actor)
    return fix or Fix("Look at it", _billing(item))


def _attempt(item: WorkItem, _: date, /) -> Reason:
    if item.detail["problem"]:
        return Reason("The provider contradicts us", "failed", item.detail["problem"])
    return Reason("Outcome unknown for long", "warn", "the provider is still being asked")


def _refund_order(item: WorkItem, _: date, /) -> Reason:
    status = item.detail["status"]
    if status == "waiting":
        return Reason("Waits for a second person", "warn", f"asked by {item.detail['asked_by']}")
    if status == "failed":
        return Reason("Online refund failed", "failed", item.detail["problem"][:120])
    return Reason("Nobody knows yet whether it arrived", "failed", item.detail["problem"][:120])


def _payout_line(item: WorkItem, _: date, /) -> Reason:
    reason = say("reason", item.detail["reason"])
    return Reason(reason, "warn", f"{item.detail['provider'].capitalize()} {item.detail['reference']}")


def _refund(item: WorkItem, today: date, /) -> Reason:
    left = REFUND_DAYS - (today - item.since).days
    words = f"{left} of {REFUND_DAYS} days left"
    if left <= 0:
        words = "Last day" if left == 0 else f"{_days(-left)} over the limit"
    more = "booking cancelled" if item.detail["cancelled"] else "more received than is payable"
    return Reason(words, "overdue" if left <= 0 else "refund", f"{more}, since {short_date(item.since)}")


def _collection(item: WorkItem, _: date, /) -> Reason:
    words = {
        "needs_customer": "Bank wants the customer",
        "needs_method": "Needs another card",
        "with_staff": f"Declined {item.detail['tries']} times"
        if item.detail["tries"]
        else "Could not be charged",
    }
    return Reason(words[item.detail["state"]], "failed", item.detail["why"][:120])


def _overdue(item: WorkItem, today: date, /) -> Reason:
    start = date.fromisoformat(item.detail["start_date"])
    days = (start - today).days
    departs = f"departs in {_days(days)}" if days > 0 else "departs today" if days == 0 else "has departed"
    return Reason(f"Was due {long_date(item.since)}", "overdue", departs)


def _unplanned(item: WorkItem, today: date, /) -> Reason:
    days = (date.fromisoformat(item.detail["start_date"]) - today).days
    departs = f"departs in {_days(days)}" if days > 0 else "has departed"
    return Reason(f"Not covered by a planned {item.detail['kind']}", "warn", departs)


def _email(item: WorkItem, _: date, /) -> Reason:
    word = "bounced" if item.detail["status"] == "bounced" else "could not be sent"
    return Reason(f"{say('email', item.detail['kind'])} {word}", "failed", item.detail["problem"][:120])


def _import(item: WorkItem, _: date, /) -> Reason:
    if item.detail["status"] == "failed":
        return Reason("File refused", "failed", f"{item.detail['file']}: {item.detail['problem'][:120]}")
    count = item.detail["refused"]
    return Reason(f"{count} booking{'s' if count != 1 else ''} refused", "warn", item.detail["file"])


def _webhook(item: WorkItem, _: date, /) -> Reason:
    name = item.detail["name"] or item.detail["url"]
    if item.detail["disabled"]:
        return Reason("Disabled by itself", "failed", f"{name}: {item.detail['why']}")
    count = item.detail["failed"]
    return Reason(f"{count} {'delivery' if count == 1 else 'deliveries'} failed", "warn", name)


_REASONS: Final[Mapping[str, Callable[[WorkItem, date], Reason]]] = {
    "attempts": _attempt,
    "refund_orders": _refund_order,
    "payout_lines": _payout_line,
    "refunds": _refund,
    "collections": _collection,
    "overdue": _overdue,
    "unplanned": _unplanned,
    "emails": _email,
    "imports": _import,
    "webhooks": _webhook,
}


def _decide_refund(item: WorkItem, actor: Actor, /) -> Fix | None:
    if item.detail["status"] == "waiting" and actor.may(Permission.APPROVE):
        asked = {"reference": item.reference, "order_id": item.target}
        return Fix("Decide", reverse("office_refund_decide", kwargs=asked))
    if item.detail["status"] == "failed" and actor.may(Permission.COMMIT):
        row = {"reference": item.reference, "row_id": UUID(item.detail["row"])}
        return Fix("Try again", reverse("office_refund", kwargs=row))
    return None


def _explain(item: WorkItem, _: Actor, /) -> Fix:
    return Fix("Explain", f"{reverse('office_settlement', kwargs={'payout_id': item.target})}#lines")


def _pay_back(item: WorkItem, actor: Actor, /) -> Fix | None:
    reference = {"reference": item.reference}
    words = _amount(item)
    if item.target is not None and actor.may(Permission.COMMIT):
        address = _address("office_commit", **reference, row_id=item.target)
        of_row = coded_amount(item.detail["row_minor"], item.currency or "")
        return Fix(f"Refund {of_row}", address) if address else None
    if item.target is None and actor.may(Permission.PLAN):
        address = _address("office_payment_add", **reference)
        return Fix(f"Plan {words}", f"{address}?kind=refund") if address else None
    return None


def _collect(item: WorkItem, actor: Actor, /) -> Fix | None:
    row = {"reference": item.reference, "row_id": item.target}
    if item.detail["state"] == "with_staff" and actor.may(Permission.COMMIT):
        return Fix("Try again now", reverse("office_collect_again", kwargs=row), posts=True)
    if actor.may(Permission.CONTACT_CUSTOMERS):
        return Fix("Email the link again", reverse("office_collect_email", kwargs=row), posts=True)
    return None


def _ask_to_pay(item: WorkItem, actor: Actor, /) -> Fix | None:
    if not actor.may(Permission.CONTACT_CUSTOMERS):
        return None
    return Fix(
        "Email a pay link", reverse("office_email_link", kwargs={"reference": item.reference}), posts=True
    )


def _plan(item: WorkItem, actor: Actor, /) -> Fix | None:
    address = _address("office_payment_add", reference=item.reference)
    if not address or not actor.may(Permission.PLAN):
        return None
    return Fix(f"Plan {_amount(item)}", f"{address}?kind={item.detail['kind']}")


def _see_email(item: WorkItem, _: Actor, /) -> Fix:
    return Fix("See the email", f"{_billing(item)}#emails")


def _see_import(item: WorkItem, _: Actor, /) -> Fix | None:
    address = _address("office_import", import_id=item.target)
    return Fix("See what was refused", address) if address else None


def _see_webhook(item: WorkItem, _: Actor, /) -> Fix:
    address = reverse("office_webhook", kwargs={"endpoint_id": item.target})
    return Fix("See the deliveries", f"{address}?status=failed#log")


def _see_payment(item: WorkItem, _: Actor, /) -> Fix:
    return Fix("See the payment", f"{_billing(item)}#pays")


_FIXES: Final[Mapping[str, Callable[[WorkItem, Actor], Fix | None]]] = {
    "attempts": _see_payment,
    "refund_orders": _decide_refund,
    "payout_lines": _explain,
    "refunds": _pay_back,
    "collections": _collect,
    "overdue": _ask_to_pay,
    "unplanned": _plan,
    "emails": _see_email,
    "imports": _see_import,
    "webhooks": _see_webhook,
}


def _billing(item: WorkItem) -> str:
    if item.reference is None:
        return reverse("office_bookings")
    return reverse("office_billing", kwargs={"reference": item.reference})


def _address(name: str, **arguments: object) -> str | None:
    try:
        return reverse(name, kwargs=arguments)
    except NoReverseMatch:
        return None


def _amount(item: WorkItem) -> str:
    return coded_amount(item.amount_minor or 0, item.currency or "")


def _days(count: int) -> str:
    return "1 day" if count == 1 else f"{count} days"
