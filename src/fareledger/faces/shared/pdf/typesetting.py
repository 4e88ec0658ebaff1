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

HERE: Final = Path(__file__).parent


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


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(HERE / "fonts")]
    )
