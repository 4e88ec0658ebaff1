"""The customer reads that a payment was recorded by mistake: both lines stay, and the sum is right."""

from fareledger.faces.portal.movements import movements_of
from fareledger.persistence.operators import Operator
from fareledger.usecases.reverse_transaction import reverse_transaction
from tests.support.people import MARTA
from tests.support.planning import again, commit, in_words, path_of, plan, with_nothing_planned
from tests.support.staff import signed_in


def test_the_movements_add_up_to_what_was_really_paid(operator: Operator) -> None:
    shown = with_nothing_planned(operator, paid_minor=0)
    kept, mistaken = (plan(operator, shown, amount_minor=amount) for amount in (200_000, 300_000))
    for row_id in (mistaken, kept):
        commit(operator, shown, row_id)
    reverse_transaction(
        operator, booking_id=shown.booking.id, transaction_id=mistaken, reason="Not ours", actor=MARTA
    )
    done = again(operator, shown)
    movements = movements_of(done)
    assert [(one.change_minor, one.correction) for one in movements] == [
        (-300_000, False),
        (-200_000, False),
        (300_000, True),
    ]
    assert done.figures.outstanding_minor == 651_600 - 200_000
    staff = signed_in(operator)
    staff.get(staff.post(path_of(shown, "customer-view"))["Location"], follow=True)
    page = in_words(staff.get(f"/p/{operator.slug}/history/").content.decode())
    corrected = f"R-{done.booking.reference}-1-C"
    assert f"Correction of a payment recorded by mistake {corrected} Corrected" in page
    assert f"R-{done.booking.reference}-1 Recorded by mistake" in page
    assert "Not ours" not in page
