"""Lets a customer in who knows the booking's reference and the email it was booked with.

Whoever guesses learns nothing: an unknown reference, a wrong email and a door that is closed for a while are refused
in the same words, after the same statements and not before the same time. A door that was knocked at too often closes
for a quarter of an hour for this way in only; a link by email (`send_portal_link.py`) is always to be had. A visit
that begins here is not proven.
"""

import time
from datetime import timedelta
from typing import Final

from django.utils.crypto import constant_time_compare

from fareledger.domain.errors import Refused
from fareledger.domain.wording import MAX_REFERENCE, reference_key
from fareledger.persistence.models import Booking
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.portal_misses import Window, count_misses, sweep_misses, write_miss
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.usecases.clock import wall_clock
from fareledger.usecases.open_portal_session import Entry, OpenedSession, begin_visit, tell_entry
from fareledger.usecases.send_portal_link import answer_evenly

MISSES_A_REFERENCE: Final = 5
REFERENCE_WINDOW: Final = timedelta(minutes=15)
MISSES_AN_ADDRESS: Final = 20
ADDRESS_WINDOW: Final = timedelta(hours=1)


class DetailsNotKnown(Refused):
    """Reference and email do not belong together, or were guessed at too often; nobody is told which."""

    def __init__(self) -> None:
        super().__init__(
            code="details_not_known",
            message="We could not find a booking with those details. Check your confirmation email.",
        )


def sign_in_by_reference(operator: Operator, *, reference: str, email: str, ip: str) -> OpenedSession:
    """Begin a visit of whoever knows both; `ip` is where the request came from. Raises DetailsNotKnown."""
    begun = time.monotonic()
    key = reference_key(reference)[:MAX_REFERENCE]
    with operator_transaction(operator.id):
        opened = _tried(operator, key=key, email=email.strip(), ip=ip)
    if opened is None:
        answer_evenly(begun)
        raise DetailsNotKnown
    return opened


def forget_old_misses() -> int:
    """Delete the misses of all operators that count no more: they hold an address of somebody; return how many."""
    before = wall_clock() - max(REFERENCE_WINDOW, ADDRESS_WINDOW) - timedelta(hours=1)
    forgotten = 0
    for operator in everyone():
        with operator_transaction(operator.id):
            forgotten += sweep_misses(operator.id, before=before)
    return forgotten


def _tried(operator: Operator, *, key: str, email: str, ip: str) -> OpenedSession | None:
    """Let in, or count the miss: always the same statements for a miss, whatever it missed by."""
    moment = wall_clock()
    # Always the reference first, then the address, so that two never wait for each other.
    lock_name(operator.id, text=f"portal_miss reference {key}")
    lock_name(operator.id, text=f"portal_miss address {ip}")
    window = Window(
        reference_key=key, ip=ip, reference_since=moment - REFERENCE_WINDOW, ip_since=moment - ADDRESS_WINDOW
    )
    of_reference, of_address = count_misses(operator.id, window=window)
    booking = Booking.objects.filter(operator_id=operator.id, reference_key=key).first()
    known = booking.customer_email if booking else ""
    fits = constant_time_compare(known.casefold(), email.casefold())
    is_open = of_reference < MISSES_A_REFERENCE and of_address < MISSES_AN_ADDRESS
    if not (booking and fits and is_open):
        # What is tried at a closed door keeps it closed no longer.
        write_miss(operator.id, window=window, at=moment, counts=is_open)
        return None
    opened = begin_visit(operator, booking_id=booking.id, entry=Entry(viewer="customer"))
    tell_entry(operator, booking_id=booking.id, text="Portal opened with reference and email")
    return opened
