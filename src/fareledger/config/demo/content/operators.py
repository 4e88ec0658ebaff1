"""The three operators of the demo and the people who work for them."""

from dataclasses import dataclass
from decimal import Decimal

from fareledger.domain.brand import derive
from fareledger.domain.plan import Terms
from fareledger.usecases.portal_settings import NOTICE_DAYS, RETRY_DAYS, PortalSettings
from fareledger.usecases.provision_operator import NewOperator

PASSWORD = "show me the ledger"  # noqa: S105  # a demo's sign-in, printed on purpose


@dataclass(frozen=True)
class Staff:
    """One person of the back office."""

    email: str
    name: str
    role: str


ACME = NewOperator(
    slug="acme",
    name="Acme Travel",
    legal_name="Acme Travel Ltd",
    address="14 Harbour Row, Bristol",
    country="GB",
    time_zone="Europe/London",
    locale="en-GB",
    currencies=("GBP", "EUR", "USD"),
    support_email="help@acmetravel.example",
    support_phone="+44 117 496 0124",
    support_hours="Monday to Saturday, 9:00 to 18:00",
    brand=derive("#0a5c66").tokens(),
    terms=Terms(down_payment_percent=Decimal(25), balance_due_days=30),
    second_step_for="nobody",
    extra_methods=("cash", "other"),
)
SOLMAR = NewOperator(
    slug="solmar",
    name="Solmar Holidays",
    legal_name="Solmar Holidays S.L.",
    address="Carrer del Port 22, Palma",
    country="ES",
    time_zone="Europe/Madrid",
    locale="es-ES",
    currencies=("EUR", "GBP"),
    support_email="ayuda@solmar.example",
    support_phone="+34 971 55 01 84",
    support_hours="Monday to Friday, 9:00 to 19:00",
    brand=derive("#ffe100").tokens(),
    terms=Terms(down_payment_percent=Decimal(25), balance_due_days=45, instalments=3),
    second_step_for="nobody",
)
NORTHWAY = NewOperator(
    slug="northway",
    name="Northway Rail Tours",
    legal_name="Northway Rail Tours Inc.",
    address="600 Union Street, Chicago",
    country="US",
    time_zone="America/Chicago",
    locale="en-US",
    currencies=("USD", "JPY", "KWD"),
    support_email="hello@northway.example",
    support_phone="+1 312 555 0147",
    support_hours="Monday to Friday, 8:00 to 17:00",
    brand=derive("#101f45").tokens(),
    terms=Terms(down_payment_percent=Decimal(20), balance_due_days=60),
    second_step_for="nobody",
    protection_policy="none",
    extra_methods=("other",),
)
OPERATORS = (ACME, SOLMAR, NORTHWAY)
# What an invoice asks to be paid to. The numbers are those of textbooks and belong to nobody.
BANK_DETAILS = {
    "acme": {
        "account_holder": "Acme Travel Ltd, customers' money",
        "bank": "Harbour & County Bank, Bristol",
        "iban": "GB33 BUKB 2020 1555 5555 55",
        "sort_code": "20-20-15",
        "account_number": "55555555",
    },
    "solmar": {
        "account_holder": "Solmar Holidays S.L.",
        "bank": "Caixa de Tramuntana, Palma",
        "iban": "ES91 2100 0418 4502 0005 1332",
    },
    "northway": {
        "account_holder": "Northway Rail Tours Inc.",
        "bank": "Lakeshore Bank, Chicago",
        "routing_number": "021000021",
        "account_number": "0123456789",
    },
}
# The days before and after a due date on which customers are reminded.
REMINDERS = {
    "acme": {"before": [7, 1], "after": [1, 7]},
    "solmar": {"before": [5], "after": [2]},
    "northway": {"before": [14, 3], "after": []},
}
# Which amounts customers may pay, when cards are charged again, and what one person may send back; minor units.
PORTAL = {
    "acme": PortalSettings(
        other_amount=True,
        minimum={"GBP": 5_000, "EUR": 5_000, "USD": 5_000},
        retry_days=RETRY_DAYS,
        notice_days=NOTICE_DAYS,
        refund_threshold={"GBP": 50_000, "EUR": 60_000, "USD": 60_000},
    ),
    "solmar": PortalSettings(
        other_amount=True,
        minimum={"EUR": 10_000, "GBP": 10_000},
        retry_days=(1, 3, 7),
        notice_days=5,
        refund_threshold={"EUR": 100_000, "GBP": 100_000},
    ),
    "northway": PortalSettings(
        other_amount=False, minimum={}, retry_days=(3,), notice_days=NOTICE_DAYS, refund_threshold={}
    ),
}
STAFF = {
    "acme": (
        Staff("marta.lindgren@acmetravel.example", "Marta Lindgren", "finance"),
        Staff("joel.adeyemi@acmetravel.example", "Joel Adeyemi", "agent"),
        Staff("sofia.brandt@acmetravel.example", "Sofia Brandt", "approver"),
        Staff("priya.nair@acmetravel.example", "Priya Nair", "admin"),
        Staff("owen.hale@acmetravel.example", "Owen Hale", "auditor"),
    ),
    "solmar": (
        Staff("nuria.ferrer@solmar.example", "Núria Ferrer", "finance"),
        Staff("biel.oliver@solmar.example", "Biel Oliver", "admin"),
    ),
    "northway": (
        Staff("dana.whitlock@northway.example", "Dana Whitlock", "finance"),
        Staff("ray.okada@northway.example", "Ray Okada", "admin"),
    ),
}
