"""A traveller agrees to what is scheduled: by storing a card once, then at one press; and takes it back in time."""

import hashlib
from dataclasses import replace
from datetime import date, timedelta

import httpx
import pytest
from django.db import DatabaseError, connection

from fareledger.domain.identity import new_id
from fareledger.persistence.models import CardSetup, ConsentEvidence, Mandate
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.approve_rows import (
    CardChanged,
    ConsentNotGiven,
    FormUsedElsewhere,
    NothingToApprove,
    RowsChanged,
    approve_rows,
)
from fareledger.usecases.ask_setups import due_setups, withdraw_setup
from fareledger.usecases.mandates import cards_to_detach, detach_card, expired_by
from fareledger.usecases.review_approvals import review_approvals
from fareledger.usecases.visit_rights import NotProven, OnlyLooking
from fareledger.usecases.withdraw_approval import TooLateToWithdraw, withdraw_approval
from tests.support.acquirer import (
    APPROVED,
    APPROVED_DEBIT,
    DECLINED,
    Acquirer,
    answer_challenge,
    enter_card,
)
from tests.support.approving import TEXT, Approver, an_approver, another_approver, shown_of
from tests.support.paying import later

AUTHENTICATED = "4000002500003155"


def days_to(approver: Approver) -> float:
    """Seconds until noon of the day on which the row ahead is due."""
    return (approver.row.due_date - approver.billing.today).days * 86_400


