"""The payouts of acquirers: the list, and one payout with its equation and its lines. Read only."""

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from fareledger.faces.backoffice.pages import Staff, page, staff_page
from fareledger.faces.backoffice.words import say
from fareledger.usecases.show_payouts import list_payouts, show_payout

PAGE = 50


@staff_page
@require_safe
def listing(request: HttpRequest, *, staff: Staff) -> HttpResponse:
    """List payouts, newest first; `before` in the address goes on from one of them."""
    shown = list_payouts(staff.operator, before=_uuid_or_404(request.GET.get("before")), limit=PAGE)
    context = {"section": "settlements", "shown": shown, "first_page": "before" not in request.GET}
    return page(request, staff=staff, template="office/settlements.html", context=context)


@staff_page
@require_safe
def detail(request: HttpRequest, *, staff: Staff, payout_id: UUID) -> HttpResponse:
    """Show one payout; `after` in the address goes on from a line's position."""
    after = request.GET.get("after", "-1")
    if not after.removeprefix("-").isdecimal() or len(after) > len("-1000000000"):
        raise Http404
    shown = show_payout(staff.operator, payout_id=payout_id, after=int(after))
    context = {"section": "settlements", "shown": shown, "payout": shown.payout, "say": say}
    return page(request, staff=staff, template="office/settlement.html", context=context)


def _uuid_or_404(text: str | None) -> UUID | None:
    if text is None:
        return None
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None
