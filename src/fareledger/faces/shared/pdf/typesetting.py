"""Turns facts and a typst template of this folder into a PDF that everybody can read, screen readers too (PDF/UA-1).

The same facts give the same bytes: the date of the document is given in, and only the fonts beside this module are
used, never those of the machine. What a document says stands in the module of its kind.
"""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

import typst

from fareledger.domain.logo import logo_type

HERE: Final = Path(__file__).parent
# The family that lies here for each font an operator may choose; other scripts have families of their own.
_FAMILIES: Final[Mapping[str, str]] = {
    "humanist": "Open Sans",
    "geometric": "Montserrat",
    "serif": "Noto Serif",
    "old_style": "EB Garamond",
}
_ALWAYS: Final = ("Noto Sans", "Noto Sans Arabic", "Noto Sans JP")
# Two pixels for each of a screen, so that it is sharp on phones.
_PPI: Final = 144
_PICTURE: Final = """
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#let picture = bytes(json(bytes(sys.inputs.picture)))
#let format = if sys.inputs.format == "" { auto } else { sys.inputs.format }
#context {
  let drawn = image(picture, format: format, height: 40pt)
  if measure(drawn).width > 240pt { image(picture, format: format, width: 240pt) } else { drawn }
}
"""


def typeset(template: str, *, facts: Mapping[str, object], dated: date) -> bytes:
    """Return the PDF of a template such as `invoice.typ`, dated at that day's midnight in UTC."""
    made = typst.compile(
        str(HERE / template),
        root=str(HERE),
        font_paths=_fonts(),
        ignore_system_fonts=True,
        format="pdf",
        sys_inputs={"facts": json.dumps(facts)},
        pdf_standards="ua-1",
        timestamp=datetime(dated.year, dated.month, dated.day, tzinfo=UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError("one document is one run of bytes")
    return made


def families(font: str) -> list[str]:
    """Return the families a document is set in, for the font of a brand."""
    return [*([_FAMILIES[font]] if font in _FAMILIES else []), *_ALWAYS]


def paper_logo(content: bytes, *, name: str) -> dict[str, object] | None:
    """Return a logo as templates take it, read out as `name`; None for none, and for one that cannot be drawn."""
    if not content or not picture_png(content):
        return None
    return {"picture": list(content), "format": _format(content), "name": name}


@lru_cache(maxsize=64)
def picture_png(content: bytes) -> bytes:
    """Draw a logo as PNG, at most 40 high and 240 wide at two pixels each; empty when it cannot be drawn.

    Only the frame of a raster file was checked when it was handed in, and a letter is worth more than its logo.
    """
    try:
        made: object = typst.compile(
            _PICTURE.encode(),
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="png",
            ppi=_PPI,
            sys_inputs={"picture": json.dumps(list(content)), "format": _format(content)},
        )
    except typst.TypstError:
        return b""
    return made if isinstance(made, bytes) else b""


def _format(content: bytes) -> str:
    return "svg" if logo_type(content) == "image/svg+xml" else ""


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")]
    )
