"""The endpoints that write a booking or read it whole: taking one in, reading it, cancelling it, reinstating it.

One call of a use case each; what is wrong is raised there and answered by `problems.py`. Figures and movements are
read and written in `figures.py` and `transactions.py`.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Path, Query, Router

from fareledger.domain.errors import Refused
from fareledger.domain.wording import reference_key
from fareledger.faces.api import examples, keys
from fareledger.faces.api.declared import KEYED, OF_BOOKING, SENDING, endpoint
from fareledger.faces.api.etags import ABSENT, PreconditionFailed, booking_tag, expected_version, unless_known
from fareledger.faces.api.keys import caller_of
from fareledger.faces.api.once import answered_once
from fareledger.faces.api.parameters import flag, refuse_body, refuse_unknown
from fareledger.faces.api.preview_answers import PreviewAnswer, preview_answer
from fareledger.faces.api.sending import Done, send
from fareledger.faces.api.write_answers import booking_answer
from fareledger.usecases.accept_booking import Accepted, VersionMismatch
from fareledger.usecases.booking_body import BookingBody
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.read_booking import details_of
from fareledger.usecases.save_change import Handling, save_change
from fareledger.usecases.show_booking import billing_by_id, billing_by_reference
from fareledger.usecases.wanted_change import Cancellation, Reinstatement

CHANNEL: Final = "api"

Reference = Annotated[
    str, Path(description="The booking's reference, in any spelling.", examples=["TRV-48213"])
]
Preview = Annotated[bool, Query(description="Say what would happen, and save nothing.")]
Notify = Annotated[bool, Query(description="Email the customer about a change that concerns them.")]

router = Router(tags=["Bookings"])
_CHANGING: Final = ("version_mismatch", "precondition_failed", "invalid_booking")


class ReferenceDiffers(Refused):
    """The address and the body name two bookings."""

    def __init__(self) -> None:
        super().__init__(
            code="reference_differs",
            message="The reference of the body is not the one of the address.",
            field="/reference",
        )


@router.put(
    "/bookings/{reference}",
    summary="Create or change a booking",
    **endpoint(
        "put_booking",
        scope=keys.WRITE,
        answers={200: BookingBody | PreviewAnswer, 201: BookingBody},
        problems=(
            *SENDING,
            *_CHANGING,
            "payment_recorded_otherwise",
            "reference_differs",
            "currency_not_sold",
            "currency_fixed",
        ),
        examples=examples.PUT_BOOKING,
    ),
)
def put_booking(
    request: HttpRequest,
    *,
    reference: Reference,
    body: BookingBody,
    preview: Preview = False,
    notify: Notify = True,
) -> HttpResponse:
    """Take a whole booking in: the first time it is created (201), later it and its payment plan are changed.

    A second copy changes nothing and keeps the ETag. Amounts are whole minor units; without `terms` those of
    the operator apply, or stay as they were agreed. `If-Match` changes only the version you know,
    `If-None-Match: *` only creates. With `preview=true` nothing is saved, and the answer says what would happen.
    """
    refuse_unknown(request, known=("preview", "notify"))
    preview, notify = flag(request, "preview", default=False), flag(request, "notify", default=True)
    caller = caller_of(request)
    if reference_key(reference) != reference_key(body.reference):
        raise ReferenceDiffers
    details = details_of(body, operator=caller.operator)
    expected = expected_version(request, operator=caller.operator, reference=reference)
    if expected not in (None, ABSENT) and body.version not in (None, expected):
        raise VersionMismatch(expected=body.version or 0, current=expected or 0)
    version = body.version if expected is None else expected
    try:
        if preview:
            found = preview_change(
                caller.operator, details=details, actor=caller.actor, expected_version=version
            )
            return send(Done(body=preview_answer(found, operator=caller.operator, notify=notify)))
        handling = Handling(channel=CHANNEL, expected_version=version, notify=notify)
        accepted = save_change(caller.operator, wanted=details, actor=caller.actor, handling=handling)
    except VersionMismatch as mismatch:
        if expected is None:
            raise
        raise PreconditionFailed(current=mismatch.current) from None
    if expected == ABSENT and accepted.outcome != "created":
        raise PreconditionFailed(current=accepted.version)
    return send(_booking(caller.operator, accepted=accepted, address=request.path))


@router.get(
    "/bookings/{reference}",
    summary="Read a booking",
    **endpoint(
        "get_booking",
        scope=keys.READ,
        answers={200: BookingBody},
        problems=OF_BOOKING,
        examples=examples.GET_BOOKING,
    ),
)
def get_booking(request: HttpRequest, *, reference: Reference) -> HttpResponse:
    """Answer a booking as it was last sent, with its version; the reference may be in any spelling."""
    refuse_unknown(request)
    billing = billing_by_reference(caller_of(request).operator, reference=reference)
    tag = booking_tag(billing.booking.version)
    return unless_known(request, tag=tag) or send(Done(body=booking_answer(billing), headers={"ETag": tag}))


@router.post(
    "/bookings/{reference}/cancel",
    summary="Cancel a booking",
    **endpoint(
        "cancel_booking",
        scope=keys.WRITE,
        answers={200: BookingBody},
        problems=(*SENDING, *KEYED, *OF_BOOKING, *_CHANGING, "nothing_to_cancel"),
        examples=examples.CANCEL,
    ),
)
def cancel_booking(request: HttpRequest, *, reference: Reference, notify: Notify = True) -> HttpResponse:
    """Put every component at its cancellation fee; the plan follows, and money beyond the fees is to be refunded.

    Cancelling again changes nothing.
    """
    return _save(request, reference=reference, kind=Cancellation)


@router.post(
    "/bookings/{reference}/reinstate",
    summary="Take a cancellation back",
    **endpoint(
        "reinstate_booking",
        scope=keys.WRITE,
        answers={200: BookingBody},
        problems=(*SENDING, *KEYED, *OF_BOOKING, *_CHANGING),
        examples=examples.REINSTATE,
    ),
)
def reinstate_booking(request: HttpRequest, *, reference: Reference, notify: Notify = True) -> HttpResponse:
    """Put what a cancellation cancelled back at its prices; a booking that is not cancelled stays as it is."""
    return _save(request, reference=reference, kind=Reinstatement)


def _save(
    request: HttpRequest, *, reference: str, kind: type[Cancellation] | type[Reinstatement]
) -> HttpResponse:
    refuse_unknown(request, known=("notify",))
    notify = flag(request, "notify", default=True)
    refuse_body(request)
    caller = caller_of(request)

    def act() -> Done:
        booking_id: UUID = billing_by_reference(caller.operator, reference=reference).booking.id
        expected = expected_version(request, operator=caller.operator, reference=reference)
        handling = Handling(channel=CHANNEL, expected_version=expected, notify=notify)
        wanted = kind(booking_id=booking_id)
        try:
            accepted = save_change(caller.operator, wanted=wanted, actor=caller.actor, handling=handling)
        except VersionMismatch as mismatch:
            raise PreconditionFailed(current=mismatch.current) from None
        return _booking(caller.operator, accepted=accepted, address=request.path)

    return answered_once(request, act=act)


def _booking(operator: Operator, *, accepted: Accepted, address: str) -> Done:
    billing = billing_by_id(operator, booking_id=accepted.booking_id)
    headers = {"ETag": booking_tag(billing.booking.version)}
    if accepted.outcome != "created":
        return Done(body=booking_answer(billing), headers=headers)
    return Done(status=201, body=booking_answer(billing), headers={**headers, "Location": address})
