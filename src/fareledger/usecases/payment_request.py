"""Turns an attempt and what its customer pressed into the order for the provider, and places it. Records nothing."""

from __future__ import annotations

from fareledger.persistence.models import Attempt
from fareledger.providers.contract import (
    BankPaymentRequest,
    Gateway,
    PaymentRequest,
    ProviderPayment,
    SavedCardRequest,
)
from fareledger.usecases.payment_form import PaymentForm

AnyRequest = PaymentRequest | SavedCardRequest | BankPaymentRequest


def request_for(form: PaymentForm, *, attempt: Attempt, description: str, saved: str = "") -> AnyRequest:
    """Make the order of an attempt; `saved` is the provider's name of the stored card to charge, "" for none."""
    return_url = form.return_url.replace("{attempt}", str(attempt.id))
    if form.method == "bank":
        return BankPaymentRequest(
            attempt_id=attempt.id,
            idempotency_key=attempt.provider_key,
            amount_minor=attempt.amount_minor,
            currency=attempt.currency,
            description=description,
            bank=form.bank,
            return_url=return_url,
            locale=form.locale,
        )
    if form.method == "saved_card":
        return SavedCardRequest(
            attempt_id=attempt.id,
            idempotency_key=attempt.provider_key,
            amount_minor=attempt.amount_minor,
            currency=attempt.currency,
            description=description,
            payment_method=saved,
            off_session=False,
            return_url=return_url,
            locale=form.locale,
            frame_style=form.frame_style,
        )
    return PaymentRequest(
        attempt_id=attempt.id,
        idempotency_key=attempt.provider_key,
        amount_minor=attempt.amount_minor,
        currency=attempt.currency,
        description=description,
        return_url=return_url,
        locale=form.locale,
        frame_style=form.frame_style,
        keep_card=attempt.keeps_card,
    )


def place(gateway: Gateway, *, request: AnyRequest) -> ProviderPayment:
    """Call the provider once, outside of any transaction; raises ProviderFailure."""
    if isinstance(request, BankPaymentRequest):
        return gateway.create_bank_payment(request)
    if isinstance(request, SavedCardRequest):
        return gateway.charge_saved(request)
    return gateway.create_payment(request)
