"""The three operators of the demo and the people who work for them."""

from dataclasses import dataclass
from decimal import Decimal

from fareledger.domain.brand import derive
from fareledger.domain.plan import Terms
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
    terms=Terms(down_payment_percent=Decimal(30), balance_due_days=45),
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
)
OPERATORS = (ACME, SOLMAR, NORTHWAY)
STAFF = {
    "acme": (
        Staff("marta.lindgren@acmetravel.example", "Marta Lindgren", "finance"),
        Staff("joel.adeyemi@acmetravel.example", "Joel Adeyemi", "agent"),
        Staff("priya.nair@acmetravel.example", "Priya Nair", "admin"),
        Staff("owen.hale@acmetravel.example", "Owen Hale", "auditor"),
    ),
    "solmar": (Staff("nuria.ferrer@solmar.example", "Núria Ferrer", "finance"),),
    "northway": (Staff("dana.whitlock@northway.example", "Dana Whitlock", "finance"),),
}
