"""Turns a booking as it was sent into the values rules work on, and every mistake into place and reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import ValidationError

from fareledger.domain.booking import BookingDetails, CheckoutPayment, Component, Customer, Traveller
from fareledger.domain.booking_rules import FieldError
from fareledger.domain.plan import InvalidTerms, Terms
from fareledger.domain.wording import LOCALES
from fareledger.persistence.operators import Operator
from fareledger.usecases.booking_body import BookingBody, ComponentBody, PaymentBody, TermsBody
from fareledger.usecases.strict_json import InvalidBody, pointer

# What pydantic calls a mistake, as the API says it.
_MISTAKES: Final[Mapping[str, tuple[str, str]]] = {
    "missing": ("missing", "This field is needed."),
    "extra_forbidden": ("unknown_field", "There is no such field."),
    "string_type": ("invalid_type", "Give text."),
    "string_unicode": ("invalid_text", "Give text without broken characters."),
    "int_type": ("invalid_type", "Give a whole number."),
    "int_parsing": ("invalid_type", "Give a whole number."),
    "bool_type": ("invalid_type", "Give true or false."),
    "list_type": ("invalid_type", "Give a list."),
    "model_type": ("invalid_type", "Give an object."),
    "model_attributes_type": ("invalid_type", "Give an object."),
    "dict_type": ("invalid_type", "Give an object."),
    "date_type": ("missing", "This field is needed."),
    "datetime_type": ("missing", "This field is needed."),
    "uuid_parsing": ("invalid_id", "Give an id as it was answered."),
}


def field_errors(mistakes: Iterable[Mapping[str, Any]], *, skip: int = 0) -> list[FieldError]:
    """Say each of pydantic's mistakes in our words, leaving out the first `skip` steps of its place."""
    errors: list[FieldError] = []
    for mistake in mistakes:
        steps = mistake["loc"][skip:]
        # Where one of two types is meant, pydantic names the type it tried as a last step.
        if len(steps) > 1 and steps[-1] in ("str", "int"):
            steps = steps[:-1]
        code, message = _told(mistake)
        error = FieldError(pointer(*steps), code, message)
        if error.pointer not in {known.pointer for known in errors}:
            errors.append(error)
    return errors


def _told(mistake: Mapping[str, Any]) -> tuple[str, str]:
    if mistake["type"] == "literal_error":
        return "unknown_word", f"Give {mistake['ctx']['expected']}."
    return _MISTAKES.get(mistake["type"], (mistake["type"], mistake["msg"]))


def read_body(value: object) -> BookingBody:
    """Check the shape of a parsed JSON document. Raises InvalidBody naming every mistake."""
    try:
        return BookingBody.model_validate(value)
    except ValidationError as error:
        raise InvalidBody(field_errors(error.errors(include_url=False, include_input=False))) from None


def details_of(body: BookingBody, *, operator: Operator) -> BookingDetails:
    """Read a body as a booking of this operator. Raises InvalidBody for terms that cannot be."""
    # An operator may be set up with a locale in which no customer is written to yet.
    fallback = operator.locale if operator.locale in LOCALES else LOCALES[0]
    return BookingDetails(
        reference=body.reference,
        currency=body.currency,
        booked_on=body.booked_on,
        start_date=body.start_date,
        end_date=body.end_date,
        customer=Customer(
            name=body.customer.name,
            email=body.customer.email,
            locale=fallback if body.customer.locale is None else body.customer.locale,
        ),
        travellers=tuple(Traveller(name=one.name, lead=one.lead) for one in body.travellers),
        package=body.package,
        components=tuple(_component(one) for one in body.components),
        non_payable_minor=body.non_payable,
        terms=None if body.terms is None else _terms(body.terms),
        payments=tuple(_payment(one) for one in body.payments),
    )


def _component(body: ComponentBody) -> Component:
    return Component(
        id=body.id,
        kind=body.kind,
        title=body.title,
        supplier=body.supplier,
        start_date=body.start_date,
        end_date=body.end_date,
        price_minor=body.price,
        cancellation_fee_minor=body.cancellation_fee,
        cancelled=body.cancelled,
    )


def _payment(body: PaymentBody) -> CheckoutPayment:
    return CheckoutPayment(
        amount_minor=body.amount,
        method=body.method,
        provider=body.provider,
        external_reference=body.external_reference,
        received_at=body.received_at,
    )


def _terms(body: TermsBody) -> Terms:
    try:
        return Terms.from_json(body.model_dump())
    except InvalidTerms as error:
        place = f"/terms{error.field or ''}"
        raise InvalidBody([FieldError(place, error.code, error.message)]) from None
