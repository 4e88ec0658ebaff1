"""What receipts and statements say, in the customer's language: the same words for page, PDF and email.

Every amount and date is formatted here, so that what draws them only sets them.
"""

from __future__ import annotations

from collections.abc import Mapping

from fareledger.faces.shared.formatting import amount, isolated, long_date
from fareledger.faces.shared.translation import gettext, speaking
from fareledger.faces.shared.wording import card_name
from fareledger.usecases.booking_account import AccountLine
from fareledger.usecases.booking_views import BookingView
from fareledger.usecases.find_operator import Operator
from fareledger.usecases.show_receipt import Receipt
from fareledger.usecases.show_statement import Statement


def receipt_words(operator: Operator, *, receipt: Receipt, locale: str) -> dict[str, object]:
    """Return a receipt in words: title, the amount and what became of it, facts, and the sum with its result."""
    with speaking(locale):
        booking, kind = receipt.booking, receipt.kind
        return {
            "title": gettext("Receipt %(receipt)s") % {"receipt": receipt.name},
            "hero": (_happened(kind), _money(receipt.amount_minor, booking=booking, locale=locale)),
            "note": _note(receipt),
            "facts": _facts(operator, receipt=receipt, locale=locale),
            "sum_title": gettext("Where your booking stood afterwards"),
            "sum": _sum(receipt, locale=locale),
            "result": _result(receipt.left_minor, booking=booking, locale=locale),
        }


def statement_words(operator: Operator, *, statement: Statement, locale: str) -> dict[str, object]:
    """Return a statement in words: title, facts, a row a movement, and the sum with its result."""
    with speaking(locale):
        booking, day = statement.booking, long_date(statement.as_at, locale)
        sums = (
            (gettext("Price to pay"), statement.charged_minor),
            (gettext("Payments"), -statement.paid_minor),
            (gettext("Refunds"), statement.refunded_minor),
        )
        return {
            "title": gettext("Statement as at %(date)s") % {"date": day},
            "recorded": gettext("It says what was recorded up to %(date)s.") % {"date": day},
            "nothing": gettext("Nothing was recorded up to this date."),
            "facts": _about(operator, booking=booking),
            "lines_title": gettext("Every movement"),
            "table": (gettext("Date"), gettext("What"), gettext("Amount"), gettext("Balance")),
            "lines": [_line(line, booking=booking, locale=locale) for line in statement.lines],
            "sum_title": gettext("How it adds up"),
            "sum": [
                (name, _money(minor, booking=booking, locale=locale))
                for name, minor in sums
                if minor or name == sums[0][0]
            ],
            "result": _result(statement.closing_minor, booking=booking, locale=locale),
        }


def movement_words(line: AccountLine, *, locale: str) -> str:
    """Return what a line of the account is, such as "Payment, Visa ending 4242"."""
    with speaking(locale):
        return _what(line)


def _note(receipt: Receipt) -> str:
    if not receipt.corrects:
        return ""
    if receipt.online:
        note = gettext("It takes back receipt %(receipt)s, because that money came back to us.")
    else:
        note = gettext("It corrects receipt %(receipt)s, which was recorded by mistake.")
    return note % {"receipt": receipt.corrects}


def _happened(kind: str) -> str:
    return {
        "payment": gettext("We have received"),
        "refund": gettext("We have refunded"),
    }.get(kind, gettext("We have corrected"))


def _facts(operator: Operator, *, receipt: Receipt, locale: str) -> list[tuple[str, str]]:
    refund = receipt.kind.startswith("refund")
    when = {"payment": gettext("Received"), "refund": gettext("Refunded")}
    rows = [
        (when.get(receipt.kind, gettext("Corrected")), long_date(receipt.on, locale)),
        (gettext("Refund method") if refund else gettext("Payment method"), _instrument(receipt)),
        (gettext("Paid by") if refund else gettext("Paid to"), operator.legal_name),
        *_about(operator, booking=receipt.booking)[1:],
        (gettext("How it came in"), "" if refund else _channel(receipt.channel)),
        (
            gettext("Reference of the payment"),
            isolated(receipt.reference, locale) if receipt.reference else "",
        ),
    ]
    return [row for row in rows if row[1]]


def _about(operator: Operator, *, booking: BookingView) -> list[tuple[str, str]]:
    return [
        (gettext("Issued by"), operator.legal_name),
        (gettext("Customer"), booking.customer_name),
        (gettext("Booking"), booking.reference),
    ]


def _sum(receipt: Receipt, *, locale: str) -> list[tuple[str, str]]:
    this = {"payment": gettext("This payment"), "refund": gettext("This refund")}
    rows = (
        (gettext("To pay in total"), receipt.payable_minor),
        (gettext("Paid before"), -receipt.paid_before_minor),
        (this.get(receipt.kind, gettext("This correction")), receipt.change_minor),
    )
    return [(name, _money(minor, booking=receipt.booking, locale=locale)) for name, minor in rows]


def _result(minor: int, *, booking: BookingView, locale: str) -> tuple[str, str]:
    name = gettext("We owe you") if minor < 0 else gettext("Left to pay")
    return name, _money(abs(minor), booking=booking, locale=locale)


def _line(line: AccountLine, *, booking: BookingView, locale: str) -> dict[str, str]:
    return {
        "on": line.on.isoformat(),
        "date": long_date(line.on, locale),
        "what": _what(line),
        "amount": _money(line.change_minor, booking=booking, locale=locale),
        "balance": _money(line.balance_minor, booking=booking, locale=locale),
        "receipt": line.receipt,
    }


def _what(line: AccountLine) -> str:
    if line.kind == "sale":
        return gettext("Price of your booking")
    if line.kind == "sale_change":
        return gettext("Change of your booking")
    if line.corrects:
        return gettext("Correction of %(receipt)s") % {"receipt": line.corrects}
    name = gettext("Refund") if line.kind == "refund" else gettext("Payment")
    attempt = line.attempt
    means = (
        _means(
            line.rows[0].method,
            name=line.rows[0].method_name,
            card=(attempt.card_brand, attempt.card_last4) if attempt else ("", ""),
            bank=attempt.bank_name if attempt and line.kind == "payment" else "",
        )
        if line.rows
        else ""
    )
    return gettext("%(movement)s, %(method)s") % {"movement": name, "method": means} if means else name


def _instrument(receipt: Receipt) -> str:
    card = (receipt.card_brand, receipt.card_last4)
    return _means(receipt.method, name=receipt.method_name, card=card, bank=receipt.bank)


def _means(method: str, *, name: str, card: tuple[str, str], bank: str) -> str:
    brand, last4 = card
    if last4:
        return gettext("%(card)s ending %(digits)s") % {"card": card_name(brand, last4=""), "digits": last4}
    if bank:
        return gettext("bank payment from %(bank)s") % {"bank": bank}
    words: Mapping[str, str] = {
        "credit_card": gettext("credit card"),
        "bank_transfer": gettext("bank transfer"),
        "cash": gettext("cash"),
    }
    return name or words.get(method, "")


def _channel(channel: str) -> str:
    return {
        "checkout": gettext("When you booked"),
        "portal": gettext("Online"),
        "link": gettext("Online"),
        "agency": gettext("At your travel agency"),
        "phone": gettext("By phone"),
        "back_office": gettext("Recorded by us"),
        "schedule": gettext("On its due date, as you approved"),
    }.get(channel, "")


def _money(minor: int, *, booking: BookingView, locale: str) -> str:
    return isolated(amount(minor, booking.currency, locale), locale)
