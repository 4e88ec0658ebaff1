"""The form in which staff change a booking: its fields as they were typed, and the booking they describe.

Text in, text out: what was typed comes back as it was, with what is wrong beside it. Which bookings are accepted is
said by the domain; here only dates and amounts are read. Reference, currency, booking date and terms have no field.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date, timedelta
from typing import Final

from fareledger.domain.booking import BookingDetails, Component, Customer, Traveller
from fareledger.domain.booking_rules import MAX_COMPONENTS, MAX_TRAVELLERS
from fareledger.domain.money import exponent
from fareledger.faces.backoffice.amounts import read_amount, typed_amount
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.shared.formatting import TRUE_MINUS
from fareledger.usecases.show_booking import Billing

_TEXTS: Final = (
    "version",
    "seen",
    "start_date",
    "end_date",
    "package",
    "non_payable",
    "customer_name",
    "customer_email",
    "customer_locale",
)
# Typing far more than any rule allows is cut here; the rules refuse what is a little too long.
_LONGEST: Final = 1000


@dataclass(frozen=True, kw_only=True)
class PartFields:
    """One component as it was typed; `new` marks one that the booking does not have yet."""

    id: str
    title: str = ""
    kind: str = "activity"
    supplier: str = ""
    start_date: str = ""
    end_date: str = ""
    price: str = ""
    cancellation_fee: str = ""
    cancelled: bool = False
    new: bool = False

    @property
    def blank(self) -> bool:
        """Say whether nothing was typed into a new one: then it is not meant."""
        return self.new and not (self.title.strip() or self.price.strip() or self.supplier.strip())


@dataclass(frozen=True, kw_only=True)
class ChangeForm:
    """The whole form; `version` and `seen` are the booking's version and last event when it was opened, `lead` is the
    place of the lead passenger. With `move_along`, components whose days were left as they are move with the trip.
    """

    version: str
    seen: str
    start_date: str
    end_date: str
    package: str
    non_payable: str
    customer_name: str
    customer_email: str
    customer_locale: str
    travellers: tuple[str, ...]
    lead: int
    move_along: bool
    parts: tuple[PartFields, ...]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Name and value of every field, to carry the form through a page without showing it."""
        return tuple(self._pairs())

    def _pairs(self) -> Iterator[tuple[str, str]]:
        for name in _TEXTS:
            yield name, getattr(self, name)
        for place, name in enumerate(self.travellers):
            yield f"travellers-{place}-name", name
        yield "lead", str(self.lead)
        if self.move_along:
            yield "move_along", "on"
        for place, part in enumerate(self.parts):
            for each in fields(part):
                value = getattr(part, each.name)
                if value is not False:
                    yield f"components-{place}-{each.name}", "on" if value is True else value

    def now_at(self, shown: Billing) -> ChangeForm:
        """The form as if it were opened now: whoever sends it has seen the booking as it is."""
        return replace(self, version=str(shown.booking.version), seen=str(shown.booking.event_seq))

    def with_part(self) -> ChangeForm:
        """The form with room for one more component."""
        known = {part.id for part in self.parts}
        fresh = next(f"added-{n}" for n in range(1, len(known) + 2) if f"added-{n}" not in known)
        return replace(self, parts=(*self.parts, PartFields(id=fresh, new=True)))

    def with_traveller(self) -> ChangeForm:
        """The form with room for one more traveller."""
        return replace(self, travellers=(*self.travellers, ""))


def form_of(shown: Billing) -> ChangeForm:
    """Fill the form with a booking as it is."""
    booking = shown.booking
    names = tuple(one.name for one in booking.travellers)
    return ChangeForm(
        version=str(booking.version),
        seen=str(booking.event_seq),
        start_date=booking.start_date.isoformat(),
        end_date=booking.end_date.isoformat(),
        package=booking.package,
        non_payable=typed_amount(booking.non_payable_minor, currency=booking.currency),
        customer_name=booking.customer_name,
        customer_email=booking.customer_email,
        customer_locale=booking.customer_locale,
        travellers=names,
        lead=next((place for place, one in enumerate(booking.travellers) if one.lead), 0),
        move_along=True,
        parts=tuple(_part_of(one, currency=booking.currency) for one in shown.components),
    )


