"""Who may do what, asked of every use case that staff can reach: the roles of the table, and nobody else.

A refusal must come before anything is written. Use cases are found by themselves: a new one that takes an actor and
stands in neither table below fails here.
"""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

import fareledger.usecases
from fareledger.domain.access import ROLES, Actor, NotPermitted, Permission, staff_actor
from fareledger.domain.identity import new_id
from fareledger.persistence.operators import Operator
from tests.support.sold import sold

P = Permission
NEEDS = {
    "accept_booking.accept_booking": P.CHANGE_BOOKINGS,
    "cancel_booking.cancel_booking": P.CHANGE_BOOKINGS,
    "cancel_booking.reinstate_booking": P.CHANGE_BOOKINGS,
    "preview_change.preview_change": P.CHANGE_BOOKINGS,
    "save_change.save_change": P.CHANGE_BOOKINGS,
    "carry_out_change.change_arrival": P.CHANGE_BOOKINGS,
    "hand_in_import.hand_in_import": P.CHANGE_BOOKINGS,
    "import_bookings.import_bookings": P.CHANGE_BOOKINGS,
    "plan_transaction.plan_transaction": P.PLAN,
    "delete_transaction.delete_transaction": P.PLAN,
    "edit_plan.preview_plan": P.PLAN,
    "edit_plan.edit_plan": P.PLAN,
    "commit_transaction.commit_transaction": P.COMMIT,
    "order_refund.order_refund": P.COMMIT,
    "retry_collection.retry_collection": P.COMMIT,
    "retry_collection.write_again": P.CONTACT_CUSTOMERS,
    "decide_refund.agree_to_refund": P.APPROVE,
    "decide_refund.refuse_refund": P.APPROVE,
    "reverse_transaction.reverse_transaction": P.REVERSE,
    "reverse_transaction.take_back": P.REVERSE,
    "send_confirmation.send_confirmation": P.CONTACT_CUSTOMERS,
    "send_portal_link.create_portal_link": P.CONTACT_CUSTOMERS,
    "send_portal_link.send_portal_link": P.CONTACT_CUSTOMERS,
    "mail_links.review_links": P.CONTACT_CUSTOMERS,
    "mail_links.mail_links": P.CONTACT_CUSTOMERS,
    "issue_invoice.issue_invoice": P.CONTACT_CUSTOMERS,
    "issue_invoice.send_invoice_again": P.CONTACT_CUSTOMERS,
    "stored_emails.send_email_again": P.CONTACT_CUSTOMERS,
    "note_work.assign_work": P.PLAN,
    "note_work.snooze_work": P.PLAN,
    "note_work.wake_work": P.PLAN,
    "view_as_customer.view_as_customer": P.VIEW_AS_CUSTOMER,
    "show_approvals.show_consents": P.VIEW_ACCESS,
    "export_bookings.export_bookings": P.EXPORT,
    "payment_settings.save_payment_settings": P.MANAGE_SETTINGS,
    "portal_settings.save_portal_settings": P.MANAGE_SETTINGS,
    "edit_brand.edit_brand": P.MANAGE_SETTINGS,
    "publish_brand.publish_brand": P.MANAGE_SETTINGS,
    "publish_brand.roll_back": P.MANAGE_SETTINGS,
    "brand_versions.brand_history": P.MANAGE_SETTINGS,
    "brand_versions.logo_of_version": P.MANAGE_SETTINGS,
    "manage_api_keys.list_api_keys": P.MANAGE_KEYS,
    "manage_api_keys.show_api_key": P.MANAGE_KEYS,
    "manage_api_keys.make_api_key": P.MANAGE_KEYS,
    "manage_api_keys.revoke_api_key": P.MANAGE_KEYS,
    "manage_webhooks.list_webhooks": P.MANAGE_KEYS,
    "manage_webhooks.show_webhook": P.MANAGE_KEYS,
    "manage_webhooks.add_webhook": P.MANAGE_KEYS,
    "manage_webhooks.change_webhook": P.MANAGE_KEYS,
    "manage_webhooks.disable_webhook": P.MANAGE_KEYS,
    "manage_webhooks.enable_webhook": P.MANAGE_KEYS,
    "manage_webhooks.rotate_secret": P.MANAGE_KEYS,
    "manage_webhooks.end_old_secret": P.MANAGE_KEYS,
    "webhook_log.delivery_log": P.MANAGE_KEYS,
    "webhook_log.show_delivery": P.MANAGE_KEYS,
    "webhook_log.send_again": P.MANAGE_KEYS,
    "webhook_log.send_test": P.MANAGE_KEYS,
    "invite_staff.invite_staff": P.MANAGE_USERS,
    "invite_staff.withdraw_invitation": P.MANAGE_USERS,
    "change_staff.change_role": P.MANAGE_USERS,
    "change_staff.deactivate_staff": P.MANAGE_USERS,
    "change_staff.reactivate_staff": P.MANAGE_USERS,
    "change_staff.reset_second_step": P.MANAGE_USERS,
    "second_step.change_second_step_policy": P.MANAGE_USERS,
    "list_staff.list_staff": P.VIEW_ACCESS,
    "list_staff.show_staff": P.VIEW_ACCESS,
    "access_log.show_access_log": P.VIEW_ACCESS,
}
NEEDS_NOTHING = {
    "what belongs to the person who acts": {
        "passkeys.begin_adding",
        "passkeys.finish_adding",
        "second_step.add_app",
        "second_step.make_recovery_codes",
        "second_step.remove_factor",
        "second_step.own_id",
        "staff_passwords.change_own_password",
        "saved_views.list_views",
        "saved_views.show_view",
        "saved_views.save_view",
        "saved_views.change_view",
        "saved_views.delete_view",
    },
    "reading, of which everybody sees what they may do something about": {
        "work_queues.work_item",
        "work_queues.work_list",
    },
    "a part of a use case that has asked already": {
        "accept_booking.arrival_now",
        "access_log.note_access",
    },
}
# Whoever may do each kind of act, written out once more: `domain.access` must say the same.
WHO = {
    P.CHANGE_BOOKINGS: {"agent", "finance", "approver", "admin"},
    P.PLAN: {"agent", "finance", "approver", "admin"},
    P.COMMIT: {"agent", "finance", "approver", "admin"},
    P.CONTACT_CUSTOMERS: {"agent", "finance", "approver", "admin"},
    P.VIEW_AS_CUSTOMER: {"agent", "finance", "approver", "admin"},
    P.EXPORT: {"agent", "finance", "approver", "admin", "auditor"},
    P.REVERSE: {"finance", "approver", "admin"},
    P.APPROVE: {"approver", "admin"},
    P.MANAGE_SETTINGS: {"admin"},
    P.MANAGE_USERS: {"admin"},
    P.MANAGE_KEYS: {"admin"},
    P.VIEW_ACCESS: {"admin", "auditor"},
}
_WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)|post_entry|append_timeline", re.IGNORECASE)


