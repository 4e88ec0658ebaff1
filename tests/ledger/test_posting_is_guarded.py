"""The database refuses what must never be in the journal, whoever asks."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from fareledger.domain import ledger as rules
from fareledger.domain.accounts import Account
from fareledger.domain.identity import new_id
from fareledger.persistence import ledger
from fareledger.persistence.ledger import Event, append_timeline, balances
from fareledger.persistence.models import LedgerBalance, LedgerEntry, LedgerLine, TimelineEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from tests.support.database import TestDatabase
from tests.support.operators import new_operator
from tests.support.sold import Sold, fact, post, sold

GUARDED = ("ledger_entry", "ledger_line", "ledger_balance", "booking_chain", "timeline_event")


def _sale(minor: int) -> rules.Posting:
    posting = rules.sale_changed(minor, currency="GBP", travel_completed=False)
    assert posting is not None
    return posting


def _call_post_entry(booking: Sold, *, accounts: list[str], amounts: list[int], **other: str) -> None:
    """Call the function as the application could, past the domain's own checks."""
    with operator_transaction(booking.operator.id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT post_entry(%s, %s, %s, 'sale_changed', %s, %s, 'GBP', 'offline', 'api', "
            "'2026-03-02', now(), now(), %s, %s)",
            (
                booking.operator.id, booking.id, new_id(), other.get("source", "test"),
                other.get("source_id", "raw"), accounts, amounts,
            ),
        )  # fmt: skip


def test_an_entry_moves_the_balances(operator: Operator) -> None:
    booking = sold(operator, payable_minor=100_000)
    post(_sale(-20_000), of=fact(booking))
    with operator_transaction(operator.id):
        assert balances(operator.id, booking_id=booking.id) == {
            Account.CUSTOMER_RECEIVABLE: 80_000,
            Account.CONTRACT_LIABILITY: -80_000,
        }


@pytest.mark.parametrize(
    ("accounts", "amounts"),
    [
        (["customer_receivable", "contract_liability"], [100, -99]),
        (["customer_receivable"], [100]),
        (["customer_receivable", "contract_liability", "revenue"], [100, -100, 0]),
        (["customer_receivable", "contract_liability"], [100]),
        (["customer_receivable", "petty_cash"], [100, -100]),
        ([], []),
    ],
    ids=[
        "unbalanced",
        "one line",
        "a line of nothing",
        "a line without amount",
        "unknown account",
        "no lines",
    ],
)
def test_what_is_no_entry_is_refused(operator: Operator, accounts: list[str], amounts: list[int]) -> None:
    booking = sold(operator)
    with pytest.raises(IntegrityError):
        _call_post_entry(booking, accounts=accounts, amounts=amounts)
    with operator_transaction(operator.id):
        assert LedgerEntry.objects.filter(operator_id=operator.id, booking_id=booking.id).count() == 1


def test_the_database_knows_the_accounts_of_the_chart_and_no_others(operator: Operator) -> None:
    booking = sold(operator)
    for account in Account:
        other = Account.SUSPENSE if account is not Account.SUSPENSE else Account.REVENUE
        _call_post_entry(booking, accounts=[account, other], amounts=[1, -1], source_id=account.value)
        _call_post_entry(
            booking, accounts=[other, account], amounts=[1, -1], source_id=f"{account.value} back"
        )


def test_a_field_with_the_separator_of_the_chain_is_refused(operator: Operator) -> None:
    booking = sold(operator)
    pair = {"accounts": ["customer_receivable", "contract_liability"], "amounts": [1, -1]}
    with pytest.raises(Exception, match="unit separator"):
        _call_post_entry(booking, **pair, source="a\x1fb", source_id="c")  # type: ignore[arg-type]  # a case as a table
    with pytest.raises(Exception, match="unit separator"), operator_transaction(operator.id):
        append_timeline(
            Event(
                operator.id,
                booking.id,
                kind="note",
                actor="a\x1fb",
                occurred_at=datetime.now(UTC),
                payload={},
            )
        )


def test_one_fact_posts_once(operator: Operator) -> None:
    booking = sold(operator)
    first = post(_sale(500), of=fact(booking, source_id="v2"))
    again = post(_sale(500), of=fact(booking, source_id="v2"))
    assert first.new
    assert not again.new
    assert again.entry_id == first.entry_id


def test_the_same_fact_with_other_content_is_an_error(operator: Operator) -> None:
    booking, other = sold(operator), sold(operator)
    post(_sale(500), of=fact(booking, source_id="v2"))
    for posting, of in (
        (_sale(501), fact(booking, source_id="v2")),
        (_sale(500), fact(other, source_id="v2")),
        (_sale(500), replace(fact(booking, source_id="v2"), channel="portal")),
    ):
        with pytest.raises(IntegrityError, match="other content"):
            post(posting, of=of)


@pytest.mark.parametrize("payable_minor", [100_000, 0], ids=["with entries", "without"])
def test_a_currency_that_is_not_the_bookings_is_refused(operator: Operator, payable_minor: int) -> None:
    booking = sold(operator, currency="EUR", payable_minor=payable_minor)
    with pytest.raises(IntegrityError, match=r"is in GBP, booking .* is in EUR"):
        post(_sale(500), of=fact(booking))


def test_many_at_once_post_one_entry(operator: Operator) -> None:
    booking = sold(operator)
    start, found = threading.Barrier(8), []

    def one() -> None:
        start.wait()
        found.append(post(_sale(500), of=fact(booking, source_id="at once")))
        connection.close()

    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(each.new for each in found) == [False] * 7 + [True]
    assert len({each.entry_id for each in found}) == 1


def test_held_money_never_falls_below_nothing(operator: Operator) -> None:
    booking = sold(operator)
    paid = rules.payment_received(100, currency="GBP", online=True, policy="full", travel_completed=False)
    post(paid, of=fact(booking, source_id="in"))
    refund = rules.refund_paid(100, currency="GBP", policy="full", travel_completed=False)
    post(refund, of=fact(booking, source_id="back"))
    with pytest.raises(IntegrityError, match="more than is held"):
        post(
            rules.refund_paid(1, currency="GBP", policy="full", travel_completed=False),
            of=fact(booking, source_id="more"),
        )


@pytest.mark.parametrize("table", GUARDED)
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO {0} SELECT * FROM {0}",
        "DELETE FROM {0}",
        "TRUNCATE {0}",
        "UPDATE {0} SET booking_id = booking_id",
    ],
)
def test_the_application_cannot_write_past_the_functions(
    operator: Operator, table: str, statement: str
) -> None:
    sold(operator)
    with pytest.raises(Exception, match="permission denied"), operator_transaction(operator.id):
        connection.cursor().execute(statement.format(table))


