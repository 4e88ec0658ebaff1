"""The endpoints that read what a booking costs and what moved: figures with the plan, and the journal behind them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from ninja import Router

from fareledger.faces.api import examples, keys
from fareledger.faces.api.answers import BillingAnswer, LedgerAnswer
from fareledger.faces.api.bookings import Reference
from fareledger.faces.api.declared import OF_BOOKING, endpoint
from fareledger.faces.api.etags import billing_tag, ledger_tag, unless_known
from fareledger.faces.api.keys import caller_of, is_staff
from fareledger.faces.api.parameters import refuse_unknown
from fareledger.faces.api.sending import Done, send
from fareledger.faces.api.write_answers import billing_answer, ledger_answer
from fareledger.usecases.show_booking import billing_by_reference

router = Router(tags=["Billing"])


@router.get(
    "/bookings/{reference}/billing",
    summary="Read figures and payment plan",
    **endpoint(
        "get_billing",
        scope=keys.READ,
        answers={200: BillingAnswer},
        problems=OF_BOOKING,
        examples=examples.GET_BILLING,
    ),
)
def get_billing(request: HttpRequest, *, reference: Reference) -> HttpResponse:
    """Answer what a booking costs, what was paid and refunded, what has still to move, and its plan."""
    refuse_unknown(request)
    staff = is_staff(request)
    billing = billing_by_reference(caller_of(request).operator, reference=reference)
    tag = billing_tag(billing, staff=staff)
    done = Done(body=billing_answer(billing, staff=staff), headers={"ETag": tag})
    return unless_known(request, tag=tag) or send(done)


@router.get(
    "/bookings/{reference}/ledger",
    summary="Read journal entries",
    **endpoint(
        "get_ledger",
        scope=keys.READ,
        answers={200: LedgerAnswer},
        problems=OF_BOOKING,
        examples=examples.GET_LEDGER,
    ),
)
def get_ledger(request: HttpRequest, *, reference: Reference) -> HttpResponse:
    """Answer the balanced entries behind a booking's figures, each with its lines and hashes."""
    refuse_unknown(request)
    billing = billing_by_reference(caller_of(request).operator, reference=reference)
    tag = ledger_tag(billing)
    return unless_known(request, tag=tag) or send(Done(body=ledger_answer(billing), headers={"ETag": tag}))
