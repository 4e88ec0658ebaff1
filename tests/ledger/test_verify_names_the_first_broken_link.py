"""`fareledger verify` finds each kind of tampering, and nothing where there is none.

Whoever tampers here is the superuser of the database, with triggers, keys and row-level security switched off.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
import pytest
import time_machine
from typer import Typer
from typer.testing import CliRunner

from fareledger.domain.identity import new_id
from fareledger.domain.ledger import sale_changed
from fareledger.faces.cli.verify import verify
from fareledger.persistence.ledger import Event, append_timeline
from fareledger.persistence.models import Attempt, EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.pull_payouts import pull_payouts
from fareledger.usecases.receive_webhook import MAX_WEBHOOK_BYTES, WebhookTooLarge, receive_webhook
from fareledger.usecases.release_protected import release_protected
from fareledger.usecases.verify_ledger import Verdict, verify_ledger
from tests.support.database import TestDatabase
from tests.support.operators import new_operator
from tests.support.scripted_payouts import line, paying_out
from tests.support.sold import Sold, fact, paid_by_card, paid_to_the_bank, post, sold

TABLES = ("ledger_entry", "ledger_line", "ledger_balance", "booking_chain", "timeline_event")


@dataclass(frozen=True)
class Tampered:
    """A booking with a whole history, and a way to change it behind everybody's back."""

    database: TestDatabase
    booking: Sold

    def do(self, statement: str) -> None:
        """Run a statement in which $booking is the booking's id."""
        with psycopg.connect(self.database.owner_url, autocommit=True) as connection:
            connection.execute("SET session_replication_role = replica")
            connection.execute(statement.replace("$booking", f"'{self.booking.id}'"))


@pytest.fixture
def tampered(database: TestDatabase, operator: Operator) -> Tampered:
    """A booking paid by card and bank, settled, released, with events; beside it one where nothing happens."""
    provider, booking = paying_out(operator), sold(operator, end=date(2026, 6, 15))
    sold(operator, end=date(2030, 1, 1))
    paid_by_card(booking, amount_minor=60_000, reference=f"pay_{booking.reference}")
    paid_to_the_bank(booking, amount_minor=40_000)
    provider.pays(
        line(f"pay_{booking.reference}", gross_minor=60_000, fee_minor=865),
        reference=f"po_{booking.reference}",
    )
    pull_payouts(operator)
    for number in range(3):
        _append(booking, kind="note", text=f"„{number}“")
    with time_machine.travel("2026-06-20T12:00:00Z"):
        release_protected(operator)
    return Tampered(database, booking)


def _append(booking: Sold, *, kind: str, text: str = "", source_key: str | None = None) -> None:
    payload: dict[str, object] = {"text": text, "n": 1.50}
    event = Event(
        booking.operator.id, booking.id, kind, "Märta", datetime.now(UTC), payload, source_key=source_key
    )
    with operator_transaction(booking.operator.id):
        append_timeline(event)


def _broken(operator: Operator) -> list[Verdict]:
    return [verdict for verdict in verify_ledger([operator]) if not verdict.holds]


def test_an_honest_ledger_holds(tampered: Tampered) -> None:
    verdicts = list(verify_ledger([tampered.booking.operator]))
    assert [verdict for verdict in verdicts if not verdict.holds] == []
    checked = {verdict.unit: verdict.checked for verdict in verdicts}
    assert (checked["events"], checked["closed rows"], checked["payouts"], checked["releases"]) == (
        9,
        2,
        1,
        1,
    )


