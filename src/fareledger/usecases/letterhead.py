"""The operator's logo as letters and papers need it: the picture itself, because neither may ask us for it later.

A picture is named by its mark, which says what it is; one that is not published any more can still be found for a
paper or a letter that shows it. How it is drawn is the faces' affair.
"""

from __future__ import annotations

from dataclasses import dataclass

from fareledger.persistence.models import BrandVersion
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.brand_versions import logo_mark


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """A logo for light ground and one for dark, as they were handed in, and their marks; empty for none."""

    mark: str = ""
    logo: bytes = b""
    dark_mark: str = ""
    logo_dark: bytes = b""


def letterhead(operator: Operator) -> Letterhead:
    """Return the logos that are published now; an operator without any costs no question."""
    mark, dark_mark = operator.brand.get("logo", ""), operator.brand.get("logo_dark", "")
    return Letterhead(
        mark=mark,
        logo=picture_of(operator, mark=mark),
        dark_mark=dark_mark,
        logo_dark=picture_of(operator, mark=dark_mark),
    )


def picture_of(operator: Operator, *, mark: str) -> bytes:
    """Return the picture with this mark, whichever version it was published with; empty when there is none."""
    if not mark:
        return b""
    with operator_snapshot(operator.id):
        versions = BrandVersion.objects.filter(operator_id=operator.id).exclude(status="draft")
        for logo, logo_dark in versions.order_by("-number").values_list("logo", "logo_dark"):
            for content in (bytes(logo), bytes(logo_dark)):
                if content and logo_mark(content) == mark:
                    return content
    return b""
