"""What every endpoint declares of itself: its scope, its answers, and each problem it may answer with, with an example.

The catalogue is the list of stable codes; `description.py` writes it into OpenAPI. Raising problems is elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from fareledger.faces.api.answers import ProblemAnswer
from fareledger.faces.api.keys import BearerKey, HeaderKey


@dataclass(frozen=True, slots=True)
class KnownProblem:
    """One stable code: its status and an example of its sentence, with the place it points to, if any."""

    status: int
    detail: str
    pointer: str | None = None
    error_code: str | None = None


PROBLEMS: Final[Mapping[str, KnownProblem]] = {
    "not_json": KnownProblem(
        400, "No JSON at line 1, column 2: Expecting property name enclosed in double quotes."
    ),
    "bad_request": KnownProblem(400, "The body ended early."),
    "idempotency_key_missing": KnownProblem(
        400,
        "Send an Idempotency-Key header of 1 to 200 visible ASCII characters, a new one for every request.",
    ),
    "unauthenticated": KnownProblem(401, "Send a live API key as `Authorization: Bearer fl_…`."),
    "insufficient_scope": KnownProblem(403, "This key does not have the scope `bookings:write`."),
    "booking_not_found": KnownProblem(404, "There is no booking with this reference."),
    "transaction_not_found": KnownProblem(404, "This booking has no such row in its plan."),
    "import_not_found": KnownProblem(404, "There is no such import."),
    "version_mismatch": KnownProblem(
        409, "The booking is at version 3, not 2: read it again and decide.", "/version"
    ),
    "payment_recorded_otherwise": KnownProblem(
        409, "This payment is recorded with another amount.", "/payments/0/amount"
    ),
    "already_closed": KnownProblem(409, "Marta Lindgren closed this row on 2027-01-12 at 09:30 UTC."),
    "already_deleted": KnownProblem(409, "Marta Lindgren deleted this row on 2027-01-12 at 09:30 UTC."),
    "payment_in_progress": KnownProblem(409, "The customer is paying this row now. Wait for the outcome."),
    "already_reversed": KnownProblem(409, "Marta Lindgren reversed this row on 2027-01-12 at 09:30 UTC."),
    "reversal_exceeds_received": KnownProblem(
        409, "More was refunded than would be left. Reverse the refund first."
    ),
    "idempotency_key_in_use": KnownProblem(
        409, "A request with this idempotency key is being answered right now: ask again in a moment."
    ),
    "length_required": KnownProblem(411, "Send the body with its Content-Length, not in chunks."),
    "precondition_failed": KnownProblem(412, "The booking is at version 3: read it again and decide."),
    "body_too_large": KnownProblem(413, "A body has at most 1 MiB."),
    "import_too_large": KnownProblem(
        413, "The file has more than 20 MB: split it, or import it with the command.", "/file"
    ),
    "unsupported_media_type": KnownProblem(415, "Send the body with the Content-Type `application/json`."),
    "invalid_body": KnownProblem(422, "Give a whole number.", "/amount", "invalid_type"),
    "invalid_booking": KnownProblem(422, "The trip ends before it starts.", "/end_date", "dates_reversed"),
    "invalid_parameter": KnownProblem(422, "Give a number from 1 to 200.", "/limit"),
    "idempotency_key_reused": KnownProblem(
        422, "This idempotency key was used for another request: give every request a key of its own."
    ),
    "reference_differs": KnownProblem(
        422, "The reference of the body is not the one of the address.", "/reference"
    ),
    "currency_not_sold": KnownProblem(
        422, "This operator does not sell in CHF, only in GBP, EUR.", "/currency"
    ),
    "currency_fixed": KnownProblem(422, "This booking was sold in GBP.", "/currency"),
    "nothing_to_cancel": KnownProblem(422, "This booking has no component to cancel."),
    "unknown_status": KnownProblem(422, "Give one of unpaid, partially_paid, paid.", "/status"),
    "unknown_currency": KnownProblem(422, "Give one of GBP, EUR.", "/currency"),
    "invalid_date": KnownProblem(422, "Give a date such as 2027-03-14.", "/departs_from"),
    "range_reversed": KnownProblem(422, "The end comes before the beginning.", "/departs_to"),
    "nothing_to_plan": KnownProblem(422, "There is nothing left to plan as a payment.", "/kind"),
    "more_than_unplanned": KnownProblem(422, "At most USD 1,500.00 can be planned.", "/amount"),
    "past_due_date": KnownProblem(422, "The due date is today or later.", "/due_date"),
    "unknown_method": KnownProblem(422, "Give one of credit_card, bank_transfer.", "/method"),
    "invalid_text": KnownProblem(422, "A comment has at most 500 characters.", "/comment"),
    "invalid_amount": KnownProblem(422, "Give whole minor units above 0.", "/amount"),
    "refund_exceeds_paid": KnownProblem(
        422, "A refund is not larger than what was received and not refunded yet.", "/amount"
    ),
    "value_date_in_future": KnownProblem(
        422, "The money has moved already: give today or an earlier date.", "/value_date"
    ),
    "not_reversible": KnownProblem(
        422, "Only a closed row whose money moved outside any provider is reversed, once."
    ),
    "reason_needed": KnownProblem(422, "Say why, in at most 500 characters.", "/reason"),
    "empty_import": KnownProblem(422, "Choose a file with bookings in it.", "/file"),
    "too_many_link_emails": KnownProblem(
        429, "This address has had 3 links within an hour. Copy a link, or wait."
    ),
    "unavailable": KnownProblem(503, "We are back in a moment. Sending the same again is safe."),
}

READING: Final = ("unauthenticated", "insufficient_scope", "invalid_parameter", "unavailable")
OF_BOOKING: Final = ("booking_not_found",)
OF_ROW: Final = ("booking_not_found", "transaction_not_found")
SENDING: Final = (
    "not_json",
    "bad_request",
    "length_required",
    "body_too_large",
    "unsupported_media_type",
    "invalid_body",
)
KEYED: Final = ("idempotency_key_missing", "idempotency_key_in_use", "idempotency_key_reused")


def endpoint(
    name: str, *, scope: str, answers: Mapping[int, Any], problems: Iterable[str], examples: Mapping[str, Any]
) -> dict[str, Any]:
    """Give what the router is told of an endpoint: `name` is its operationId.

    `examples` has the request's under "request" and each answer's under its status; `problems` are codes.
    """
    codes = tuple(dict.fromkeys((*READING, *problems)))
    statuses = dict.fromkeys(sorted({PROBLEMS[code].status for code in codes}), ProblemAnswer)
    return {
        "operation_id": name,
        "auth": [BearerKey(scope), HeaderKey(scope)],
        "response": {**answers, **statuses},
        "openapi_extra": {"x-scope": scope, "x-problems": list(codes), "x-examples": dict(examples)},
    }


def problem_example(code: str) -> dict[str, Any]:
    """Give status, sentence and places (pointer, code, sentence) of a problem as it could be answered."""
    known = PROBLEMS[code]
    place = (known.pointer, known.error_code or code, known.detail)
    return {
        "status": known.status,
        "detail": known.detail,
        "places": [] if known.pointer is None else [place],
    }
