"""Facts of a booking that never was, from which every kind of email can be looked at before there is one.

The booking is that of the design, so that pictures of it can be compared.
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from typing import Final

from fareledger.faces.shared.consent_words import VERSION, Agreed, consent_words
from fareledger.usecases.find_operator import Operator

KINDS: Final = (
    "receipt",
    "refund_confirmation",
    "refund_on_its_way",
    "refund_failed",
    "portal_link",
    "portal_code",
    "collection_notice",
    "charge_needs_you",
    "charge_failed",
    "card_expiring",
    "booking_change",
    "cancellation",
    "reminder_before",
    "reminder_after",
    "approval_given",
    "approval_withdrawn",
    "approval_ended",
    "invoice",
)
_DUE: Final = [["2027-04-12", 250_000], ["2027-05-13", 150_000]]
_PAID_BEFORE: Final = 162_900
_PAYABLE: Final = 651_600


def sample_about(operator: Operator, *, locale: str) -> dict[str, object]:
    """Return the booking of the samples, in the operator's first currency, for a reader of this locale."""
    return {
        "reference": "TRV-48213",
        "currency": operator.currencies[0],
        "locale": locale,
        "customer_name": "Eleanor Hartley",
        "package": "Lisbon & the Azores",
    }


def sample_facts(operator: Operator, *, kind: str, locale: str = "") -> tuple[str, Mapping[str, object]]:
    """Return the kind of email to draw and the facts of its sample; a cancellation is a change.

    A consent is quoted in its `locale`, by default the operator's.
    """
    movement = {
        "amount_minor": 88_700,
        "received_at": "2027-03-10T14:02:00+00:00",
        "instrument": "Visa ending 4242",
        "receipt": "R-TRV-48213-2",
        "paid_before_minor": _PAID_BEFORE,
        "payable_minor": _PAYABLE,
        "left_minor": 400_000,
        "next_due": _DUE,
    }
    refund = {
        **movement,
        "amount_minor": 20_000,
        "paid_before_minor": 671_600,
        "left_minor": 0,
        "next_due": [],
    }
    news = {"amount_minor": 20_000, "instrument": "Visa ending 4242", "told_on": "2027-03-10"}
    reminder = {
        "amount_minor": 250_000,
        "due_date": "2027-04-12",
        "left_minor": 400_000,
        "later_payments": 1,
        "bank_details": operator.bank_details,
    }
    link = {"expires_at": "2027-03-18T14:02:00+00:00", "asked_by": "operator"}
    facts: dict[str, Mapping[str, object]] = {
        "receipt": movement,
        "refund_confirmation": refund,
        "refund_on_its_way": news,
        "refund_failed": news,
        "portal_link": link,
        **_charges(),
        "portal_code": {"expires_at": link["expires_at"]},
        "booking_change": _change(),
        "approval_given": _consent(operator, locale=locale or operator.locale),
        "approval_withdrawn": {"approved": _DUE[:1]},
        "approval_ended": {"approved": _DUE[1:], "cancelled": False},
        "cancellation": _cancellation(),
        "reminder_before": reminder,
        "reminder_after": reminder,
        "invoice": _invoice(operator),
    }
    return ("booking_change" if kind == "cancellation" else kind), facts[kind]


def _consent(operator: Operator, *, locale: str) -> dict[str, object]:
    agreed = Agreed(
        payments=tuple((date.fromisoformat(str(day)), int(str(minor))) for day, minor in _DUE),
        currency=operator.currencies[0],
        card=("visa", "4242"),
    )
    text = consent_words(operator, agreed=agreed, locale=locale).text
    return {
        "approved": _DUE,
        "instrument": "Visa ending 4242",
        "consent_text": text,
        "consent_version": VERSION,
        "consent_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "given_at": "2027-03-15T14:02:00+00:00",
    }


def _charges() -> dict[str, Mapping[str, object]]:
    """Return the samples about approved payments that are charged to a stored card."""
    charge = {"amount_minor": 250_000, "due_date": "2027-04-12", "instrument": "Visa ending 4242"}
    link = {**charge, "expires_at": "2027-04-15T08:02:00+00:00", "asked_by": "operator"}
    return {
        "collection_notice": {
            **charge,
            "charge_on": "2027-04-12",
            "withdraw_by": "2027-04-11",
            "late": False,
        },
        "charge_needs_you": link,
        "charge_failed": {**link, "retry_on": "2027-04-14", "reason": "insufficient_funds"},
        "card_expiring": {
            "instrument": "Visa ending 4242",
            "last_good": "2027-04-30",
            "last_due": "2027-05-13",
            "payments": 1,
        },
    }


def _change() -> dict[str, object]:
    return {
        "payable_before_minor": _PAYABLE,
        "payable_after_minor": 701_600,
        "start_before": "2027-06-12",
        "start_after": "2027-06-19",
        "cancelled": False,
        "reinstated": False,
        "outstanding_minor": 450_000,
        "plan_before": [["payment", amount_minor, day] for day, amount_minor in _DUE],
        "plan_after": [
            ["payment", 250_000, "2027-04-12"],
            ["payment", 150_000, "2027-05-20"],
            ["payment", 50_000, "2027-05-20"],
        ],
    }


def _cancellation() -> dict[str, object]:
    return {
        **_change(),
        "payable_after_minor": 20_000,
        "start_after": "2027-06-12",
        "cancelled": True,
        "outstanding_minor": -231_600,
        "plan_after": [["refund", 231_600, "2027-05-13"]],
    }


def _invoice(operator: Operator) -> dict[str, object]:
    parts = (
        ("Flights from London Heathrow", "Lusitânia Air", date(2027, 6, 22), 240_000),
        ("Casa do Jacarandá, Alfama", "Casa do Jacarandá", date(2027, 6, 16), 411_600),
    )
    return {
        "invoice": "INV-TRV-48213-1",
        "replaces": "",
        "issued_on": "2027-03-15",
        "seller": {
            "name": operator.name,
            "legal_name": operator.legal_name,
            "address": operator.address,
            "country": operator.country,
            "locale": operator.locale,
            "support_email": operator.support_email,
            "support_phone": operator.support_phone,
            "support_hours": operator.support_hours,
            "protection_policy": operator.protection_policy,
            "colour": operator.brand.get("--brand", ""),
            "edge_colour": operator.brand.get("--brand-edge", ""),
            "font": operator.brand.get("font", ""),
            "logo": operator.brand.get("logo", ""),
            "logo_alt": operator.brand.get("logo_alt", ""),
        },
        "bank_details": operator.bank_details,
        "start_date": "2027-06-12",
        "end_date": "2027-06-22",
        "travellers": ["Eleanor Hartley", "Daniel Okafor"],
        "components": [
            {
                "title": title,
                "supplier": supplier,
                "start_date": "2027-06-12",
                "end_date": end.isoformat(),
                "amount_minor": amount_minor,
                "cancelled": False,
            }
            for title, supplier, end, amount_minor in parts
        ],
        "sales_price_minor": _PAYABLE,
        "non_payable_minor": 0,
        "payable_minor": _PAYABLE,
        "received_minor": _PAYABLE - 400_000,
        "left_minor": 400_000,
        "due": _DUE,
    }
