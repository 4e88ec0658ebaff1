"""Every figure of the booking home opens what it is made of, and what is there adds up to it."""

from __future__ import annotations

import re

from fareledger.faces.portal.movements import movements_of
from fareledger.persistence.operators import Operator
from fareledger.usecases.show_booking import billing_by_id
from tests.papers.test_receipts import lived
from tests.support.planning import in_words
from tests.support.portal import inside


def test_paid_refunded_scheduled_and_total_are_told_line_by_line(operator: Operator) -> None:
    shown = lived(operator)
    page = inside(operator, booking_id=shown.booking.id).get(f"/p/{operator.slug}/").content.decode()
    for name, lines in (
        ("paid", ("£400.00", "£600.00", "−£400.00", "£600.00")),
        ("refunded", ("−£200.00", "−£200.00")),
        ("total", ("£800.00", "£800.00", "£1,000.00", "−£200.00", "£800.00")),
    ):
        opened = page[page.index(f'<details class="figure" id="{name}">') :].partition("</details>")[0]
        said, *made_of = re.findall(r'class="amount">([^<]+)<', opened)
        assert (said, *made_of) == (lines[-1], *lines)
    assert f"/p/{operator.slug}/receipts/R-{shown.booking.reference}-1-C/" in page


def test_the_lines_make_the_bookings_own_figures(operator: Operator) -> None:
    shown = lived(operator)
    figures = billing_by_id(operator, booking_id=shown.booking.id).figures
    moved = movements_of(shown)
    paid = -sum(one.change_minor for one in moved if one.kind == "payment")
    refunded = sum(one.change_minor for one in moved if one.kind == "refund")
    assert (paid, refunded) == (figures.paid_minor, figures.refunded_minor)


def test_history_tells_refunds_and_corrections_and_leads_to_every_paper(operator: Operator) -> None:
    shown = lived(operator)
    page = inside(operator, booking_id=shown.booking.id).get(f"/p/{operator.slug}/history/").content.decode()
    words = in_words(page)
    name = f"R-{shown.booking.reference}"
    for fact in (f"{name}-1 Recorded by mistake", f"{name}-1-C Corrected", f"{name}-3 Paid back −£200.00"):
        assert fact in words
    for receipt in (f"{name}-1", f"{name}-1-C", f"{name}-2", f"{name}-3"):
        assert f'href="/p/{operator.slug}/receipts/{receipt}/"' in page
    assert f'href="/p/{operator.slug}/statement/"' in page
    assert f'href="/p/{operator.slug}/statement/pdf/"' in page
