"""The sandbox acquirer behind the contract of all providers: our words to its HTTP API and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, TypeVar
from uuid import UUID

from fareledger.providers.contract import (
    AlteredReport,
    Bank,
    BankPaymentRequest,
    Misconfigured,
    OutcomeUnknown,
    PaymentRequest,
    ProviderAccount,
    ProviderPayment,
    ProviderPayout,
    ProviderPayoutLine,
    ProviderRefund,
    ProviderSetup,
    RefundRequest,
    SavedCard,
    SavedCardRequest,
    SetupRequest,
    WebhookNotice,
)
from fareledger.providers.sandbox import reading, signature
from fareledger.providers.sandbox.transport import Caller

NAME: Final = "sandbox"
Told = TypeVar("Told")
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
                **({"save_card": True} if request.keep_card else {}),
            },
        )
        return reading.in_locale(_done(answer, read=reading.payment), locale=request.locale)

    def charge_saved(self, request: SavedCardRequest) -> ProviderPayment:
        """Charge a saved card; raises Declined with its kind and the payment that failed."""
        here = {"return_url": request.return_url, "frame_style": dict(request.frame_style)}
        answer = self._caller.post(
            "/v1/payments",
            idempotency_key=request.idempotency_key,
            body={
                "amount": request.amount_minor,
                "currency": request.currency,
                "reference": str(request.attempt_id),
                "description": request.description[:500],
                "payment_method": request.payment_method,
                "off_session": request.off_session,
                **({} if request.off_session else here),
            },
        )
        return reading.in_locale(_done(answer, read=reading.payment), locale=request.locale)

    def create_bank_payment(self, request: BankPaymentRequest) -> ProviderPayment:
        """Set up one payment at a bank; the customer approves it at its `redirect_url`."""
        answer = self._caller.post(
            "/v1/payments",
            idempotency_key=request.idempotency_key,
            body={
                "method": "bank",
                "bank": request.bank,
                "amount": request.amount_minor,
                "currency": request.currency,
                "reference": str(request.attempt_id),
                "description": request.description[:500],
                "return_url": request.return_url,
            },
        )
        return reading.in_locale(_done(answer, read=reading.payment), locale=request.locale)

    def banks(self, country: str) -> list[Bank]:
        """Return the banks of a country by name."""
        answer = self._caller.get("/v1/banks", query={"country": country})
        return _asked(answer, read=lambda content: [reading.bank(item) for item in reading.items(content)])

    def create_setup(self, request: SetupRequest) -> ProviderSetup:
        """Set up the saving of a card; the same idempotency key returns the same set-up."""
        answer = self._caller.post(
            "/v1/setups",
            idempotency_key=request.idempotency_key,
            body={
                "reference": str(request.setup_id),
                "return_url": request.return_url,
                "frame_style": dict(request.frame_style),
            },
        )
        return reading.setup_in_locale(_done(answer, read=reading.setup), locale=request.locale)

    def setup(self, reference: str) -> ProviderSetup:
        """Return one set-up by the provider's reference."""
        return _asked(self._caller.get(f"/v1/setups/{reading.path_part(reference)}"), read=reading.setup)

    def find_setup(self, setup_id: UUID) -> ProviderSetup | None:
        """Return the set-up that carries our reference, or None when the provider never saw it."""
        answer = self._caller.get("/v1/setups", query={"reference": str(setup_id)})
        found = _asked(answer, read=reading.items)
        return _asked(found[0], read=reading.setup) if found else None

    def cancel_setup(self, reference: str) -> ProviderSetup:
        """Cancel a set-up that is still open; return it as it now stands."""
        path = f"/v1/setups/{reading.path_part(reference)}/cancel"
        try:
            answer = self._caller.post(path, body={}, idempotency_key=f"cancel-{reference}")
        except Misconfigured:
            # 409: it has ended. How it stands is what the caller wants to know.
            return self.setup(reference)
        return _asked(answer, read=reading.setup)

    def payment_method(self, reference: str) -> SavedCard:
        """Return a saved card as it is now."""
        path = f"/v1/payment_methods/{reading.path_part(reference)}"
        return _asked(self._caller.get(path), read=reading.saved_card)

    def detach(self, reference: str) -> SavedCard:
        """Make a saved card unusable for good; doing it again changes nothing."""
        path = f"/v1/payment_methods/{reading.path_part(reference)}/detach"
        return _done(self._caller.post(path, body={}), read=reading.saved_card)

    def create_refund(self, request: RefundRequest) -> ProviderRefund:
        """Refund a payment; raises Declined when the payment has not that much left."""
        answer = self._caller.post(
            f"/v1/payments/{reading.path_part(request.payment_reference)}/refunds",
            idempotency_key=request.idempotency_key,
            body={"amount": request.amount_minor, "reference": str(request.refund_id)},
        )
        return _done(answer, read=reading.refund)

    def refund(self, reference: str) -> ProviderRefund:
        """Return one refund by the provider's reference."""
        return _asked(self._caller.get(f"/v1/refunds/{reading.path_part(reference)}"), read=reading.refund)

    def find_refund(self, refund_id: UUID) -> ProviderRefund | None:
        """Return the refund that carries our reference, or None when the provider never saw it."""
        answer = self._caller.get("/v1/refunds", query={"reference": str(refund_id)})
        found = _asked(answer, read=reading.items)
        return _asked(found[0], read=reading.refund) if found else None

    def payment(self, reference: str) -> ProviderPayment:
        """Return one payment by the provider's reference."""
        return _read(self._caller.get(f"/v1/payments/{reading.path_part(reference)}"))

    def find_payment(self, attempt_id: UUID) -> ProviderPayment | None:
        """Return the payment that carries our reference, or None when the provider never saw it."""
        answer = self._caller.get("/v1/payments", query={"reference": str(attempt_id)})
        found = _asked(answer, read=reading.items)
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
            page = _asked(answer, read=reading.items)
            found.extend(page)
            if not page or not answer.get("has_more"):
                return found
            after = str(page[-1]["id"])


def open_sandbox(account: ProviderAccount) -> SandboxGateway:
    """Return the gateway of an account, as the registry wants it."""
    return SandboxGateway(account)


def _read(answer: dict[str, object]) -> ProviderPayment:
    return _asked(answer, read=reading.payment)


def _asked(answer: dict[str, object], *, read: Callable[[dict[str, object]], Told]) -> Told:
    """Read the answer to a question: one that cannot be read needs a person."""
    try:
        return read(answer)
    except reading.Unreadable as trouble:
        raise Misconfigured(f"the answer cannot be read: {trouble}") from trouble


def _done(answer: dict[str, object], *, read: Callable[[dict[str, object]], Told]) -> Told:
    """Read the answer to an order: one that cannot be read leaves open what was done."""
    try:
        return read(answer)
    except reading.Unreadable as trouble:
        raise OutcomeUnknown(f"the answer cannot be read: {trouble}") from trouble
