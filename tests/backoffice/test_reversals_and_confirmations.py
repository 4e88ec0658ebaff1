"""Closed rows on the Billing page: finance take one back, anybody sends its confirmation, and what is internal stays
inside.
"""

import re

from fareledger.faces.shared.emails import render_email
from fareledger.persistence.models import EmailMessage
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.delete_transaction import delete_transaction
from fareledger.usecases.send_email import RenderedEmail, send_email
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.show_money_chain import money_chain
from tests.support.bookings import a_trip_in, paid_at_checkout, sell
from tests.support.people import MARTA
from tests.support.planning import (
    again,
    commit,
    form_key,
    in_words,
    path_of,
    plan,
    with_nothing_planned,
    words,
)
from tests.support.staff import signed_in

SECRET = "Internal: the aunt pays"


def sent_to(operator: Operator, /) -> list[tuple[str, str]]:
    """Every email of the operator, as kind and address, in the order in which they were queued."""
    with operator_transaction(operator.id):
        mails = EmailMessage.objects.filter(operator_id=operator.id).order_by("queued_at", "id")
        return list(mails.values_list("kind", "to_email"))


def test_finance_reverse_with_a_reason_and_both_rows_and_entries_name_each_other(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id)
    form = path_of(shown, "payments", row_id, "reverse")
    assert "The warning will say: USD 4,000.00 is not covered by a planned payment." in words(staff, form)
    missing = staff.post(form, {"form_key": form_key(staff, form), "reason": " "})
    assert missing.status_code == 422
    assert missing.content.decode().count("Say why, in at most 500 characters.") == 2
    assert staff.post(form, {"reason": "It was the booking next to it"}).status_code == 303
    done = again(operator, shown)
    original = next(row for row in done.rows if row.id == row_id)
    reversal = next(row for row in done.rows if row.reverses == row_id)
    assert original.reversed_by == reversal.id
    assert done.figures.paid_minor == 251_600
    page = staff.get(path_of(shown)).content.decode()
    for row, other in ((original, reversal), (reversal, original)):
        start = page.index(f'id="row-{row.id}"')
        assert f'href="#row-{other.id}"' in page[start : page.index("</tr>", start)]
    assert "−2,500.00" in page
    assert "It was the booking next to it" in page
    entry = next(one for one in done.entries if one.source == "reversal")
    mirrored = next(one for one in done.entries if str(one.id) == entry.source_id)
    for seq, other_seq in ((entry.seq, mirrored.seq), (mirrored.seq, entry.seq)):
        start = page.index(f'id="entry-{seq}"')
        assert f'href="#entry-{other_seq}"' in page[start : page.index("</tbody>", start)]
    chain = money_chain(operator, booking_id=shown.booking.id)
    assert (chain.matched.amount_minor, chain.reported.amount_minor) == (251_600, 251_600)
    assert [one.entry_id for one in chain.matched.movements if one.reverses] == [entry.id]
    assert f"{path_of(shown, 'payments', row_id, 'reverse')}" not in page


def test_the_form_says_that_a_payment_closed_several_rows_before_all_are_reversed(operator: Operator) -> None:
    taken = paid_at_checkout(100_000, provider="offline", method="bank_transfer")
    shown = sell(operator, a_trip_in(90, payments=(taken,)))
    staff = signed_in(operator)
    page = staff.get(path_of(shown)).content.decode()
    forms = [path_of(shown, "payments", row.id, "reverse") for row in shown.closed_rows]
    assert len(forms) == 2
    assert all(form in page for form in forms)
    said = words(staff, forms[1])
    assert "This payment closed 2 rows; all are reversed: GBP 300.00, GBP 700.00." in said
    assert "Reverse the payment of GBP 1,000.00" in said
    assert "The warning will say: GBP 1,000.00 is not covered by a planned payment." in said
    assert staff.post(forms[1], {"reason": "Paid for another trip"}).status_code == 303
    done = again(operator, shown)
    assert (done.figures.paid_minor, sum(row.is_reversal for row in done.rows)) == (0, 2)
    assert not any(form in staff.get(path_of(shown)).content.decode() for form in forms)


def test_only_finance_are_offered_to_reverse_and_may(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id)
    form = path_of(shown, "payments", row_id, "reverse")
    agent = signed_in(operator, role="agent")
    page = agent.get(path_of(shown)).content.decode()
    assert "/reverse/" not in page
    assert "which needs the finance role" in page
    assert agent.get(form).status_code == 403
    assert agent.post(form, {"reason": "A mistake"}).status_code == 403
    assert again(operator, shown).figures.paid_minor == 501_600


