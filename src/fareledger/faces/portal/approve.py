"""Agreeing to scheduled payments: the review with its consent box, and what came of it.

Nothing is ticked for the customer. The card that payments are taken from is stored on the provider's own form, which
is `approve_card.py`; taking consent back is `withdraw.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from fareledger.domain.approvals import Wanted
from fareledger.domain.errors import FareledgerError
from fareledger.faces.portal.approve_form import (
    Sent,
    StaleForm,
    approval_form,
    mark_of,
    read_sent,
    way_back,
    words_of,
)
from fareledger.faces.portal.brand import frame_style
from fareledger.faces.portal.frame import page
from fareledger.faces.portal.home import booking_context
from fareledger.faces.portal.languages import reading_locale
from fareledger.faces.portal.pay_attempt import address_of_attempt
from fareledger.faces.portal.visits import Guest, guest_page
from fareledger.faces.shared.jinja import url
from fareledger.faces.shared.responses import SeeOther
from fareledger.faces.shared.wording import masked_email
from fareledger.usecases.approve_rows import (
    CardChanged,
    ConsentNotGiven,
    FormUsedElsewhere,
    NothingToApprove,
    RowsChanged,
    approve_rows,
    give_up,
)
from fareledger.usecases.booking_views import RowView
from fareledger.usecases.provider_accounts import NoProviderAccount
from fareledger.usecases.review_approvals import Review, review_approvals
from fareledger.usecases.show_setup import RequestView
from fareledger.usecases.start_payment import PaymentForm, PaymentInProgress, start_payment

_REFUSALS = (
    StaleForm,
    ConsentNotGiven,
    NothingToApprove,
    RowsChanged,
    CardChanged,
    FormUsedElsewhere,
    NoProviderAccount,
)


@require_http_methods(["GET", "HEAD", "POST"])
@guest_page
def approve(request: HttpRequest, *, guest: Guest) -> HttpResponse:
    """Show what can be approved; on POST, take the consent and lead on."""
    if request.method != "POST":
        review = review_approvals(
            guest.operator,
            visit=guest.visit,
            only=_asked_rows(request),
            new_card=request.GET.get("card") == "new",
        )
        return _review_page(request, guest=guest, review=review)
    # Proof first: whoever must show it comes back to this page with a new form.
    review = review_approvals(guest.operator, visit=guest.visit)
    sent: Sent | None = None
    try:
        sent = read_sent(request)
        form = approval_form(request, guest=guest, sent=sent, billing=review.billing)
        taken = approve_rows(guest.operator, visit=guest.visit, form=form)
    except _REFUSALS as refusal:
        return _refused(request, guest=guest, sent=sent, refusal=refusal)
    if sent.pay is not None and taken.state == "waiting":
        return _with_payment(request, guest=guest, sent=sent, taken=taken)
    return SeeOther(address_after(guest, taken=taken))


def address_after(guest: Guest, *, taken: RequestView) -> str:
    """Return where a consent leads: to the card form while it waits for its card, else to what came of it."""
    if taken.state == "waiting" and taken.setup is not None and taken.setup.in_frame:
        return url("portal_approve_card", slug=guest.operator.slug, setup_id=taken.setup.id)
    return url("portal_approved", slug=guest.operator.slug, request_id=taken.id)


def _with_payment(request: HttpRequest, *, guest: Guest, sent: Sent, taken: RequestView) -> HttpResponse:
    """Start the payment whose card is kept for the consent, and lead on to its form."""
    row_id, amount_minor = sent.pay or (taken.id, 0)
    billing = review_approvals(guest.operator, visit=guest.visit).billing
    form = PaymentForm(
        booking_id=guest.visit.booking_id,
        transaction_id=row_id,
        amount_minor=amount_minor,
        form_key=f"{sent.form_key[:58]}-pay",
        channel="portal",
        return_url=way_back(request, guest=guest, name="portal_outcome", place="attempt"),
        locale=reading_locale(request, operator=guest.operator, customer=billing.booking.customer_locale),
        frame_style=frame_style(guest.operator),
        request_id=taken.id,
        visit=guest.visit,
    )
    try:
        attempt = start_payment(guest.operator, form=form)
    except PaymentInProgress as standing:
        give_up(guest.operator, visit=guest.visit, request_id=taken.id)
        attempt = standing.attempt
    except FareledgerError as refusal:
        give_up(guest.operator, visit=guest.visit, request_id=taken.id)
        return _refused(request, guest=guest, sent=sent, refusal=refusal)
    return SeeOther(address_of_attempt(guest, attempt=attempt))


def _asked_rows(request: HttpRequest) -> Sequence[UUID]:
    found = []
    for text in request.GET.getlist("row")[:200]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found


def _refused(
    request: HttpRequest, *, guest: Guest, sent: Sent | None, refusal: FareledgerError
) -> HttpResponse:
    """Show the page anew with what was wrong; what had been shown stands beside what is so now."""
    rows = sent.rows if sent else ()
    only = tuple(one.row_id for one in rows)
    new_card = sent is not None and sent.mandate_id is None
    review = review_approvals(guest.operator, visit=guest.visit, only=only, new_card=new_card)
    if not review.wanted and review.offered:
        review = review_approvals(guest.operator, visit=guest.visit)
    before = _changed(rows, review=review) if isinstance(refusal, RowsChanged) else ()
    return _review_page(request, guest=guest, review=review, refusal=refusal.code, before=before)


def _changed(rows: Sequence[Wanted], *, review: Review) -> tuple[tuple[Wanted, RowView | None], ...]:
    """Return what was shown and is not so any more, each with how it is now (None: not there, or not to approve)."""
    now = {row.id: row for row in review.wanted}
    pairs = ((one, now.get(one.row_id)) for one in rows)
    return tuple(
        (one, row)
        for one, row in pairs
        if row is None or (row.amount_minor, row.due_date) != (one.amount_minor, one.due_date)
    )


def _review_page(
    request: HttpRequest,
    *,
    guest: Guest,
    review: Review,
    refusal: str = "",
    before: Sequence[tuple[Wanted, RowView | None]] = (),
) -> HttpResponse:
    billing = review.billing
    words = words_of(
        request,
        guest=guest,
        billing=billing,
        rows=review.shown,
        mandate_id=review.card.id if review.card else None,
    )
    context = {
        **booking_context(guest, billing=billing),
        "review": review,
        "words": words,
        "mark": mark_of(words),
        "refusal": refusal,
        "before": before,
        "to": masked_email(billing.booking.customer_email),
        "due_now": _due_now(review),
        "withdrawn": request.GET.get("withdrawn") == "1",
        "single": len(review.wanted) == 1 and len(review.offered) > 1,
    }
    status = 422 if refusal else 200
    return page(request, operator=guest.operator, template="approve.html", context=context, status=status)


def _due_now(review: Review) -> RowView | None:
    """Return the payment that is due already, which can be made with the card that is about to be stored."""
    if review.card is not None or not review.wanted:
        return None
    billing = review.billing
    if any(one.live for one in billing.attempts):
        return None
    due = (row for row in billing.open_rows if row.kind == "payment" and row.due_date <= billing.today)
    return next((row for row in due if row.approval is None or row in review.left_out), None)
