"""Charges approved payments on their day, their owners away: each at most once, however many runs there are.

The attempts are committed before anybody outside hears of them (`intend_charges.py`). Then each is looked at once more
(`recheck_charge.py`), the provider is called for it, by a few threads with no transaction open, and its answer
recorded. What a killed run leaves behind is asked about, never sent again.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from django.db import connection

from fareledger.domain.payment_machine import Event
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import Declined, Misconfigured, OutcomeUnknown, Unavailable
from fareledger.providers.registry import gateway_of
from fareledger.usecases.crash_points import reached
from fareledger.usecases.follow_collection import CHANGED
from fareledger.usecases.intend_charges import FIRST, Charge, intend_charges
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.recheck_charge import may_be_sent
from fareledger.usecases.record_outcome import Learnt, record_event, record_payment
from fareledger.usecases.tell_collection import WORKER

log = logging.getLogger(__name__)

BATCH: Final = 100
THREADS: Final = 4
# A charge that was not sent so soon after it was claimed is given up, long before "never heard of it" counts.
SEND_WITHIN_S: Final = 20.0
_LOST: Final = "The answer got lost; the provider is being asked for it."
_CHANGED: Final = "The booking or its approval changed before this was sent. No money has been taken."
_UNREACHED: Final = "The provider could not be reached. No money has been taken."


@dataclass(slots=True)
class _Sending:
    """A batch that several threads send together: each takes the next charge; all stop when the provider is away."""

    operator: Operator
    charges: Iterator[Charge]
    give_up_at: float
    away: bool = False
    trouble: list[Exception] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def next(self) -> Charge | None:
        """Return a charge that nobody else takes, or None when all are taken."""
        with self._lock:
            return next(self.charges, None)


def collect_due(operator: Operator, *, batch: int = BATCH, threads: int = THREADS) -> int:
    """Charge every approved row of the operator that is due and announced; return how many were sent.

    The first one goes alone: a provider that is away is noticed by it, and the run ends. Raises what a thread died of.
    """
    sent, after, limit = 0, FIRST, 1
    while True:
        began = time.monotonic()
        claim = intend_charges(operator, after=after, limit=limit)
        if claim.last is None:
            return sent
        reached("after_attempt_commit")
        sending = _Sending(operator, iter(claim.charges), give_up_at=began + SEND_WITHIN_S)
        _send_all(sending, charges=claim.charges, threads=threads)
        if sending.trouble:
            raise sending.trouble[0]
        sent += len(claim.charges)
        if sending.away:
            return sent
        after = claim.last
        # Until one was sent nobody knows whether the provider is there.
        limit = batch if sent else 1 if claim.charges else batch


def _send_all(sending: _Sending, *, charges: Sequence[Charge], threads: int) -> None:
    if min(threads, len(charges)) <= 1:
        _send_some(sending)
        return
    crew = [
        threading.Thread(target=_in_a_thread, args=(sending,), name="collect")
        for _ in range(min(threads, len(charges)))
    ]
    for thread in crew:
        thread.start()
    for thread in crew:
        thread.join()


def _in_a_thread(sending: _Sending) -> None:
    """Work with a connection of its own, and give it back."""
    try:
        _send_some(sending)
    finally:
        connection.close()


def _send_some(sending: _Sending) -> None:
    while (charge := sending.next()) is not None:
        try:
            _send(sending, charge=charge)
        except Exception as trouble:
            log.exception("charge %s was not followed to its end", charge.attempt_id)
            sending.trouble.append(trouble)
            return


def _send(sending: _Sending, *, charge: Charge) -> None:
    """Call the provider once, unless something speaks against it now, and record whatever came of it."""
    operator, attempt_id = sending.operator, charge.attempt_id
    held_back = _held_back(sending, charge=charge)
    if held_back is not None:
        record_event(operator, attempt_id=attempt_id, learnt=held_back, actor=WORKER)
        return
    try:
        with calling_provider():
            payment = gateway_of(charge.account).charge_saved(charge.request)
    except OutcomeUnknown as failure:
        log.warning("charge %s: the answer got lost: %s", attempt_id, failure)
        learnt = Learnt(Event.ANSWER_LOST, code="answer_lost", detail=_LOST)
    except Unavailable as failure:
        log.warning("charge %s: the provider was not reached: %s", attempt_id, failure)
        sending.away = True
        learnt = Learnt(Event.NOT_FOUND, code="provider_unavailable", detail=_UNREACHED)
    except Declined as failure:
        learnt = Learnt(
            Event.VERIFIED_FAILURE,
            code=failure.code,
            detail=failure.message,
            reference=failure.reference,
            decline=failure.kind,
        )
    except Misconfigured:
        log.exception("charge %s: the provider refuses our account or request", attempt_id)
        learnt = Learnt(Event.VERIFIED_FAILURE, code="provider_misconfigured", detail=_UNREACHED)
    else:
        reached("after_provider_accepted")
        record_payment(operator, attempt_id=attempt_id, payment=payment, actor=WORKER)
        return
    reached("after_provider_accepted")
    record_event(operator, attempt_id=attempt_id, learnt=learnt, actor=WORKER)


def _held_back(sending: _Sending, *, charge: Charge) -> Learnt | None:
    """Say why a charge is not sent any more; None when it is."""
    asked = {"booking_id": charge.booking_id, "attempt_id": charge.attempt_id}
    if not sending.away and not may_be_sent(sending.operator, **asked):
        return Learnt(Event.NOT_FOUND, code=CHANGED, detail=_CHANGED)
    if sending.away or time.monotonic() > sending.give_up_at:
        return Learnt(Event.NOT_FOUND, code="provider_unavailable", detail=_UNREACHED)
    return None
