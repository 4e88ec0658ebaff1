"""Every kind of email says the same in both parts, exactly, and loads nothing from anywhere."""

import re
from datetime import UTC, date, datetime

import pytest

from fareledger.domain.identity import new_id
from fareledger.faces.shared.emails import render_email
from fareledger.persistence.operators import Operator
from fareledger.usecases.portal_tokens import link_token
from fareledger.usecases.send_email import QueuedEmail, RenderedEmail

RECEIVED = datetime(2027, 3, 10, 14, 2, tzinfo=UTC)
BOOKING = {
    "reference": "TRV-48213",
    "currency": "GBP",
    "locale": "en-GB",
    "customer_name": "Eleanor Hartley",
    "package": "Lisbon & the Azores",
}
RECEIPT = {
    "amount_minor": 88700,
    "received_at": RECEIVED.isoformat(),
    "instrument": "Visa ending 4242",
    "receipt": "R-TRV-48213-2",
    "paid_before_minor": 162900,
    "payable_minor": 651600,
    "left_minor": 400000,
    "next_due": [["2027-04-12", 250000], ["2027-05-13", 150000]],
}
LINK = {"link_seed": "seed", "expires_at": RECEIVED.isoformat(), "asked_by": "customer"}


def rendered(operator: Operator, *, kind: str, **facts: object) -> RenderedEmail:
    """Render one email about booking TRV-48213."""
    email = QueuedEmail(
        id=new_id(),
        kind=kind,
        operator=operator,
        booking_id=new_id(),
        to_email="eleanor@example.com",
        queued_at=RECEIVED,
        payload={**BOOKING, **facts},
    )
    return render_email(email)


def test_a_receipt_names_amount_and_booking_in_its_subject(operator: Operator) -> None:
    email = rendered(operator, kind="receipt", **RECEIPT)
    assert email.subject == "Acme Travel receipt: £887.00 for booking TRV-48213"


@pytest.mark.parametrize("part", ["text", "html"])
def test_both_parts_of_a_receipt_tell_the_whole_story(operator: Operator, part: str) -> None:
    body = getattr(rendered(operator, kind="receipt", **RECEIPT), part)
    told = (
        "£887.00",
        "£6,516.00",
        "−£1,629.00",
        "−£887.00",
        "£4,000.00",
        "10 March 2027, 14:02",
        "R-TRV-48213-2",
    )
    for fact in (
        *told,
        "Visa ending 4242",
        "£2,500.00 is due by 12 April 2027 and £1,500.00 is due by 13 May 2027.",
    ):
        assert fact in body


def test_the_text_part_is_not_escaped(operator: Operator) -> None:
    assert "Lisbon & the Azores" in rendered(operator, kind="receipt", **RECEIPT).text


@pytest.mark.parametrize(
    ("left_minor", "due", "sentence"),
    [
        (0, [], "Your booking is paid in full. There is nothing left to pay."),
        (-20000, [], "We owe you £200.00 and will pay it back."),
        (150000, [["2027-05-13", 150000]], "It is due by 13 May 2027."),
    ],
)
def test_a_receipt_says_what_is_left(
    operator: Operator, left_minor: int, due: list[object], sentence: str
) -> None:
    email = rendered(operator, kind="receipt", **{**RECEIPT, "left_minor": left_minor, "next_due": due})
    assert sentence in email.text
    assert sentence in email.html


@pytest.mark.parametrize(("currency", "words"), [("JPY", "JP¥88,700"), ("KWD", "KWD 88.700")])
def test_currencies_without_and_with_three_decimals_are_exact(
    operator: Operator, currency: str, words: str
) -> None:
    assert words in rendered(operator, kind="receipt", **{**RECEIPT, "currency": currency}).subject


def test_a_refund_is_added_back(operator: Operator) -> None:
    facts = {**RECEIPT, "amount_minor": 20000, "paid_before_minor": 671600, "left_minor": 0, "next_due": []}
    email = rendered(operator, kind="refund_confirmation", **facts)
    assert email.subject == "Acme Travel refund: £200.00 for booking TRV-48213"
    assert "This refund: £200.00" in email.text
    assert "Paid before: −£6,716.00" in email.text


def test_the_kept_copy_of_a_link_email_does_not_hold_the_link(operator: Operator) -> None:
    email = rendered(operator, kind="portal_link", **LINK)
    token = link_token("seed")
    assert f"/p/{operator.slug}/link/{token}" in email.text
    assert token in email.html
    assert token not in email.kept(email.text)
    assert token not in email.kept(email.html)
    assert "works once, until 10 March 2027, 14:02" in email.text


@pytest.mark.parametrize(
    ("kind", "facts"), [("receipt", RECEIPT), ("refund_confirmation", RECEIPT), ("portal_link", LINK)]
)
def test_no_email_loads_anything(operator: Operator, kind: str, facts: dict[str, object]) -> None:
    html = rendered(operator, kind=kind, **facts).html
    assert not re.search(r"<(img|script|link|iframe)\b|url\(|@import", html)
    assert "prefers-color-scheme: dark" in html


def test_names_from_outside_cannot_become_markup(operator: Operator) -> None:
    email = rendered(operator, kind="receipt", **{**RECEIPT, "package": "<img src=x>"})
    assert "<img" not in email.html


def test_due_dates_are_operator_local_days(operator: Operator) -> None:
    facts = {**RECEIPT, "next_due": [[date(2027, 3, 28).isoformat(), 400000]]}
    assert "It is due by 28 March 2027." in rendered(operator, kind="receipt", **facts).text
