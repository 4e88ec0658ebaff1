"""Which version of something an answer is, and requests that depend on it (RFC 9110, section 13).

A tag changes whenever the answer would. `If-None-Match` saves reading again what is known; `If-Match` and
`If-None-Match: *` let a booking be changed, or created, only as the sender knows it.
"""

from __future__ import annotations

import re
from typing import Final

from django.http import HttpRequest, HttpResponse

from fareledger.domain.errors import Conflict
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.show_booking import Billing, BookingNotFound, billing_by_reference

_TAG: Final = re.compile(r'\s*((?:W/)?"[^"]*")\s*(?:,|$)')
ABSENT: Final = 0


class PreconditionFailed(Conflict):
    """The booking is not as the sender of the request knows it; `current` is its version, 0 for none."""

    def __init__(self, *, current: int) -> None:
        if current == ABSENT:
            message = "There is no booking with this reference yet."
        else:
            message = f"The booking is at version {current}: read it again and decide."
        super().__init__(code="precondition_failed", message=message)
        self.current = current


def booking_tag(version: int) -> str:
    """Give the tag of a booking as it is sent."""
    return f'"{version}"'


def billing_tag(billing: Billing, *, staff: bool) -> str:
    """Give the tag of figures and plan: rows change with entries and events, what is overdue with the day."""
    booking = billing.booking
    parts = [booking.version, booking.entry_seq, booking.event_seq, billing.today.toordinal()]
    return '"b' + ".".join(str(part) for part in parts) + (".s" if staff else "") + '"'


def ledger_tag(billing: Billing) -> str:
    """Give the tag of a journal, to which entries are only ever added."""
    return f'"l{billing.booking.entry_seq}"'


def unless_known(request: HttpRequest, *, tag: str) -> HttpResponse | None:
    """Answer 304 to somebody who has this version already, and None to everybody else."""
    known = _tags(request.headers.get("If-None-Match", ""))
    if "*" not in known and tag not in {one.removeprefix("W/") for one in known}:
        return None
    answer = HttpResponse(status=304)
    answer["ETag"] = tag
    return answer


def expected_version(request: HttpRequest, *, operator: Operator, reference: str) -> int | None:
    """Read what a PUT expects to find: a version, ABSENT for no booking, None for whatever is there.

    Raises PreconditionFailed when something else is there already; what happens after this look is for the
    use case to see.
    """
    if_match, if_none_match = request.headers.get("If-Match"), request.headers.get("If-None-Match")
    if if_match is None and if_none_match is None:
        return None
    current = _current(operator, reference=reference)
    tag = booking_tag(current) if current != ABSENT else ""
    if if_match is not None:
        wanted = _tags(if_match)
        # Bookings are never deleted, so one that is there stays there.
        if current == ABSENT or ("*" not in wanted and tag not in wanted):
            raise PreconditionFailed(current=current)
    if if_none_match is not None:
        unwanted = {one.removeprefix("W/") for one in _tags(if_none_match)}
        if current != ABSENT and ("*" in unwanted or tag in unwanted):
            raise PreconditionFailed(current=current)
    return current


def _current(operator: Operator, *, reference: str) -> int:
    try:
        return billing_by_reference(operator, reference=reference).booking.version
    except BookingNotFound:
        return ABSENT


def _tags(header: str) -> set[str]:
    return {"*"} if header.strip() == "*" else set(_TAG.findall(header))