@pytest.mark.parametrize("table", ["ledger_entry", "ledger_line", "timeline_event"])
@pytest.mark.parametrize(
    "statement", ["DELETE FROM {0}", "TRUNCATE {0} CASCADE", "UPDATE {0} SET booking_id = booking_id"]
)
def test_not_even_a_superuser_rewrites_by_accident(
    database: TestDatabase, operator: Operator, table: str, statement: str
) -> None:
    sold(operator)
    with pytest.raises(Exception, match="append-only"):
        database.as_owner(statement.format(table))


@pytest.mark.parametrize("line_no", [-1, 0, 3, 9])
def test_a_line_added_later_is_refused(database: TestDatabase, operator: Operator, line_no: int) -> None:
    booking = sold(operator)
    with pytest.raises(Exception, match="not balanced"):
        database.as_owner(
            "INSERT INTO ledger_line "
            "SELECT operator_id, entry_id, %s, booking_id, account, side, 1, currency, posted_on "
            "FROM ledger_line WHERE booking_id = %s AND line_no = 1",
            arguments=(line_no, booking.id),
        )


def test_without_a_tenant_nothing_is_seen_and_nothing_posts(operator: Operator) -> None:
    booking = sold(operator)
    for model in (LedgerEntry, LedgerLine, LedgerBalance, TimelineEvent):
        assert model.objects.count() == 0
    with pytest.raises(Exception, match="not the operator of this transaction"):
        ledger.post(_sale(1), fact=fact(booking))


def test_another_operator_sees_nothing_and_cannot_post(operator: Operator) -> None:
    booking = sold(operator)
    stranger = new_operator()
    with operator_transaction(stranger.id):
        assert LedgerEntry.objects.count() == 0
        assert balances(operator.id, booking_id=booking.id) == {}
    with (
        pytest.raises(Exception, match="not the operator of this transaction"),
        operator_transaction(stranger.id),
    ):
        ledger.post(_sale(1), fact=fact(booking))
    with pytest.raises(IntegrityError, match="booking_chain_booking"), operator_transaction(stranger.id):
        ledger.post(_sale(1), fact=replace(fact(booking), operator_id=stranger.id))


def test_an_event_is_told_once(operator: Operator) -> None:
    booking = sold(operator)
    event = Event(
        operator.id,
        booking.id,
        kind="link_sent",
        actor="Worker",
        occurred_at=datetime.now(UTC),
        payload={},
        source_key="link:1",
    )
    with operator_transaction(operator.id):
        assert append_timeline(event)
        assert not append_timeline(event)
    with operator_transaction(operator.id):
        told = TimelineEvent.objects.filter(operator_id=operator.id, booking_id=booking.id, kind="link_sent")
        assert told.count() == 1


def test_a_shadow_table_does_not_hide_an_unbalanced_entry(operator: Operator) -> None:
    booking = sold(operator)
    with pytest.raises(IntegrityError, match="not balanced"), operator_transaction(operator.id):
        cursor = connection.cursor()
        cursor.execute("CREATE TEMP TABLE ledger_line ON COMMIT DROP AS SELECT * FROM public.ledger_line")
        cursor.execute(
            "SELECT post_entry(%s, %s, %s, 'x', 'x', 'x', 'GBP', 'x', 'x', '2026-03-02', now(), now(), "
            "ARRAY['revenue', 'suspense'], ARRAY[1, -2]::bigint[])",
            (operator.id, booking.id, UUID(int=1)),
        )
        cursor.execute(
            "INSERT INTO ledger_line SELECT operator_id, %s, line_no, booking_id, account, side, "
            "amount_minor, currency, posted_on FROM public.ledger_line",
            (UUID(int=1),),
        )
