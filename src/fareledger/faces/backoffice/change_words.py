"""What a change does, in the words of the back office: the parts that differ, each row's story, and the law's.

Every sentence is made from what `change_views.py` says; amounts are written here because they stand inside sentences.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from fareledger.domain.booking import BookingDetails, Component
from fareledger.domain.change_effect import RowEffect
from fareledger.domain.figures import PlanRow
from fareledger.domain.travel_law import LawNotice, rise_percent
from fareledger.faces.shared.formatting import bare_amount, coded_amount, date_range, long_date
from fareledger.usecases.booking_state import BookingState
from fareledger.usecases.change_views import ChangePreview

_NOTHING_TO_APPROVE: Final = "–"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One part of the booking that is another afterwards; `amount_minor` is what the customer pays more for it."""

    part: str
    before: str
    after: str
    amount_minor: int | None = None
    words: str = ""


@dataclass(frozen=True, kw_only=True)
class RowLine:
    """One row of the plan as the preview shows it, refunds below 0; what happens to it, and to its approval."""

    before: PlanRow | None
    after: PlanRow | None
    story: str
    closed: bool
    approval: str

    @property
    def moved(self) -> bool:
        """Say whether the due date is another."""
        return bool(self.before and self.after and self.before.due_date != self.after.due_date)

    @property
    def resized(self) -> bool:
        """Say whether the amount is another."""
        return bool(self.before and self.after and self.before.amount_minor != self.after.amount_minor)

    @property
    def before_minor(self) -> int:
        """The amount before; 0 for a row that is new."""
        return signed(self.before) if self.before else 0

    @property
    def after_minor(self) -> int:
        """The amount afterwards; 0 for a row that is gone."""
        return signed(self.after) if self.after else 0


@dataclass(frozen=True, kw_only=True)
class Remark:
    """One sentence of the law; `shape` is the CSS word of its sign."""

    text: str
    shape: str


def signed(row: PlanRow) -> int:
    """Give a row's amount as screens show it: what goes to the customer is below 0."""
    return -row.counted_minor if row.kind == "refund" else row.counted_minor


def differences(before: BookingState, *, after: BookingState) -> tuple[Difference, ...]:
    """Name every part of the booking that the change makes another."""
    return tuple(_differences(before.details, after=after.details))


def row_lines(preview: ChangePreview, *, today: date) -> tuple[RowLine, ...]:
    """Tell what happens to each row of the plan; `today` is the operator-local day."""
    teller = _Teller(preview, today=today)
    return tuple(
        RowLine(
            before=effect.before,
            after=effect.after,
            story=teller.story(effect),
            closed=effect.after is not None and not effect.after.is_open,
            approval=_approval(effect, preview=preview),
        )
        for effect in preview.rows
    )


def _approval(effect: RowEffect, *, preview: ChangePreview) -> str:
    """Say what becomes of the approval that the customer has given for a row, or that there is none."""
    row_id = effect.row.id
    if row_id in preview.approved_after:
        return "Approved, and stays so"
    if row_id in preview.approved_before:
        return "Approved until now: ends, the customer is written to"
    return _NOTHING_TO_APPROVE if effect.approval == "none" else "Not approved"


def law_remarks(preview: ChangePreview) -> tuple[Remark, ...]:
    """Say what staff should know of travel law before they save; that there is nothing is said too."""
    remarks = tuple(Remark(text=_notice(one, preview=preview), shape="warn") for one in preview.notices)
    if preview.before is None or preview.after.cancelled or preview.before.cancelled:
        return remarks or (Remark(text="Nothing to observe", shape="closed"),)
    was, now = (state.figures.sales_price_minor for state in (preview.before, preview.after))
    if now < was:
        percent = rise_percent(was, to_minor=2 * was - now)
        return (Remark(text=f"Price falls by {percent} %, no right to withdraw", shape="closed"), *remarks)
    if now == was:
        return (Remark(text="Price stays, no right to withdraw", shape="closed"), *remarks)
    if not any(one.code.startswith("price_rise") for one in preview.notices):
        percent = rise_percent(was, to_minor=now)
        text = f"Price rises by {percent} %, not above 8 %: no right to withdraw"
        return (Remark(text=text, shape="closed"), *remarks)
    return remarks


def _notice(notice: LawNotice, *, preview: ChangePreview) -> str:
    by = long_date(notice.by) if notice.by else ""
    rise = f"by {notice.percent} %" if notice.percent is not None else "from nothing"
    match notice.code:
        case "price_rise_above_limit":
            return f"Price rises {rise}, above 8 %: unless they asked for it, the customer may withdraw free of charge"
        case "price_rise_too_late":
            return (
                f"Price rises {rise} after {by}, 20 days before the start: only if the customer asked for it"
            )
        case "dates_moved":
            return "Dates change: the customer must agree"
        case "refund_deadline":
            late = [row for row in preview.after.open_rows if row.kind == "refund" and notice.by]
            planned = max((row.due_date for row in late), default=None)
            text = f"Refund within 14 days of the cancellation, by {by}"
            if planned and notice.by and planned > notice.by:
                return f"{text}: the plan has it on {long_date(planned)}, pay it earlier"
            return text


