"""What somebody who cannot see a PDF hears of it: outloud's findings, and the few facts readers show themselves."""

import io
from pathlib import Path
from typing import Any

import outloud
import pypdf


def heard(pdf: bytes, /, *, folder: Path) -> list[str]:
    """Check a PDF as PDF/UA-1 and beyond; return every error and warning, none for a good one."""
    path = folder / "checked.pdf"
    path.write_bytes(pdf)
    result = outloud.check(str(path))
    assert result.error is None, result.error
    assert result.stats["pages"] == len(read(pdf).pages)
    return [
        f"{one.rule} {one.message}: {one.evidence}"
        for one in result.findings
        if one.severity in ("error", "warning")
    ]


def read(pdf: bytes, /) -> pypdf.PdfReader:
    """Open a PDF."""
    return pypdf.PdfReader(io.BytesIO(pdf))


def assert_tells_what_it_is(pdf: bytes, /, *, title: str, language: str) -> None:
    """Check what a reader shows before a page is read: title, language, that it is tagged, and the standard."""
    opened = read(pdf)
    catalogue: Any = opened.trailer["/Root"]
    assert str(catalogue["/Lang"]).partition("-")[0] == language
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert opened.metadata is not None
    assert title in str(opened.metadata.title)
    meaning = catalogue["/Metadata"].get_object().get_data().decode()
    assert "<pdfuaid:part>1</pdfuaid:part>" in meaning


def pictures_heard(pdf: bytes, /) -> list[str]:
    """Return what is read out in place of each picture."""
    root: Any = read(pdf).trailer["/Root"]
    waiting, found = [root["/StructTreeRoot"]], []
    while waiting:
        one = waiting.pop()
        if one.get("/S") == "/Figure":
            found.append(str(one.get("/Alt", "")))
        inner = one.get("/K", [])
        for each in inner if isinstance(inner, list) else [inner]:
            child = each.get_object()
            if hasattr(child, "get"):
                waiting.append(child)
    return found


def untagged(pdf: bytes, /) -> bytes:
    """The same pages without anything that says what is what."""
    return _changed(pdf, without=("/StructTreeRoot", "/MarkInfo"))


def without_a_language(pdf: bytes, /) -> bytes:
    """The same document in no language."""
    return _changed(pdf, without=("/Lang",))


def _changed(pdf: bytes, /, *, without: tuple[str, ...]) -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    for key in without:
        del writer._root_object[pypdf.generic.NameObject(key)]
    made = io.BytesIO()
    writer.write(made)
    return made.getvalue()
