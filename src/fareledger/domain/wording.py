"""What short texts from outside may look like: names, references, addresses and locales.

Shapes only. Whether a mailbox exists or a reference is free, others find out.
"""

import re
import unicodedata
from typing import Final

LOCALES: Final = ("en-GB", "en-US", "de-DE", "fr-FR", "es-ES", "it-IT", "nl-NL", "ja-JP", "ar")

MAX_REFERENCE: Final = 40
MAX_EMAIL: Final = 254

# Control characters, lone surrogates and line breaks: PostgreSQL refuses some, mail headers break on others.
_UNPRINTABLE: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
# A reference is part of an address, so what has a meaning there is left out.
_RESERVED: Final = frozenset('/\\?#%"<>')
# The part before the @ is ASCII, since few mail servers take another; a domain may be in any script.
_EMAIL: Final = re.compile(
    r"(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+"
)
_WORD: Final = re.compile(r"[a-z][a-z0-9_]{0,29}")


def is_line(text: object, *, longest: int, shortest: int = 1) -> bool:
    """Say whether this is one line of printable text within these lengths, and not only spaces."""
    if not isinstance(text, str) or not shortest <= len(text) <= longest:
        return False
    if shortest and not text.strip():
        return False
    return not any(unicodedata.category(character) in _UNPRINTABLE for character in text)


def is_text(text: object, *, longest: int) -> bool:
    """Say whether this is at most so many characters of printable text in lines, and not only spaces."""
    if not isinstance(text, str) or not text.strip() or len(text) > longest:
        return False
    return all(is_line(line, longest=longest, shortest=0) for line in text.split("\n"))


def is_word(text: object) -> bool:
    """Say whether this is a lower-case word as the API uses for kinds, such as `hotel` or `rail_pass`."""
    return isinstance(text, str) and _WORD.fullmatch(text) is not None


def is_reference(text: object) -> bool:
    """Say whether this can be a booking reference: 1 to 40 visible characters, one a letter or digit."""
    if not isinstance(text, str) or not is_line(text, longest=MAX_REFERENCE):
        return False
    visible = all(unicodedata.category(character)[0] not in "ZC" for character in text)
    return visible and _RESERVED.isdisjoint(text) and 0 < len(reference_key(text)) <= MAX_REFERENCE


def reference_key(reference: str) -> str:
    """Give what people's spellings of one reference share: "trv 48213" and "TRV-48213" become "TRV48213"."""
    folded = unicodedata.normalize("NFKC", reference).upper()
    return "".join(character for character in folded if character.isalnum())


def is_email(text: object) -> bool:
    """Say whether this has the shape of an email address."""
    return isinstance(text, str) and is_line(text, longest=MAX_EMAIL) and _EMAIL.fullmatch(text) is not None
