"""Receipts and statements as PDF, one design for both; the words are those of the page.

The same movement gives the same bytes: the document is dated with the day of the money or of the statement, never with
the day it was asked for.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Final

from fareledger.faces.shared.brand_css import on_paper
from fareledger.faces.shared.pdf.invoice import foot_words
from fareledger.faces.shared.pdf.typesetting import families, paper_logo, typeset
from fareledger.faces.shared.receipt_words import receipt_words, statement_words
from fareledger.faces.shared.translation import direction, gettext, speaking, spoken_locale
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.letterhead import letterhead
from fareledger.usecases.show_receipt import Receipt
from fareledger.usecases.show_statement import Statement

_PLAIN_BLACK: Final = "#14171c"
_NOT_IN_A_NAME: Final = re.compile(r"[^A-Za-z0-9.-]+")


def receipt_pdf(operator: Operator, *, receipt: Receipt, locale: str = "") -> bytes:
    """Return a receipt as PDF, in the customer's language where no other locale is named."""
    spoken = _spoken(operator, wanted=locale or receipt.booking.customer_locale)
    words = receipt_words(operator, receipt=receipt, locale=spoken)
    return _paper(operator, words=words, locale=spoken, dated=receipt.on)


def statement_pdf(operator: Operator, *, statement: Statement, locale: str = "") -> bytes:
    """Return a statement as PDF, in the customer's language where no other locale is named."""
    spoken = _spoken(operator, wanted=locale or statement.booking.customer_locale)
    words = statement_words(operator, statement=statement, locale=spoken)
    return _paper(operator, words=words, locale=spoken, dated=statement.as_at)


def receipt_file_name(receipt: Receipt) -> str:
    """Return "R-TRV-48213-2.pdf", without anything a file system or a header might stumble over."""
    return f"{_NOT_IN_A_NAME.sub('-', receipt.name).strip('-')}.pdf"


def statement_file_name(statement: Statement) -> str:
    """Return "Statement-TRV-48213-2027-03-15.pdf"."""
    name = f"Statement-{statement.booking.reference}-{statement.as_at.isoformat()}"
    return f"{_NOT_IN_A_NAME.sub('-', name).strip('-')}.pdf"


def _spoken(operator: Operator, *, wanted: str) -> str:
    return spoken_locale(wanted, fallback=operator.locale)


def _paper(operator: Operator, *, words: Mapping[str, object], locale: str, dated: date) -> bytes:
    language, _, region = locale.partition("-")
    seller = {
        "legal_name": operator.legal_name,
        "address": operator.address,
        "support_email": operator.support_email,
        "support_phone": operator.support_phone,
        "support_hours": operator.support_hours,
        "protection_policy": operator.protection_policy,
    }
    with speaking(locale):
        frame: dict[str, object] = {
            "language": language,
            "region": region,
            "direction": direction(locale),
            "colour": operator.brand.get("--brand") or _PLAIN_BLACK,
            "edge": on_paper(operator.brand.get("--brand-edge", "")) or _PLAIN_BLACK,
            "families": families(operator.brand.get("font", "")),
            "logo": paper_logo(
                letterhead(operator).logo, name=operator.brand.get("logo_alt") or operator.name
            ),
            "seller": operator.name,
            "foot": foot_words(seller, locale=locale),
            "page": gettext("Page"),
        }
    optional: dict[str, object] = {
        "hero": None,
        "note": "",
        "recorded": "",
        "lines": None,
        "lines_title": "",
        "table": [],
    }
    return typeset("paper.typ", facts={**optional, **words, **frame}, dated=dated)
