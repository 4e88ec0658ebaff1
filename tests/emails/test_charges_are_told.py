"""What customers read of approved payments: before the charge, when their bank wants them, and when it fails."""

from __future__ import annotations

import pytest

from fareledger.faces.shared.email_samples import sample_facts
from fareledger.persistence.operators import Operator
from fareledger.usecases.portal_tokens import link_token
from tests.emails.test_emails_are_rendered import rendered

WANTED = "collect/01900000-0000-7000-8000-000000000000/"


def facts_of(operator: Operator, *, kind: str, **differences: object) -> dict[str, object]:
    return {**sample_facts(operator, kind=kind)[1], **differences}


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_notice_names_amount_day_card_and_the_way_out(operator: Operator, part: str) -> None:
    email = rendered(operator, kind="collection_notice", **facts_of(operator, kind="collection_notice"))
    assert email.subject == "Acme Travel: £2,500.00 will be charged on 12 April 2027 for booking TRV-48213"
    body = getattr(email, part)
    for told in ("£2,500.00", "12 April 2027", "Visa ending 4242", "until 11 April 2027", "still owed"):
        assert told in body, told
    assert "comes late" not in body


@pytest.mark.parametrize("part", ["text", "html"])
def test_a_late_notice_says_so(operator: Operator, part: str) -> None:
    late = {"late": True, "withdraw_by": None, "charge_on": "2027-04-20"}
    email = rendered(
        operator, kind="collection_notice", **facts_of(operator, kind="collection_notice", **late)
    )
    body = getattr(email, part)
    assert "It was due on 12 April 2027" in body
    assert "withdraw" not in body
    assert "20 April 2027" in body


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize("kind", ["charge_needs_you", "charge_failed"])
def test_the_link_leads_to_this_one_charge(operator: Operator, kind: str, part: str) -> None:
    link = {"link_seed": "seed", "wanted": WANTED}
    email = rendered(operator, kind=kind, **facts_of(operator, kind=kind, **link))
    body = getattr(email, part)
    address = f"/link/{link_token('seed')}?next={WANTED.replace('/', '%2F')}"
    assert address in body
    assert "No money has been taken" in body


def test_a_failed_charge_says_when_it_is_tried_again_or_that_it_is_not(operator: Operator) -> None:
    again = rendered(operator, kind="charge_failed", **facts_of(operator, kind="charge_failed"))
    assert "we try again on 14 April 2027" in again.subject
    assert "there was not enough money on the card" in again.text
    never = rendered(
        operator,
        kind="charge_failed",
        **facts_of(operator, kind="charge_failed", retry_on=None, reason="lost_card"),
    )
    assert "please pay another way" in never.subject
    assert "We try again" not in never.text
    # It is due, and what is due is not approved again: a stored card would not be charged with it.
    assert "Please pay another way." in never.text
    assert "store another card" not in never.text
    # Whoever reads along does not learn that a card was reported lost.
    assert "lost" not in never.text


@pytest.mark.parametrize("part", ["text", "html"])
def test_an_expiring_card_is_announced(operator: Operator, part: str) -> None:
    email = rendered(operator, kind="card_expiring", **facts_of(operator, kind="card_expiring"))
    body = getattr(email, part)
    for told in ("Visa ending 4242", "30 April 2027", "13 May 2027", "one payment you approved"):
        assert told in body, told
