"""The public directory of operators, readable before a tenant is known."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fareledger.domain.default_terms import DefaultTerms
from fareledger.persistence.models import Operator as OperatorRow


@dataclass(frozen=True)
class Operator:
    """An operator as the use cases and faces see it; `brand` maps CSS tokens and other names of a brand to
    what is published; see `fareledger.domain.brand_choices`."""

    id: UUID
    slug: str
    name: str
    legal_name: str
    address: str
    country: str
    time_zone: ZoneInfo
    locale: str
    currencies: tuple[str, ...]
    support_email: str
    support_phone: str
    support_hours: str
    brand: dict[str, str]
    default_terms: DefaultTerms
    extra_methods: tuple[str, ...]
    bank_details: dict[str, str]
    reminders: dict[str, list[int]]
    portal_payments: dict[str, Any]
    collecting: dict[str, Any]
    refund_threshold: dict[str, int]
    host: str | None
    second_step_for: str
    protection_policy: str


def by_slug(slug: str) -> Operator | None:
    """Return the operator with this slug, or None."""
    row = OperatorRow.objects.filter(slug=slug).first()
    return _frozen(row) if row else None


def by_host(host: str) -> Operator | None:
    """Return the operator with this host name of its own, or None."""
    row = OperatorRow.objects.filter(host=host).first()
    return _frozen(row) if row else None


def by_id(operator_id: UUID) -> Operator:
    """Return the operator with this id; raises Operator.DoesNotExist."""
    return _frozen(OperatorRow.objects.get(id=operator_id))


def everyone() -> tuple[Operator, ...]:
    """Return all operators by slug."""
    return tuple(_frozen(row) for row in OperatorRow.objects.order_by("slug"))


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _frozen(row: OperatorRow) -> Operator:
    return Operator(
        id=row.id,
        slug=row.slug,
        name=row.name,
        legal_name=row.legal_name,
        address=row.address,
        country=row.country,
        time_zone=_zone(row.time_zone),
        locale=row.locale,
        currencies=tuple(row.currencies),
        support_email=row.support_email,
        support_phone=row.support_phone,
        support_hours=row.support_hours,
        brand=dict(row.brand),
        default_terms=DefaultTerms.from_json(row.terms, currencies=row.currencies),
        extra_methods=tuple(row.extra_methods),
        bank_details=dict(row.bank_details),
        reminders=dict(row.reminders),
        portal_payments=dict(row.portal_payments),
        collecting=dict(row.collecting),
        refund_threshold=dict(row.refund_threshold),
        host=row.host,
        second_step_for=row.second_step_for,
        protection_policy=row.protection_policy,
    )
