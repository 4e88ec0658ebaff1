"""Who acts, and what they may do.

Staff have one role, an API key has scopes; both come down to permissions, and a use case asks for the one it needs.
Faces may hide what somebody may not do, but the answer is given here. Who somebody is, is found out elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from fareledger.domain.errors import Refused


class Permission(StrEnum):
    """One kind of act that not everybody may do. Reading the bookings of the own operator needs none."""

    CHANGE_BOOKINGS = "change_bookings"
    PLAN = "plan"
    COMMIT = "commit"
    REVERSE = "reverse"
    APPROVE = "approve"
    CONTACT_CUSTOMERS = "contact_customers"
    VIEW_AS_CUSTOMER = "view_as_customer"
    EXPORT = "export"
    MANAGE_SETTINGS = "manage_settings"
    MANAGE_USERS = "manage_users"
    MANAGE_KEYS = "manage_keys"
    VIEW_ACCESS = "view_access"


_AGENT: Final = frozenset(
    {
        Permission.CHANGE_BOOKINGS,
        Permission.PLAN,
        Permission.COMMIT,
        Permission.CONTACT_CUSTOMERS,
        Permission.VIEW_AS_CUSTOMER,
        Permission.EXPORT,
    }
)
_FINANCE: Final = _AGENT | {Permission.REVERSE}

ROLES: Final[dict[str, frozenset[Permission]]] = {
    "agent": _AGENT,
    "finance": _FINANCE,
    "approver": _FINANCE | {Permission.APPROVE},
    "admin": frozenset(Permission),
    "auditor": frozenset({Permission.EXPORT, Permission.VIEW_ACCESS}),
}

SCOPES: Final[dict[str, frozenset[Permission]]] = {
    "bookings:read": frozenset(),
    "bookings:write": frozenset({Permission.CHANGE_BOOKINGS}),
    "transactions:write": frozenset({Permission.PLAN, Permission.COMMIT}),
    "transactions:reverse": frozenset({Permission.REVERSE}),
    "links:write": frozenset({Permission.CONTACT_CUSTOMERS}),
    "staff": frozenset(),
}


class NotPermitted(Refused):
    """Whoever acts may not do this; another person may."""

    def __init__(self, permission: Permission, *, actor: str) -> None:
        words = permission.value.replace("_", " ")
        super().__init__(code="not_permitted", message=f"{actor} is not permitted to {words}.")
        self.permission = permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Whoever does something: the name the timeline tells, and what they may do. `id` is a person's or a key's."""

    name: str
    permissions: frozenset[Permission]
    id: UUID | None = None

    def may(self, permission: Permission) -> bool:
        """Say whether the actor may do this."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise NotPermitted unless the actor may do this."""
        if permission not in self.permissions:
            raise NotPermitted(permission, actor=self.name)


def staff_actor(name: str, *, role: str, staff_id: UUID | None = None) -> Actor:
    """Make the actor of a person of the back office; an unknown role may do nothing."""
    return Actor(name=name, permissions=ROLES.get(role, frozenset()), id=staff_id)


def key_actor(name: str, *, scopes: Iterable[str], key_id: UUID | None = None) -> Actor:
    """Make the actor of an API key; a scope that is not known permits nothing."""
    permissions = frozenset[Permission]().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))
    return Actor(name=name, permissions=permissions, id=key_id)


def own_actor(name: str) -> Actor:
    """Make the actor of what the system does by itself, or a customer with the booking that is theirs."""
    return Actor(name=name, permissions=frozenset(Permission))