CASES = {
    "an entry's date": (
        "UPDATE ledger_entry SET posted_on = '2025-01-01' WHERE booking_id = $booking AND seq = 2",
        "entry 2 is not as it was sealed",
    ),
    "an entry's channel": (
        "UPDATE ledger_entry SET channel = 'phone' WHERE booking_id = $booking AND seq = 3",
        "entry 3 is not as it was sealed",
    ),
    "a line's amount": (
        "UPDATE ledger_line SET amount_minor = amount_minor + 1 WHERE booking_id = $booking AND account = 'revenue'",
        "entry 6 is not as it was sealed",
    ),
    "a line's account": (
        "UPDATE ledger_line SET account = 'suspense' WHERE booking_id = $booking AND account = 'acquirer_fees'",
        "entry 4 is not as it was sealed",
    ),
    "an entry taken out": (
        "DELETE FROM ledger_entry WHERE booking_id = $booking AND seq = 2",
        "entry 2 is missing",
    ),
    "the last entry taken out": (
        "DELETE FROM ledger_entry WHERE booking_id = $booking AND seq = 6",
        "the chain ends at entry 5, its head says 6",
    ),
    "two entries exchanged": (
        "UPDATE ledger_entry SET seq = 99 WHERE booking_id = $booking AND seq = 2;"
        "UPDATE ledger_entry SET seq = 2 WHERE booking_id = $booking AND seq = 3;"
        "UPDATE ledger_entry SET seq = 3 WHERE booking_id = $booking AND seq = 99",
        "entry 2 does not follow from the one before",
    ),
    "the head of the chain": (
        "UPDATE booking_chain SET entry_hash = repeat('0', 64) WHERE booking_id = $booking",
        "the chain ends at entry 6, its head says 6",
    ),
    "the head of the timeline": (
        "UPDATE booking_chain SET event_hash = repeat('0', 64) WHERE booking_id = $booking",
        "the chain ends at event 8, its head says 8",
    ),
    "an event's words": (
        'UPDATE timeline_event SET payload = \'{"text": "nothing"}\' WHERE booking_id = $booking AND seq = 2',
        "event 2 is not as it was sealed",
    ),
    "an event's source": (
        "UPDATE timeline_event SET source_key = 'x' WHERE booking_id = $booking AND seq = 1",
        "event 1 is not as it was sealed",
    ),
    "an event taken out": (
        "DELETE FROM timeline_event WHERE booking_id = $booking AND seq = 3",
        "event 3 is missing",
    ),
    "a balance": (
        "UPDATE ledger_balance SET balance_minor = -100001 WHERE booking_id = $booking AND account = 'revenue'",
        "revenue stands at -100001, its lines add up to -100000",
    ),
    "a balance taken away": (
        "DELETE FROM ledger_balance WHERE booking_id = $booking AND account = 'acquirer_fees'",
        "acquirer_fees stands at 0, its lines add up to 865",
    ),
    "an entry's currency": (
        "UPDATE ledger_entry SET currency = 'EUR' WHERE booking_id = $booking AND seq = 2",
        "entry 2 is in EUR, its booking in GBP",
    ),
    "the booking's currency": (
        "UPDATE booking SET currency = 'EUR' WHERE id = $booking",
        "entry 1 is in GBP, its booking in EUR",
    ),
    "the currency postings are compared with": (
        "UPDATE booking_chain SET currency = 'EUR' WHERE booking_id = $booking",
        "the chain is in EUR, its booking in GBP",
    ),
    "a component's price": (
        "UPDATE component SET price_minor = price_minor - 1 WHERE booking_id = $booking",
        "the sales price is 100000, its components come to 99999",
    ),
    "a component cancelled": (
        "UPDATE component SET cancelled = true, cancellation_fee_minor = 200 WHERE booking_id = $booking",
        "the sales price is 100000, its components come to 200",
    ),
    "a component taken away": (
        "DELETE FROM component WHERE booking_id = $booking",
        "the sales price is 100000, its components come to 0",
    ),
    "a version nobody sent": (
        "UPDATE booking SET version = 2 WHERE id = $booking",
        "version 2 is not on the timeline",
    ),
    "a price": (
        "UPDATE booking SET sales_price_minor = sales_price_minor + 5 WHERE id = $booking",
        "outstanding is 5, the ledger has 0 receivable",
    ),
    "a figure beside the booking": (
        "UPDATE booking SET open_payments_minor = 7 WHERE id = $booking",
        "beside the booking stand (100000,0,7,0,,), its plan folds to (100000,0,0,0,,)",
    ),
    "a closed row": (
        "UPDATE transaction SET amount_minor = 39999 WHERE booking_id = $booking AND provider = 'offline'",
        "closed rows add up to 99999 of payment_received, the entries to 100000",
    ),
    "a payout": (
        "UPDATE payout_line SET net_minor = net_minor + 1, gross_minor = gross_minor + 1 WHERE booking_id = $booking",
        "59135, explained 59135, 1 of 1 lines with 59136",
    ),
    "a match": (
        "UPDATE payout_line SET entry_id = (SELECT id FROM ledger_entry WHERE booking_id = $booking AND seq = 1) "
        "WHERE booking_id = $booking",
        "entry 4 settles no payout line",
    ),
    "a release taken away": (
        "DELETE FROM protection_release WHERE booking_id = $booking",
        "100000 was released without a reason",
    ),
    "a release's sum": (
        "UPDATE protection_release SET amount_minor = 1 WHERE booking_id = $booking",
        "a release of 1 was posted as 100000",
    ),
    "a release's evidence": (
        "UPDATE protection_release SET evidence = '{}' WHERE booking_id = $booking",
        "a release has no evidence, or its travel is not over",
    ),
    "held money": (
        "UPDATE ledger_balance SET balance_minor = -1 WHERE booking_id = $booking AND account = 'protected_bank'",
        "-1 is held",
    ),
}


