"""Small choices of words that pages and emails for customers share.

Amounts and dates are in `formatting.py`; whole sentences are in the templates.
"""

from fareledger.domain.booking import Component

_BRANDS = {"amex": "American Express"}
_ICONS = {
    "flight": "flight",
    "hotel": "stay",
    "stay": "stay",
    "accommodation": "stay",
    "villa": "stay",
    "car": "car",
    "car_hire": "car",
    "transfer": "transfer",
    "rail": "transfer",
    "ferry": "water",
    "cruise": "water",
    "meal": "meal",
    "insurance": "shield",
    "fee": "list",
    "discount": "list",
}


def addressed_as(name: str, *, locale: str) -> str:
    """Return how a letter names its reader: by first name in English, in full where that is the polite form."""
    return name.split(maxsplit=1)[0] if locale.startswith("en") else name


def masked_email(email: str) -> str:
    """Return "e•••@example.com": enough to recognise one's own address, not to learn another."""
    local, _, domain = email.partition("@")
    return f"{local[:1]}•••@{domain}"


def card_name(brand: str, *, last4: str) -> str:
    """Return "Visa ending 4242"."""
    name = _BRANDS.get(brand, brand.capitalize()) or "Card"
    return f"{name} ending {last4}" if last4 else name


def component_icon(component: Component) -> str:
    """Return the icon of a component's kind; a kind of its own gets the pin of a place."""
    return _ICONS.get(component.kind, "place")
