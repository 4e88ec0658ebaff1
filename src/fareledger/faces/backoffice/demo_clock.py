"""Moves the demo's clock from the bar at the foot of every page; outside a demo there is no such page."""

from datetime import date

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from fareledger.domain.errors import Conflict, Refused
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, staff_page
from fareledger.faces.shared.formatting import moment
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.move_demo_clock import DemoTime, move_demo_clock

STEPS = {"1": 1, "7": 7}


@staff_page
@require_POST
def move(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Move the clock by one or seven days, or to a date, and go back to the page the bar was on."""
    if not settings.ENVIRONMENT.demo:
        raise Http404
    try:
        moved = _moved(request)
    except (Refused, Conflict) as refusal:
        leave_notice(request, text=refusal.message, tone="danger")
    except ValueError:
        leave_notice(request, text="Enter a date to move the clock to.", tone="danger")
    else:
        leave_notice(
            request,
            text=f"It is now {moment(moved.now, staff.operator.time_zone)}. "
            "What falls due until then is being worked off; it appears here within a minute.",
        )
    return SeeOther(_back(request))


def _moved(request: HttpRequest) -> DemoTime:
    days = request.POST.get("days", "")
    if days in STEPS:
        return move_demo_clock(days=STEPS[days])
    return move_demo_clock(to=date.fromisoformat(request.POST.get("to", "")))


def _back(request: HttpRequest) -> str:
    wanted = request.POST.get("next", "")
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/office/")
    return wanted if ours else reverse("office_home")
