"""What needs me today: the home of the back office, with the queues of things that need a person.

Reading it is for everybody; giving an item to somebody, or letting it rest, is for those who work it off.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, cast
from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.errors import FareledgerError, NotFound
from fareledger.faces.backoffice.entered import entered_day, entered_number
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.work_words import QUEUE_WORDS, age, fix_of, oldest_words, reason_of
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.clock import today as today_of
from fareledger.usecases.note_work import (
    LONGEST_SNOOZE_DAYS,
    MAX_REASON,
    assign_work,
    colleagues,
    snooze_work,
    wake_work,
)
from fareledger.usecases.work_queues import PAGE_SIZE, View, WorkItem, WorkList, work_item, work_list

_VIEWS: Final = ("open", "mine", "snoozed")
_GET_POST: Final = ["GET", "HEAD", "POST"]


@require_safe
@staff_page
def today(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the queues: everything, what is mine, or what rests; one queue in full with `queue`."""
    view = request.GET.get("view", "open")
    number = entered_number(request.GET.get("page", "1"))
    queue = request.GET.get("queue", "")
    if view not in _VIEWS or not number:
        raise Http404
    found = work_list(staff.operator, actor=staff.actor, view=cast(View, view), queue=queue, page=number)
    context: dict[str, object] = {
        "section": "today",
        "found": found,
        "view": view,
        "queue": queue,
        "words": QUEUE_WORDS,
        "oldest": {one.name: oldest_words(one, today=found.today) for one in found.queues},
        "reasons": _of_all(found, say=lambda item: reason_of(item, today=found.today)),
        "ages": _of_all(found, say=lambda item: age(item.since, today=found.today)),
        "fixes": _of_all(found, say=lambda item: fix_of(item, actor=staff.actor)),
        "works": staff.actor.may(Permission.PLAN),
        "previous": _address(view, queue=queue, number=number - 1) if number > 1 else "",
        "next": _address(view, queue=queue, number=number + 1)
        if queue and _more(found, number=number)
        else "",
    }
    return page(request, staff=staff, template="office/today.html", context=context)


@require_http_methods(_GET_POST)
@staff_page
def assign(request: HttpRequest, *, staff: Staff, queue: str, subject: UUID) -> HttpResponse:
    """Ask who takes care of an item, and keep it."""
    staff.actor.require(Permission.PLAN)
    item = work_item(staff.operator, queue=queue, subject=str(subject), actor=staff.actor)
    people = colleagues(staff.operator)
    chosen = str(item.assigned_to or staff.id)
    faults: list[Fault] = []
    if request.method == "POST":
        chosen = request.POST.get("to", "")
        try:
            to = UUID(chosen) if chosen else None
            assign_work(staff.operator, queue=queue, subject=str(subject), to=to, actor=staff.actor)
        except ValueError:
            faults = [Fault("to", "Choose somebody from the list.")]
        except FareledgerError as refusal:
            faults = [_fault(refusal)]
        else:
            name = next((one.name for one in people if one.id == to), "nobody")
            leave_notice(request, text=f"{_named(item)} is with {name} now.")
            return SeeOther(_back(request))
    context: dict[str, object] = {"act": "assign", "people": people, "chosen": chosen}
    return _form(request, staff=staff, item=item, context=context, faults=faults)


@require_http_methods(_GET_POST)
@staff_page
def snooze(request: HttpRequest, *, staff: Staff, queue: str, subject: UUID) -> HttpResponse:
    """Ask until when an item may rest and why, and keep it."""
    staff.actor.require(Permission.PLAN)
    item = work_item(staff.operator, queue=queue, subject=str(subject), actor=staff.actor)
    until, reason = (
        request.POST.get("until", "")[:20],
        request.POST.get("reason", "").strip()[: MAX_REASON + 1],
    )
    faults: list[Fault] = []
    if request.method == "POST":
        day = entered_day(until)
        try:
            snooze_work(
                staff.operator, item=(queue, str(subject)), until=day, reason=reason, actor=staff.actor
            )
        except FareledgerError as refusal:
            faults = [_fault(refusal)]
        else:
            leave_notice(request, text=f"{_named(item)} rests until {until} and comes back on that day.")
            return SeeOther(_back(request))
    context: dict[str, object] = {
        "act": "snooze",
        "until": until,
        "reason": reason,
        "longest": LONGEST_SNOOZE_DAYS,
    }
    return _form(request, staff=staff, item=item, context=context, faults=faults)


@require_POST
@staff_page
def wake(request: HttpRequest, *, staff: Staff, queue: str, subject: UUID) -> HttpResponse:
    """Bring an item that rests back at once."""
    item = work_item(staff.operator, queue=queue, subject=str(subject), actor=staff.actor)
    wake_work(staff.operator, queue=queue, subject=str(subject), actor=staff.actor)
    leave_notice(request, text=f"{_named(item)} is back in the list.")
    return SeeOther(_back(request))


def _form(
    request: HttpRequest,
    *,
    staff: Staff,
    item: WorkItem,
    context: dict[str, object],
    faults: list[Fault],
) -> HttpResponse:
    day = today_of(staff.operator)
    shown: dict[str, object] = {
        "section": "today",
        "item": item,
        "named": _named(item),
        "title": QUEUE_WORDS[item.queue].title,
        "reason_words": reason_of(item, today=day),
        "day": day,
        "back": _back(request),
        "faults": faults,
        **context,
    }
    status = 422 if faults else 200
    return page(request, staff=staff, template="office/today_note.html", status=status, context=shown)


def _of_all(found: WorkList, *, say: Callable[[WorkItem], object]) -> dict[str, object]:
    """Say something of every item, by its subject."""
    return {f"{item.queue}:{item.subject}": say(item) for queue in found.queues for item in queue.items}


def _more(found: WorkList, *, number: int) -> bool:
    return any(one.count > number * PAGE_SIZE for one in found.queues)


def _address(view: str, *, queue: str, number: int) -> str:
    asked = {
        "view": view if view != "open" else "",
        "queue": queue,
        "page": str(number) if number > 1 else "",
    }
    query = urlencode({name: value for name, value in asked.items() if value})
    return reverse("office_home") + (f"?{query}" if query else "")


def _named(item: WorkItem) -> str:
    return item.reference or QUEUE_WORDS[item.queue].title


def _fault(refusal: FareledgerError) -> Fault:
    if isinstance(refusal, NotFound) or refusal.code == "not_permitted":
        raise refusal
    return Fault((refusal.field or "/reason").removeprefix("/"), refusal.message)


def _back(request: HttpRequest) -> str:
    """Return the list that somebody came from."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    home = reverse("office_home")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.partition("?")[0] == home
    return wanted if ours else home
