"""Bookings at the start of the seed's story, and the rows and forms that staff work with."""

import html
import re
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.commit_transaction import Received, commit_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.plan_transaction import WantedRow, plan_transaction
from fareledger.usecases.show_booking import Billing, billing_by_id
from tests.support.bookings import a_trip_in, paid_at_checkout, priced, sell
from tests.support.people import MARTA


def with_nothing_planned(
    operator: Operator, *, payable_minor: int = 651_600, paid_minor: int = 251_600, currency: str = "USD"
) -> Billing:
    """The booking of the seed: USD 6,516.00 to be paid, 2,516.00 received, the rest not planned yet."""
    trip = priced(a_trip_in(90, currency=currency), price_minor=payable_minor)
    taken = (paid_at_checkout(paid_minor, provider="offline", method="bank_transfer"),) if paid_minor else ()
    shown = sell(operator, replace(trip, payments=taken))
    for row in shown.open_rows:
        delete_transaction(operator, booking_id=shown.booking.id, transaction_id=row.id, actor=MARTA)
    return again(operator, shown)


def again(operator: Operator, shown: Billing, /) -> Billing:
    """Read a booking once more."""
    return billing_by_id(operator, booking_id=shown.booking.id)


def plan(operator: Operator, shown: Billing, /, *, amount_minor: int, **differences: object) -> UUID:
    """Plan a row of an amount, due in ten days, as Marta; return its id."""
    wanted: dict[str, object] = {
        "kind": "payment",
        "method": "credit_card",
        "type": "partial",
        "amount_minor": amount_minor,
        "due_date": shown.today + timedelta(days=10),
        **differences,
    }
    row = WantedRow(**wanted)  # type: ignore[arg-type]  # builder
    return plan_transaction(operator, booking_id=shown.booking.id, wanted=row, actor=MARTA)


def commit(operator: Operator, shown: Billing, row_id: UUID, /, **received: object) -> Billing:
    """Commit a row as Marta and read the booking once more."""
    commit_transaction(
        operator,
        booking_id=shown.booking.id,
        transaction_id=row_id,
        received=Received(**received),  # type: ignore[arg-type]  # builder
        actor=MARTA,
    )
    return again(operator, shown)


def path_of(shown: Billing, /, *rest: object) -> str:
    """Return an address below the booking's Billing page."""
    return "/".join(["/office/bookings", shown.booking.reference, *map(str, rest), ""])


def form_key(client: Client, path: str, /) -> str:
    """Open a form and return its key."""
    found = re.search(r'name="form_key" value="([^"]+)"', client.get(path).content.decode())
    assert found, f"{path} has no form with a key"
    return found[1]


def words(client: Client, path: str, /) -> str:
    """Return the text of a page, without marks, in one line."""
    return in_words(client.get(path).content.decode())


def in_words(page: str, /) -> str:
    """Return the text of some HTML in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


def in_days(shown: Billing, days: int, /) -> str:
    """Return a date so many days from the booking's today, as a form sends it."""
    return date.fromordinal(shown.today.toordinal() + days).isoformat()
