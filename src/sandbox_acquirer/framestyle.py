"""The colours a merchant may give the frame, so that it fits the page around it. Anything unset keeps its own
token.
"""

from __future__ import annotations

import re

from sandbox_acquirer.fields import Fields

COLOURS = ("surface", "ink", "muted", "border", "brand", "brand_on")
_HEX = r"#(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})"
COLOUR = re.compile(rf"(?:{_HEX}|light-dark\(\s*{_HEX}\s*,\s*{_HEX}\s*\))")
RADIUS = re.compile(r"(?:[0-9]|1[0-9]|2[0-4])px")
SCHEMES = ("light", "dark", "light dark")


def validated(fields: Fields) -> dict[str, str] | None:
    """Return the frame style of a payment request, or None when it has none.

    A colour is `#rrggbb` or `light-dark(#rrggbb, #rrggbb)`, a radius 0px to 24px. Raises InvalidRequest for
    anything else: these texts end up in a style sheet.
    """
    if not fields.given("frame_style"):
        return None
    names = (*COLOURS, "radius", "color_scheme")
    style = fields.inner("frame_style", allowed=names)
    given = {name: style.text(name, longest=60) for name in names if style.given(name)}
    for name, value in given.items():
        if name == "radius":
            fits = RADIUS.fullmatch(value) is not None
        elif name == "color_scheme":
            fits = value in SCHEMES
        else:
            fits = COLOUR.fullmatch(value) is not None
        if not fits:
            raise style.refuse(name, message=f"{name} is not a value the frame takes.")
    return given


def declarations(style: dict[str, str] | None) -> str:
    """Return the CSS declarations of a validated style."""
    if not style:
        return ""
    names = {"brand_on": "brand-on", "radius": "radius-s"}
    lines = [
        f"--{names.get(name, name)}: {value};" for name, value in style.items() if name != "color_scheme"
    ]
    scheme = style.get("color_scheme") or _scheme_of(style.get("surface", ""))
    if scheme:
        lines.append(f"color-scheme: {scheme};")
    return ":root { " + " ".join(lines) + " }"


def _scheme_of(surface: str) -> str:
    """Return the scheme a plain surface colour belongs to, so that the tokens beside it stay readable."""
    if not surface.startswith("#"):
        return ""
    digits = surface[1:] if len(surface) == 7 else "".join(digit * 2 for digit in surface[1:])
    red, green, blue = (int(digits[start : start + 2], 16) for start in (0, 2, 4))
    return "light" if red * 299 + green * 587 + blue * 114 >= 128_000 else "dark"
