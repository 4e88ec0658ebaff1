"""What happens when a card meets a set-up, and the API of set-ups.

Nothing is charged here. After ten refused cards a set-up has failed, as acquirers do against people who try
out stolen numbers.
"""

from __future__ import annotations

import json
from datetime import timedelta

from sandbox_acquirer import framestyle, saved_cards, setups
from sandbox_acquirer.cards import AUTHENTICATION_FAILED, BEHAVIOURS, Card, Decline, PresentedCard
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import Answer, Refused
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.identity import new_id
from sandbox_acquirer.pipeline import Call
from sandbox_acquirer.setups import Setup
from sandbox_acquirer.work import Work

LIFETIME = timedelta(minutes=60)
MOST_DECLINES = 10


def present_card(work: Work, *, setup: Setup, presented: PresentedCard) -> Setup:
    """Try a card the customer has just entered; the set-up requires a card."""
    behaviour = BEHAVIOURS[presented.behaviour]
    if behaviour.decline is not None:
        return _decline(work, setup=setup, reason=behaviour.decline)
    if behaviour.challenge:
        changes = {**_kept(presented), "last_failure": None}
        return setups.move(work, setup=setup, event="challenged", changes=changes)
    return _approve(work, setup=setup, presented=presented)


def answer_challenge(work: Work, *, setup: Setup, approved: bool) -> Setup:
    """Take the customer's answer to the 3-D Secure challenge; the set-up requires action."""
    if not approved:
        return _decline(work, setup=setup, reason=AUTHENTICATION_FAILED)
    presented = PresentedCard(Card(**setup.parsed("card")), setup.behaviour, setup.fingerprint)
    return _approve(work, setup=setup, presented=presented)


def create_setup(work: Work, call: Call, /) -> Answer:
    """Create a set-up that awaits the customer's card."""
    fields = Fields(call.body, allowed={"reference", "return_url", "frame_style"})
    style = framestyle.validated(fields)
    setup = setups.insert(
        work,
        columns={
            "id": new_id("set"),
            "merchant_id": call.merchant_id,
            "status": "requires_card",
            "reference": fields.text("reference", longest=64),
            "return_url": fields.url("return_url"),
            "frame_token": new_id("ft", length=32),
            "frame_style": json.dumps(style) if style else None,
            "created": iso(work.now),
            "expires_at": iso(work.now + LIFETIME),
        },
    )
    return Answer(setup.public(work.base_url))


def get_setup(call: Call) -> Answer:
    """Return a set-up as it stands at this moment."""
    reader = call.sandbox.storage.reader()
    setup = setups.by_id(reader, setup_id=call.path["id"], merchant_id=call.merchant_id)
    return Answer(_caught_up(call, found=[setup])[0])


def list_setups(call: Call) -> Answer:
    """Return the newest set-ups, or those with a reference."""
    Fields(call.query, allowed={"reference"})
    reader = call.sandbox.storage.reader()
    found = setups.by_reference(reader, merchant_id=call.merchant_id, reference=call.query.get("reference"))
    return Answer({"data": _caught_up(call, found=found)})


def cancel_setup(work: Work, call: Call, /) -> Answer:
    """Cancel a set-up that is still open.

    Raises Refused (409) when it has ended.
    """
    Fields(call.body, allowed=())
    found = setups.by_id(work.tx, setup_id=call.path["id"], merchant_id=call.merchant_id)
    setup = setups.catch_up(work, setup=found)
    if setup.status not in setups.OPEN:
        message = f"The set-up is {setup.status} and cannot be cancelled."
        raise Refused("setup_not_cancellable", message=message, status=409)
    return Answer(setups.move(work, setup=setup, event="cancelled").public(work.base_url))


def _caught_up(call: Call, *, found: list[Setup]) -> list[dict[str, object]]:
    now = iso(call.sandbox.clock.now())
    if any(setup.due(now) for setup in found):
        with call.sandbox.work() as work:
            found = [setups.catch_up(work, setup=setups.by_id(work.tx, setup_id=setup.id)) for setup in found]
    return [setup.public(call.sandbox.base_url) for setup in found]


def _approve(work: Work, *, setup: Setup, presented: PresentedCard) -> Setup:
    method = saved_cards.save(work, merchant_id=setup.merchant_id, presented=presented)
    changes = {**_kept(presented), "last_failure": None, "payment_method": method}
    return setups.move(work, setup=setup, event="approved", changes=changes)


def _decline(work: Work, *, setup: Setup, reason: Decline) -> Setup:
    declines = setup.declines + 1
    changes: dict[str, object] = {
        "card": None,
        "behaviour": None,
        "fingerprint": None,
        "last_failure": json.dumps(reason.public()),
        "declines": declines,
    }
    event = "declined" if declines < MOST_DECLINES else "declined_too_often"
    return setups.move(work, setup=setup, event=event, changes=changes)


def _kept(presented: PresentedCard) -> dict[str, object]:
    return {
        "card": json.dumps(presented.card.public()),
        "behaviour": presented.behaviour,
        "fingerprint": presented.fingerprint,
    }
