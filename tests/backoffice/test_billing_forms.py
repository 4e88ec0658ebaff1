"""The forms of the Billing page, sent as a browser without script sends them: the seed's story, every field rule, and
that a form counts once.
"""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fareledger.persistence.operators import Operator
from fareledger.usecases.show_booking import Billing
from fareledger.usecases.verify_ledger import verify_ledger
from tests.support.operators import new_operator
from tests.support.planning import (
    again,
    commit,
    form_key,
    in_days,
    in_words,
    path_of,
    plan,
    with_nothing_planned,
    words,
)
from tests.support.staff import signed_in


def row_of(shown: Billing, /, *, amount_minor: int) -> str:
    (row,) = [row for row in shown.rows if row.amount_minor == amount_minor]
    return str(row.id)


def posted(shown: Billing, /, **differences: str) -> dict[str, str]:
    """A payment of 2,500.00 by card, as its form sends it."""
    return {
        "kind": "payment",
        "method": "credit_card",
        "type": "partial",
        "amount": "2,500.00",
        "due_date": in_days(shown, 30),
        "comment": "Second payment",
        **differences,
    }


def test_the_story_of_the_seed_from_the_warning_to_the_totals(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    page, add = path_of(shown), path_of(shown, "payments", "add")
    assert "USD 4,000.00 is not covered by a planned payment." in words(staff, page)
    assert "Payment Payment Refund" in words(staff, add)
    for amount, left in (("2,500.00", "USD 1,500.00 is not covered"), ("1,500.00", "Everything is planned")):
        key = form_key(staff, f"{add}?kind=payment")
        answer = staff.post(add, posted(shown, amount=amount, form_key=key))
        assert (answer.status_code, answer["Location"]) == (303, page)
        assert left in words(staff, page)
    assert "not covered" not in words(staff, page)
    assert again(operator, shown).figures.paid_minor == 251_600
    for amount_minor in (250_000, 150_000):
        row_id = row_of(again(operator, shown), amount_minor=amount_minor)
        form = path_of(shown, "payments", row_id, "commit")
        key = form_key(staff, form)
        sent = {"form_key": key, "amount": f"{amount_minor / 100:,.2f}", "value_date": in_days(shown, 0)}
        assert staff.post(form, {**sent, "send_confirmation": "yes"}).status_code == 303
    done = again(operator, shown)
    assert (done.figures.paid_minor, done.figures.outstanding_minor) == (651_600, 0)
    assert [mail.kind for mail in done.emails] == ["receipt", "receipt"]
    text = staff.get(page).content.decode()
    assert "/commit/" not in text
    assert "/delete/" not in text
    assert text.count("/email/") == len(done.closed_rows)
    assert "Total payments 6,516.00" in in_words(text)


@pytest.mark.parametrize(
    ("entered", "told"),
    [
        ("2,500.00", "The payment of USD 2,500.00 is closed."),
        (
            "1,000.00",
            "The payment is closed with USD 1,000.00. A row for the rest, USD 1,500.00, stays open.",
        ),
        ("2,500.50", "The payment is closed with USD 2,500.50, USD 0.50 more than planned."),
    ],
)
def test_what_is_said_afterwards_is_what_was_received(operator: Operator, entered: str, told: str) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    form = path_of(shown, "payments", plan(operator, shown, amount_minor=250_000), "commit")
    sent = {"form_key": form_key(staff, form), "amount": entered, "value_date": in_days(shown, 0)}
    assert staff.post(form, sent).status_code == 303
    assert told in words(staff, path_of(shown))


def test_a_refund_is_planned_and_committed_with_a_minus(operator: Operator) -> None:
    shown = with_nothing_planned(operator, payable_minor=80_000, paid_minor=100_000)
    staff = signed_in(operator)
    page, add = path_of(shown), path_of(shown, "payments", "add")
    assert "USD −200.00 is not covered by a planned refund." in words(staff, page)
    kinds = staff.get(add).content.decode()
    assert re.search(r'value="payment" disabled', kinds)
    assert "A payment can be planned when something is not covered" in kinds
    key = form_key(staff, f"{add}?kind=refund")
    sent = posted(shown, kind="refund", type="total", amount="", form_key=key, method="bank_transfer")
    assert staff.post(add, sent).status_code == 303
    (refund,) = again(operator, shown).open_rows
    assert "Refund Bank Transfer Total −200.00 Open" in words(staff, page)
    form = path_of(shown, "payments", refund.id, "commit")
    asked = words(staff, form)
    assert "Has USD 200.00 by bank transfer been paid back?" in asked
    assert "Yes, Refund has been received" in asked
    assert "Send refund confirmation to customer" in asked
    sent = {"form_key": form_key(staff, form), "amount": "200", "value_date": in_days(shown, 0)}
    assert staff.post(form, sent).status_code == 303
    done = again(operator, shown)
    assert (done.figures.refunded_offline_minor, done.figures.outstanding_minor) == (20_000, 0)
    assert done.emails == ()
    assert "Total refund −200.00" in words(staff, page)


@pytest.mark.parametrize(
    ("field", "difference", "message"),
    [
        ("method", {"method": ""}, "Choose a method"),
        ("method", {"method": "cash"}, "Give one of credit_card, bank_transfer."),
        ("type", {"type": ""}, "Choose total or partial"),
        ("amount", {"amount": ""}, "Enter the amount in figures"),
        ("amount", {"amount": "4,000.001"}, "Enter the amount in figures"),
        ("amount", {"amount": "-1"}, "Enter the amount in figures"),
        ("amount", {"amount": "0"}, "Enter an amount above 0"),
        ("amount", {"amount": "4,000.01"}, "At most USD 4,000.00 can be planned."),
        ("amount", {"type": "total"}, "The total is USD 4,000.00; give a partial amount for less."),
        ("due_date", {"due_date": ""}, "Enter the due date"),
        ("due_date", {"due_date": "2020-01-01"}, "The due date is today or later."),
        ("comment", {"comment": "x" * 501}, "A comment has at most 500 characters."),
    ],
)
def test_a_field_that_is_wrong_says_so_twice_and_keeps_what_was_entered(
    operator: Operator, field: str, difference: dict[str, str], message: str
) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    add = path_of(shown, "payments", "add")
    sent = posted(shown, form_key=form_key(staff, f"{add}?kind=payment"), **difference)
    answer = staff.post(add, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error: " in page
    assert "There is a problem" in page
    assert page.count(message) == 2
    assert f'href="#{field}"' in page
    assert f'id="{field}"' in page
    assert f'id="{field}-error"' in page
    assert f'name="form_key" value="{sent["form_key"]}"' in page
    if len(sent["comment"]) < 500:
        assert ">Second payment<" in page
    assert again(operator, shown) == shown


@pytest.mark.parametrize(
    ("currency", "example"), [("JPY", "1,240"), ("USD", "1,240.00"), ("KWD", "1,240.000")]
)
def test_what_is_said_of_an_amount_fits_its_currency(operator: Operator, currency: str, example: str) -> None:
    shown = with_nothing_planned(operator, payable_minor=2_000_000, currency=currency)
    staff = signed_in(operator)
    add = path_of(shown, "payments", "add")
    sent = posted(shown, form_key=form_key(staff, f"{add}?kind=payment"), amount="much")
    assert f"such as {example}<" in staff.post(add, sent).content.decode()
    assert staff.post(add, {**sent, "amount": example}).status_code == 303


def test_the_whole_remainder_may_be_a_partial_and_is_accepted(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    add = path_of(shown, "payments", "add")
    sent = posted(shown, amount="4000", form_key=form_key(staff, f"{add}?kind=payment"))
    assert staff.post(add, sent).status_code == 303
    assert again(operator, shown).figures.unplanned_minor == 0


def test_what_remains_after_is_told_while_the_form_is_filled_in(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    after = path_of(shown, "payments", "add", "after")
    asked = {"kind": "payment", "type": "partial", "amount": "2,500.00"}
    partial = staff.get(after, asked).content.decode()
    assert "After this: USD 1,500.00 still to be covered" in in_words(partial)
    assert 'aria-live="polite"' in partial
    assert 'data-button="Add payment of USD 2,500.00"' in partial
    assert "USD 0.00 still" in in_words(staff.get(after, {**asked, "type": "total"}).content.decode())
    assert "up to USD 4,000.00" in in_words(staff.get(after, {**asked, "amount": "9e9"}).content.decode())
    assert again(operator, shown) == shown


def test_cash_and_another_method_are_offered_when_the_operator_takes_them(db: None) -> None:
    operator = new_operator(extra_methods=("cash", "other"))
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    add = path_of(shown, "payments", "add")
    assert "Credit Card Bank Transfer Cash Other" in words(staff, f"{add}?kind=payment")
    key = form_key(staff, f"{add}?kind=payment")
    nameless = staff.post(add, posted(shown, method="other", form_key=key))
    assert nameless.status_code == 422
    assert 'href="#method_name"' in nameless.content.decode()
    named = posted(shown, method="other", method_name="Travel voucher", form_key=key)
    assert staff.post(add, named).status_code == 303
    assert "Travel voucher" in words(staff, path_of(shown))
    (row,) = again(operator, shown).open_rows
    assert "by Travel voucher been received?" in words(staff, path_of(shown, "payments", row.id, "commit"))
    done = commit(operator, shown, row.id)
    assert any("received by Travel voucher" in event.text for event in done.timeline)


def test_the_same_form_twice_is_one_row_one_commit_and_one_deletion(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    add = path_of(shown, "payments", "add")
    sent = posted(shown, form_key=form_key(staff, f"{add}?kind=payment"))
    assert [staff.post(add, sent).status_code for _ in range(3)] == [303, 303, 303]
    other = posted(shown, amount="1,000", form_key=form_key(staff, f"{add}?kind=payment"))
    staff.post(add, other)
    first, second = again(operator, shown).open_rows
    form = path_of(shown, "payments", first.id, "commit")
    money = {
        "form_key": form_key(staff, form),
        "amount": "2,000",
        "value_date": in_days(shown, 0),
        "send_confirmation": "yes",
    }
    assert [staff.post(form, money).status_code for _ in range(2)] == [303, 303]
    away = path_of(shown, "payments", second.id, "delete")
    key = form_key(staff, away)
    assert [staff.post(away, {"form_key": key}).status_code for _ in range(2)] == [303, 303]
    done = again(operator, shown)
    assert done.figures.paid_minor == 451_600
    assert [row.amount_minor for row in done.open_rows] == [50_000]
    assert len(done.emails) == 1
    assert all(verdict.holds for verdict in verify_ledger([operator]))


def test_a_key_that_made_something_else_is_refused(operator: Operator) -> None:
    shown, other = with_nothing_planned(operator), with_nothing_planned(operator)
    staff = signed_in(operator)
    used = str(plan(operator, other, amount_minor=1_000))
    answer = staff.post(path_of(shown, "payments", "add"), posted(shown, form_key=used))
    assert answer.status_code == 422
    assert again(operator, shown).open_rows == ()


def test_whoever_comes_second_reads_who_was_first_and_when(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    taken, gone = (plan(operator, shown, amount_minor=amount) for amount in (10_000, 20_000))
    forms = [path_of(shown, "payments", taken, act) for act in ("commit", "delete")]
    keys = [form_key(staff, form) for form in forms]
    commit(operator, shown, taken)
    sent = {"amount": "100.00", "value_date": in_days(shown, 0)}
    for form, key in zip(forms, keys, strict=True):
        for answer in (staff.post(form, {**sent, "form_key": key}), staff.get(form)):
            assert answer.status_code == 409
            assert re.search(
                r"Marta Lindgren closed this row on \d+ \w{3} \d{4}, \d\d:\d\d\.",
                in_words(answer.content.decode()),
            )
            assert "nothing of yours was recorded" in answer.content.decode()
    away = path_of(shown, "payments", gone, "delete")
    key = form_key(staff, away)
    staff.post(away, {"form_key": form_key(signed_in(operator), away)})
    assert staff.post(away, {"form_key": key}).status_code == 409
    assert "Marta Lindgren deleted this row" in words(staff, path_of(shown, "payments", gone, "commit"))
    assert again(operator, shown).figures.paid_minor == 261_600


def test_deleting_asks_first_and_says_what_the_warning_becomes(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=250_000, comment="Second payment")
    asked = words(staff, path_of(shown, "payments", row_id, "delete"))
    assert "Delete the planned payment of USD 2,500.00" in asked
    assert "The warning will say: USD 4,000.00 is not covered by a planned payment." in asked
    assert len(again(operator, shown).open_rows) == 1


def test_the_commit_question_is_the_one_of_the_seed(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    form = path_of(shown, "payments", row_id, "commit")
    asked = words(staff, form)
    assert "Has USD 2,500.00 by credit card been received?" in asked
    assert "Yes, Payment has been received" in asked
    assert "Send payment confirmation to customer" in asked
    assert re.search(r'name="send_confirmation" value="yes" checked', staff.get(form).content.decode())
    less = staff.get(f"{form}after/", {"amount": "2,000"}).content.decode()
    assert "a row for the rest, USD 500.00, stays open" in in_words(less)
    more = staff.get(f"{form}after/", {"amount": "4,100"}).content.decode()
    assert "USD 100.00 more than is payable: a refund is due" in in_words(more)


@pytest.mark.parametrize(
    ("field", "difference"),
    [
        ("amount", {"amount": ""}),
        ("amount", {"amount": "0"}),
        ("amount", {"amount": "9" * 20}),
        ("value_date", {"value_date": ""}),
        ("value_date", {"value_date": "2999-01-01"}),
        ("external_reference", {"external_reference": "x" * 41}),
    ],
)
def test_money_that_cannot_have_moved_so_is_said_beside_its_field(
    operator: Operator, field: str, difference: dict[str, str]
) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    row_id = plan(operator, shown, amount_minor=250_000)
    form = path_of(shown, "payments", row_id, "commit")
    sent = {
        "form_key": form_key(staff, form),
        "amount": "2,500",
        "value_date": in_days(shown, 0),
        **difference,
    }
    answer = staff.post(form, sent)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert f'id="{field}-error"' in page
    assert "minor units" not in page
    assert again(operator, shown).figures.paid_minor == 251_600


def test_a_row_without_a_method_asks_for_it_when_the_money_comes(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    staff = signed_in(operator)
    down = plan(operator, shown, amount_minor=10_000)
    form = path_of(shown, "payments", down, "commit")
    assert 'name="method"' not in staff.get(form).content.decode()


def test_the_page_is_drawn_with_few_round_trips(operator: Operator) -> None:
    shown = with_nothing_planned(operator)
    for _ in range(30):
        plan(operator, shown, amount_minor=10_000)
    staff = signed_in(operator)
    staff.get(path_of(shown))
    with CaptureQueriesContext(connection) as log:
        assert staff.get(path_of(shown)).status_code == 200
    reads = [query["sql"] for query in log if query["sql"].lstrip().startswith(("SELECT", "WITH", "--"))]
    assert len(reads) <= 8, "\n".join(reads)
