"""The list of checks and their order: the journal first, then what is built on it, then the walls around
it.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import reduce

from fareledger.persistence import queries
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.tenancy import operator_snapshot
from fareledger.usecases.verify_ledger.chains import walk_entries, walk_events
from fareledger.usecases.verify_ledger.verdict import Broken, Verdict

Check = Callable[[Operator], Verdict]


def _summed(query: str, *, promise: str, unit: str) -> Check:
    """Make a check of one query of `verify.sql`."""

    def check(operator: Operator) -> Verdict:
        asked = {"operator_id": operator.id}
        found = queries.rows(f"verify.{query}", arguments=asked)[0]
        first = None
        if found["broken"]:
            booking = queries.row("verify.reference", arguments={**asked, "booking_id": found["booking_id"]})
            first = Broken(
                operator=operator.slug,
                booking=booking["reference"] if booking else str(found["booking_id"] or ""),
                message=found["message"],
            )
        return Verdict(
            promise=promise, unit=unit, checked=int(found["checked"]), broken=found["broken"], first=first
        )

    return check


CHECKS: tuple[Check, ...] = (
    walk_entries,
    walk_events,
    _summed("balanced", unit="entries", promise="Every entry balances, in one booking and currency"),
    _summed("currencies", unit="entries", promise="Every entry is in the currency of its booking"),
    _summed("zero_sum", unit="currencies", promise="All lines of a currency add up to 0"),
    _summed("balances", unit="balances", promise="Every balance is the sum of its lines"),
    _summed("posted_once", unit="facts", promise="Every outside fact was posted once"),
    _summed("prices", unit="bookings", promise="Every booking costs what its components come to"),
    _summed("outstanding", unit="bookings", promise="What is outstanding is the customer receivable"),
    _summed("closed_rows", unit="closed rows", promise="Closed rows and entries say the same"),
    _summed("kept_figures", unit="bookings", promise="The figures beside a booking are those of its plan"),
    _summed("reversals", unit="reversals", promise="Every reversal takes back one movement, for a reason"),
    _summed("attempts", unit="successes", promise="Every success of a provider was posted, for its amount"),
    _summed(
        "refund_parts", unit="refunds", promise="Every online refund was posted once, within what was paid"
    ),
    _summed("webhooks", unit="webhooks", promise="Every webhook is as it was received"),
    _summed("held", unit="bookings", promise="Held money is never below 0, fees are topped up"),
    _summed("released", unit="releases", promise="Every release has its event, evidence and entry"),
    _summed("payouts", unit="payouts", promise="Every payout adds up to its deposit"),
    _summed("settled", unit="payout lines", promise="Every payout line is posted as it came, or excepted"),
    _summed(
        "told", unit="facts", promise="Whatever happened is on the timeline, and no money moved there alone"
    ),
)


def verify_ledger(operators: Iterable[Operator] | None = None) -> Iterator[Verdict]:
    """Run every check over the operators (all of them when None) and yield each verdict as it is known.

    Call it outside transactions.
    """
    chosen = tuple(operators) if operators is not None else everyone()
    for check in CHECKS:
        found = [_as_at_one_moment(check, operator=operator) for operator in chosen]
        if found:
            yield reduce(Verdict.plus, found)
    yield _role()


def _as_at_one_moment(check: Check, *, operator: Operator) -> Verdict:
    with operator_snapshot(operator.id):
        return check(operator)


def _role() -> Verdict:
    """Look at what the role of this very connection could do to history; its tables are no tenant's."""
    found = queries.rows("verify.role", arguments={})
    first = Broken(operator="", booking="", message=found[0]["message"]) if found else None
    return Verdict(
        promise="The application's role owns nothing and cannot rewrite history",
        unit="roles",
        checked=1,
        broken=len(found),
        first=first,
    )
