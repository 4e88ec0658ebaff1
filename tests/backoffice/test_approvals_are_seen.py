"""Staff see what a customer approved, what a change would make of it, and, if they may, the proof."""

import html
import re

import pytest

from fareledger.domain.access import ROLES
from fareledger.faces.backoffice.change_words import row_lines
from fareledger.persistence.operators import Operator
from fareledger.usecases.preview_change import preview_change
from fareledger.usecases.wanted_change import Cancellation
from tests.scenarios.test_approvals_follow_the_plan import details_of, moved
from tests.support.acquirer import Acquirer
from tests.support.approving import TEXT, Approver, an_approver
from tests.support.bookings import cancelling
from tests.support.people import MARTA
from tests.support.planning import path_of, words
from tests.support.staff import signed_in


@pytest.fixture
def traveller(operator: Operator, acquirer: Acquirer) -> Approver:
    """A traveller who approved 700.00."""
    made = an_approver(operator, acquirer=acquirer)
    made.approve()
    return made


def test_the_billing_page_says_what_was_approved_and_by_when(traveller: Approver) -> None:
    text = words(signed_in(traveller.operator, role="agent"), path_of(traveller.billing))
    assert re.search(r"Approved by the customer on \d+ \w+ \d{4}, up to 700\.00", text)
    assert "see the proof" not in text


def test_the_proof_is_for_those_who_may_look_into_accesses(traveller: Approver) -> None:
    page = path_of(traveller.billing, "payments", traveller.row.id, "approvals")
    for role in ROLES:
        browser = signed_in(traveller.operator, role=role)
        if role not in ("admin", "auditor"):
            assert browser.get(page).status_code == 403
            continue
        text = html.unescape(browser.get(page).content.decode())
        (kept,) = traveller.evidence()
        for proof in (TEXT, kept.text_sha256, "198.51.100.7", str(traveller.session_id), "Version test-1"):
            assert proof in text
        assert page in browser.get(path_of(traveller.billing)).content.decode()


def test_a_withdrawn_approval_keeps_its_proof(traveller: Approver) -> None:
    row = traveller.row
    traveller.withdraw()
    browser = signed_in(traveller.operator, role="admin")
    text = words(browser, path_of(traveller.billing, "payments", row.id, "approvals"))
    assert "withdrawn by the customer" in text
    other = path_of(traveller.billing, "payments", traveller.billing.rows[0].id, "approvals")
    assert browser.get(other).status_code == 404


def test_a_preview_tells_what_becomes_of_each_approval(traveller: Approver) -> None:
    day = traveller.billing.today

    def told(details: object) -> list[str]:
        preview = preview_change(traveller.operator, details=details, actor=MARTA)  # type: ignore[arg-type]  # any change
        return [line.approval for line in row_lines(preview, today=day) if line.before != line.after]

    assert told(cancelling(details_of(traveller), "hotel")) == ["Approved, and stays so"]
    assert told(moved(traveller, days=10)) == ["Approved, and stays so"]
    ends = "Approved until now: ends, the customer is written to"
    assert told(moved(traveller, days=-10)) == [ends]
    assert ends in told(Cancellation(booking_id=traveller.booking_id))
    assert traveller.approvals() == [(70_000, "")]
