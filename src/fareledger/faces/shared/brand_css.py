"""A brand's tokens as CSS, for the portal and for the preview of a draft."""

import re
from collections.abc import Mapping
from typing import Final

# What a token may hold; anything else could end the rule it stands in.
_TOKEN: Final = re.compile(r"--[a-z0-9-]+")
_VALUE: Final = re.compile(r"[#a-zA-Z0-9(),. %-]+")


def declarations(brand: Mapping[str, str]) -> list[str]:
    """Return one declaration for every custom property of a brand; what is none of CSS is left out."""
    return [
        f"{token}: {value};"
        for token, value in brand.items()
        if _TOKEN.fullmatch(token) and _VALUE.fullmatch(value)
    ]
