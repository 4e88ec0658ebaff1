"""What both faces need to hand out receipts and statements: the day that was asked for, and the file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.http import HttpRequest, HttpResponse

from fareledger.faces.shared.responses import not_stored
from fareledger.usecases.show_statement import Statement, StatementInFuture

_LONGEST: Final = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedStatement:
    """The statement a request asks for; with a `fault` it is today's, and `text` is what was typed."""

    statement: Statement
    text: str
    fault: str


def asked_statement(request: HttpRequest, *, draw: Callable[[date | None], Statement]) -> AskedStatement:
    """Read `as_at` of a request and draw the statement up; a day that is none, or to come, is a fault."""
    text = request.GET.get("as_at", "").strip()[:_LONGEST]
    try:
        found = draw(date.fromisoformat(text) if text else None)
    except ValueError:
        return AskedStatement(statement=draw(None), text=text, fault="no_date")
    except StatementInFuture as refusal:
        return AskedStatement(statement=draw(None), text=text, fault=refusal.code)
    return AskedStatement(statement=found, text=found.as_at.isoformat(), fault="")


def pdf_file(content: bytes, *, name: str) -> HttpResponse:
    """Answer with a PDF under a plain ASCII name, which no cache keeps."""
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return not_stored(answer)
