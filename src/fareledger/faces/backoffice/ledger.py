"""The ledger report, account by month, and the way down from a figure to bookings and to entries. Read
only.
"""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.domain.accounts import Account
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.words import say
from fareledger.usecases import clock
from fareledger.usecases.show_booking import billing_by_reference
from fareledger.usecases.show_ledger_report import Cell, cell_bookings, cell_entries, ledger_report

MONTHS = (3, 6, 12)
DEFAULT_MONTHS = 6


@dataclass(frozen=True)
class _Asked:
    """What the address asks for. `query` is the part that the pages below keep."""

    currency: str
    as_at: date
    months: int
    query: str
    faults: tuple[Fault, ...]


@staff_page
@require_safe
def report(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """Show the report in one currency as at a day."""
    asked = _asked(request, staff=staff)
    shown = ledger_report(staff.operator, currency=asked.currency, as_at=asked.as_at, months=asked.months)
    context = {"section": "ledger", "shown": shown, "asked": asked, "choices": MONTHS, "say": say}
    status = 422 if asked.faults else 200
    return page(request, staff=staff, template="office/ledger.html", status=status, context=context)


@staff_page
@require_safe
def bookings(request: HttpRequest, *, staff: Staff, account: str, month: str) -> HttpResponse:
    """List the bookings behind one cell."""
    asked = _asked(request, staff=staff)
    cell = _cell(account, month=month, asked=asked)
    after = request.GET.get("after", "")[:40]
    shown = cell_bookings(staff.operator, cell=cell, after=after)
    context = {"section": "ledger", "shown": shown, "asked": asked, "cell": cell, "say": say, "month": month}
    return page(request, staff=staff, template="office/ledger_bookings.html", context=context)


@staff_page
@require_safe
def entries(request: HttpRequest, *, staff: Staff, account: str, month: str, reference: str) -> HttpResponse:
    """List the entries of one booking behind one cell."""
    asked = _asked(request, staff=staff)
    cell = _cell(account, month=month, asked=asked)
    booking = billing_by_reference(staff.operator, reference=reference).booking
    shown = cell_entries(staff.operator, cell=cell, booking_id=booking.id)
    context = {
        "section": "ledger", "shown": shown, "asked": asked, "cell": cell, "say": say, "month": month,
        "booking": booking,
    }  # fmt: skip
    return page(request, staff=staff, template="office/ledger_entries.html", context=context)


def _asked(request: HttpRequest, *, staff: Staff) -> _Asked:
    today = clock.today(staff.operator)
    currency = request.GET.get("currency", staff.operator.currencies[0])
    if not (len(currency) == len("GBP") and currency.isascii() and currency.isalpha() and currency.isupper()):
        raise Http404
    faults: tuple[Fault, ...] = ()
    as_at, text = today, request.GET.get("as_at", "")
    try:
        as_at = date.fromisoformat(text) if text else today
    except ValueError:
        faults = (Fault("as-at", "Enter a date such as 2027-03-31"),)
    months = request.GET.get("months", "")
    chosen = int(months) if months in {str(one) for one in MONTHS} else DEFAULT_MONTHS
    query = urlencode({"currency": currency, "as_at": as_at.isoformat(), "months": chosen})
    return _Asked(currency=currency, as_at=as_at, months=chosen, query=query, faults=faults)


def _cell(account: str, *, month: str, asked: _Asked) -> Cell:
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        raise Http404 from None
    if account not in set(Account):
        raise Http404
    return Cell(account=account, currency=asked.currency, month=first, as_at=asked.as_at)
