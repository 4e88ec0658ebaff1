"""A new card takes the old one's place: what is due by then is not charged to it, and the customer knows."""

import re

from fareledger.persistence.operators import Operator
from tests.portal.test_customer_approves_payments import Pages, a_traveller, frame_of
from tests.support.acquirer import APPROVED_DEBIT, Acquirer, enter_card
from tests.support.approving import Approver
from tests.support.paying import later


def when_the_first_is_due(traveller: Approver) -> float:
    """Seconds until the first of the approved payments is due."""
    return (traveller.rows[0].due_date - traveller.billing.today).days * 86_400


def test_what_is_due_by_now_is_written_about(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    traveller.approve()
    due = traveller.rows[0]
    with later(when_the_first_is_due(traveller)):
        page = Pages(traveller).get("approve/?card=new")
        assert "cannot be approved any more" in page
        request = traveller.press(traveller.form(mandate_id=None))
        assert request.setup is not None
        enter_card(request.setup.frame_url, number=APPROVED_DEBIT)
        traveller.setup_of(request)
    assert traveller.approvals() == [(35_000, "replaced"), (35_000, "replaced"), (35_000, "")]
    (letter,) = traveller.emails("approval_ended")
    assert letter.payload["approved"] == [[due.due_date.isoformat(), 35_000]]


def test_what_is_due_by_now_can_be_paid_with_the_new_card(operator: Operator, acquirer: Acquirer) -> None:
    traveller = a_traveller(operator, acquirer=acquirer)
    pages = Pages(traveller)
    first = re.search(r'name="pay" value="([^"]+)"', pages.get("approve/"))
    assert first is not None
    begun = pages.press(pages.form(pay=first[1]))["Location"]
    enter_card(frame_of(pages.get(begun)))
    pages.get(begun.replace("/pay/", "/payments/"))
    with later(when_the_first_is_due(traveller)):
        pages = Pages(traveller)
        page = pages.get("approve/?card=new")
        due = re.search(r'name="pay" value="([^"]+)"', page)
        assert due is not None
        assert due[1] == f"{traveller.billing.open_rows[0].id}|35000"
        paying = pages.press(pages.form("approve/?card=new", pay=due[1]))["Location"]
        enter_card(frame_of(pages.get(paying)), number=APPROVED_DEBIT)
        pages.get(paying.replace("/pay/", "/payments/"))
    assert traveller.approvals() == [(35_000, "used"), (35_000, "replaced"), (35_000, "")]
    assert traveller.mandates() == [("4242", "replaced"), ("5556", "")]
    assert traveller.emails("approval_ended") == []
