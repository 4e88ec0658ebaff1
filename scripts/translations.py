"""Bring the catalogues of the customers' languages up to what the templates and modules say.

New sentences get an empty place, those that are gone are taken out, and what a translator wrote is kept. A catalogue
with an empty place does not pass the tests. Nothing is translated here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

SHARED = Path(__file__).resolve().parent.parent / "src" / "fareledger" / "faces" / "shared"
LOCALES = SHARED / "locale"
# Letters to staff are in English, and so are the pages of the back office.
SOURCES = {
    "emails": ("templates/email/[!s]*", "templates/email/standing.j2", "email_facts.py", "pdf/invoice.py"),
    "receipts": ("receipt_words.py", "pdf/papers.py"),
    "portal": ("../portal/templates/portal/*.html", "consent_words.py"),
}
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2)}
OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}


def sentences(domain: str) -> Catalog:
    """Return every sentence of one domain, in the order in which it is read."""
    found = Catalog(charset="utf-8")
    for pattern in SOURCES[domain]:
        for path in sorted(SHARED.glob(pattern)):
            method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
            with path.open("rb") as file:
                for _, message, _, context in extract(
                    method, file, keywords=KEYWORDS, options=OPTIONS if method != "python" else {}
                ):
                    found.add(message, context=context)
    return found


def catalogues(domain: str) -> Iterator[Path]:
    """Yield the catalogue files of one domain."""
    yield from sorted(LOCALES.glob(f"*/LC_MESSAGES/{domain}.po"))


def brought_up(path: Path, *, wanted: Catalog) -> bytes:
    """Return what a catalogue file should hold."""
    with path.open("rb") as file:
        kept = read_po(file, locale=path.parent.parent.name)
    fresh = Catalog(locale=path.parent.parent.name, charset="utf-8")
    for message in wanted:
        if message.id:
            old = kept.get(message.id[0] if isinstance(message.id, tuple) else message.id, message.context)
            translated = old.string if old and old.string and any(old.string) else None
            # English of another country holds only what it spells otherwise.
            if translated or fresh.locale_identifier.partition("_")[0] != "en":
                fresh.add(message.id, translated, context=message.context)
    return written(fresh)


def written(catalogue: Catalog) -> bytes:
    """Return a catalogue as text without dates or places, so that only sentences make a difference."""
    head = f"# What customers read in {Locale.parse(str(catalogue.locale)).english_name}.\n"
    head += 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
    head += f'"Language: {catalogue.locale_identifier}\\n"\n"Plural-Forms: {catalogue.plural_forms}\\n"\n\n'
    body = BytesIO()
    write_po(body, catalogue, omit_header=True, width=0, no_location=True)
    return head.encode() + body.getvalue().lstrip(b"\n")


def main() -> int:
    """Rewrite every catalogue that differs and name it; return 1 when one differed."""
    changed = 0
    for domain in SOURCES:
        wanted = sentences(domain)
        for path in catalogues(domain):
            text = brought_up(path, wanted=wanted)
            if text != path.read_bytes():
                path.write_bytes(text)
                print(path.relative_to(LOCALES))
                changed = 1
    return changed


if __name__ == "__main__":
    sys.exit(main())
