"""A brand's tokens as CSS, for the portal and the preview of a draft, and as plain colours for letters and papers."""

import re
from collections.abc import Mapping
from typing import Final

# What a token may hold; anything else could end the rule it stands in.
_TOKEN: Final = re.compile(r"--[a-z0-9-]+")
_VALUE: Final = re.compile(r"[#a-zA-Z0-9(),. %-]+")
_LIGHT_DARK: Final = re.compile(r"light-dark\(\s*(#[0-9a-fA-F]{3,6})\s*,\s*(#[0-9a-fA-F]{3,6})\s*\)")


def on_paper(value: str) -> str:
    """Return the colour of a token on light ground."""
    both = _LIGHT_DARK.fullmatch(value)
    return value if both is None else both[1]


def on_dark(value: str) -> str:
    """Return the colour of a token on dark ground."""
    both = _LIGHT_DARK.fullmatch(value)
    return value if both is None else both[2]


def declarations(brand: Mapping[str, str]) -> list[str]:
    """Return one declaration for every custom property of a brand; what is none of CSS is left out."""
    return [
        f"{token}: {value};"
        for token, value in brand.items()
        if _TOKEN.fullmatch(token) and _VALUE.fullmatch(value)
    ]