class _Teller:
    """Tells the stories of the rows of one change."""

    def __init__(self, preview: ChangePreview, *, today: date) -> None:
        details = preview.after.details
        self._currency = preview.currency
        self._tomorrow = today + timedelta(days=1)
        self._today = today
        self._start = details.start_date
        self._days = details.terms.balance_due_days if details.terms else None
        self._moved = preview.before is not None and preview.before.details.start_date != self._start

    def story(self, effect: RowEffect) -> str:
        parts = [self._part(happening, effect=effect) for happening in effect.happenings]
        text = "; ".join(parts)
        return text[:1].upper() + text[1:]

    def _part(self, happening: str, *, effect: RowEffect) -> str:
        row = effect.row
        refund = row.kind == "refund"
        match happening:
            case "kept" if not row.is_open:
                return "closed, unchanged"
            case "kept" if self._moved and row.due_date <= self._today:
                return "unchanged: it has been asked for already"
            case "moved":
                return self._move(effect)
            case "shrunk":
                was = effect.before.amount_minor if effect.before else 0
                less = bare_amount(was - row.amount_minor, self._currency)
                return f"less by {less}, latest due first" + (", as less is owed back" if refund else "")
            case "deleted":
                return "deleted: nothing of it is left to " + ("hand back" if refund else "pay")
            case "added":
                what = "received beyond the new price" if refund else "the difference"
                return f"new: {what}, {self._when(row)}"
            case "closed":
                return "closed by a payment that came along"
        return "unchanged"

    def _move(self, effect: RowEffect) -> str:
        row, days = effect.row, effect.moved_by.days
        if row.rule_based or row.due_date == self._tomorrow:
            return f"moves with the trip: {self._when(row)}"
        many = f"{abs(days)} day{'s' if abs(days) > 1 else ''} {'later' if days > 0 else 'earlier'}"
        return f"moves {many} with the trip, date set by hand"

    def _when(self, row: PlanRow) -> str:
        if self._days is not None and row.due_date == self._start - timedelta(days=self._days):
            return f"{self._days} days before the {'new ' if self._moved else ''}start"
        if row.due_date == self._tomorrow:
            return "the day after the change, as the day by the terms has passed"
        return "as its terms say"


def _differences(before: BookingDetails, *, after: BookingDetails) -> Iterator[Difference]:
    if (before.start_date, before.end_date) != (after.start_date, after.end_date):
        days = (after.start_date - before.start_date).days
        unit = "day" if abs(days) == 1 else "days"
        words = f"{abs(days)} {unit} {'later' if days > 0 else 'earlier'}" if days else "same start"
        yield Difference(
            part="Travel dates",
            before=date_range(before.start_date, before.end_date),
            after=date_range(after.start_date, after.end_date),
            words=words,
        )
    for part, was, now in (
        ("Package", before.package, after.package),
        ("Customer", before.customer.name, after.customer.name),
        ("Email", before.customer.email, after.customer.email),
        ("Language", before.customer.locale, after.customer.locale),
        ("Travellers", _travellers(before), _travellers(after)),
    ):
        if was != now:
            yield Difference(part=part, before=was, after=now)
    if before.non_payable_minor != after.non_payable_minor:
        was, now = (bare_amount(one.non_payable_minor, one.currency) for one in (before, after))
        less = before.non_payable_minor - after.non_payable_minor
        yield Difference(part="Non-payable amount", before=was, after=now, amount_minor=less)
    yield from _component_differences(before, after=after)


def _component_differences(before: BookingDetails, *, after: BookingDetails) -> Iterator[Difference]:
    """Name each component that differs; those that only moved along with the trip are counted in one line."""
    by = after.start_date - before.start_date
    old = {part.id: part for part in before.components}
    new = {part.id: part for part in after.components}
    along = {one.id: _moved(one, by=by) for one in old.values() if one.id in new}
    with_the_trip = [
        one.id for one in along.values() if one != old[one.id] and _days_of(one) == _days_of(new[one.id])
    ]
    if with_the_trip:
        yield Difference(
            part=f"Dates of {len(with_the_trip)} component{'s' if len(with_the_trip) > 1 else ''}",
            before="As sold",
            after="Moved with the trip",
            words="same price",
        )
        old |= {one: along[one] for one in with_the_trip}
    for part in (*new.values(), *(one for one in old.values() if one.id not in new)):
        was, now = old.get(part.id), new.get(part.id)
        if was == now:
            continue
        more = (now.charged_minor if now else 0) - (was.charged_minor if was else 0)
        yield Difference(
            part=part.title,
            before=_component(was, other=now, currency=before.currency) if was else "Not part of the trip",
            after=_component(now, other=was, currency=after.currency) if now else "Removed",
            amount_minor=more or None,
            words="same price",
        )


def _moved(part: Component, *, by: timedelta) -> Component:
    start, end = (day + by if day else None for day in _days_of(part))
    return replace(part, start_date=start, end_date=end)


def _days_of(part: Component) -> tuple[date | None, date | None]:
    return part.start_date, part.end_date


def _component(part: Component, *, other: Component | None, currency: str) -> str:
    """Write what of a component differs from the other one; its price always."""
    price = bare_amount(part.charged_minor, currency)
    told = [f"Cancelled, fee {price}" if part.cancelled else price]
    if other is None:
        return told[0]
    if part.title != other.title:
        told.append(part.title)
    if part.supplier != other.supplier:
        told.append(part.supplier or "no supplier")
    if part.kind != other.kind:
        told.append(part.kind.replace("_", " "))
    if _days_of(part) != _days_of(other):
        told.append(_days(part))
    if part.cancellation_fee_minor != other.cancellation_fee_minor and not part.cancelled:
        told.append(f"cancelled for {coded_amount(part.cancellation_fee_minor, currency)}")
    if part.cancelled and other.cancelled and part.price_minor != other.price_minor:
        told.append(f"price {coded_amount(part.price_minor, currency)}")
    return ", ".join(told)


def _days(part: Component) -> str:
    start, end = part.start_date, part.end_date
    if start and end:
        return date_range(start, end)
    either = start or end
    return long_date(either) if either else "no dates"


def _travellers(details: BookingDetails) -> str:
    return ", ".join(f"{one.name} (lead)" if one.lead else one.name for one in details.travellers)