def test_the_first_approval_stores_a_card_and_takes_nothing(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert (request.state, traveller.approvals(), traveller.mandates()) == ("waiting", [], [])
    assert request.setup is not None
    assert request.setup.in_frame
    enter_card(request.setup.frame_url)
    traveller.setup_of(request)
    row = traveller.row
    assert row.approval is not None
    assert (row.approval.amount_minor, row.approval.earliest_date) == (70_000, row.due_date)
    assert traveller.mandates() == [("4242", "")]
    assert traveller.billing.figures.paid_minor == 0
    assert acquirer.payments_of(traveller.merchant) == []
    assert len(traveller.emails("approval_given")) == 1
    (told,) = traveller.told("approval_given")
    assert "1 scheduled payment of GBP 700.00 in all, from Visa ending 4242" in told


def test_the_bank_is_asked_once_when_the_card_is_stored(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    challenge = enter_card(request.setup.frame_url, number=AUTHENTICATED)
    assert traveller.setup_of(request).state.value == "awaiting_customer"
    assert traveller.approvals() == []
    answer_challenge(challenge)
    assert traveller.setup_of(request).state.value == "succeeded"
    assert traveller.approvals() == [(70_000, "")]


def test_a_challenge_that_fails_stores_nothing_and_another_card_may_be_tried(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    answer_challenge(enter_card(request.setup.frame_url, number=AUTHENTICATED), approve=False)
    standing = traveller.setup_of(request)
    assert (standing.in_frame, standing.failure_code) == (True, "authentication_failed")
    enter_card(request.setup.frame_url, number=DECLINED)
    assert traveller.setup_of(request).in_frame
    assert (traveller.approvals(), traveller.mandates()) == ([], [])
    enter_card(request.setup.frame_url, number=APPROVED)
    traveller.setup_of(request)
    assert traveller.approvals() == [(70_000, "")]


def test_a_frame_that_is_left_comes_to_nothing(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request = traveller.press()
    assert request.setup is not None
    withdraw_setup(operator, setup_id=request.setup.id)
    assert traveller.setups() == ["cancelled"]
    assert traveller.approvals() == []
    assert traveller.press().state == "waiting"


def test_a_stored_card_makes_it_one_press(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    traveller.withdraw()
    request = traveller.press()
    assert (request.state, request.setup) == ("done", None)
    assert traveller.approvals() == [(70_000, "withdrawn"), (70_000, "")]
    assert traveller.setups() == ["succeeded"]
    assert traveller.mandates() == [("4242", "")]


def test_what_was_agreed_to_is_kept_word_for_word(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    (kept,) = traveller.evidence()
    assert (kept.text, kept.text_version, kept.locale) == (TEXT, "test-1", "en-GB")
    assert kept.text_sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (kept.ip, kept.user_agent, kept.session_id) == ("198.51.100.7", "Browser", traveller.session_id)
    (copy,) = traveller.emails("approval_given")
    assert copy.payload["consent_text"] == TEXT
    assert copy.payload["consent_sha256"] == kept.text_sha256


@pytest.mark.parametrize(
    "statement", ["UPDATE consent_evidence SET text = ''", "DELETE FROM consent_evidence"]
)
def test_evidence_is_never_rewritten(operator: Operator, acquirer: Acquirer, statement: str) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.press()
    with (
        pytest.raises(DatabaseError),
        operator_transaction(operator.id),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    with operator_transaction(operator.id):
        assert ConsentEvidence.objects.filter(operator_id=operator.id, text=TEXT).count() == 1


def test_nothing_is_agreed_to_without_the_tick_or_without_rows(
    operator: Operator, acquirer: Acquirer
) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    with pytest.raises(ConsentNotGiven):
        traveller.press(traveller.form(agreed=False))
    with pytest.raises(NothingToApprove):
        traveller.press(traveller.form(shown=()))
    assert (traveller.evidence(), traveller.setups()) == ([], [])


def test_only_a_proven_customer_agrees_or_takes_back(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    row = traveller.row
    assert row.approval is not None
    for visit, refusal in (
        (replace(traveller.visit, proven=False), NotProven),
        (replace(traveller.visit, viewer="staff", proven=False), OnlyLooking),
    ):
        with pytest.raises(refusal):
            review_approvals(operator, visit=visit)
        with pytest.raises(refusal):
            approve_rows(operator, visit=visit, form=traveller.form())
        with pytest.raises(refusal):
            withdraw_approval(operator, visit=visit, transaction_id=row.id, approval_id=row.approval.id)
    assert traveller.approvals() == [(70_000, "")]


def test_what_was_not_shown_is_not_agreed_to(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    (shown,) = shown_of(traveller.rows)
    due_today = next(row for row in traveller.billing.open_rows if row.due_date == traveller.billing.today)
    for wrong in (
        (replace(shown, amount_minor=69_999),),
        (replace(shown, due_date=shown.due_date + timedelta(days=1)),),
        (replace(shown, row_id=new_id()),),
        (shown, shown),
        shown_of((due_today,)),
        (shown, *shown_of((due_today,))),
    ):
        with pytest.raises(RowsChanged):
            traveller.press(traveller.form(shown=wrong))
    assert (traveller.evidence(), traveller.setups()) == ([], [])


def test_a_card_that_was_not_shown_is_not_charged(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    with pytest.raises(CardChanged):
        traveller.press(traveller.form(mandate_id=new_id()))
    traveller.approve()
    traveller.withdraw()
    with operator_transaction(operator.id):
        Mandate.objects.filter(operator_id=operator.id).update(card_expires="2020-01")
    with pytest.raises(CardChanged):
        traveller.press()
    review = review_approvals(operator, visit=traveller.visit)
    assert review.card is None
    assert review.replaces is not None


@pytest.mark.parametrize(
    ("expires", "day", "gone"),
    [("2027-04", "2027-04-30", False), ("2027-04", "2027-05-01", True), ("2027-12", "2028-01-01", True)],
)
def test_a_card_is_good_to_the_end_of_its_month(expires: str, day: str, gone: bool) -> None:
    assert expired_by(expires, on=date.fromisoformat(day)) is gone


def test_the_same_form_twice_is_one_agreement(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    form = traveller.form()
    first, again = traveller.press(form), traveller.press(form)
    assert first.id == again.id
    assert (len(traveller.evidence()), traveller.setups()) == (1, ["awaiting_customer"])
    with pytest.raises(FormUsedElsewhere):
        other = another_approver(traveller)
        other.press(other.form(form_key=form.form_key))


def test_approving_anew_replaces_what_waited(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    first, second = traveller.press(), traveller.press()
    assert first.setup is not None
    assert second.setup is not None
    enter_card(first.setup.frame_url, number=APPROVED_DEBIT)
    traveller.setup_of(first)
    assert traveller.approvals() == []
    assert traveller.mandates() == [("5556", "not_needed")]
    enter_card(second.setup.frame_url)
    traveller.setup_of(second)
    assert traveller.approvals() == [(70_000, "")]
    assert traveller.mandates() == [("5556", "not_needed"), ("4242", "")]


def test_a_new_card_takes_over_and_the_old_one_is_forgotten(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    request = traveller.press(traveller.form(mandate_id=None))
    assert request.setup is not None
    assert traveller.approvals() == [(70_000, "")]
    enter_card(request.setup.frame_url, number=APPROVED_DEBIT)
    traveller.setup_of(request)
    assert traveller.approvals() == [(70_000, "replaced"), (70_000, "")]
    assert traveller.mandates() == [("4242", "replaced"), ("5556", "")]
    assert traveller.emails("approval_ended") == []
    with later(120):
        (old,) = cards_to_detach(operator)
        assert detach_card(operator, mandate_id=old)
        assert cards_to_detach(operator) == []
    with operator_transaction(operator.id):
        kept = Mandate.objects.get(operator_id=operator.id, ended_at=None)
        gone = Mandate.objects.exclude(id=kept.id).get(operator_id=operator.id)
    cards = {card["id"]: card["detached_at"] for card in saved_cards(acquirer, traveller=traveller)}
    assert cards[gone.provider_method] is not None
    assert cards[kept.provider_method] is None
    assert not detach_card(operator, mandate_id=kept.id)


def saved_cards(acquirer: Acquirer, *, traveller: Approver) -> list[dict[str, object]]:
    """The merchant's saved cards as the acquirer knows them."""
    headers = {"Authorization": f"Bearer {traveller.merchant.secret_key}"}
    with operator_transaction(traveller.operator.id):
        names = list(
            Mandate.objects.filter(operator_id=traveller.operator.id).values_list(
                "provider_method", flat=True
            )
        )
    asked = (f"{acquirer.base_url}/v1/payment_methods/{name}" for name in names)
    return [dict(httpx.get(url, headers=headers, timeout=20).raise_for_status().json()) for url in asked]


def test_withdrawing_works_until_the_day_before(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    traveller.approve()
    row = traveller.row
    with later(days_to(traveller)), pytest.raises(TooLateToWithdraw):
        traveller.withdraw(row)
    assert traveller.approvals() == [(70_000, "")]
    with later(days_to(traveller) - 86_400):
        traveller.withdraw(row)
        traveller.withdraw(row)
    assert traveller.approvals() == [(70_000, "withdrawn")]
    assert len(traveller.emails("approval_withdrawn")) == 1
    assert traveller.row.amount_minor == 70_000
    assert traveller.mandates() == [("4242", "")]


def test_a_set_up_of_somebody_else_is_never_ours(operator: Operator, acquirer: Acquirer) -> None:
    traveller = an_approver(operator, acquirer=acquirer)
    request, other = traveller.press(), another_approver(traveller).press()
    assert request.setup is not None
    assert other.setup is not None
    with operator_transaction(operator.id):
        CardSetup.objects.filter(operator_id=operator.id, id=other.setup.id).update(provider_reference=None)
        CardSetup.objects.filter(operator_id=operator.id, id=request.setup.id).update(
            provider_reference=other.setup.provider_reference
        )
    enter_card(other.setup.frame_url)
    assert traveller.setup_of(request).state.value == "failed"
    assert (traveller.approvals(), traveller.mandates()) == ([], [])
    (told,) = traveller.told("attempt_needs_attention")
    assert "is not the one that was asked for" in told
    with later(86_400):
        assert request.setup.id not in due_setups(operator)
    assert traveller.approve().state == "waiting"
    assert traveller.approvals() == [(70_000, "")]
