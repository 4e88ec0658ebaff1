"""The door of the back office: how many tries there are, and what letting somebody in does to the session.

django-axes counts the tries. Passwords are counted by email and address together, so that a stranger cannot keep
somebody out; codes by person alone, because whoever gets that far knows the password.
"""

import time
from typing import Any, Final
from uuid import UUID

from axes.handlers.proxy import AxesProxyHandler
from axes.helpers import get_client_ip_address
from django.contrib.auth import BACKEND_SESSION_KEY, load_backend, login, update_session_auth_hash
from django.contrib.auth.signals import user_login_failed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.crypto import constant_time_compare
from django.utils.http import url_has_allowed_host_and_scheme

from fareledger.faces.shared.problems import TOO_MANY, problem_page
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.note_sign_in import note_signed_in, note_turned_away
from fareledger.usecases.second_step import is_second_step_needed, second_step_of

PASSWORD_TRIES: Final = 10
CODE_TRIES: Final = 5
WAIT_S: Final = 10 * 60
_WAITING: Final = "waiting_for_second_step"
SIGNED_IN_AT: Final = "signed_in_at_s"
SET_UP_FIRST: Final = "second_step_must_be_set_up"
_CODE: Final = "second step of "


def failure_limit(request: HttpRequest, credentials: dict[str, Any] | None, /) -> int:
    """Tell django-axes how many wrong tries are allowed."""
    return CODE_TRIES if _is_code(credentials) else PASSWORD_TRIES


def lockout_parameters(request: object, credentials: dict[str, Any] | None, /) -> list[Any]:
    """Tell django-axes what tries are counted by."""
    return ["username"] if _is_code(credentials) else [["username", "ip_address"]]


def locked_out(
    request: HttpRequest, answer: HttpResponse | None, credentials: dict[str, Any] | None, /
) -> HttpResponse:
    """Answer 429 once django-axes has counted too many misses."""
    return problem_page(request, TOO_MANY)


def is_locked(request: HttpRequest, *, email: str, code: bool = False) -> bool:
    """Whether there were too many wrong tries already; nothing is counted."""
    return not AxesProxyHandler.is_allowed(request, {"username": _name(email, code=code)})


def note_miss(request: HttpRequest, *, email: str, why: str) -> None:
    """Write a wrong try into the access log, and whether it was the one too many."""
    one_too_many = getattr(request, "axes_locked_out", False)
    note_turned_away(
        email, kind="locked_out" if one_too_many else "sign_in_failed", why=why, address=address_of(request)
    )


def count_wrong_code(request: HttpRequest, *, email: str, why: str) -> None:
    """Count a wrong second step; the fifth locks this person's second step for a while."""
    credentials = {"username": _name(email, code=True)}
    user_login_failed.send(sender=__name__, credentials=credentials, request=request)
    note_miss(request, email=email, why=why)


def address_of(request: HttpRequest) -> str:
    """Return the network address the request came from."""
    return str(get_client_ip_address(request) or "")


def ask_for_second_step(request: HttpRequest, *, user: Any, wanted: str) -> bool:
    """Remember that the password was right, if this person has a second step to take; False when they have none."""
    operator = operator_by_id(user.operator_id)
    if not second_step_of(operator, staff_id=user.pk).is_set_up:
        return False
    request.session.cycle_key()
    request.session[_WAITING] = {
        "id": str(user.pk),
        "mark": user.get_session_auth_hash(),
        "backend": user.backend,
        "at_s": int(time.time()),
        "wanted": wanted,
    }
    return True


def waiting_person(request: HttpRequest) -> tuple[Any, str] | None:
    """Return who gave the right password within ten minutes and where they want to go; None for anybody else."""
    kept = request.session.get(_WAITING)
    if not kept or not 0 <= time.time() - kept["at_s"] <= WAIT_S:
        return None
    user = load_backend(kept["backend"]).get_user(kept["id"])
    if user is None or not constant_time_compare(kept["mark"], user.get_session_auth_hash()):
        return None
    user.backend = kept["backend"]
    return user, kept["wanted"]


def let_in(request: HttpRequest, *, user: Any, step: str, backend: str = "") -> None:
    """Begin the session of a person who proved who they are; `step` is the second step they took, or none."""
    request.session.pop(_WAITING, None)
    login(request, user, backend=backend or getattr(user, "backend", None))
    request.session[SIGNED_IN_AT] = int(time.time())
    operator = operator_by_id(user.operator_id)
    if step == "none" and is_second_step_needed(operator, role=user.role):
        request.session[SET_UP_FIRST] = True
    note_signed_in(user.pk, step=step, address=address_of(request))


def keep_signed_in(request: HttpRequest, *, staff_id: UUID) -> None:
    """Let this session outlive the change of password that ends all others, under a new key."""
    user: Any = load_backend(request.session[BACKEND_SESSION_KEY]).get_user(staff_id)
    update_session_auth_hash(request, user)


def wanted_page(request: HttpRequest) -> str:
    """Return where to go after signing in: a page of the back office, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/office/")
    return wanted if ours else reverse("office_home")


def _is_code(credentials: dict[str, Any] | None) -> bool:
    return str((credentials or {}).get("username", "")).startswith(_CODE)


def _name(email: str, *, code: bool) -> str:
    return f"{_CODE}{email}" if code else email
