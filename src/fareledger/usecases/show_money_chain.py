"""Where the money of one booking is: four links from the customer's payment to the line of a report.

Each link carries facts, never sentences: faces choose the words and write the amounts in the reader's
locale. Every figure comes with the rows it is made of, so that a person can open the evidence. Nothing is
decided here.
"""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from fareledger.domain.accounts import Account
from fareledger.domain.errors import NotFound
from fareledger.domain.protection import releasable_on
from fareledger.persistence import queries
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.clock import today
from fareledger.usecases.json_rows import views_of
from fareledger.usecases.money_chain import (
    ChannelAmount,
    MatchedLink,
    MoneyChain,
    Movement,
    ProtectedLink,
    Released,
    ReportCellOfBooking,
    ReportLink,
    SettledLine,
    SettledLink,
)


class NoSuchBooking(NotFound):
    """The operator has no booking with this id."""

    def __init__(self) -> None:
        super().__init__(code="booking_not_found", message="There is no such booking.")


def money_chain(operator: Operator, *, booking_id: UUID) -> MoneyChain:
    """Read the four links of a booking, all as at one moment. Raises NoSuchBooking."""
    asked = {"operator_id": operator.id, "booking_id": booking_id}
    day = today(operator)
    with operator_snapshot(operator.id):
        head = queries.row("money_chain.whole", arguments=asked)
    if head is None:
        raise NoSuchBooking
    balances = {Account(name): balance for name, balance in json.loads(head["balances"] or "{}").items()}
    return MoneyChain(
        booking_id=booking_id,
        currency=head["currency"],
        matched=_matched(views_of(Movement, json.loads(head["movements"]))),
        settled=_settled(
            views_of(SettledLine, json.loads(head["lines"])),
            # A refund that is still to be taken off a payout counts against what is on its way.
            in_transit_minor=balances.get(Account.ACQUIRER_CLEARING, 0)
            + balances.get(Account.REFUNDS_PAYABLE, 0),
        ),
        protected=_protected(operator, head=head, balances=balances),
        reported=_reported(
            views_of(ReportCellOfBooking, json.loads(head["cells"])),
            amount_minor=head["reported_minor"],
            as_at=day,
        ),
    )


def _matched(movements: tuple[Movement, ...]) -> MatchedLink:
    by_channel: Counter[str] = Counter()
    for one in movements:
        by_channel[one.channel] += one.amount_minor
    return MatchedLink(
        state="done" if movements else "none",
        amount_minor=sum(one.amount_minor for one in movements),
        by_channel=tuple(
            ChannelAmount(channel=name, amount_minor=minor) for name, minor in by_channel.items()
        ),
        movements=movements,
    )


def _settled(lines: tuple[SettledLine, ...], *, in_transit_minor: int) -> SettledLink:
    return SettledLink(
        state="wait" if in_transit_minor else "done" if lines else "none",
        amount_minor=sum(line.net_minor for line in lines),
        gross_minor=sum(line.gross_minor for line in lines),
        fee_minor=sum(line.fee_minor for line in lines),
        in_transit_minor=in_transit_minor,
        payouts=len({line.payout_id for line in lines}),
        lines=lines,
    )


def _protected(
    operator: Operator, *, head: Mapping[str, Any], balances: Mapping[Account, int]
) -> ProtectedLink:
    """Say what is held. Money that reaches us after the end of travel arrives released, so it is not held."""
    releases = views_of(Released, json.loads(head["releases"]))
    over = head["travel_completed_on"] is not None
    none = operator.protection_policy == "none"
    bank, top_up = (balances.get(name, 0) for name in (Account.PROTECTED_BANK, Account.PROTECTION_TOP_UP))
    in_transit = 0 if over or none else balances.get(Account.ACQUIRER_CLEARING, 0)
    amount = bank + top_up + in_transit
    return ProtectedLink(
        state="wait" if amount else "done" if releases else "none",
        policy=operator.protection_policy,
        amount_minor=amount,
        bank_minor=bank,
        top_up_minor=top_up,
        in_transit_minor=in_transit,
        released_minor=sum(one.amount_minor for one in releases),
        end_date=head["end_date"],
        releasable_on=releasable_on(head["end_date"]),
        releases=releases,
    )


def _reported(cells: tuple[ReportCellOfBooking, ...], *, amount_minor: int, as_at: date) -> ReportLink:
    return ReportLink(
        state="done" if cells else "none",
        amount_minor=amount_minor,
        as_at=as_at,
        cells=cells,
    )