@pytest.mark.parametrize(("statement", "message"), CASES.values(), ids=CASES)
def test_tampering_is_found_and_named(tampered: Tampered, statement: str, message: str) -> None:
    operator = tampered.booking.operator
    tampered.do(statement)
    broken = _broken(operator)
    assert broken
    told = [str(verdict.first) for verdict in broken]
    assert any(message in one for one in told), told
    named = [verdict.first.booking for verdict in broken if verdict.first and verdict.first.booking]
    assert set(named) <= {tampered.booking.reference}


def test_an_entry_written_past_the_function_is_found_even_when_it_balances(tampered: Tampered) -> None:
    tampered.do(
        "WITH forged AS (INSERT INTO ledger_entry SELECT operator_id, gen_random_uuid(), booking_id, 7, kind, source, "
        "'forged', currency, provider, channel, posted_on, occurred_at, recorded_at, hash, repeat('a', 64) "
        "FROM ledger_entry WHERE booking_id = $booking AND seq = 6 RETURNING *) "
        "INSERT INTO ledger_line SELECT f.operator_id, f.id, n, f.booking_id, a, s, 5, f.currency, f.posted_on "
        "FROM forged f, (VALUES (1, 'operating_bank', 'D'), (2, 'revenue', 'C')) AS l (n, a, s)"
    )
    told = [str(verdict.first) for verdict in _broken(tampered.booking.operator)]
    assert "entry 7 is not as it was sealed" in told[0]


@pytest.mark.parametrize(
    ("kept", "message"),
    [
        (7, "entry 5 (protection_released) is not on the timeline"),
        (3, "entry 4 (payment_settled) is not on the timeline"),
        (2, "entry 3 (payment_received) is not on the timeline"),
        (0, "entry 1 (booking_sold) is not on the timeline"),
    ],
)
def test_a_timeline_cut_off_is_found_even_when_its_head_was_mended(
    tampered: Tampered, kept: int, message: str
) -> None:
    tampered.do(
        f"DELETE FROM timeline_event WHERE booking_id = $booking AND seq > {kept}; "
        f"UPDATE booking_chain SET event_seq = {kept}, event_hash = coalesce((SELECT hash FROM timeline_event "
        f"WHERE booking_id = $booking AND seq = {kept}), '') WHERE booking_id = $booking"
    )
    told = [str(verdict.first) for verdict in _broken(tampered.booking.operator)]
    assert len(told) == 1
    assert message in told[0]


def test_an_event_of_money_without_an_entry_is_found(tampered: Tampered) -> None:
    _append(tampered.booking, kind="refund_paid", source_key="refund_paid:transaction:none")
    told = [str(verdict.first) for verdict in _broken(tampered.booking.operator)]
    assert len(told) == 1
    assert "event 9 (refund_paid) has no entry" in told[0]


