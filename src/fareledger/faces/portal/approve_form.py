"""What the approve page sends, read strictly, and the words that stood on it.

The words are drawn again from what was sent and compared with the mark the page carried: whoever agreed to another
text, such as that of an older version, is shown the page anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.urls import reverse

from fareledger.domain.approvals import Wanted
from fareledger.domain.errors import Conflict
from fareledger.domain.identity import new_id
from fareledger.faces.portal.brand import frame_style
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.visits import Guest, public_origin
from fareledger.faces.shared.consent_words import VERSION, Agreed, ConsentWords, consent_words
from fareledger.faces.shared.visitors import ip_of
from fareledger.usecases.approval_records import ShownConsent
from fareledger.usecases.approve_rows import ApprovalForm
from fareledger.usecases.booking_views import Billing
from fareledger.usecases.set_up_card import CardForm

MAX_KEY: Final = 64
# More than any plan has, and fewer fields than a request may bring.
_MOST_ROWS: Final = 800
_LARGEST_MINOR: Final = 2**63 - 1


class StaleForm(Conflict):
    """A form that says nothing we asked for, or whose words are not the present ones."""

    def __init__(self) -> None:
        super().__init__(code="stale_form", message="The form was not complete.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What was sent: the rows as they were shown, the card, the tick, and what to pay with the new card, if anything.

    `pay` is the row and amount of a payment that is made together with the agreement.
    """

    rows: tuple[Wanted, ...]
    mandate_id: UUID | None
    agreed: bool
    mark: str
    form_key: str
    pay: tuple[UUID, int] | None


def read_sent(request: HttpRequest) -> Sent:
    """Read what was pressed. Raises StaleForm when a field is missing or is not what the page had put there.

    Rows are never left out in silence: whoever sends more than there can be is answered that nothing was agreed.
    """
    said = request.POST
    if len(said.getlist("row")) > _MOST_ROWS:
        raise StaleForm
    try:
        rows = tuple(_row(text) for text in said.getlist("row"))
        mandate_id = UUID(said["mandate"]) if said.get("mandate") else None
        pay = _pay(said["pay"]) if said.get("pay") else None
    except ValueError as trouble:
        raise StaleForm from trouble
    key = said.get("form_key", "")
    if not rows or not 0 < len(key) <= MAX_KEY:
        raise StaleForm
    return Sent(
        rows=rows,
        mandate_id=mandate_id,
        agreed=said.get("agree") == "yes",
        mark=said.get("mark", ""),
        form_key=key,
        pay=pay,
    )


def approval_form(request: HttpRequest, *, guest: Guest, sent: Sent, billing: Billing) -> ApprovalForm:
    """Make what the use case takes of what was sent. Raises StaleForm when other words were shown."""
    words = words_of(request, guest=guest, billing=billing, rows=sent.rows, mandate_id=sent.mandate_id)
    if sent.mark != mark_of(words):
        raise StaleForm
    shown = ShownConsent(
        text=words.text,
        version=VERSION,
        locale=words.locale,
        ip=ip_of(request),
        user_agent=request.headers.get("User-Agent", ""),
    )
    return ApprovalForm(
        shown=sent.rows,
        mandate_id=sent.mandate_id,
        agreed=sent.agreed,
        consent=shown,
        form_key=sent.form_key,
        card_form=CardForm(
            return_url=way_back(request, guest=guest, name="portal_approved", place="request"),
            locale=words.locale,
            frame_style=frame_style(guest.operator),
        ),
        with_payment=sent.pay is not None,
    )


def words_of(
    request: HttpRequest,
    *,
    guest: Guest,
    billing: Billing,
    rows: Iterable[Wanted],
    mandate_id: UUID | None,
) -> ConsentWords:
    """Draw the words of a consent in the language that the page is read in."""
    customer = billing.booking.customer_locale
    card = next((one for one in billing.mandates if one.id == mandate_id), None)
    agreed = Agreed(
        payments=tuple((one.due_date, one.amount_minor) for one in rows),
        currency=billing.booking.currency,
        card=(card.card_brand, card.card_last4) if card else None,
    )
    locale = reading_locale(request, operator=guest.operator, customer=customer)
    return consent_words(guest.operator, agreed=agreed, locale=locale)


def mark_of(words: ConsentWords) -> str:
    """Return what tells these words from any others."""
    return hashlib.sha256(words.text.encode()).hexdigest()


def way_back(request: HttpRequest, *, guest: Guest, name: str, place: str) -> str:
    """Return the address a provider leads back to, with `{place}` where the id of an attempt or request will stand."""
    nobody = str(new_id())
    address = reverse(name, kwargs={"slug": guest.operator.slug, f"{place}_id": nobody})
    return public_origin(request) + address.replace(nobody, f"{{{place}}}")


def _row(text: str) -> Wanted:
    row_id, minor, day = text.split("|")
    return Wanted(row_id=UUID(row_id), amount_minor=_minor(minor), due_date=date.fromisoformat(day))


def _pay(text: str) -> tuple[UUID, int]:
    row_id, minor = text.split("|")
    return UUID(row_id), _minor(minor)


def _minor(text: str) -> int:
    minor = int(text)
    if not 0 < minor <= _LARGEST_MINOR:
        raise ValueError(text)
    return minor
