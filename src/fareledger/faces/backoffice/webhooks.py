"""Webhooks in the settings: where other systems are told, what was delivered, and what was answered.

A secret is shown in the answer to the POST that made it: keeping it for a page of its own would mean storing it once
more. What may be called and how is not decided here.
"""

from __future__ import annotations

import json
from typing import Final
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.errors import Conflict, FareledgerError, NotFound
from fareledger.domain.outgoing import EVENTS, FAILING_DAYS, TEST, groups
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.manage_webhooks import (
    LOOK_BACK_DAYS,
    MAX_DESCRIPTION,
    MadeSecret,
    WantedWebhook,
    WebhookView,
    add_webhook,
    change_webhook,
    disable_webhook,
    enable_webhook,
    end_old_secret,
    list_webhooks,
    rotate_secret,
    show_webhook,
)
from fareledger.usecases.webhook_log import STATUSES, delivery_log, send_again, send_test, show_delivery

_GET_POST: Final = ["GET", "HEAD", "POST"]
_GROUP_WORDS: Final = {
    "booking": "Bookings",
    "transaction": "Rows of a plan",
    "payment": "Payments",
    "refund": "Refunds",
    "approval": "Approvals",
    "collection": "Approved payments that are charged",
}
_STATUS_WORDS: Final = {"": "All", "waiting": "Waiting", "delivered": "Delivered", "failed": "Failed"}
_ACTS: Final = {
    "disable": (disable_webhook, "Disabled. It is told nothing more."),
    "enable": (enable_webhook, "Enabled. It is told what happens from now on."),
    "end-old-secret": (end_old_secret, "Messages are signed with the newest secret only."),
}


@require_safe
@staff_page
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """List the addresses and how their last days went."""
    found = list_webhooks(staff.operator, actor=staff.actor)
    return _page(request, staff=staff, template="office/webhooks.html", context={"found": found})


