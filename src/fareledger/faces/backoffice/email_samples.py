"""The settings page on which every kind of email can be read in every language, in the operator's brand.

What it shows are samples: nothing is sent or stored.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.domain.wording import LOCALES
from fareledger.faces.backoffice.email_frames import asked_kind, framed, with_frame
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.words import say
from fareledger.faces.shared.email_samples import KINDS, sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email
from fareledger.faces.shared.pdf.invoice import invoice_file_name, invoice_logo, invoice_pdf
from fareledger.faces.shared.translation import language_name
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.send_email import RenderedEmail


@staff_page
@require_safe
def samples(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show one kind of email in one language."""
    kind = asked_kind(request, known=KINDS)
    asked = request.GET.get("locale", staff.operator.locale)
    locale = asked if asked in LOCALES else LOCALES[0]
    context: dict[str, object] = {
        "section": "settings",
        "kinds": KINDS,
        "kind": kind,
        "languages": [(code, language_name(code)) for code in LOCALES],
        "locale": locale,
        "email": _sample(staff, kind=kind, locale=locale),
        "say": say,
    }
    return with_frame(page(request, staff=staff, template="office/email_samples.html", context=context))


@staff_page
@require_safe
def sample_html(request: HttpRequest, *, staff: Staff, kind: str, locale: str) -> HttpResponse:
    """Give the HTML of a sample for its frame."""
    _known(kind, locale=locale)
    return framed(_sample(staff, kind=kind, locale=locale).html)


@staff_page
@require_safe
def sample_invoice(request: HttpRequest, *, staff: Staff, locale: str) -> HttpResponse:
    """Give the sample invoice as PDF."""
    _known("invoice", locale=locale)
    _, facts = sample_facts(staff.operator, kind="invoice")
    about = sample_about(staff.operator, locale=locale)
    return pdf_answer({**about, **facts}, operator=staff.operator)


def pdf_answer(facts: dict[str, object], *, operator: Operator) -> HttpResponse:
    """Answer with an invoice as a file."""
    content = invoice_pdf(facts, logo=invoice_logo(operator, facts=facts))
    answer = HttpResponse(content, content_type="application/pdf")
    name = invoice_file_name(facts).encode("ascii", "replace").decode().replace("?", "-")
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    return answer


def _known(kind: str, *, locale: str) -> None:
    if kind not in KINDS or locale not in LOCALES:
        raise Http404


def _sample(staff: Staff, *, kind: str, locale: str) -> RenderedEmail:
    drawn, facts = sample_facts(staff.operator, kind=kind, locale=locale)
    about = sample_about(staff.operator, locale=locale)
    return preview_email(staff.operator, kind=drawn, about=about, facts=facts)
