"""The versions of an operator's brand as people look at them, and the logos that pages show.

Changing them is `edit_brand.py` and `publish_brand.py`. An operator that was set up without a version has one as soon
as somebody edits its brand: what is in force then.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from fareledger.domain.access import Actor, Permission
from fareledger.domain.brand_choices import Choices
from fareledger.domain.errors import NotFound
from fareledger.domain.logo import logo_type
from fareledger.persistence.models import BrandVersion
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot

MAX_LISTED: Final = 50
_FALLBACK: Final = "#0a5c66"


class BrandVersionNotFound(NotFound):
    """There is no such version, or no such picture in it."""

    def __init__(self) -> None:
        super().__init__(code="brand_version_not_found", message="There is no such version of the brand.")


@dataclass(frozen=True, kw_only=True)
class Version:
    """One version: `status` is draft, published or retired; a logo is named by the beginning of its SHA-256."""

    number: int
    status: str
    choices: Choices
    logo: str
    logo_dark: str
    changed_by: str
    changed_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class BrandHistory:
    """What is in force, what is being prepared, and what there was, newest first; `published` may be unwritten yet."""

    in_force: Choices
    draft: Version | None
    versions: tuple[Version, ...]

    @property
    def published(self) -> Version | None:
        """The version in force, once there is one."""
        return next((one for one in self.versions if one.status == "published"), None)

    @property
    def latest(self) -> Version | None:
        """What an editor begins with: the draft, else what is published."""
        return self.draft or self.published


@dataclass(frozen=True, kw_only=True)
class Logo:
    """A picture to serve."""

    content: bytes
    media_type: str


def brand_history(operator: Operator, *, actor: Actor) -> BrandHistory:
    """Return the brand's versions. Raises NotPermitted."""
    actor.require(Permission.MANAGE_SETTINGS)
    with operator_snapshot(operator.id):
        rows = list(BrandVersion.objects.filter(operator_id=operator.id).order_by("-number")[:MAX_LISTED])
    versions = tuple(_version(row) for row in rows)
    return BrandHistory(
        in_force=choices_in_force(operator),
        draft=next((one for one in versions if one.status == "draft"), None),
        versions=tuple(one for one in versions if one.status != "draft"),
    )


def choices_in_force(operator: Operator) -> Choices:
    """Return what the operator's pages and emails follow now, as choices."""
    brand = operator.brand
    return Choices(
        name=operator.name,
        primary=brand.get("--brand", _FALLBACK),
        font=brand.get("font", "system"),
        logo_alt=brand.get("logo_alt", ""),
        sender_name=brand.get("sender_name", ""),
        reply_to=brand.get("reply_to", ""),
        support_email=operator.support_email,
        support_phone=operator.support_phone,
        support_hours=operator.support_hours,
        host=operator.host or "",
    )


def published_logo(operator: Operator, *, mark: str) -> Logo:
    """Return a logo that customers see today, by its mark. Raises BrandVersionNotFound."""
    with operator_snapshot(operator.id):
        row = BrandVersion.objects.filter(operator_id=operator.id, status="published").first()
    return _logo(row, mark=mark)


def logo_of_version(operator: Operator, *, number: int, mark: str, actor: Actor) -> Logo:
    """Return a logo of any version, by its mark. Raises NotPermitted and BrandVersionNotFound."""
    actor.require(Permission.MANAGE_SETTINGS)
    with operator_snapshot(operator.id):
        row = BrandVersion.objects.filter(operator_id=operator.id, number=number).first()
    return _logo(row, mark=mark)


def logo_mark(content: bytes) -> str:
    """Name a picture by what it is; empty for none."""
    return hashlib.sha256(content).hexdigest()[:16] if content else ""


def _logo(row: BrandVersion | None, *, mark: str) -> Logo:
    for kept in (row.logo, row.logo_dark) if row else ():
        content = bytes(kept)
        if content and logo_mark(content) == mark:
            return Logo(content=content, media_type=logo_type(content))
    raise BrandVersionNotFound


def _version(row: BrandVersion) -> Version:
    return Version(
        number=row.number,
        status=row.status,
        choices=Choices.from_json(row.choices),
        logo=logo_mark(bytes(row.logo)),
        logo_dark=logo_mark(bytes(row.logo_dark)),
        changed_by=row.changed_by,
        changed_at=row.changed_at,
        published_at=row.published_at,
    )
