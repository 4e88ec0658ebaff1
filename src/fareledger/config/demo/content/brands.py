"""The brands of the demo as they came to be: what was published when, what is being drafted, and a step back.

Solmar tried a darker yellow and went back to its own; Acme has a draft that nobody has published.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta

from fareledger.config.demo.content.colleagues import colleague
from fareledger.config.demo.content.history import Past
from fareledger.persistence.operators import Operator, by_id
from fareledger.usecases.brand_versions import choices_in_force
from fareledger.usecases.edit_brand import Logos, edit_brand
from fareledger.usecases.publish_brand import publish_brand, roll_back

_SOLMAR_LOGO = b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 196 40" role="img">
<title>Solmar Holidays</title>
<circle cx="20" cy="16" r="9" fill="%s"/>
<path d="M2 30c6-5 12-5 18 0s12 5 18 0v4c-6 5-12 5-18 0s-12-5-18 0Z" fill="%s"/>
<text x="48" y="27" font-family="Avenir, Montserrat, Corbel, sans-serif" font-size="20" font-weight="700"
 fill="%s">Solmar Holidays</text></svg>"""
_LIGHT = _SOLMAR_LOGO % (b"#d99a00", b"#0b57a4", b"#14171c")
_DARK = _SOLMAR_LOGO % (b"#ffe100", b"#8ab8ff", b"#f2f4f7")
_TRIED, _DRAFTED = "#b38f00", "#7a2e5d"


def choose_brands(past: Past, *, operators: Mapping[str, Operator]) -> None:
    """Plan what becomes of the brands."""
    acme, solmar, northway = (operators[slug] for slug in ("acme", "solmar", "northway"))
    for days, act in (
        (200, lambda: _publish(solmar, logos=Logos(logo=_LIGHT, logo_dark=_DARK), font="geometric")),
        (180, lambda: _publish(acme, sender_name="Acme Travel bookings", reply_to="bookings@acmetravel.example")),
        (150, lambda: _publish(northway, font="serif")),
        (40, lambda: _publish(solmar, primary=_TRIED)),
        (37, lambda: _step_back(solmar, to=2)),
        (6, lambda: _draft(acme, primary=_DRAFTED, font="humanist")),
    ):  # fmt: skip
        _at(past, days=days, act=act)


def _at(past: Past, *, days: int, act: Callable[[], object]) -> None:
    past.plan(past.present - timedelta(days=days, hours=5), happening=lambda moment: act())


def _publish(operator: Operator, *, logos: Logos | None = None, **chosen: str) -> None:
    number = _draft(operator, logos=logos, **chosen)
    publish_brand(operator, number=number, actor=colleague(operator, role="admin"))


def _draft(operator: Operator, *, logos: Logos | None = None, **chosen: str) -> int:
    wanted = replace(choices_in_force(by_id(operator.id)), **chosen)
    return edit_brand(
        operator, wanted=wanted, logos=logos or Logos(), actor=colleague(operator, role="admin")
    )


def _step_back(operator: Operator, *, to: int) -> None:
    roll_back(operator, number=to, actor=colleague(operator, role="admin"))
