"""The misses at the portal's door, counted and written so that every miss sends the same statements.

Counting is exact under the locks the caller holds; what a limit is and what a miss means, `sign_in_by_reference.py`
decides.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection
from django.db.models import Q

from fareledger.domain.identity import new_id
from fareledger.persistence.models import PortalMiss

_INSERT_IF: Final = (
    "INSERT INTO portal_miss (operator_id, id, reference_key, ip, at) "
    "SELECT %s::uuid, %s::uuid, %s, %s, %s::timestamptz WHERE %s::boolean"
)


@dataclass(frozen=True, kw_only=True)
class Window:
    """What was typed and from where, and since when each of the two counts."""

    reference_key: str
    ip: str
    reference_since: datetime
    ip_since: datetime


def count_misses(operator_id: UUID, *, window: Window) -> tuple[int, int]:
    """Return how many misses there were for the reference and from the address."""
    own = PortalMiss.objects.filter(operator_id=operator_id)
    return (
        own.filter(reference_key=window.reference_key, at__gt=window.reference_since).count(),
        own.filter(ip=window.ip, at__gt=window.ip_since).count(),
    )


def write_miss(operator_id: UUID, *, window: Window, at: datetime, counts: bool) -> None:
    """Write a miss down if it counts, and sweep away a few that count no longer; the same statements either way."""
    with connection.cursor() as cursor:
        cursor.execute(_INSERT_IF, (operator_id, new_id(), window.reference_key, window.ip, at, counts))
    oldest = min(window.reference_since, window.ip_since) - timedelta(hours=1)
    same = Q(reference_key=window.reference_key) | Q(ip=window.ip)
    PortalMiss.objects.filter(same, operator_id=operator_id, at__lt=oldest).delete()


def sweep_misses(operator_id: UUID, *, before: datetime) -> int:
    """Delete every miss of an operator from before then, whoever it was; return how many."""
    return PortalMiss.objects.filter(operator_id=operator_id, at__lt=before).delete()[0]
