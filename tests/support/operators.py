"""Operators for tests, each with a slug of its own."""

import secrets
from dataclasses import replace
from decimal import Decimal

from fareledger.domain.plan import Terms
from fareledger.persistence.operators import Operator
from fareledger.usecases.provision_operator import NewOperator, provision_operator

ACME = NewOperator(
    slug="acme",
    name="Acme Travel",
    legal_name="Acme Travel Ltd",
    address="14 Harbour Row, Bristol",
    country="GB",
    time_zone="Europe/London",
    locale="en-GB",
    currencies=("GBP", "EUR", "USD", "JPY", "KWD"),
    support_email="help@acmetravel.example",
    support_phone="0117 496 0124",
    support_hours="Monday to Saturday, 9:00 to 18:00",
    brand={
        "--brand": "#0a5c66",
        "--brand-on": "#fff",
        "--brand-hover": "#004a53",
        "--brand-link": "light-dark(#0a5c66, #5096a0)",
        "--brand-edge": "light-dark(#0a5c66, #307882)",
        "--brand-tint": "light-dark(#ebf2f3, #122329)",
    },
    terms=Terms(down_payment_percent=Decimal(30), balance_due_days=30),
    second_step_for="nobody",
)


def new_operator(**differences: object) -> Operator:
    """Provision an operator that differs from Acme Travel as asked, with a slug nobody else has."""
    slug = f"acme-{secrets.token_hex(5)}"
    return provision_operator(replace(ACME, **{"slug": slug, **differences}))  # type: ignore[arg-type]  # builder
