"""Signing in to the back office and out of it: email and password, then the second step of those who have one.

Misses are counted at the door (`door.py`), which then answers with 429 for a while. What a second step is made of
stands in `account.py`.
"""

import json
from typing import Any, Final

from django.contrib.auth import authenticate, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from fareledger.faces.backoffice import door
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice, take_notice
from fareledger.faces.backoffice.site import json_answer, site_of
from fareledger.faces.shared.problems import TOO_MANY, problem_page
from fareledger.faces.shared.responses import SeeOther, not_stored
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.note_sign_in import note_signed_out
from fareledger.usecases.passkeys import begin_asking, check_passkey
from fareledger.usecases.second_step import check_code, second_step_of

MAX_PASSWORD = 256  # hashing a longer one would only cost time
MAX_EMAIL = 254
MAX_CODE = 40
_CHALLENGE: Final = "passkey_challenge"
_WRONG_CODE: Final = "The code is not right. Enter the one the app shows now, or a recovery code"
_WRONG_PASSKEY: Final = "The passkey was not accepted. Try again, or enter a code"


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or take the password and go on to the second step or to where they wanted to go."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return SeeOther(door.wanted_page(request))
        return _form(request, email="", faults=[])
    email = request.POST.get("email", "").strip()[:MAX_EMAIL]
    password = request.POST.get("password", "")
    faults = _missing(email, password=password)
    if faults:
        return _form(request, email=email, faults=faults)
    if door.is_locked(request, email=email):
        return problem_page(request, TOO_MANY)
    user = authenticate(request, username=email, password=password) if len(password) <= MAX_PASSWORD else None
    if user is None:
        door.note_miss(request, email=email, why="password")
        return _form(request, email=email, faults=[Fault("email", "Email or password is not right")])
    wanted = door.wanted_page(request)
    if door.ask_for_second_step(request, user=user, wanted=wanted):
        return SeeOther(reverse("office_second_step"))
    door.let_in(request, user=user, step="none")
    return SeeOther(wanted)


@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
def second_step(request: HttpRequest) -> HttpResponse:
    """Ask whoever gave the right password for a code, and let them in for the right one."""
    waiting = door.waiting_person(request)
    if waiting is None:
        return _too_late(request)
    user, wanted = waiting
    if request.method != "POST":
        return _step_form(request, user=user, faults=[])
    code = request.POST.get("code", "").strip()[:MAX_CODE]
    if not code:
        return _step_form(request, user=user, faults=[Fault("code", "Enter the code")])
    if door.is_locked(request, email=user.email, code=True):
        return problem_page(request, TOO_MANY)
    if not check_code(operator_by_id(user.operator_id), staff_id=user.pk, code=code):
        door.count_wrong_code(request, email=user.email, why="code")
        return _step_form(request, user=user, faults=[Fault("code", _WRONG_CODE)])
    door.let_in(request, user=user, step="code")
    return SeeOther(wanted)


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """Let whoever gave the right password in with a passkey of theirs."""
    waiting = door.waiting_person(request)
    if waiting is None:
        return _too_late(request)
    user, wanted = waiting
    if door.is_locked(request, email=user.email, code=True):
        return problem_page(request, TOO_MANY)
    state, answer = request.session.pop(_CHALLENGE, None), json_answer(request)
    proved = state is not None and check_passkey(
        operator_by_id(user.operator_id), staff_id=user.pk, answer=answer, ceremony=(site_of(request), state)
    )
    if not proved:
        door.count_wrong_code(request, email=user.email, why="passkey")
        return _step_form(request, user=user, faults=[Fault("passkey", _WRONG_PASSKEY)])
    door.let_in(request, user=user, step="passkey")
    return SeeOther(wanted)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    if request.user.is_authenticated:
        note_signed_out(request.user.pk)
    logout(request)
    return SeeOther(reverse("office_sign_in"))


def _missing(email: str, *, password: str) -> list[Fault]:
    faults = []
    if not email:
        faults.append(Fault("email", "Enter your email address"))
    if not password:
        faults.append(Fault("password", "Enter your password"))
    return faults


def _form(request: HttpRequest, *, email: str, faults: list[Fault]) -> HttpResponse:
    context = {
        "email": email,
        "faults": faults,
        "wanted": door.wanted_page(request),
        "notice": take_notice(request),
    }
    return not_stored(render(request, "office/sign_in.html", context, status=422 if faults else 200))


def _step_form(request: HttpRequest, *, user: Any, faults: list[Fault]) -> HttpResponse:
    operator = operator_by_id(user.operator_id)
    asked = begin_asking(operator, staff_id=user.pk, site=site_of(request))
    if asked:
        request.session[_CHALLENGE] = asked.state
    context = {
        "faults": faults,
        "has": second_step_of(operator, staff_id=user.pk),
        "passkey_options": json.dumps(asked.options) if asked else "",
    }
    return not_stored(render(request, "office/mfa_sign_in.html", context, status=422 if faults else 200))


def _too_late(request: HttpRequest) -> HttpResponse:
    leave_notice(request, text="Please sign in again.", tone="warn")
    return SeeOther(reverse("office_sign_in"))
