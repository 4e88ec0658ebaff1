"""Fetches the payouts that acquirers made to an operator and stores each with all its lines, or not at all.

The provider is asked outside transactions. A payout that does not add up is refused whole and asked for again
the next time; the good ones after it are stored all the same. One that is stored already is left as it is, so
pulling twice changes nothing. What a line belongs to is found by `match_payout_lines.py`.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from fareledger.domain.identity import new_id
from fareledger.domain.settlement import PayoutLine as Line
from fareledger.domain.settlement import PayoutTotals, Problem, check_equation, content_hash
from fareledger.persistence.models import Payout, PayoutLine, ProviderAccount
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import lock_name, operator_transaction
from fareledger.providers.contract import AlteredReport, Gateway, ProviderPayout, ProviderPayoutLine
from fareledger.usecases.clock import now
from fareledger.usecases.crash_points import reached
from fareledger.usecases.match_payout_lines import match_payout_lines
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider

_log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class RefusedPayout:
    """A payout that was not stored, and why."""

    provider: str
    reference: str
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class Pulled:
    """What one pull did: payouts stored, lines matched and excepted, payouts refused."""

    stored: int
    matched: int
    excepted: int
    refused: tuple[RefusedPayout, ...]


def pull_payouts(operator: Operator) -> Pulled:
    """Fetch, store and match what every provider of the operator paid out since the last time.

    Call it outside transactions; run it again after any failure. Raises ProviderFailure when a provider
    cannot be asked; what was stored before stays, and lines that wait are matched at the next run.
    """
    stored, refused = 0, []
    for provider, cursor in _cursors(operator):
        gateway = open_gateway(operator, provider=provider)
        with calling_provider():
            payouts = gateway.payouts(cursor)
        for payout in payouts:
            found = _take_in(operator, provider=provider, gateway=gateway, payout=payout)
            if isinstance(found, RefusedPayout):
                refused.append(found)
                _log.error("payout %s of %s refused: %s", found.reference, operator.slug, found.problems)
            else:
                stored += found
        _advance(operator, provider=provider, payouts=payouts, refused=refused)
    outcome = match_payout_lines(operator)
    return Pulled(stored=stored, matched=outcome.matched, excepted=outcome.excepted, refused=tuple(refused))


def _cursors(operator: Operator) -> list[tuple[str, str]]:
    """Name every provider the operator has an account with, and the last payout taken in from it."""
    with operator_transaction(operator.id):
        accounts = ProviderAccount.objects.filter(operator_id=operator.id).order_by("created_at", "id")
        return list(accounts.values_list("provider", "payout_cursor"))


def _take_in(
    operator: Operator, *, provider: str, gateway: Gateway, payout: ProviderPayout
) -> bool | RefusedPayout:
    """Fetch and store one payout; return whether it was new."""
    try:
        with calling_provider():
            lines = gateway.payout_lines(payout)
    except AlteredReport as trouble:
        altered = Problem(code="altered", message=f"Not as the provider sealed it: {trouble}.")
        return RefusedPayout(provider=provider, reference=payout.reference, problems=(altered,))
    totals, checked = _totals(payout), [_line(line) for line in lines]
    problems = check_equation(totals, lines=checked)
    if problems:
        return RefusedPayout(provider=provider, reference=payout.reference, problems=problems)
    digest = content_hash(totals, lines=checked)
    with operator_transaction(operator.id):
        lock_name(operator.id, text=f"payout {provider} {payout.reference}")
        known = Payout.objects.filter(
            operator_id=operator.id, provider=provider, external_id=payout.reference
        ).first()
        if known is None:
            _store(operator, provider=provider, payout=payout, lines=lines, digest=digest)
    if known is not None and known.content_sha256 != digest:
        changed = Problem(code="changed", message="This payout was stored with other content.")
        return RefusedPayout(provider=provider, reference=payout.reference, problems=(changed,))
    reached("after_payout_stored")
    return known is None


def _store(
    operator: Operator,
    *,
    provider: str,
    payout: ProviderPayout,
    lines: Sequence[ProviderPayoutLine],
    digest: str,
) -> None:
    payout_id = new_id()
    Payout.objects.create(
        operator_id=operator.id,
        id=payout_id,
        provider=provider,
        external_id=payout.reference,
        currency=payout.currency,
        gross_minor=payout.gross_minor,
        fees_minor=payout.fees_minor,
        refunds_minor=payout.refunds_minor,
        chargebacks_minor=payout.chargebacks_minor,
        adjustments_minor=payout.adjustments_minor,
        deposit_minor=payout.deposit_minor,
        line_count=payout.line_count,
        content_sha256=digest,
        paid_at=payout.paid_at,
        imported_at=now(),
    )
    PayoutLine.objects.bulk_create(
        (
            _row(line, operator_id=operator.id, payout_id=payout_id, place=place)
            for place, line in enumerate(lines, start=1)
        ),
        batch_size=500,
    )


def _row(line: ProviderPayoutLine, *, operator_id: UUID, payout_id: UUID, place: int) -> PayoutLine:
    return PayoutLine(
        operator_id=operator_id,
        payout_id=payout_id,
        external_id=line.reference,
        position=place,
        kind=line.kind,
        provider_reference=line.payment_reference,
        merchant_reference=line.merchant_reference,
        gross_minor=line.gross_minor,
        fee_minor=line.fee_minor,
        net_minor=line.net_minor,
        currency=line.currency,
        card_brand=line.card_brand,
        card_funding=line.card_funding,
        occurred_at=line.occurred_at,
    )


def _advance(
    operator: Operator, *, provider: str, payouts: Sequence[ProviderPayout], refused: Sequence[RefusedPayout]
) -> None:
    """Remember the last payout before the first refused one, so that this one is asked for again."""
    bad = {one.reference for one in refused if one.provider == provider}
    cursor = ""
    for payout in payouts:
        if payout.reference in bad:
            break
        cursor = payout.reference
    if cursor:
        with operator_transaction(operator.id):
            ProviderAccount.objects.filter(operator_id=operator.id, provider=provider).update(
                payout_cursor=cursor
            )


def _totals(payout: ProviderPayout) -> PayoutTotals:
    return PayoutTotals(
        currency=payout.currency,
        gross_minor=payout.gross_minor,
        fees_minor=payout.fees_minor,
        refunds_minor=payout.refunds_minor,
        chargebacks_minor=payout.chargebacks_minor,
        adjustments_minor=payout.adjustments_minor,
        deposit_minor=payout.deposit_minor,
        line_count=payout.line_count,
    )


def _line(line: ProviderPayoutLine) -> Line:
    return Line(
        kind=line.kind,
        provider_reference=line.payment_reference,
        currency=line.currency,
        gross_minor=line.gross_minor,
        fee_minor=line.fee_minor,
        net_minor=line.net_minor,
    )
