"""The banks a customer may pay from, and what becomes of a payment that is approved at one.

They are invented. A bank takes payments in the currency of its country, and no card is involved.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sandbox_acquirer.cards import Decline
from sandbox_acquirer.errors import Answer, InvalidRequest
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.pipeline import Call

LIFETIME = timedelta(minutes=15)

REFUSED = Decline("bank_payment_refused", "customer_refused", "The payment was refused at the bank.")
NOT_PAID = Decline("bank_payment_failed", "bank_payment_failed", "The bank did not make the payment.")


@dataclass(frozen=True)
class Bank:
    """One bank: `colours` are its own and the text upon it, each for a light and a dark page."""

    id: str
    name: str
    country: str
    currency: str
    popular: bool
    colours: tuple[str, str, str, str]

    def public(self) -> dict[str, object]:
        """Return the bank as a payment names it."""
        return {"id": self.id, "name": self.name}


_GREEN = ("#0b5d3b", "#ffffff", "#7fd6a8", "#06261a")
_PLUM = ("#6a1b6d", "#ffffff", "#e2a7e6", "#2b0a2d")
_NAVY = ("#123a7a", "#ffffff", "#9dbdf5", "#0a1a38")
_RUST = ("#9a3412", "#ffffff", "#f7b08a", "#331005")
_SLATE = ("#37424f", "#ffffff", "#c3cedb", "#161c23")

# country → currency, popular banks, other banks
_LISTS: dict[str, tuple[str, tuple[str, ...], tuple[str, ...]]] = {
    "GB": (
        "GBP",
        (
            "Avonmouth Bank", "Beacon Direct", "Harbour & County", "Meridian Bank", "Northgate",
            "Pennine Building Society", "Plover", "Sterling & Vale", "Thistle Bank", "Wherry",
        ),
        (
            "Bluebell Savings", "Cairngorm Bank", "Dunlin Business", "Fenland Co-operative", "Kestrel Private Bank",
            "Lakeland Building Society", "Mersey Trust", "Rowan Bank", "Saltmarsh Credit Union", "Tamar Bank",
        ),
    ),
    "ES": (
        "EUR",
        ("Banco Almudena", "Banca Cantábrica", "Caixa de Tramuntana", "Duero Directo", "Faro", "Ronda Banco"),
        ("Ahorros de Levante", "Banco Guadarrama", "Caja Segura", "Kutxa Norte", "Montseny", "Tajo Banco"),
    ),
    "US": (
        "USD",
        ("Bridger Federal", "Cascade Bank", "Great Basin Bank", "Lakeshore Bank", "Magnolia Trust", "Tern"),
        ("Bayou Savings", "Chesapeake Mutual", "Ozark Credit Union", "Prairie National", "Sequoia Bank"),
    ),
}  # fmt: skip
_PALETTES = (_GREEN, _PLUM, _NAVY, _RUST, _SLATE)


def _made() -> tuple[Bank, ...]:
    made: list[Bank] = []
    for country, (currency, popular, others) in _LISTS.items():
        for name in sorted((*popular, *others), key=_slug):
            colours = _PALETTES[len(made) % len(_PALETTES)]
            bank_id = f"{country.lower()}-{_slug(name)}"
            made.append(Bank(bank_id, name, country, currency, name in popular, colours))
    return tuple(made)


def _slug(name: str) -> str:
    plain = name.lower().replace("á", "a").replace("&", "and")
    return plain.replace(" ", "-")


BANKS = _made()
_BY_ID = {bank.id: bank for bank in BANKS}


def by_id(bank_id: str) -> Bank | None:
    """Return a bank, or None when there is none of that id."""
    return _BY_ID.get(bank_id)


def of_payment(bank_id: str) -> Bank:
    """Return the bank a payment was made with, which was looked up then."""
    return _BY_ID[bank_id]


def of_country(country: str) -> list[Bank]:
    """Return the banks of a country by its ISO 3166 code, in the order of their names; none is an answer too."""
    return [bank for bank in BANKS if bank.country == country]


def list_banks(call: Call) -> Answer:
    """Return the banks of a country, popular ones and all others."""
    country = Fields(call.query, allowed={"country"}).text("country", longest=2)
    if len(country) != 2 or not country.isascii() or not country.isupper():
        raise InvalidRequest(
            "parameter_invalid", message="country must be an ISO 3166 code such as GB.", param="country"
        )
    found = [{**bank.public(), "popular": bank.popular} for bank in of_country(country)]
    return Answer({"data": found})
