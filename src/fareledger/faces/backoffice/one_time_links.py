"""The pages behind the links that staff get by email: taking up an invitation, and setting a new password.

A GET spends nothing and names nobody: mail scanners open links. The pages are told to send no referrer, because their
address is a way in.
"""

from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.contrib.auth import load_backend
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from fareledger.domain.errors import Refused
from fareledger.faces.backoffice import door
from fareledger.faces.backoffice.account_forms import fault_of
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.shared.responses import SeeOther, not_stored
from fareledger.usecases.accept_invitation import (
    InvitationNotUsable,
    NewColleague,
    accept_invitation,
    look_at_invitation,
)
from fareledger.usecases.find_operator import Operator, OperatorNotFound, operator_by_slug
from fareledger.usecases.staff_passwords import (
    PasswordLinkNotUsable,
    look_at_password_link,
    request_password_link,
    set_new_password,
)

_GET_POST: Final = ["GET", "HEAD", "POST"]
_MODEL: Final = "django.contrib.auth.backends.ModelBackend"
View = Callable[..., HttpResponse]


@sensitive_post_parameters("password")
@require_http_methods(_GET_POST)
def invitation(request: HttpRequest, *, slug: str, token: str) -> HttpResponse:
    """Ask for a name and a password, and let the new colleague in."""
    operator = _operator(slug)
    state = look_at_invitation(operator, token=token)
    faults: list[Fault] = []
    name = request.POST.get("name", "")[:300]
    if request.method == "POST" and state == "ready":
        try:
            joined = accept_invitation(
                operator, token=token, name=name, password=request.POST.get("password", "")
            )
        except InvitationNotUsable as ended:
            state = ended.state
        except Refused as refusal:
            faults = [fault_of(refusal)]
        else:
            return _welcome(request, joined=joined)
    context: dict[str, object] = {"operator": operator, "state": state, "name": name}
    return _page(request, template="office/invitation.html", context=context, faults=faults)


@require_http_methods(_GET_POST)
def forgotten(request: HttpRequest) -> HttpResponse:
    """Ask for an address and email a link to it, if somebody signs in with it; the answer is always the same."""
    email = request.POST.get("email", "").strip()[:254]
    if request.method == "POST" and email:
        request_password_link(email)
        leave_notice(
            request,
            text=f"If {email} signs in here, we have sent it a link. It works once, for one hour.",
        )
        return SeeOther(reverse("office_sign_in"))
    faults = [Fault("email", "Enter your email address")] if request.method == "POST" else []
    return _page(request, template="office/sign_in_forgotten.html", context={"email": email}, faults=faults)


@sensitive_post_parameters("password")
@require_http_methods(_GET_POST)
def new_password(request: HttpRequest, *, slug: str, token: str) -> HttpResponse:
    """Set a new password with a link; signing in comes after it, with the second step of those who have one."""
    operator = _operator(slug)
    state = look_at_password_link(operator, token=token)
    faults: list[Fault] = []
    if request.method == "POST" and state == "ready":
        try:
            set_new_password(operator, token=token, password=request.POST.get("password", ""))
        except PasswordLinkNotUsable as ended:
            state = ended.state
        except Refused as refusal:
            faults = [fault_of(refusal)]
        else:
            leave_notice(request, text="Your new password is set. Sign in with it.")
            return SeeOther(reverse("office_sign_in"))
    return _page(
        request, template="office/sign_in_new_password.html", context={"state": state}, faults=faults
    )


def _welcome(request: HttpRequest, *, joined: NewColleague) -> HttpResponse:
    user = load_backend(_MODEL).get_user(joined.staff_id)
    if user is None:
        raise RuntimeError("the account that was just made is gone")
    door.let_in(request, user=user, step="none", backend=_MODEL)
    leave_notice(request, text=f"Welcome, {joined.actor.name}. Your account is ready.")
    return SeeOther(reverse("office_home"))


def _operator(slug: str) -> Operator:
    try:
        return operator_by_slug(slug)
    except OperatorNotFound as missing:
        raise Http404 from missing


def _page(
    request: HttpRequest, *, template: str, context: dict[str, object], faults: list[Fault]
) -> HttpResponse:
    shown = {"faults": faults, "least_length": settings.PASSWORD_LEAST, **context}
    answer = not_stored(render(request, template, shown, status=422 if faults else 200))
    answer["Referrer-Policy"] = "no-referrer"
    return answer
