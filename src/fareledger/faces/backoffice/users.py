"""The people who work for the operator: who they are, what they may do, and how they get in.

Administrators change it, auditors look. A person's own account is `account.py`.
"""

from typing import Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from fareledger.domain.access import ROLES, Permission
from fareledger.domain.errors import FareledgerError, NotFound
from fareledger.faces.backoffice.account_forms import fault_of
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.notices import leave_notice
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.role_words import ROLE_WORDS
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.change_staff import (
    change_role,
    deactivate_staff,
    reactivate_staff,
    reset_second_step,
)
from fareledger.usecases.invite_staff import invite_staff, withdraw_invitation
from fareledger.usecases.list_staff import list_staff, show_staff
from fareledger.usecases.second_step import change_second_step_policy, is_second_step_needed

_GET_POST: Final = ["GET", "HEAD", "POST"]
_ACTS: Final = {
    "deactivate": (deactivate_staff, "{} has no access any more. Their sessions have ended."),
    "reactivate": (reactivate_staff, "{} has access again."),
    "reset-second-step": (reset_second_step, "The second step of {} is forgotten. They set it up anew."),
}


@require_http_methods(["GET", "HEAD"])
@staff_page
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """List everybody and the open invitations."""
    shown = list_staff(staff.operator, actor=staff.actor)
    needed = {role: is_second_step_needed(staff.operator, role=role) for role in ROLES}
    return _page(
        request, staff=staff, template="office/users.html", context={"shown": shown, "needed": needed}
    )


@require_http_methods(_GET_POST)
@staff_page
def invite(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Invite somebody by email."""
    staff.actor.require(Permission.MANAGE_USERS)
    asked = {name: request.POST.get(name, "")[:300] for name in ("email", "name", "role")}
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            invite_staff(staff.operator, actor=staff.actor, **asked)
        except FareledgerError as refusal:
            faults = [_passed_on(refusal)]
        else:
            leave_notice(request, text=f"An invitation is on its way to {asked['email'].strip()}.")
            return SeeOther(reverse("office_users"))
    return _page(
        request, staff=staff, template="office/users_invite.html", context={"asked": asked}, faults=faults
    )


@require_http_methods(_GET_POST)
@staff_page
def person(request: HttpRequest, *, staff: Staff, staff_id: UUID) -> HttpResponse:
    """Show one person, and give them another role."""
    shown = show_staff(staff.operator, staff_id=staff_id, actor=staff.actor)
    role = shown.role
    faults: list[Fault] = []
    if request.method == "POST":
        role = request.POST.get("role", "")
        try:
            change_role(staff.operator, staff_id=staff_id, role=role, actor=staff.actor)
        except FareledgerError as refusal:
            faults = [_passed_on(refusal)]
        else:
            leave_notice(request, text=f"{shown.name} is now {ROLE_WORDS[role].name}.")
            return SeeOther(reverse("office_users"))
    context: dict[str, object] = {
        "person": shown,
        "role": role,
        "own": staff_id == staff.id,
        "needed": is_second_step_needed(staff.operator, role=shown.role),
    }
    return _page(request, staff=staff, template="office/users_person.html", context=context, faults=faults)


@require_http_methods(_GET_POST)
@staff_page
def change(request: HttpRequest, *, staff: Staff, staff_id: UUID, act: str) -> HttpResponse:
    """Ask, then take access away, give it back, or forget a second step."""
    staff.actor.require(Permission.MANAGE_USERS)
    shown = show_staff(staff.operator, staff_id=staff_id, actor=staff.actor)
    carry_out, done = _ACTS[act]
    faults: list[Fault] = []
    if request.method == "POST":
        try:
            carry_out(staff.operator, staff_id=staff_id, actor=staff.actor)
        except FareledgerError as refusal:
            faults = [Fault("confirm", _passed_on(refusal).message)]
        else:
            leave_notice(request, text=done.format(shown.name))
            return SeeOther(reverse("office_users"))
    context: dict[str, object] = {"person": shown, "act": act}
    return _page(request, staff=staff, template="office/users_change.html", context=context, faults=faults)


@require_http_methods(_GET_POST)
@staff_page
def withdraw(request: HttpRequest, *, staff: Staff, invitation_id: UUID) -> HttpResponse:
    """Ask, then end an invitation nobody has taken up."""
    staff.actor.require(Permission.MANAGE_USERS)
    if request.method == "POST":
        email = withdraw_invitation(staff.operator, invitation_id=invitation_id, actor=staff.actor)
        leave_notice(request, text=f"The invitation to {email} is withdrawn.")
        return SeeOther(reverse("office_users"))
    invitations = list_staff(staff.operator, actor=staff.actor).invitations
    invitation = next((one for one in invitations if one.id == invitation_id), None)
    if invitation is None:
        raise NotFound(code="invitation_not_found", message="No such invitation.")
    return _page(
        request, staff=staff, template="office/users_withdraw.html", context={"invitation": invitation}
    )


@require_http_methods(_GET_POST)
@staff_page
def policy(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Say whose sign-in needs a second step."""
    staff.actor.require(Permission.VIEW_ACCESS)
    faults: list[Fault] = []
    chosen = staff.operator.second_step_for
    if request.method == "POST":
        chosen = request.POST.get("policy", "")
        try:
            change_second_step_policy(staff.operator, policy=chosen, actor=staff.actor)
        except FareledgerError as refusal:
            faults = [_passed_on(refusal)]
        else:
            leave_notice(request, text="Saved. It counts from each person’s next sign-in.")
            return SeeOther(reverse("office_second_step_policy"))
    return _page(
        request, staff=staff, template="office/mfa_policy.html", context={"chosen": chosen}, faults=faults
    )


def _passed_on(refusal: FareledgerError) -> Fault:
    """Return the fault to show; what is missing or not permitted is for `staff_page` to answer."""
    if isinstance(refusal, NotFound) or refusal.code == "not_permitted":
        raise refusal
    return fault_of(refusal, field="role")


def _page(
    request: HttpRequest,
    *,
    staff: Staff,
    template: str,
    context: dict[str, object],
    faults: list[Fault] | None = None,
) -> HttpResponse:
    shown = {"section": "settings", "faults": faults or [], "roles": ROLE_WORDS, **context}
    return page(request, staff=staff, template=template, status=422 if faults else 200, context=shown)