def test_a_reader_sees_the_plan_and_no_way_to_change_it(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    auditor = signed_in(operator, role="auditor")
    page = auditor.get(path_of(shown)).content.decode()
    for act in ("add", f"{row_id}/commit", f"{row_id}/delete"):
        assert f"/payments/{act}/" not in page
        assert auditor.get(path_of(shown, "payments", act)).status_code == 403
        sent = {"kind": "payment", "method": "credit_card", "type": "total", "due_date": "2999-01-01"}
        money = {"amount": "2,500", "value_date": shown.today.isoformat(), "form_key": str(row_id)}
        assert auditor.post(path_of(shown, "payments", act), {**sent, **money}).status_code == 403
    assert "You can look at the plan" in page
    for act in ("pay-link", "email-link", "customer-view"):
        assert f"{path_of(shown)}{act}/" not in page
        assert auditor.post(f"{path_of(shown)}{act}/").status_code == 403
    assert "colleagues who look after customers make pay links" in page


def test_the_second_to_reverse_reads_who_was_first(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id)
    form = path_of(shown, "payments", row_id, "reverse")
    staff = signed_in(operator)
    assert [staff.post(form, {"reason": "A mistake"}).status_code for _ in range(2)] == [303, 303]
    answer = signed_in(operator).post(form, {"reason": "Another reason"})
    assert answer.status_code == 409
    assert "Marta Lindgren reversed this row on" in in_words(answer.content.decode())
    assert staff.get(form).status_code == 409
    assert again(operator, shown).figures.paid_minor == 251_600


def test_a_payment_is_not_reversed_below_what_was_refunded(operator: Operator) -> None:
    shown = with_nothing_planned(operator, payable_minor=10_000, paid_minor=0)
    paid = plan(operator, shown, amount_minor=10_000)
    shown = commit(operator, shown, paid, amount_minor=12_000)
    commit(operator, shown, plan(operator, shown, amount_minor=2_000, kind="refund"))
    form = path_of(shown, "payments", paid, "reverse")
    answer = signed_in(operator).post(form, {"reason": "A mistake"})
    assert answer.status_code == 422
    assert "Reverse the refund first" in answer.content.decode()


def test_a_confirmation_is_sent_again_to_whom_one_likes(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id, send_confirmation=False)
    form = path_of(shown, "payments", row_id, "email")
    page = staff.get(form).content.decode()
    assert f'value="{shown.booking.customer_email}"' in page
    assert "To us instead" not in page
    assert staff.post(form, {"to_email": "nobody"}).status_code == 422
    for _ in range(2):
        assert staff.post(form, {"to_email": "aunt@example.com"}).status_code == 303
    assert sent_to(operator) == [("receipt", "aunt@example.com")]
    assert "on its way to aunt@example.com" in words(staff, path_of(shown))


def test_what_was_taken_back_is_confirmed_to_nobody(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    commit(operator, shown, row_id, send_confirmation=False)
    form = path_of(shown, "payments", row_id, "email")
    assert form in staff.get(path_of(shown)).content.decode()
    staff.post(path_of(shown, "payments", row_id, "reverse"), {"reason": "Another booking's"})
    assert form not in staff.get(path_of(shown)).content.decode()
    refused = staff.post(form, {"to_email": "aunt@example.com"})
    assert refused.status_code == 422
    assert "Only money that has moved is confirmed." in refused.content.decode()
    assert sent_to(operator) == []


def test_a_refund_confirmation_may_go_to_the_tour_operator(operator: Operator) -> None:
    shown = with_nothing_planned(operator, payable_minor=80_000, paid_minor=100_000)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=20_000, kind="refund")
    commit(operator, shown, row_id, send_confirmation=True)
    form = path_of(shown, "payments", row_id, "email")
    assert operator.support_email in words(staff, form)
    staff.post(form, {"to_email": shown.booking.customer_email, "to_operator": "yes"})
    assert sent_to(operator) == [
        ("refund_confirmation", shown.booking.customer_email),
        ("refund_confirmation", operator.support_email),
    ]


def test_comments_and_reasons_stay_inside(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    kept, gone = (plan(operator, shown, amount_minor=amount, comment=SECRET) for amount in (10_000, 20_000))
    commit(operator, shown, kept)
    delete_transaction(operator, booking_id=shown.booking.id, transaction_id=gone, actor=MARTA)
    staff.post(path_of(shown, "payments", kept, "reverse"), {"reason": SECRET})
    assert SECRET in words(staff, path_of(shown))
    opened = staff.post(path_of(shown, "customer-view"))
    portal = staff.get(opened["Location"], follow=True)
    assert portal.status_code == 200
    base = portal.request["PATH_INFO"]
    for page in (base, f"{base}history/"):
        answer = staff.get(page)
        assert answer.status_code == 200
        assert SECRET not in answer.content.decode()
    assert SECRET not in every_email(operator, shown)


def every_email(operator: Operator, shown: Billing, /) -> str:
    """Send what waits and return all of it: subjects, texts and HTML."""
    drawn: list[RenderedEmail] = []

    def keep(email: object, *, rendered: RenderedEmail) -> None:
        drawn.append(rendered)

    for mail in again(operator, shown).emails:
        send_email(operator.id, email_id=mail.id, render=render_email, deliver=keep)
    assert drawn
    text = "\n".join(one.subject + one.text + one.html for one in drawn)
    assert re.search(r"100\.00", text)
    return text
