"""The access log: who signed in, who was given or lost which access, and what was taken out of the system.

Append-only by the database. What happened to a booking stands in its timeline, not here, and neither does anything
secret: a password, a code or a token never comes near a payload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from fareledger.domain.access import Actor, Permission
from fareledger.persistence.models import AccessEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import in_transaction, operator_snapshot, operator_transaction
from fareledger.usecases.clock import now

AccessKind = Literal[
    "signed_in", "sign_in_failed", "locked_out", "signed_out",
    "invited", "invitation_withdrawn", "invitation_accepted",
    "role_changed", "deactivated", "reactivated",
    "password_changed", "password_reset_asked",
    "mfa_added", "mfa_removed", "mfa_reset", "recovery_codes_made", "recovery_code_used",
    "settings_changed", "key_made", "key_revoked", "webhook_changed", "exported", "viewed_as_customer",
]  # fmt: skip

PAGE_SIZE: Final = 50
LONGEST_SUBJECT: Final = 300


@dataclass(frozen=True, kw_only=True)
class AccessLine:
    """One line of the log; `subject` is whom or what it is about."""

    id: UUID
    at: datetime
    actor: str
    kind: str
    subject: str
    payload: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class AccessLog:
    """One page of the log, newest first; `next_before` is where the older ones begin, if there are any."""

    lines: tuple[AccessLine, ...]
    next_before: UUID | None


@dataclass(frozen=True, kw_only=True)
class AccessFilter:
    """Which lines are wanted: of one kind, naming somebody or something, on days of the operator's zone."""

    kind: str = ""
    about: str = ""
    first: date | None = None
    last: date | None = None


def note_access(
    operator: Operator,
    *,
    actor: Actor,
    kind: AccessKind,
    subject: str,
    payload: Mapping[str, object] | None = None,
) -> None:
    """Append one line, inside the caller's operator transaction if one is open, else in one of its own.

    `subject` is whom or what it is about; `payload` holds neither secrets nor anything but JSON.
    """
    line = AccessEvent(
        operator_id=operator.id,
        at=now(),
        actor=actor.name,
        kind=kind,
        subject=subject[:LONGEST_SUBJECT],
        payload=dict(payload or {}),
    )
    if in_transaction():
        line.save(force_insert=True)
        return
    with operator_transaction(operator.id):
        line.save(force_insert=True)


def show_access_log(
    operator: Operator, *, wanted: AccessFilter, actor: Actor, before: UUID | None = None
) -> AccessLog:
    """Return one page of the log, newest first. Raises NotPermitted."""
    actor.require(Permission.VIEW_ACCESS)
    with operator_snapshot(operator.id):
        found = _matching(operator.id, wanted=wanted, zone=operator.time_zone)
        newer = AccessEvent.objects.filter(operator_id=operator.id, id=before).first() if before else None
        if newer:
            found = found.filter(Q(at__lt=newer.at) | Q(at=newer.at, id__lt=newer.id))
        rows = list(found.order_by("-at", "-id")[: PAGE_SIZE + 1])
    lines = tuple(
        AccessLine(
            id=row.id, at=row.at, actor=row.actor, kind=row.kind, subject=row.subject, payload=row.payload
        )
        for row in rows[:PAGE_SIZE]
    )
    return AccessLog(lines=lines, next_before=lines[-1].id if len(rows) > PAGE_SIZE else None)


def _matching(operator_id: UUID, *, wanted: AccessFilter, zone: ZoneInfo) -> QuerySet[AccessEvent]:
    found = AccessEvent.objects.filter(operator_id=operator_id)
    if wanted.kind:
        found = found.filter(kind=wanted.kind)
    if wanted.about:
        found = found.filter(Q(subject__icontains=wanted.about) | Q(actor__icontains=wanted.about))
    if wanted.first:
        found = found.filter(at__gte=datetime.combine(wanted.first, time(), tzinfo=zone))
    if wanted.last:
        found = found.filter(at__lt=datetime.combine(wanted.last + timedelta(days=1), time(), tzinfo=zone))
    return found
