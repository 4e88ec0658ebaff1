"""Everybody can read the papers, also those who hear them: receipts, statements and invoices are PDF/UA in every
language, and the check that says so can fail."""

from __future__ import annotations

from pathlib import Path

import pytest
import typst

from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.email_samples import sample_about, sample_facts
from fareledger.faces.shared.pdf.invoice import invoice_pdf
from fareledger.faces.shared.pdf.papers import receipt_pdf, statement_pdf
from fareledger.persistence.operators import Operator
from fareledger.usecases.show_receipt import show_receipt
from fareledger.usecases.show_statement import show_statement
from tests.papers.test_receipts import lived
from tests.support.invoices import with_a_bank
from tests.support.papers import assert_tells_what_it_is, heard, untagged, without_a_language

A_TABLE_WITHOUT_HEADS = """
#set document(title: "Sums")
#set text(lang: "en")
= Sums
#table(columns: 2, [Paid], [100], [Left], [200], [Total], [300])
"""


def papers(operator: Operator, *, locale: str) -> dict[str, bytes]:
    """Every kind of paper in one language."""
    booking_id = lived(operator).booking.id
    statement = show_statement(operator, booking_id=booking_id)
    receipts = {line.receipt for line in statement.lines if line.receipt}
    found = {name: show_receipt(operator, booking_id=booking_id, name=name) for name in sorted(receipts)}
    _, facts = sample_facts(operator, kind="invoice")
    return {
        **{name: receipt_pdf(operator, receipt=one, locale=locale) for name, one in found.items()},
        statement.booking.reference: statement_pdf(operator, statement=statement, locale=locale),
        "INV-TRV-48213-1": invoice_pdf({**sample_about(operator, locale=locale), **facts}),
    }


@pytest.mark.parametrize("locale", ["en-GB", "de-DE", "ja-JP", "ar"])
def test_nothing_is_found_wrong_with_them(operator: Operator, tmp_path: Path, locale: str) -> None:
    made = papers(with_a_bank(operator), locale=locale)
    assert len(made) == 6
    for name, pdf in made.items():
        assert heard(pdf, folder=tmp_path) == [], name


@pytest.mark.parametrize("locale", LOCALES)
def test_they_tell_what_they_are_in_every_language(operator: Operator, locale: str) -> None:
    for name, pdf in papers(operator, locale=locale).items():
        title = operator.name if name.startswith("TRV") else name
        assert_tells_what_it_is(pdf, title=title, language=locale.partition("-")[0])


def test_the_check_can_fail(operator: Operator, tmp_path: Path) -> None:
    good = papers(operator, locale="en-GB")
    pdf = next(iter(good.values()))
    assert any("StructTreeRoot" in fault for fault in heard(untagged(pdf), folder=tmp_path))
    assert any("lang" in fault.lower() for fault in heard(without_a_language(pdf), folder=tmp_path))
    source = tmp_path / "sums.typ"
    source.write_text(A_TABLE_WITHOUT_HEADS)
    sums = typst.compile(str(source), format="pdf", pdf_standards="ua-1")
    assert isinstance(sums, bytes)
    assert any("no header cell" in fault for fault in heard(sums, folder=tmp_path))
    with pytest.raises(KeyError):
        assert_tells_what_it_is(untagged(pdf), title="", language="en")
