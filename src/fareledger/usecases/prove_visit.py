"""Proves a running visit with a six-digit code that goes to the booking's mailbox.

A code is for one visit, a newer one replaces it, and five tries end it; each try is counted by one statement before
anything is compared, so that guessing side by side gains nothing. The outbox keeps a seed and the table a keyed hash,
never the code. Proving by link is `open_portal_session.py`; who needs it, `visit_rights.py`.
"""

import unicodedata
from datetime import timedelta
from typing import Final

from django.db.models import F
from django.utils.crypto import constant_time_compare

from fareledger.domain.errors import Conflict, Refused
from fareledger.domain.identity import new_id
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Booking, PortalCode, PortalSession
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.clock import now, wall_clock
from fareledger.usecases.open_portal_session import OpenedSession, Visit
from fareledger.usecases.portal_tokens import code_hash, code_of, new_secret, token_hash
from fareledger.usecases.queue_email import Letter, queue_email
from fareledger.usecases.send_portal_link import SentLink, email_link, lock_address, mails_within_the_hour
from fareledger.usecases.visit_rights import require_customer

TRIES: Final = 5
LIFETIME: Final = timedelta(minutes=10)
DIGITS: Final = 6
CODES_AN_HOUR: Final = 3


class TooManyCodes(Refused):
    """The mailbox has had as many codes as one hour allows."""

    def __init__(self) -> None:
        super().__init__(
            code="too_many_codes",
            message=f"We send at most {CODES_AN_HOUR} codes an hour. Use the latest one.",
        )


class CodeIncomplete(Refused):
    """What was typed are not six digits; it is not counted."""

    def __init__(self) -> None:
        super().__init__(code="code_incomplete", message="Enter the 6 digits from the email", field="/code")


class CodeWrong(Refused):
    """Six digits that are not the code; `left` tries remain."""

    def __init__(self, *, left: int) -> None:
        super().__init__(code="code_wrong", message="The code is not right", field="/code")
        self.left = left


class CodeEnded(Conflict):
    """There is no code any more that could be entered: it ran out, was tried too often, or never was."""

    def __init__(self) -> None:
        super().__init__(code="code_ended", message="This code cannot be used any more", field="/code")


def send_code(operator: Operator, *, visit: Visit) -> str:
    """Email a new code to the booking's customer and return the address; older codes of the visit end.

    Raises OnlyLooking and TooManyCodes.
    """
    require_customer(visit)
    moment, seed, code_id = now(), new_secret(), new_id()
    with operator_transaction(operator.id):
        booking = Booking.objects.select_for_update().get(operator_id=operator.id, id=visit.booking_id)
        lock_address(operator, email=booking.customer_email)
        if mails_within_the_hour(operator, kind="portal_code", email=booking.customer_email) >= CODES_AN_HOUR:
            raise TooManyCodes
        mine = PortalCode.objects.filter(operator_id=operator.id, session_id=visit.session_id)
        mine.filter(ended_at=None).update(ended_at=moment)
        PortalCode.objects.create(
            operator_id=operator.id,
            id=code_id,
            booking_id=visit.booking_id,
            session_id=visit.session_id,
            code_sha256=code_hash(code_of(seed), code_id=code_id),
            created_at=moment,
            expires_at=moment + LIFETIME,
        )
        expires_at = (moment + LIFETIME).isoformat()
        letter = Letter(
            kind="portal_code",
            source_key=f"portal_code:{code_id}",
            payload={"code_seed": seed, "expires_at": expires_at},
        )
        queue_email(operator, booking=booking, letter=letter)
        _tell(operator, visit=visit, text="Code emailed to the customer")
    return str(booking.customer_email)


def send_proving_link(operator: Operator, *, visit: Visit, wanted: str) -> SentLink:
    """Email a link that proves whoever opens it and leads on to `wanted`, a page below the portal.

    Raises OnlyLooking and TooManyLinkEmails.
    """
    require_customer(visit)
    with operator_transaction(operator.id):
        booking = Booking.objects.select_for_update().get(operator_id=operator.id, id=visit.booking_id)
        return email_link(operator, booking=booking, asked_by="customer", actor="Customer", wanted=wanted)


def take_code(operator: Operator, *, visit: Visit, typed: str) -> OpenedSession:
    """Prove the visit with what was typed and give it a new token, as at a sign-in.

    Digits of any script count, and what stands between them does not. Raises OnlyLooking, CodeIncomplete, CodeWrong
    and CodeEnded.
    """
    require_customer(visit)
    digits = digits_of(typed)
    if len(digits) != DIGITS or not digits.isdecimal():
        raise CodeIncomplete
    with operator_transaction(operator.id):
        left = _left_after_a_try(operator, visit=visit, digits=digits)
        if left is None:
            return _proven(operator, visit=visit)
    if left < 0:
        raise CodeEnded
    raise CodeWrong(left=left)


def digits_of(typed: str) -> str:
    """Return the digits of what was typed, as ASCII: "١٢٣ 456" becomes "123456"; letters spoil it."""
    plain = (sign for sign in typed if sign.isalnum())
    return "".join(str(unicodedata.decimal(sign, "x")) for sign in plain)


def _left_after_a_try(operator: Operator, *, visit: Visit, digits: str) -> int | None:
    """Count a try and compare: None for the right code, else how many tries are left, -1 without a living code."""
    moment = now()
    codes = PortalCode.objects.filter(operator_id=operator.id, session_id=visit.session_id, ended_at=None)
    # One statement counts; whoever comes at the same time waits for it, and finds the number raised.
    if not codes.filter(expires_at__gt=moment, tries__lt=TRIES).update(tries=F("tries") + 1):
        return -1
    code = codes.get()
    if constant_time_compare(code.code_sha256, code_hash(digits, code_id=code.id)):
        codes.update(ended_at=moment)
        return None
    return TRIES - int(code.tries)


def _proven(operator: Operator, *, visit: Visit) -> OpenedSession:
    token = new_secret()
    sessions = PortalSession.objects.filter(operator_id=operator.id, id=visit.session_id)
    if not sessions.update(token_sha256=token_hash(token), proven_at=wall_clock()):
        raise CodeEnded
    _tell(operator, visit=visit, text="Customer confirmed with a code by email")
    session = sessions.get()
    return OpenedSession(token=token, booking_id=session.booking_id, expires_at=session.expires_at)


def _tell(operator: Operator, *, visit: Visit, text: str) -> None:
    append_timeline(
        Event(
            operator_id=operator.id,
            booking_id=visit.booking_id,
            kind="portal_code",
            actor="Customer",
            occurred_at=now(),
            payload={"text": text},
        )
    )