def test_attempts_and_emails_without_their_events_are_found(tampered: Tampered) -> None:
    booking, at = tampered.booking, datetime.now(UTC)
    with operator_transaction(booking.operator.id):
        email = EmailMessage.objects.create(
            operator_id=booking.operator.id, id=new_id(), booking_id=booking.id, kind="receipt", payload={},
            source_key="receipt:1", to_email="eleanor@example.com", status="sent", queued_at=at, sent_at=at,
        )  # fmt: skip
        attempt = Attempt.objects.create(
            operator_id=booking.operator.id, id=new_id(), booking_id=booking.id, provider="scripted",
            state="expired", amount_minor=1, currency="GBP", channel="portal", form_key="f", provider_key="p",
            created_at=at, changed_at=at,
        )  # fmt: skip
    keys = [f"attempt:{attempt.id}:started", f"attempt:{attempt.id}:expired", f"email_sent:{email.id}"]
    words = (f"attempt {attempt.id}", f"the end of attempt {attempt.id}", f"email {email.id}")
    for number, source_key in enumerate(keys):
        broken = _broken(booking.operator)
        assert [verdict.broken for verdict in broken] == [len(keys) - number]
        assert any(f": {word} is not on the timeline" in str(broken[0].first) for word in words)
        _append(booking, kind="told", source_key=source_key)
    assert _broken(booking.operator) == []


def test_an_entry_in_another_currency_is_found_although_its_chain_holds(tampered: Tampered) -> None:
    booking = tampered.booking
    tampered.do("UPDATE booking_chain SET currency = 'EUR' WHERE booking_id = $booking")
    for minor in (5, -5):
        posting = sale_changed(minor, currency="EUR", travel_completed=True)
        post(posting, of=fact(booking, source="end_of_travel", source_id=f"forged {minor}"))
    tampered.do("UPDATE booking_chain SET currency = 'GBP' WHERE booking_id = $booking")
    told = [str(verdict.first) for verdict in _broken(booking.operator)]
    assert any("entry 7 is in EUR, its booking in GBP" in one for one in told), told


def test_an_altered_webhook_is_found(tampered: Tampered) -> None:
    operator = tampered.booking.operator
    with pytest.raises(WebhookTooLarge):
        receive_webhook(operator, provider="scripted", body=b"{" * (MAX_WEBHOOK_BYTES + 1), headers={})
    assert [verdict.checked for verdict in verify_ledger([operator]) if verdict.unit == "webhooks"] == [1]
    assert _broken(operator) == []
    tampered.do(f"UPDATE webhook_event SET body = body || 'x'::bytea WHERE operator_id = '{operator.id}'")
    assert "is not as it was received" in str(_broken(operator)[0].first)


def test_other_operators_are_not_blamed(tampered: Tampered) -> None:
    other = new_operator()
    sold(other)
    tampered.do("UPDATE ledger_entry SET channel = 'x' WHERE booking_id = $booking")
    assert _broken(other) == []


@pytest.fixture
def weakened(database: TestDatabase) -> Iterator[TestDatabase]:
    """A database whose walls a test may take down; they are put up again."""
    yield database
    database.as_owner("ALTER TABLE ledger_entry ENABLE TRIGGER ledger_entry_append_only")
    database.as_owner("ALTER TABLE ledger_entry FORCE ROW LEVEL SECURITY")
    database.as_owner("REVOKE UPDATE ON ledger_line FROM fareledger_app")


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_entry_append_only", "ledger_entry_append_only"),
        ("ALTER TABLE ledger_entry NO FORCE ROW LEVEL SECURITY", "not forced on ledger_entry"),
        ("GRANT UPDATE ON ledger_line TO fareledger_app", "may UPDATE ledger_line"),
    ],
)
def test_a_wall_taken_down_is_found(
    operator: Operator, weakened: TestDatabase, statement: str, message: str
) -> None:
    assert _broken(operator) == []
    weakened.as_owner(statement)
    assert message in str(_broken(operator)[0].first)


def test_the_command_says_what_it_checked_and_how_it_ends(tampered: Tampered) -> None:
    app, runner = Typer(), CliRunner()
    app.command()(verify)
    asked = ["--operator", tampered.booking.operator.slug]
    fine = runner.invoke(app, asked)
    assert (fine.exit_code, "Everything holds." in fine.output) == (0, True)
    tampered.do("UPDATE ledger_entry SET channel = 'x' WHERE booking_id = $booking AND seq = 2")
    broken = runner.invoke(app, asked)
    assert broken.exit_code == 1
    assert (
        f"First broken link: {tampered.booking.operator.slug}, {tampered.booking.reference}: entry 2"
        in broken.output
    )
    assert runner.invoke(app, ["--operator", "nobody"]).exit_code == 2
