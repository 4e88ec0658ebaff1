"""The sandbox acquirer behind the contract of all providers: our words to its HTTP API and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final
from uuid import UUID

from fareledger.providers.contract import (
    AlteredReport,
    Misconfigured,
    OutcomeUnknown,
    PaymentRequest,
    ProviderAccount,
    ProviderPayment,
    ProviderPayout,
    ProviderPayoutLine,
    WebhookNotice,
)
from fareledger.providers.sandbox import reading, signature
from fareledger.providers.sandbox.transport import Caller

NAME: Final = "sandbox"
_PAYOUTS_A_PAGE: Final = 100
_LINES_A_PAGE: Final = 500


class SandboxGateway:
    """One merchant account at the sandbox acquirer. Safe to use from several threads."""

    def __init__(self, account: ProviderAccount) -> None:
        self._account = account
        self._caller = Caller(base_url=account.base_url, key=account.secret_key)

    def create_payment(self, request: PaymentRequest) -> ProviderPayment:
        """Set up one payment; the same idempotency key returns the same payment."""
        answer = self._caller.post(
            "/v1/payments",
            idempotency_key=request.idempotency_key,
            body={
                "amount": request.amount_minor,
                "currency": request.currency,
                "reference": str(request.attempt_id),
                "description": request.description[:500],
                "return_url": request.return_url,
                "frame_style": dict(request.frame_style),
            },
        )
        try:
            payment = reading.payment(answer)
        except reading.Unreadable as trouble:
            raise OutcomeUnknown(f"the answer cannot be read: {trouble}") from trouble
        return reading.in_locale(payment, locale=request.locale)

    def payment(self, reference: str) -> ProviderPayment:
        """Return one payment by the provider's reference."""
        return _read(self._caller.get(f"/v1/payments/{reading.path_part(reference)}"))

    def find_payment(self, attempt_id: UUID) -> ProviderPayment | None:
        """Return the payment that carries our reference, or None when the provider never saw it."""
        answer = self._caller.get("/v1/payments", query={"reference": str(attempt_id)})
        try:
            found = reading.items(answer)
        except reading.Unreadable as trouble:
            raise Misconfigured(str(trouble)) from trouble
        return _read(found[0]) if found else None

    def cancel_payment(self, reference: str) -> ProviderPayment:
        """Cancel a payment that the customer has not made; return it as it now stands (it may have
        succeeded).
        """
        try:
            path = f"/v1/payments/{reading.path_part(reference)}/cancel"
            return _read(self._caller.post(path, body={}, idempotency_key=f"cancel-{reference}"))
        except Misconfigured:
            # 409: it has ended, or its money is on the way. How it stands is what the caller wants to know.
            return self.payment(reference)

    def read_webhook(self, body: bytes, *, headers: Mapping[str, str], now: datetime) -> WebhookNotice:
        """Check the signature over the raw bytes; raises ForgedWebhook."""
        header = headers.get(signature.HEADER, "")
        signature.check(header, body=body, secrets=self._account.webhook_secrets, now=now)
        return reading.webhook(body)

    def parse_webhook(self, body: bytes) -> WebhookNotice:
        """Read a body whose signature was checked before; raises ForgedWebhook."""
        return reading.webhook(body)

    def payouts(self, after: str) -> list[ProviderPayout]:
        """Return the payouts after the given reference ("" = from the beginning), oldest first."""
        return [
            reading.payout(item) for item in self._pages("/v1/payouts", after=after, limit=_PAYOUTS_A_PAGE)
        ]

    def payout_lines(self, payout: ProviderPayout) -> list[ProviderPayoutLine]:
        """Return every line of one payout; raises AlteredReport when they are not the ones it was sealed with."""
        path = f"/v1/payouts/{reading.path_part(payout.reference)}/lines"
        found = self._pages(path, after="", limit=_LINES_A_PAGE)
        if reading.lines_sha256(found) != payout.content_sha256:
            raise AlteredReport("the lines do not have the SHA-256 that the payout names")
        return [reading.payout_line(item) for item in found]

    def _pages(self, path: str, *, after: str, limit: int) -> list[dict[str, object]]:
        found: list[dict[str, object]] = []
        while True:
            query: dict[str, str | int] = {"limit": limit, **({"after": after} if after else {})}
            answer = self._caller.get(path, query=query)
            try:
                page = reading.items(answer)
            except reading.Unreadable as trouble:
                raise Misconfigured(str(trouble)) from trouble
            found.extend(page)
            if not page or not answer.get("has_more"):
                return found
            after = str(page[-1]["id"])


def open_sandbox(account: ProviderAccount) -> SandboxGateway:
    """Return the gateway of an account, as the registry wants it."""
    return SandboxGateway(account)


def _read(answer: dict[str, object]) -> ProviderPayment:
    try:
        return reading.payment(answer)
    except reading.Unreadable as trouble:
        raise Misconfigured(f"the answer cannot be read: {trouble}") from trouble
