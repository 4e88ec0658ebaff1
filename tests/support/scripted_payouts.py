"""A provider of a few lines that pays out whatever a test scripts: also what no honest acquirer would."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from fareledger.persistence.operators import Operator
from fareledger.providers.contract import AlteredReport, ProviderAccount, ProviderPayout, ProviderPayoutLine
from fareledger.providers.registry import register
from fareledger.usecases.provision_operator import NewProviderAccount, connect_provider

PROVIDER = "scripted"
PAID_AT = datetime(2026, 3, 4, 6, 0, tzinfo=UTC)


# What a test gives as the seal of a payout whose lines somebody altered on the way.
BROKEN_SEAL = "0" * 64


@dataclass
class ScriptedPayouts:
    """Payouts in memory, by their reference; `asked_after` remembers the cursors it was asked with."""

    stored: dict[str, tuple[ProviderPayout, list[ProviderPayoutLine]]] = field(default_factory=dict)
    asked_after: list[str] = field(default_factory=list)

    def pays(
        self, *lines: ProviderPayoutLine, reference: str = "po_1", **differences: object
    ) -> ProviderPayout:
        """Pay these lines out; the totals follow from them, unless said otherwise."""
        payments = [line for line in lines if line.kind == "payment"]
        refunds = [line for line in lines if line.kind == "refund"]
        payout = ProviderPayout(
            reference=reference,
            currency=lines[0].currency,
            gross_minor=sum(line.gross_minor for line in payments),
            fees_minor=sum(line.fee_minor for line in lines),
            refunds_minor=-sum(line.gross_minor for line in refunds),
            chargebacks_minor=0,
            adjustments_minor=0,
            deposit_minor=sum(line.net_minor for line in lines),
            line_count=len(lines),
            content_sha256="",
            paid_at=PAID_AT,
        )
        payout = replace(payout, **differences)  # type: ignore[arg-type]  # builder
        self.stored[reference] = (payout, list(lines))
        return payout

    def payouts(self, after: str) -> list[ProviderPayout]:
        """Return those after the cursor, in the order they were scripted."""
        self.asked_after.append(after)
        names = list(self.stored)
        start = names.index(after) + 1 if after else 0
        return [self.stored[name][0] for name in names[start:]]

    def payout_lines(self, payout: ProviderPayout) -> list[ProviderPayoutLine]:
        """Return the lines of one payout, unless its seal was broken."""
        if payout.content_sha256 == BROKEN_SEAL:
            raise AlteredReport("the lines do not have the SHA-256 that the payout names")
        return list(self.stored[payout.reference][1])


def line(
    payment_reference: str,
    *,
    gross_minor: int,
    fee_minor: int = 0,
    kind: str = "payment",
    currency: str = "GBP",
) -> ProviderPayoutLine:
    """One line of a payout."""
    return ProviderPayoutLine(
        reference=f"pol_{kind}_{payment_reference}",
        kind=kind,  # type: ignore[arg-type]  # builder
        payment_reference=payment_reference,
        merchant_reference="",
        gross_minor=gross_minor,
        fee_minor=fee_minor,
        net_minor=gross_minor - fee_minor,
        currency=currency,
        card_brand="visa",
        card_funding="debit",
        occurred_at=PAID_AT,
    )


def paying_out(operator: Operator) -> ScriptedPayouts:
    """Give the operator an account at a provider whose payouts only this test knows."""
    gateway = ScriptedPayouts()

    def open_scripted(account: ProviderAccount) -> ScriptedPayouts:
        return gateway

    register(PROVIDER, opener=open_scripted)  # type: ignore[arg-type]  # it speaks the part of the contract tests need
    connect_provider(
        operator.id,
        account=NewProviderAccount(
            provider=PROVIDER,
            external_account=operator.slug,
            base_url="https://scripted.example",
            publishable_key="",
            secret_key="",
            webhook_secrets=(),
        ),
    )
    return gateway