@require_http_methods(_GET_POST)
@staff_page
def add(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Add an address, and show its secret this once."""
    staff.actor.require(Permission.MANAGE_KEYS)
    nothing_yet = WantedWebhook(url="", description="", events=tuple(EVENTS))
    asked = _asked(request) if request.method == "POST" else nothing_yet
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            made = add_webhook(staff.operator, wanted=asked, actor=staff.actor)
        except FareledgerError as refusal:
            faults = [_fault(refusal)]
        else:
            return _secret(request, staff=staff, made=made, title="Webhook added")
    context: dict[str, object] = {"asked": asked, "webhook": None}
    return _page(request, staff=staff, template="office/webhook_form.html", context=context, faults=faults)


@require_http_methods(_GET_POST)
@staff_page
def edit(request: HttpRequest, *, staff: Staff, endpoint_id: UUID) -> HttpResponse:
    """Change where an address is and what it is told."""
    shown = show_webhook(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    asked = WantedWebhook(url=shown.url, description=shown.description, events=shown.events)
    faults: list[Fault] = []
    if request.method == "POST":
        asked = _asked(request)
        try:
            change_webhook(staff.operator, endpoint_id=endpoint_id, wanted=asked, actor=staff.actor)
        except FareledgerError as refusal:
            faults = [_fault(refusal)]
        else:
            leave_notice(request, text="Saved. What waits goes to this address.")
            return SeeOther(_address(endpoint_id))
    context: dict[str, object] = {"asked": asked, "webhook": shown}
    return _page(request, staff=staff, template="office/webhook_form.html", context=context, faults=faults)


@require_safe
@staff_page
def log(request: HttpRequest, *, staff: Staff, endpoint_id: UUID) -> HttpResponse:
    """Show one address and the log of its deliveries, newest first."""
    shown = show_webhook(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    status = request.GET.get("status", "")
    if status not in STATUSES:
        raise Http404
    before = _uuid_or_404(request.GET.get("before"))
    found = delivery_log(
        staff.operator, endpoint_id=endpoint_id, actor=staff.actor, status=status, before=before
    )
    context = {
        "webhook": shown,
        "log": found,
        "status": status,
        "views": _STATUS_WORDS,
        "first": before is None,
    }
    return _page(request, staff=staff, template="office/webhook.html", context=context)


@require_http_methods(_GET_POST)
@staff_page
def change(request: HttpRequest, *, staff: Staff, endpoint_id: UUID, act: str) -> HttpResponse:
    """Ask, then disable an address, enable it, or end its old secret."""
    shown = show_webhook(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    carry_out, done = _ACTS[act]
    if request.method != "POST":
        return _ask(request, staff=staff, shown=shown, act=act)
    try:
        carry_out(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    except FareledgerError as refusal:
        leave_notice(request, text=_fault(refusal).message, tone="danger")
    else:
        leave_notice(request, text=done)
    return SeeOther(_address(endpoint_id))


@require_http_methods(_GET_POST)
@staff_page
def rotate(request: HttpRequest, *, staff: Staff, endpoint_id: UUID) -> HttpResponse:
    """Ask, then make a new secret beside the one in use, and show it this once."""
    shown = show_webhook(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    if request.method != "POST":
        return _ask(request, staff=staff, shown=shown, act="rotate")
    made = rotate_secret(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    return _secret(request, staff=staff, made=made, title="New secret")


@require_POST
@staff_page
def test(request: HttpRequest, *, staff: Staff, endpoint_id: UUID) -> HttpResponse:
    """Send an event that tells of nothing, and lead to its delivery."""
    try:
        delivery_id = send_test(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    except Conflict as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
        return SeeOther(_address(endpoint_id))
    return SeeOther(_delivery_address(endpoint_id, delivery_id=delivery_id))


@require_safe
@staff_page
def delivery(request: HttpRequest, *, staff: Staff, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Show one delivery: what was sent, every try and what was answered."""
    webhook = show_webhook(staff.operator, endpoint_id=endpoint_id, actor=staff.actor)
    shown = show_delivery(staff.operator, endpoint_id=endpoint_id, delivery_id=delivery_id, actor=staff.actor)
    body = json.dumps(json.loads(shown.body), indent=2, ensure_ascii=False)
    context: dict[str, object] = {"webhook": webhook, "delivery": shown, "body": body}
    return _page(request, staff=staff, template="office/webhook_delivery.html", context=context)


@require_POST
@staff_page
def again(request: HttpRequest, *, staff: Staff, endpoint_id: UUID, delivery_id: UUID) -> HttpResponse:
    """Send a message again, and lead to the new delivery."""
    try:
        made = send_again(staff.operator, endpoint_id=endpoint_id, delivery_id=delivery_id, actor=staff.actor)
    except Conflict as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
        made = delivery_id
    return SeeOther(_delivery_address(endpoint_id, delivery_id=made))


def _asked(request: HttpRequest) -> WantedWebhook:
    return WantedWebhook(
        url=request.POST.get("url", "").strip()[:1000],
        description=request.POST.get("description", "").strip()[: MAX_DESCRIPTION + 1],
        events=request.POST.getlist("events"),
    )


def _ask(request: HttpRequest, *, staff: Staff, shown: WebhookView, act: str) -> HttpResponse:
    context: dict[str, object] = {"webhook": shown, "act": act}
    return _page(request, staff=staff, template="office/webhook_ask.html", context=context)


def _secret(request: HttpRequest, *, staff: Staff, made: MadeSecret, title: str) -> HttpResponse:
    context: dict[str, object] = {
        "title": title,
        "secret": made.secret,
        "what": "Signing secret",
        "back": _address(made.endpoint_id),
        "back_words": "Go to the webhook",
        "parent": reverse("office_webhooks"),
        "parent_words": "Webhooks",
        "hint": "Your system checks the signature of every message with it. It is shown this once: "
        "copy it now. If it is lost, make a new one.",
    }
    return _page(request, staff=staff, template="office/secret.html", context=context)


def _fault(refusal: FareledgerError) -> Fault:
    """Return the fault to show; what is missing or not permitted is for `staff_page` to answer."""
    if isinstance(refusal, NotFound) or refusal.code == "not_permitted":
        raise refusal
    return Fault((refusal.field or "/url").removeprefix("/"), refusal.message)


def _address(endpoint_id: UUID) -> str:
    return reverse("office_webhook", kwargs={"endpoint_id": endpoint_id})


def _delivery_address(endpoint_id: UUID, *, delivery_id: UUID) -> str:
    return reverse("office_webhook_delivery", kwargs={"endpoint_id": endpoint_id, "delivery_id": delivery_id})


def _uuid_or_404(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Http404 from None


def _page(
    request: HttpRequest,
    *,
    staff: Staff,
    template: str,
    context: dict[str, object],
    faults: list[Fault] | None = None,
) -> HttpResponse:
    shown = {
        "section": "settings",
        "faults": faults or [],
        "events": EVENTS,
        "groups": {_GROUP_WORDS[about]: events for about, events in groups().items()},
        "days": LOOK_BACK_DAYS,
        "failing_days": FAILING_DAYS,
        "test_event": TEST,
        **context,
    }
    return page(request, staff=staff, template=template, status=422 if faults else 200, context=shown)
