"""Tales of scheduled payments that customers agreed to: announced, charged, charged again, stuck in every way, taken
back, and with cards that end before the trip.

What happens on the days after the consent is not told here: notices, charges and warnings come of the daily work, as
they do outside the demo. How a card behaves then is the card's own affair (`docs/sandbox-acquirer.md`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from fareledger.config.demo.content.card_holder import ASKS_ONCE, GOOD_CARDS, WANTS_OWNER
from fareledger.config.demo.content.tale import Sold, Tale, Telling
from fareledger.config.demo.content.trips import ACME_TRIPS, NORTHWAY_TRIPS, SOLMAR_TRIPS

_MADEIRA, _TUSCANY, _FAROES, _MALTA, _SLOVENIA, _TROMSO, _JORDAN = ACME_TRIPS
_MALLORCA, _MENORCA, _LANZAROTE, _CADIZ = SOLMAR_TRIPS
_BUILDER, _SHINKANSEN, _HEJAZ = NORTHWAY_TRIPS
# Saved without complaint; charged with their owner away, the first has no money twice, the second never, and the third
# was reported lost.
_SHORT_TWICE, _ALWAYS_SHORT, _LOST = "4000000000000358", "4000000000000366", "4000000000000374"
# Acme's customers pay the balance so many days before they leave.
_ACME_BALANCE = 30


def _agrees(card: str = GOOD_CARDS[0]) -> Callable[[Tale], None]:
    """Pay what is due at once, and agree to everything else some days later."""

    def go_on(tale: Tale) -> None:
        tale.after(1, do=tale.pay_by_card)
        tale.after(8, do=lambda: tale.come_in().approve(card=card))

    return go_on


def _agrees_to_all_and_takes_one_back(tale: Tale) -> None:
    """The second of three instalments is to come out of a bonus, so its approval is withdrawn."""
    _agrees()(tale)
    tale.after(9, do=lambda: tale.come_in().withdraw(lambda rows: rows[1]))


def _agrees_to_the_first_only(tale: Tale) -> None:
    tale.after(1, do=tale.pay_by_card)
    tale.after(8, do=lambda: tale.come_in().approve(card=GOOD_CARDS[3], first=1))


def _agrees_and_adds_sailing(tale: Tale) -> None:
    """Sailing is added and has a payment of its own, which nobody has agreed to yet."""

    def add() -> None:
        day = tale.details.start_date + timedelta(days=3)
        sailing = replace(
            tale.details.components[-1],
            id="c9",
            kind="activity",
            title="Sailing along the north coast",
            supplier="Sliema Boats",
            start_date=day,
            end_date=day,
            price_minor=13_000,
        )
        tale.send_anew(replace(tale.details, components=(*tale.details.components, sailing)))

    _agrees()(tale)
    tale.after(13, do=add)


def _agrees_and_moves(tale: Tale) -> None:
    """The trip moves a fortnight; the approval goes along with the later date."""
    _agrees(ASKS_ONCE)(tale)
    tale.after(15, do=lambda: tale.move(days=14))


def _agrees_and_leaves_earlier(tale: Tale) -> None:
    """The trip comes a week earlier, and so does the balance: that was not agreed to."""
    _agrees()(tale)
    tale.after(16, do=lambda: tale.move(days=-7))


def _agrees_with_a_card_that_ends(tale: Tale) -> None:
    """The bank renews the card with an end that comes before the balance is due."""
    _agrees(GOOD_CARDS[1])(tale)
    tale.after(12, do=tale.shorten_card)


def _pays_another_amount(tale: Tale) -> None:
    """A part of the balance comes early, so the row is split; what is left is agreed to."""
    tale.after(1, do=tale.pay_by_card)
    tale.after(6, do=lambda: tale.pay_amount(60_000))
    tale.after(7, do=lambda: tale.come_in().approve())


def _due(reference: str, *, customer: str, days: int, trip: int = 0) -> Sold:
    """A trip of Acme whose balance is due so many days from now; before now when negative."""
    return Sold(
        reference=reference,
        customer=customer,
        trip=ACME_TRIPS[trip],
        days_ago=44,
        starts_in=_ACME_BALANCE + days,
    )


CONSENT_TALES: tuple[Telling, ...] = (
    ("acme", _due("TRV-48490", customer="Beatriz Costa", days=2), _agrees()),
    ("acme", _due("TRV-48492", customer="Lars Nyborg", days=-5, trip=1), _agrees(GOOD_CARDS[3])),
    ("acme", _due("TRV-48494", customer="Elif Demir", days=-1, trip=2), _agrees(_ALWAYS_SHORT)),
    ("acme", _due("TRV-48496", customer="Samir Haddad", days=-6, trip=3), _agrees(_SHORT_TWICE)),
    ("acme", _due("TRV-48498", customer="Ingrid Solberg", days=-2, trip=4), _agrees(WANTS_OWNER)),
    ("acme", _due("TRV-48501", customer="Mateo Rojas", days=-3, trip=5), _agrees(_LOST)),
    ("acme", _due("TRV-48503", customer="Amara Mensah", days=-8, trip=6), _agrees(_ALWAYS_SHORT)),
    ("acme", _due("TRV-48506", customer="Johanna Weber", days=44), _agrees_with_a_card_that_ends),
    ("acme", _due("TRV-48511", customer="Rahul Iyer", days=40, trip=3), _agrees_and_adds_sailing),
    ("acme", _due("TRV-48514", customer="Freya Johansson", days=21, trip=2), _agrees_and_moves),
    ("acme", _due("TRV-48517", customer="Daniel Oliveira", days=16, trip=4), _pays_another_amount),
    ("acme", _due("TRV-48522", customer="Yusuf Kaya", days=37, trip=1), _agrees_and_leaves_earlier),
    (
        "solmar",
        Sold(
            reference="SOL-21452", customer="Anneke Visser", trip=_MENORCA, days_ago=20, starts_in=160,
            currency="EUR", locale="nl-NL",
        ),
        _agrees_to_all_and_takes_one_back,
    ),
    (
        "solmar",
        Sold(
            reference="SOL-21458", customer="Jonas Achterberg", trip=_CADIZ, days_ago=90, starts_in=73,
            currency="EUR", locale="de-DE",
        ),
        _agrees(GOOD_CARDS[0]),
    ),
    (
        "solmar",
        Sold(
            reference="SOL-21463", customer="Inés Ferrer", trip=_MALLORCA, days_ago=15, starts_in=140,
            currency="EUR", locale="es-ES",
        ),
        _agrees_to_the_first_only,
    ),
    (
        "solmar",
        Sold(
            reference="SOL-21467", customer="Hugo Moreau", trip=_LANZAROTE, days_ago=44, starts_in=46,
            currency="EUR", locale="fr-FR",
        ),
        _agrees(WANTS_OWNER),
    ),
    (
        "northway",
        Sold(
            reference="NWR-8541", customer="Hana Sato", trip=_SHINKANSEN, days_ago=34, starts_in=62,
            currency="JPY", locale="ja-JP",
        ),
        _agrees(),
    ),
    (
        "northway",
        Sold(
            reference="NWR-8547", customer="Noor Al-Sabah", trip=_HEJAZ, days_ago=30, starts_in=72,
            currency="KWD", locale="ar",
        ),
        _agrees(GOOD_CARDS[1]),
    ),
    (
        "northway",
        Sold(
            reference="NWR-8553", customer="Wei Ling Tan", trip=_BUILDER, days_ago=40, starts_in=57,
            currency="USD", locale="en-US",
        ),
        _agrees(_LOST),
    ),
)  # fmt: skip