def use_cases() -> dict[str, Callable[..., Any]]:
    """Every public function of the use cases that takes an Actor, by module and name."""
    found: dict[str, Callable[..., Any]] = {}
    for module in pkgutil.walk_packages(fareledger.usecases.__path__, "fareledger.usecases."):
        loaded = importlib.import_module(module.name)
        short = module.name.removeprefix("fareledger.usecases.")
        for name, one in vars(loaded).items():
            if name.startswith("_") or not inspect.isfunction(one) or one.__module__ != module.name:
                continue
            taken = inspect.signature(one).parameters.get("actor")
            if taken is not None and taken.annotation in (Actor, "Actor"):
                found[f"{short}.{name}"] = one
    return found


def called(use_case: Callable[..., Any], *, operator: Operator, booking_id: UUID, actor: Actor) -> list[str]:
    """Call it with an operator, a booking and nothing sensible besides; return what it wrote."""
    written: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, /, *rest: Any) -> Any:
        if _WRITES.search(sql):
            written.append(sql)
        return execute(sql, *rest)

    given: dict[str, Any] = {"operator": operator, "booking_id": booking_id, "actor": actor}
    arguments = {
        name: given.get(name, new_id() if name.endswith("_id") else None)
        for name, one in inspect.signature(use_case).parameters.items()
        if one.default is inspect.Parameter.empty or name in given
    }
    arguments.pop("operator")
    with connection.execute_wrapper(watch):
        try:
            use_case(operator, **arguments)
        except NotPermitted:
            raise
        except Exception:  # noqa: BLE001  # what it says of nonsense is not asked here
            return written
    return written


def test_every_use_case_with_an_actor_says_what_it_needs() -> None:
    told = set(NEEDS).union(*NEEDS_NOTHING.values())
    assert set(use_cases()) == told


def test_the_roles_are_those_of_the_table() -> None:
    assert set(WHO) == set(Permission)
    for permission, roles in WHO.items():
        assert {role for role, may in ROLES.items() if permission in may} == roles


@pytest.mark.parametrize("name", NEEDS)
def test_whoever_may_not_is_refused_before_anything_is_written(operator: Operator, name: str) -> None:
    booking_id = sold(operator).id
    permitted = set()
    for role in ROLES:
        actor = staff_actor("Somebody", role=role, staff_id=new_id())
        try:
            called(use_cases()[name], operator=operator, booking_id=booking_id, actor=actor)
        except NotPermitted:
            pass
        else:
            permitted.add(role)
    assert permitted == WHO[NEEDS[name]]


@pytest.mark.parametrize("name", NEEDS)
def test_a_refusal_writes_nothing(operator: Operator, name: str) -> None:
    nobody = Actor(name="Nobody", permissions=frozenset(Permission) - {NEEDS[name]}, id=new_id())
    booking_id = sold(operator).id
    written: list[str] = []

    def watch(execute: Callable[..., Any], sql: str, /, *rest: Any) -> Any:
        if _WRITES.search(sql):
            written.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(watch), pytest.raises(NotPermitted) as refusal:
        called(use_cases()[name], operator=operator, booking_id=booking_id, actor=nobody)
    assert refusal.value.permission == NEEDS[name]
    assert written == []


def test_an_unknown_role_may_do_nothing() -> None:
    assert staff_actor("Somebody", role="king").permissions == frozenset()
