"""What an operator chooses of its brand, what each choice may be, and the tokens pages, emails and frames read.

The logo's picture is judged in `logo.py`, the colours are derived in `brand.py`. Whether a host name leads to us and
belongs to the operator cannot be seen from here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Final

from fareledger.domain.brand import derive
from fareledger.domain.colour import parse
from fareledger.domain.errors import Refused
from fareledger.domain.wording import is_email, is_line

# Families that systems have: no page loads a font, and every list ends in one that is always there.
FONTS: Final[Mapping[str, str]] = {
    "system": "",
    "humanist": "Seravek, Gill Sans Nova, Ubuntu, Calibri, DejaVu Sans, source-sans-pro, sans-serif",
    "geometric": "Avenir, Montserrat, Corbel, URW Gothic, source-sans-pro, sans-serif",
    "serif": "Charter, Bitstream Charter, Sitka Text, Cambria, Noto Serif, serif",
    "old_style": "Iowan Old Style, Palatino Linotype, URW Palladio L, P052, serif",
}
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_MAX_HOST: Final = 253
_NOT_PUBLIC: Final = frozenset(
    ("localhost", "local", "internal", "lan", "home", "intranet", "corp", "arpa", "onion")
)
_LONGEST: Final = {"name": 80, "logo_alt": 80, "sender_name": 80, "support_phone": 40, "support_hours": 120}
_MAY_BE_EMPTY: Final = ("logo_alt", "sender_name")


class InvalidBrand(Refused):
    """A choice that cannot be kept; `field` names it."""

    def __init__(self, message: str, /, *, field: str) -> None:
        super().__init__(code="invalid_brand", message=message, field=f"/{field}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The choices, as they were made; an empty `reply_to` is the support address, an empty `host` none."""

    name: str
    primary: str
    font: str = "system"
    logo_alt: str = ""
    sender_name: str = ""
    reply_to: str = ""
    support_email: str
    support_phone: str
    support_hours: str
    host: str = ""

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Choices:
        """Read stored choices; what a later version of us added has its default."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: str(value) for name, value in stored.items() if name in known})

    def to_json(self) -> dict[str, str]:
        """Write the choices for keeping."""
        return asdict(self)


def checked(wanted: Choices) -> Choices:
    """Return the choices as they are kept. Raises InvalidBrand and InvalidColour for the first that cannot be."""
    for name, longest in _LONGEST.items():
        shortest = 0 if name in _MAY_BE_EMPTY else 1
        if not is_line(getattr(wanted, name), longest=longest, shortest=shortest):
            raise InvalidBrand(f"Give one line of at most {longest} characters.", field=name)
    for name in ("support_email", "reply_to"):
        value = getattr(wanted, name)
        if (value or name == "support_email") and not is_email(value):
            raise InvalidBrand("Give an email address, such as help@example.com.", field=name)
    if any(mark in wanted.sender_name for mark in "@<>"):
        raise InvalidBrand("Give a name without @ and angle brackets.", field="sender_name")
    if wanted.font not in FONTS:
        raise InvalidBrand("Choose one of the fonts.", field="font")
    kept = {**wanted.to_json(), "primary": parse(wanted.primary), "host": _host(wanted.host)}
    return Choices.from_json(kept)


def tokens_of(choices: Choices, *, logo: str = "", logo_dark: str = "") -> dict[str, str]:
    """Derive what pages, emails, documents and frames read: CSS tokens, and names without dashes for the rest.

    `logo` and `logo_dark` name the pictures, empty for none. Raises InvalidColour.
    """
    family = FONTS[choices.font]
    rest = {
        "font": choices.font,
        "logo": logo,
        "logo_dark": logo_dark,
        "logo_alt": choices.logo_alt,
        "sender_name": choices.sender_name,
        "reply_to": choices.reply_to,
    }
    return {
        **derive(choices.primary).tokens(),
        **({"--font": family} if family else {}),
        **{name: value for name, value in rest.items() if value and value != "system"},
    }


def _host(wanted: str) -> str:
    """Return a public host name in lower case; empty for none."""
    host = wanted.strip().lower().rstrip(".")
    if not host:
        return ""
    labels = host.split(".")
    whole = len(host) <= _MAX_HOST and len(labels) > 1 and all(map(_LABEL.fullmatch, labels))
    if not whole or labels[-1].isdecimal() or labels[-1] in _NOT_PUBLIC:
        raise InvalidBrand(
            "Give a host name of your own on the internet, such as pay.example.com.", field="host"
        )
    return host
