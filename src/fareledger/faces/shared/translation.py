"""The languages customers are written to in.

English sentences stand in the templates; every other language is a catalogue beside this module, read when it is
first needed and kept for the life of the process. Catalogues are text (`.po`): nothing compiled is committed. Which
language is spoken is set for the length of one rendering, so that worker threads never share it. Amounts and dates
are `formatting.py`, whatever the language.
"""

import gettext as standard
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import Final

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

FOLDER: Final = Path(__file__).parent / "locale"
SOURCE: Final = "en-GB"
_RIGHT_TO_LEFT: Final = ("ar",)
_spoken: ContextVar[str] = ContextVar("spoken", default=SOURCE)


def spoken_locale(wanted: str, *, fallback: str) -> str:
    """Return the locale to write in: the wanted one, else the operator's, else English."""
    return next((locale for locale in (wanted, fallback) if _speaks(locale)), SOURCE)


def direction(locale: str) -> str:
    """Return "ltr" or "rtl", as HTML says it."""
    return "rtl" if locale.partition("-")[0] in _RIGHT_TO_LEFT else "ltr"


def language_name(locale: str) -> str:
    """Return "German (Germany)": a locale as English calls it."""
    return str(Locale.parse(locale.replace("-", "_")).get_display_name("en_GB"))


@contextmanager
def speaking(locale: str) -> Iterator[None]:
    """Let `gettext` and every template speak this locale inside the block."""
    token = _spoken.set(locale)
    try:
        yield
    finally:
        _spoken.reset(token)


def gettext(message: str) -> str:
    """Return an English message in the language that is spoken; one without a translation stays English."""
    return _catalogue(_spoken.get()).gettext(message)


def ngettext(singular: str, plural: str, number: int, /) -> str:
    """Return the form of a message that goes with a number in the language that is spoken."""
    return _catalogue(_spoken.get()).ngettext(singular, plural, number)


def catalogue_files(locale: str) -> tuple[Path, ...]:
    """Return the catalogues of a locale: those of the locale itself, else those of its language."""
    for name in (locale.replace("-", "_"), locale.partition("-")[0]):
        found = tuple(sorted((FOLDER / name / "LC_MESSAGES").glob("*.po")))
        if found:
            return found
    return ()


def read_catalogue(path: Path) -> Catalog:
    """Read one catalogue; one that does not parse raises babel.messages.pofile.PoFileError."""
    with path.open("rb") as file:
        return read_po(file, abort_invalid=True)


def _speaks(locale: str) -> bool:
    return locale == SOURCE or bool(catalogue_files(locale))


@lru_cache(maxsize=32)
def _catalogue(locale: str) -> standard.NullTranslations:
    """Read every catalogue of a locale; what one does not know, the next is asked for."""
    first: standard.NullTranslations = standard.NullTranslations()
    for path in catalogue_files(locale):
        compiled = BytesIO()
        write_mo(compiled, read_catalogue(path))
        compiled.seek(0)
        read = standard.GNUTranslations(compiled)
        read.add_fallback(first)
        first = read
    return first
