"""A person's own account: password, second step, recovery codes. Nobody needs a permission for it.

Whatever makes a sign-in weaker asks for the password again. What colleagues' accounts look like is `users.py`.
"""

import json
from typing import Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import authenticate
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.errors import FareledgerError
from fareledger.domain.totp import secret_in_letters
from fareledger.faces.backoffice.account_forms import fault_of, leave_codes, take_codes
from fareledger.faces.backoffice.door import SET_UP_FIRST, keep_signed_in
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.site import json_answer, site_of
from fareledger.faces.shared.qr import qr_path
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.passkeys import begin_adding, finish_adding
from fareledger.usecases.sealing import seal, unseal
from fareledger.usecases.second_step import (
    FactorNotFound,
    add_app,
    app_address,
    is_second_step_needed,
    make_recovery_codes,
    new_app_secret,
    remove_factor,
    second_step_of,
)
from fareledger.usecases.staff_passwords import change_own_password

_SECRET: Final = "app_secret"  # noqa: S105 -- the key it is kept under
_STATE: Final = "passkey_state"
_GET_POST: Final = ["GET", "HEAD", "POST"]


@require_safe
@staff_page
def account(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show how the person signs in."""
    context: dict[str, object] = {
        "has": second_step_of(staff.operator, staff_id=staff.id),
        "needed": is_second_step_needed(staff.operator, role=staff.role),
        "set_up_first": bool(request.session.get(SET_UP_FIRST)),
    }
    return _page(request, staff=staff, template="office/account.html", context=context)


@sensitive_post_parameters("current", "password")
@require_http_methods(_GET_POST)
@staff_page
def password(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Change the password, for whoever knows the old one."""
    faults: list[Fault] = []
    if request.method == "POST":
        faults = _wrong_password(request, staff=staff)
        if not faults:
            try:
                change_own_password(
                    staff.operator,
                    password=request.POST.get("password", ""),
                    actor=staff.actor,
                    staff_id=staff.id,
                )
            except FareledgerError as refusal:
                faults = [fault_of(refusal)]
        if not faults:
            keep_signed_in(request, staff_id=staff.id)
            leave_notice(request, text="Your password is changed. Other sessions of yours have ended.")
            return SeeOther(reverse("office_account"))
    return _page(request, staff=staff, template="office/account_password.html", context={}, faults=faults)


@sensitive_post_parameters("code")
@require_http_methods(_GET_POST)
@staff_page
def app(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Set up an authenticator app: show its secret, take a code as proof."""
    if second_step_of(staff.operator, staff_id=staff.id).app:
        return SeeOther(reverse("office_account"))
    kept = request.session.get(_SECRET)
    secret = bytes.fromhex(unseal(kept)) if kept else new_app_secret()
    faults: list[Fault] = []
    if request.method == "POST" and kept:
        try:
            codes = add_app(
                staff.operator, secret=secret, code=request.POST.get("code", "")[:40], actor=staff.actor
            )
        except FareledgerError as refusal:
            faults = [fault_of(refusal)]
        else:
            del request.session[_SECRET]
            return _done(request, codes=codes, text="Your authenticator app is set up.")
    if not kept:
        request.session[_SECRET] = seal(secret.hex())
    address = app_address(secret, email=staff.email, issuer=f"fareledger {staff.operator.name}")
    context: dict[str, object] = {
        "qr": qr_path(address),
        "address": address,
        "letters": secret_in_letters(secret),
    }
    return _page(request, staff=staff, template="office/mfa_app.html", context=context, faults=faults)


@require_http_methods(_GET_POST)
@staff_page
def passkey(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Add a passkey; the browser makes it, so this page needs JavaScript."""
    faults: list[Fault] = []
    name = request.POST.get("name", "")
    if request.method == "POST":
        ceremony = (site_of(request), request.session.pop(_STATE, {}))
        try:
            codes = finish_adding(
                staff.operator, answer=json_answer(request), name=name, ceremony=ceremony, actor=staff.actor
            )
        except FareledgerError as refusal:
            faults = [fault_of(refusal)]
        else:
            return _done(request, codes=codes, text="Your passkey is added.")
    asked = begin_adding(staff.operator, site=site_of(request), actor=staff.actor)
    request.session[_STATE] = asked.state
    context: dict[str, object] = {"options": json.dumps(asked.options), "passkey_name": name}
    return _page(request, staff=staff, template="office/mfa_passkey.html", context=context, faults=faults)


@sensitive_post_parameters("current")
@require_http_methods(_GET_POST)
@staff_page
def recovery_codes(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Make new recovery codes, for whoever knows the password; the old ones end."""
    faults: list[Fault] = []
    has = second_step_of(staff.operator, staff_id=staff.id)
    if not has.is_set_up:
        return SeeOther(reverse("office_account"))
    if request.method == "POST":
        faults = _wrong_password(request, staff=staff)
        if not faults:
            return leave_codes(request, codes=make_recovery_codes(staff.operator, actor=staff.actor))
    return _page(
        request, staff=staff, template="office/mfa_recovery.html", context={"has": has}, faults=faults
    )


@require_safe
@staff_page
def codes(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show recovery codes that were just made, once."""
    made = take_codes(request)
    if not made:
        return SeeOther(reverse("office_account"))
    return _page(request, staff=staff, template="office/mfa_codes.html", context={"codes": made})


@sensitive_post_parameters("current")
@require_http_methods(_GET_POST)
@staff_page
def remove(request: HttpRequest, *, staff: Staff, factor_id: UUID) -> HttpResponse:
    """Remove a second step, for whoever knows the password."""
    has = second_step_of(staff.operator, staff_id=staff.id)
    ways = [*has.passkeys, *([has.app] if has.app else [])]
    factor = next((one for one in ways if one.id == factor_id), None)
    if factor is None:
        raise FactorNotFound
    faults: list[Fault] = []
    if request.method == "POST":
        faults = _wrong_password(request, staff=staff)
        if not faults:
            try:
                remove_factor(staff.operator, factor_id=factor_id, actor=staff.actor)
            except FareledgerError as refusal:
                faults = [fault_of(refusal, field="current")]
            else:
                leave_notice(request, text=f"{factor.name} is removed.")
                return SeeOther(reverse("office_account"))
    context: dict[str, object] = {"factor": factor, "last": len(ways) == 1}
    return _page(request, staff=staff, template="office/mfa_remove.html", context=context, faults=faults)


def _done(request: HttpRequest, *, codes: tuple[str, ...], text: str) -> HttpResponse:
    request.session.pop(SET_UP_FIRST, None)
    leave_notice(request, text=text)
    return leave_codes(request, codes=codes) if codes else SeeOther(reverse("office_account"))


def _wrong_password(request: HttpRequest, *, staff: Staff) -> list[Fault]:
    """Return what is wrong with the password that is asked for again; misses count like those at the door."""
    current = request.POST.get("current", "")
    if not current:
        return [Fault("current", "Enter your password")]
    if authenticate(request, username=staff.email, password=current[:256]) is None:
        return [Fault("current", "The password is not right")]
    return []


def _page(
    request: HttpRequest,
    *,
    staff: Staff,
    template: str,
    context: dict[str, object],
    faults: list[Fault] | None = None,
) -> HttpResponse:
    shown = {"section": "account", "faults": faults or [], "least_length": settings.PASSWORD_LEAST, **context}
    return page(request, staff=staff, template=template, status=422 if faults else 200, context=shown)
