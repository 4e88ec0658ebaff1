"""What every page of the back office shares: who is signed in, for which operator, and the frame around
the page.

Sign-in itself stands in `sign_in`; what a role may do is decided by use cases.
"""

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from fareledger.domain.access import Actor, NotPermitted, staff_actor
from fareledger.domain.errors import NotFound
from fareledger.faces.backoffice.door import SET_UP_FIRST, SIGNED_IN_AT
from fareledger.faces.backoffice.notices import take_notice
from fareledger.faces.shared.responses import SeeOther, not_stored
from fareledger.usecases import clock
from fareledger.usecases.find_operator import Operator, operator_by_id

IDLE_S = 30 * 60
ABSOLUTE_S = 8 * 60 * 60
SEEN_EVERY_S = 60
SEEN = "seen_at_s"


@dataclass(frozen=True)
class Staff:
    """The person who is signed in, and the one operator whose bookings they see."""

    operator: Operator
    name: str
    email: str
    role: str
    id: UUID

    @property
    def actor(self) -> Actor:
        """The person as whoever does something."""
        return staff_actor(self.name, role=self.role, staff_id=self.id)


View = Callable[..., HttpResponse]


def staff_page(view: View) -> View:
    """Let only signed-in staff reach the view, tell it who they are as `staff`, and keep its answer out of
    caches.

    What the view's use cases do not find for this operator is a page that does not exist; what they do not permit
    this person is a page that says so.
    """

    @functools.wraps(view)
    def guarded(request: HttpRequest, /, **asked: object) -> HttpResponse:
        if not request.user.is_authenticated or _too_old(request) or _idle_too_long(request):
            logout(request)
            return _to_sign_in(request)
        if request.session.get(SET_UP_FIRST) and not request.path.startswith(reverse("office_account")):
            return _to_set_up(request)
        user = request.user
        operator = operator_by_id(user.operator_id)
        staff = Staff(operator=operator, name=user.name, email=user.email, role=user.role, id=user.id)
        try:
            return not_stored(view(request, staff=staff, **asked))
        except NotFound as missing:
            raise Http404 from missing
        except NotPermitted as refusal:
            raise PermissionDenied(refusal.message) from refusal

    return guarded


def is_htmx(request: HttpRequest) -> bool:
    """Whether the request was sent by htmx, which wants a fragment, and not by the browser itself."""
    return request.headers.get("HX-Request") == "true"


def page(
    request: HttpRequest, *, staff: Staff, template: str, status: int = 200, context: dict[str, object]
) -> HttpResponse:
    """Render a page inside the back office's frame; `context` names its `section` of the menu."""
    frame: dict[str, object] = {
        "staff": staff,
        "may": staff.actor.may,
        "operator": staff.operator,
        "zone": staff.operator.time_zone,
        "notice": take_notice(request),
        "demo_now": demo_now(staff.operator),
        "here": request.get_full_path(),
    }
    return render(request, template, {**frame, **context}, status=status)


def demo_now(operator: Operator) -> datetime | None:
    """Return the moment of the demo's clock where the operator is; None when this is not a demo."""
    if not settings.ENVIRONMENT.demo:
        return None
    return clock.now().astimezone(operator.time_zone)


def _too_old(request: HttpRequest) -> bool:
    """Whether the session was begun too long ago, however busy it was; one without a beginning is too old."""
    return not 0 <= time.time() - cast("int", request.session.get(SIGNED_IN_AT, 0)) <= ABSOLUTE_S


def _idle_too_long(request: HttpRequest) -> bool:
    """Whether the person was away; a page that merely asks for news of itself does not count as a person."""
    now_s = int(time.time())
    seen_s = cast("int", request.session.get(SEEN, now_s))
    if now_s - seen_s > IDLE_S:
        return True
    if not is_htmx(request) and (SEEN not in request.session or now_s - seen_s > SEEN_EVERY_S):
        request.session[SEEN] = now_s
    return False


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if is_htmx(request):
        # A redirect would be followed by fetch and its page put into the middle of this one.
        here = request.headers.get("HX-Current-URL", "")
        path = here.partition("//")[2].partition("/")[2]
        return HttpResponse(
            headers={"HX-Redirect": f"{reverse('office_sign_in')}?{urlencode({'next': '/' + path})}"}
        )
    wanted = request.get_full_path() if request.method == "GET" else reverse("office_home")
    return SeeOther(f"{reverse('office_sign_in')}?{urlencode({'next': wanted})}")


def _to_set_up(request: HttpRequest) -> HttpResponse:
    address = reverse("office_account")
    return HttpResponse(headers={"HX-Redirect": address}) if is_htmx(request) else SeeOther(address)