def form_from(posted: Mapping[str, str]) -> ChangeForm:
    """Take the form as it was sent; a field that is missing is empty."""
    texts = {name: posted.get(name, "")[:_LONGEST] for name in _TEXTS}
    travellers: list[str] = []
    while len(travellers) <= MAX_TRAVELLERS and f"travellers-{len(travellers)}-name" in posted:
        travellers.append(posted[f"travellers-{len(travellers)}-name"][:_LONGEST])
    parts: list[PartFields] = []
    while len(parts) <= MAX_COMPONENTS and f"components-{len(parts)}-id" in posted:
        parts.append(_part_from(posted, at=f"components-{len(parts)}-"))
    lead = posted.get("lead", "")
    return ChangeForm(
        **texts,
        travellers=tuple(travellers),
        lead=int(lead) if lead.isascii() and lead.isdigit() and len(lead) < 5 else -1,
        move_along="move_along" in posted,
        parts=tuple(parts),
    )


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What the form describes, or what cannot be read of it. `places` tells for each part where it was typed."""

    details: BookingDetails | None
    faults: tuple[Fault, ...] = ()
    places: tuple[int, ...] = field(default=())
    traveller_places: tuple[int, ...] = field(default=())


def read_form(form: ChangeForm, *, shown: Billing) -> Reading:
    """Read the form as a description of the booking. Empty travellers and new components are left out."""
    booking = shown.booking
    reader = _Reader(booking.currency)
    travelling = tuple(place for place, name in enumerate(form.travellers) if name.strip())
    meant = tuple(place for place, part in enumerate(form.parts) if not part.blank)
    start = reader.day("start_date", text=form.start_date)
    end = reader.day("end_date", text=form.end_date)
    non_payable = reader.amount("non_payable", text=form.non_payable)
    parts = tuple(reader.part(form.parts[place], at=f"components-{place}-") for place in meant)
    if reader.faults or start is None or end is None:
        return Reading(details=None, faults=tuple(reader.faults))
    if form.move_along:
        parts = _moved_along(parts, by=start - booking.start_date, were=shown.components)
    details = BookingDetails(
        reference=booking.reference,
        currency=booking.currency,
        booked_on=booking.booked_on,
        start_date=start,
        end_date=end,
        customer=Customer(
            name=form.customer_name,
            email=form.customer_email.strip(),
            locale=form.customer_locale,
        ),
        travellers=tuple(
            Traveller(name=form.travellers[place], lead=place == form.lead) for place in travelling
        ),
        package=form.package,
        components=parts,
        non_payable_minor=non_payable,
    )
    return Reading(details=details, places=meant, traveller_places=travelling)


def _moved_along(
    parts: tuple[Component, ...], *, by: timedelta, were: tuple[Component, ...]
) -> tuple[Component, ...]:
    """Move the components whose days nobody touched by as much as the trip."""
    days = {part.id: (part.start_date, part.end_date) for part in were}
    return tuple(
        replace(
            part,
            start_date=part.start_date + by if part.start_date else None,
            end_date=part.end_date + by if part.end_date else None,
        )
        if days.get(part.id) == (part.start_date, part.end_date)
        else part
        for part in parts
    )


class _Reader:
    """Reads dates and amounts and keeps what it could not read; a wrong one stands in as nothing."""

    def __init__(self, currency: str) -> None:
        self._currency = currency
        self.faults: list[Fault] = []

    def day(self, name: str, *, text: str, needed: bool = True) -> date | None:
        if not text.strip() and not needed:
            return None
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            self.faults.append(Fault(name, "Give a date."))
            return None

    def amount(self, name: str, *, text: str) -> int:
        plain = text.strip().replace(TRUE_MINUS, "-")
        minor = read_amount(plain.removeprefix("-"), currency=self._currency)
        if minor is None:
            decimals = exponent(self._currency)
            example = typed_amount(124_000, currency=self._currency)
            precise = f"at most {decimals} decimals" if decimals else "no decimals"
            self.faults.append(
                Fault(name, f"Give an amount in {self._currency} with {precise}, such as {example}.")
            )
            return 0
        return -minor if plain.startswith("-") else minor

    def part(self, typed: PartFields, *, at: str) -> Component:
        return Component(
            id=typed.id,
            kind=typed.kind,
            title=typed.title,
            supplier=typed.supplier,
            start_date=self.day(f"{at}start_date", text=typed.start_date, needed=False),
            end_date=self.day(f"{at}end_date", text=typed.end_date, needed=False),
            price_minor=self.amount(f"{at}price", text=typed.price),
            cancellation_fee_minor=self.amount(f"{at}cancellation_fee", text=typed.cancellation_fee or "0"),
            cancelled=typed.cancelled,
        )


def _part_of(part: Component, *, currency: str) -> PartFields:
    return PartFields(
        id=part.id,
        title=part.title,
        kind=part.kind,
        supplier=part.supplier,
        start_date=part.start_date.isoformat() if part.start_date else "",
        end_date=part.end_date.isoformat() if part.end_date else "",
        price=typed_amount(part.price_minor, currency=currency),
        cancellation_fee=typed_amount(part.cancellation_fee_minor, currency=currency),
        cancelled=part.cancelled,
    )


def _part_from(posted: Mapping[str, str], *, at: str) -> PartFields:
    def text(name: str) -> str:
        return posted.get(f"{at}{name}", "")[:_LONGEST]

    return PartFields(
        id=text("id"),
        title=text("title"),
        kind=text("kind"),
        supplier=text("supplier"),
        start_date=text("start_date"),
        end_date=text("end_date"),
        price=text("price"),
        cancellation_fee=text("cancellation_fee"),
        cancelled=bool(text("cancelled")),
        new=bool(text("new")),
    )
