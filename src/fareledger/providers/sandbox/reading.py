"""Reads what the sandbox acquirer sends, strictly: an answer that lacks something we rely on is not guessed
at.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote, urlencode
from uuid import UUID

from fareledger.providers.contract import (
    Bank,
    Card,
    ForgedWebhook,
    PaymentState,
    ProviderPayment,
    ProviderPayout,
    ProviderPayoutLine,
    ProviderRefund,
    ProviderSetup,
    SavedCard,
    WebhookNotice,
)
from fareledger.providers.sandbox.declines import kind_of

_STATES: Final[dict[str, PaymentState]] = {
    "requires_card": "awaiting_customer",
    "requires_action": "awaiting_customer",
    "processing": "processing",
    "succeeded": "succeeded",
    "failed": "failed",
    "cancelled": "cancelled",
    "expired": "expired",
}


class Unreadable(ValueError):
    """An answer without what its documentation promises; the message names the field."""


def payment(content: dict[str, Any]) -> ProviderPayment:
    """Read a payment object; raises Unreadable."""
    status = _text(content, name="status")
    if status not in _STATES:
        raise Unreadable(f"status {status!r}")
    failure = content.get("last_failure") or {}
    code = str(failure.get("decline_code") or failure.get("code") or "")
    captured_at = content.get("captured_at")
    at_bank = content.get("method") == "bank"
    return ProviderPayment(
        reference=_text(content, name="id"),
        attempt_id=_uuid(content.get("reference")),
        state=_STATES[status],
        amount_minor=_whole(content, name="amount"),
        currency=_text(content, name="currency"),
        frame_url="" if at_bank else _text(content, name="frame_url"),
        hosted_url=_text(content, name="hosted_url"),
        card=_card(content.get("card")),
        failure_code=code,
        failure_message=str(failure.get("message") or ""),
        captured_at=_moment(captured_at) if captured_at else None,
        method="bank" if at_bank else "card",
        payment_method=str(content.get("payment_method") or ""),
        bank=_text(content.get("bank") or {}, name="name") if at_bank else "",
        redirect_url=_text(content, name="redirect_url") if at_bank else "",
        refunded_minor=_whole(content, name="amount_refunded"),
        decline_kind=kind_of(code) if status == "failed" and code else "",
    )


def setup(content: dict[str, Any]) -> ProviderSetup:
    """Read a set-up object; raises Unreadable."""
    status = _text(content, name="status")
    state = _STATES.get(status)
    if state is None or state == "processing":
        raise Unreadable(f"status {status!r}")
    failure = content.get("last_failure") or {}
    return ProviderSetup(
        reference=_text(content, name="id"),
        setup_id=_uuid(content.get("reference")),
        state=state,
        frame_url=_text(content, name="frame_url"),
        hosted_url=_text(content, name="hosted_url"),
        payment_method=str(content.get("payment_method") or ""),
        card=_card(content.get("card")),
        failure_code=str(failure.get("decline_code") or failure.get("code") or ""),
        failure_message=str(failure.get("message") or ""),
    )


def refund(content: dict[str, Any]) -> ProviderRefund:
    """Read a refund object; raises Unreadable."""
    state = _text(content, name="status")
    if state not in ("pending", "succeeded", "failed"):
        raise Unreadable(f"status {state!r}")
    failure = content.get("failure") or {}
    return ProviderRefund(
        reference=_text(content, name="id"),
        refund_id=_uuid(content.get("reference")),
        payment_reference=_text(content, name="payment"),
        state=state,  # type: ignore[arg-type]  # checked above
        amount_minor=_whole(content, name="amount"),
        currency=_text(content, name="currency"),
        failure_code=str(failure.get("code") or ""),
        failure_message=str(failure.get("message") or ""),
    )


def saved_card(content: dict[str, Any]) -> SavedCard:
    """Read a saved card; raises Unreadable."""
    card = _card(content.get("card"))
    if card is None:
        raise Unreadable("card")
    return SavedCard(_text(content, name="id"), card, detached=content.get("detached_at") is not None)


def bank(content: dict[str, Any]) -> Bank:
    """Read a bank of the list; raises Unreadable."""
    return Bank(
        _text(content, name="id"), _text(content, name="name"), popular=content.get("popular") is True
    )


def in_locale(found: ProviderPayment, *, locale: str) -> ProviderPayment:
    """Have the provider's pages speak the customer's language."""
    more = "&" + urlencode({"locale": locale})
    return replace(
        found,
        frame_url=found.frame_url and found.frame_url + more,
        hosted_url=found.hosted_url + more,
        redirect_url=found.redirect_url and found.redirect_url + more,
    )


def setup_in_locale(found: ProviderSetup, *, locale: str) -> ProviderSetup:
    """Have the provider's pages speak the customer's language."""
    more = "&" + urlencode({"locale": locale})
    return replace(found, frame_url=found.frame_url + more, hosted_url=found.hosted_url + more)


def payout(content: dict[str, Any]) -> ProviderPayout:
    """Read a payout; raises Unreadable."""
    return ProviderPayout(
        reference=_text(content, name="id"),
        currency=_text(content, name="currency"),
        gross_minor=_whole(content, name="gross"),
        fees_minor=_whole(content, name="fees"),
        refunds_minor=_whole(content, name="refunds"),
        chargebacks_minor=_whole(content, name="chargebacks"),
        adjustments_minor=_whole(content, name="adjustments"),
        deposit_minor=_whole(content, name="deposit"),
        line_count=_whole(content, name="line_count"),
        content_sha256=_text(content, name="lines_sha256"),
        paid_at=_moment(_text(content, name="paid_at")),
    )


def payout_line(content: dict[str, Any]) -> ProviderPayoutLine:
    """Read one line of a payout; raises Unreadable."""
    kind = _text(content, name="kind")
    if kind not in ("payment", "refund", "chargeback", "adjustment"):
        raise Unreadable(f"kind {kind!r}")
    return ProviderPayoutLine(
        reference=_text(content, name="id"),
        kind=kind,  # type: ignore[arg-type]  # checked above
        payment_reference=_text(content, name="provider_reference"),
        merchant_reference=str(content.get("merchant_reference") or ""),
        gross_minor=_whole(content, name="gross"),
        fee_minor=_whole(content, name="fee"),
        net_minor=_whole(content, name="net"),
        currency=_text(content, name="currency"),
        card_brand=str(content.get("card_brand") or ""),
        card_funding=str(content.get("card_funding") or ""),
        occurred_at=_moment(_text(content, name="occurred_at")),
    )


def lines_sha256(items: list[dict[str, Any]]) -> str:
    """Compute the acquirer's seal over the lines of a payout as it gave them, in their order."""
    texts = (json.dumps(line, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for line in items)
    return hashlib.sha256("\n".join(texts).encode()).hexdigest()


def webhook(body: bytes) -> WebhookNotice:
    """Read the body of a webhook whose signature holds; raises ForgedWebhook when it has another shape."""
    try:
        content = json.loads(body)
        about = content["data"]["object"]
        reference = _text(about, name="id")
        return WebhookNotice(
            event_id=_text(content, name="id")[:120],
            event_type=_text(content, name="type")[:120],
            payment_reference=reference if reference.startswith("pay_") else None,
            payout_reference=reference if reference.startswith("po_") else None,
            amount_minor=about.get("amount"),
            currency=str(about.get("currency") or ""),
            refund_reference=reference if reference.startswith("ref_") else None,
            setup_reference=reference if reference.startswith("set_") else None,
            payment_method=reference if reference.startswith("pm_") else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError) as trouble:
        raise ForgedWebhook(f"not the shape of an event ({type(trouble).__name__})") from trouble


def items(content: dict[str, Any]) -> list[dict[str, Any]]:
    """Read a list answer; raises Unreadable."""
    found = content.get("data")
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Unreadable("data")
    return found


def path_part(reference: str) -> str:
    """Quote a reference for use inside a path."""
    return quote(reference, safe="")


def _card(content: dict[str, Any] | None) -> Card | None:
    if not content:
        return None
    return Card(
        brand=_text(content, name="brand"),
        funding=_text(content, name="funding"),
        last4=_text(content, name="last4"),
        expires=f"{_whole(content, name='exp_month'):02}/{_whole(content, name='exp_year')}",
    )


def _text(content: dict[str, Any], *, name: str) -> str:
    value = content.get(name)
    if not isinstance(value, str) or not value:
        raise Unreadable(name)
    return value


def _whole(content: dict[str, Any], *, name: str) -> int:
    value = content.get(name)
    if type(value) is not int:
        raise Unreadable(name)
    return value


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value))
    except ValueError:
        return None


def _moment(text: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as trouble:
        raise Unreadable(f"moment {str(text)[:40]!r}") from trouble
    if moment.tzinfo is None:
        raise Unreadable(f"moment {str(text)[:40]!r}")
    return moment.astimezone(UTC)
