"""A customer who comes into the portal of the past: through a link that was asked for, to agree to what is scheduled or
to take it back.

The mail with the link is read in the outbox, as its reader would; what is agreed to are the words the page shows.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from fareledger.config.demo.content.card_holder import GOOD_CARDS
from fareledger.config.demo.content.office import Office
from fareledger.domain.access import own_actor
from fareledger.domain.identity import new_id
from fareledger.faces.shared.consent_words import VERSION, Agreed, consent_words
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.approval_records import ShownConsent
from fareledger.usecases.approve_rows import ApprovalForm, approve_rows
from fareledger.usecases.ask_setups import refresh_setup
from fareledger.usecases.open_portal_session import Visit, session_of, spend_link
from fareledger.usecases.portal_tokens import link_token
from fareledger.usecases.review_approvals import Review, review_approvals
from fareledger.usecases.send_portal_link import send_portal_link
from fareledger.usecases.set_up_card import CardForm
from fareledger.usecases.show_booking import RowView
from fareledger.usecases.withdraw_approval import withdraw_approval

# Set apart for examples.
_ADDRESS = "203.0.113.24"
_BROWSER = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Safari/604.1"
)
_EXPIRY = "11 / 31"


class Visitor:
    """One visit of the customer of one booking, with the mailbox as proof."""

    def __init__(self, office: Office, *, booking_id: UUID) -> None:
        """Ask for a link and follow it."""
        self._office = office
        self._visit = _come_in(office, booking_id=booking_id)

    def approve(self, *, card: str = GOOD_CARDS[0], expiry: str = _EXPIRY, first: int | None = None) -> None:
        """Agree to everything that is scheduled, or to the `first` few payments; enter a card if one is asked for."""
        self._office.both_clocks()
        review = review_approvals(self._office.operator, visit=self._visit)
        if first is not None:
            only = {row.id for row in review.offered[:first]}
            review = review_approvals(self._office.operator, visit=self._visit, only=only)
        request = approve_rows(
            self._office.operator, visit=self._visit, form=_form(review, office=self._office)
        )
        if request.setup is not None:
            self._office.card_holder.pay(request.setup.frame_url, card=card, expiry=expiry)
            refresh_setup(self._office.operator, setup_id=request.setup.id)

    def withdraw(self, which: Callable[[list[RowView]], RowView]) -> None:
        """Take the approval of one payment back."""
        approved = review_approvals(self._office.operator, visit=self._visit).approved
        row = which(sorted(approved, key=lambda one: one.due_date))
        if row.approval is None:
            raise RuntimeError("what is approved has an approval")
        withdraw_approval(
            self._office.operator,
            visit=self._visit,
            transaction_id=row.id,
            approval_id=row.approval.id,
        )


def _come_in(office: Office, *, booking_id: UUID) -> Visit:
    operator = office.operator
    office.mail_is_urgent = True
    send_portal_link(operator, booking_id=booking_id, asked_by="customer", actor=own_actor("Customer"))
    with operator_transaction(operator.id):
        mails = EmailMessage.objects.filter(
            operator_id=operator.id, booking_id=booking_id, kind="portal_link", status="queued"
        )
        seed = str(mails.order_by("-queued_at", "-id")[0].payload["link_seed"])
    visit = session_of(operator, token=spend_link(operator, token=link_token(seed)).token)
    if visit is None:
        raise RuntimeError("a visit that has just begun has ended")
    return visit


def _form(review: Review, *, office: Office) -> ApprovalForm:
    booking = review.billing.booking
    card = review.card
    agreed = Agreed(
        payments=tuple((row.due_date, row.amount_minor) for row in review.wanted),
        currency=booking.currency,
        card=(card.card_brand, card.card_last4) if card else None,
    )
    locale = booking.customer_locale
    words = consent_words(office.operator, agreed=agreed, locale=locale)
    return ApprovalForm(
        shown=review.shown,
        mandate_id=card.id if card else None,
        agreed=True,
        consent=ShownConsent(
            text=words.text, version=VERSION, locale=locale, ip=_ADDRESS, user_agent=_BROWSER
        ),
        form_key=str(new_id()),
        card_form=CardForm(return_url=office.portal_url, locale=locale, frame_style={}),
    )
