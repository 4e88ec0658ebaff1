"""Bringing bookings in from a file: handing it in, following how far it is, and reading what was refused and why."""

import csv
import io
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from fareledger.domain.access import Permission
from fareledger.domain.errors import Refused
from fareledger.faces.backoffice.exports import harmless
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.import_examples import EXAMPLES
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.hand_in_import import (
    MAX_BYTES,
    EmptyImport,
    ImportFile,
    ImportTooLarge,
    hand_in_import,
)
from fareledger.usecases.run_import import MAX_REASONS
from fareledger.usecases.show_import import ImportView, list_imports, show_import

CHANNEL = "back_office"
_TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl; charset=utf-8"}


@staff_page
@require_http_methods(["GET", "HEAD", "POST"])
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the form, how a file must look, and the imports there were; a POST hands a file in."""
    if request.method != "POST":
        return _form(request, staff=staff, faults=[])
    staff.actor.require(Permission.CHANGE_BOOKINGS)
    try:
        import_id = hand_in_import(staff.operator, file=_file(request), actor=staff.actor, channel=CHANNEL)
    except Refused as refusal:
        if refusal.code == "not_permitted":
            raise
        return _form(request, staff=staff, faults=[Fault("file", refusal.message)])
    return SeeOther(reverse("office_import", kwargs={"import_id": import_id}))


@staff_page
@require_safe
def detail(request: HttpRequest, *, staff: Staff, import_id: UUID) -> HttpResponse:
    """Show how far one import is, and what it refused."""
    shown = show_import(staff.operator, import_id=import_id)
    return page(request, staff=staff, template="office/import.html", context=_about(shown))


@staff_page
@require_safe
def live(request: HttpRequest, *, staff: Staff, import_id: UUID) -> HttpResponse:
    """Answer the part of the page that changes while the import runs, or 204 while it is as it was."""
    shown = show_import(staff.operator, import_id=import_id)
    if request.GET.get("seen") == _mark(shown):
        return HttpResponse(status=204)
    context = {**_about(shown), "zone": staff.operator.time_zone, "operator": staff.operator}
    return render(request, "office/import_live.html", context)


@staff_page
@require_safe
def report(request: HttpRequest, *, staff: Staff, import_id: UUID) -> HttpResponse:
    """Answer what was refused as CSV, a line a reason."""
    shown = show_import(staff.operator, import_id=import_id)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(("Line", "Field", "Reason"))
    writer.writerows((row.line, harmless(row.field), harmless(row.reason)) for row in shown.reasons)
    answer = HttpResponse(text.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="import-{shown.id}-refused.csv"'
    return answer


@staff_page
@require_safe
def example(request: HttpRequest, *, staff: Staff, file_format: str) -> HttpResponse:
    """Answer a small file that can be imported as it stands, once its currency is one of the operator's."""
    if file_format not in EXAMPLES:
        raise Http404
    content = EXAMPLES[file_format](staff.operator.currencies[0])
    answer = HttpResponse(content.encode(), content_type=_TYPES[file_format])
    answer["Content-Disposition"] = f'attachment; filename="bookings.{file_format}"'
    return answer


def _file(request: HttpRequest) -> ImportFile:
    sent = request.FILES.get("file")
    if sent is None:
        raise EmptyImport
    if (sent.size or 0) > MAX_BYTES:
        raise ImportTooLarge
    chosen = request.POST.get("format", "")
    known = chosen if chosen in ("csv", "jsonl") else None
    return ImportFile(name=sent.name or "", content=sent.read(), format=known)  # type: ignore[arg-type]  # one of two


def _form(request: HttpRequest, *, staff: Staff, faults: list[Fault]) -> HttpResponse:
    context: dict[str, object] = {
        "section": "bookings",
        "imports": list_imports(staff.operator),
        "faults": faults,
        "max_mb": MAX_BYTES // 1024**2,
        "chosen": request.POST.get("format", ""),
    }
    return page(
        request, staff=staff, template="office/imports.html", status=422 if faults else 200, context=context
    )


def _about(shown: ImportView) -> dict[str, object]:
    return {
        "section": "bookings",
        "run": shown,
        "mark": _mark(shown),
        "max_reasons": MAX_REASONS,
    }


def _mark(shown: ImportView) -> str:
    return f"{shown.status}-{shown.bookings}"
