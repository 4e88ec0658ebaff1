"""Keeps the draft of an operator's brand. Customers see nothing of it until it is published.

The first edit also writes down, as version 1, what is in force: so there is always something to go back to.
"""

from __future__ import annotations

from dataclasses import dataclass

from fareledger.domain.access import Actor, Permission
from fareledger.domain.brand_choices import Choices, InvalidBrand, checked, tokens_of
from fareledger.domain.logo import InvalidLogo, clean_logo
from fareledger.persistence.models import BrandVersion
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.access_log import note_access
from fareledger.usecases.brand_versions import choices_in_force, logo_mark
from fareledger.usecases.clock import now


@dataclass(frozen=True, kw_only=True)
class Logos:
    """The pictures that were handed in: None leaves the one there is, empty takes it away."""

    logo: bytes | None = None
    logo_dark: bytes | None = None


def edit_brand(operator: Operator, *, wanted: Choices, logos: Logos, actor: Actor) -> int:
    """Keep these choices as the draft and return its number.

    Raises NotPermitted, InvalidBrand, InvalidColour and InvalidLogo.
    """
    actor.require(Permission.MANAGE_SETTINGS)
    choices = checked(wanted)
    pictures = {name: _picture(logos, name=name) for name in ("logo", "logo_dark")}
    with operator_transaction(operator.id):
        lock_brand(operator)
        refuse_taken_host(operator, host=choices.host)
        base = _draft(operator) or _published(operator)
        draft = base if base.status == "draft" else _copy(operator, base=base)
        for name, picture in pictures.items():
            if picture is not None:
                setattr(draft, name, picture)
        draft.choices = choices.to_json()
        draft.tokens = tokens_of(
            choices, logo=logo_mark(bytes(draft.logo)), logo_dark=logo_mark(bytes(draft.logo_dark))
        )
        draft.changed_by, draft.changed_at = actor.name, now()
        draft.save()
        note_access(
            operator,
            actor=actor,
            kind="settings_changed",
            subject="Branding, draft",
            payload={"version": draft.number},
        )
        return int(draft.number)


def lock_brand(operator: Operator) -> None:
    """Let nobody else change this operator's brand until the end of the caller's transaction."""
    OperatorRow.objects.select_for_update().get(id=operator.id)
    _published(operator)


def refuse_taken_host(operator: Operator, *, host: str) -> None:
    """Refuse a host name that is another operator's. Raises InvalidBrand."""
    if host and OperatorRow.objects.filter(host=host).exclude(id=operator.id).exists():
        raise InvalidBrand("Somebody else here uses this host name.", field="host")


def next_number(operator: Operator) -> int:
    """Return the number that comes after all there are, a draft's included."""
    last = BrandVersion.objects.filter(operator_id=operator.id).order_by("-number").first()
    return last.number + 1 if last else 1


def _published(operator: Operator) -> BrandVersion:
    """Return what is published, writing it down if nobody has yet."""
    found = BrandVersion.objects.filter(operator_id=operator.id, status="published").first()
    if found is not None:
        return found
    fresh, moment = by_id(operator.id), now()
    return BrandVersion.objects.create(
        operator_id=operator.id,
        number=next_number(operator),
        status="published",
        choices=choices_in_force(fresh).to_json(),
        tokens=fresh.brand,
        changed_by="Set up with the account",
        changed_at=moment,
        published_at=moment,
    )


def _draft(operator: Operator) -> BrandVersion | None:
    return BrandVersion.objects.filter(operator_id=operator.id, status="draft").first()


def _copy(operator: Operator, *, base: BrandVersion) -> BrandVersion:
    return BrandVersion(
        operator_id=operator.id,
        number=next_number(operator),
        status="draft",
        logo=bytes(base.logo),
        logo_dark=bytes(base.logo_dark),
    )


def _picture(logos: Logos, *, name: str) -> bytes | None:
    content = getattr(logos, name)
    if not content:
        return content if content is None else b""
    try:
        return clean_logo(content)
    except InvalidLogo as refusal:
        refusal.field = f"/{name}"
        raise
