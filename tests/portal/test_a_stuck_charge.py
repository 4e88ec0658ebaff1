"""The page of one approved payment: what it says in each state, and approving exactly this charge at the bank."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from django.test import Client

from fareledger.domain.identity import new_id
from fareledger.persistence.models import Approval, Collection, Mandate, PortalLink
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.lock_booking import lock_booking
from fareledger.usecases.portal_tokens import link_token
from fareledger.usecases.refresh_attempt import refresh_attempt
from fareledger.usecases.send_portal_link import ChargeLink, make_link
from fareledger.usecases.view_as_customer import view_as_customer
from tests.support.acquirer import Acquirer, answer_challenge
from tests.support.approved import (
    Approver,
    Stored,
    an_approver,
    another_approver,
    approve,
    day_of,
    due_in_days,
    work_through,
)
from tests.support.people import person
from tests.support.portal import inside, inside_unproven, path_of

OWNER_WANTED = "4000002760003184"
LOST = "4000000000000374"


def page_of(one: Approver) -> str:
    return f"/p/{one.operator.slug}/collect/{one.row.id}/"


def stuck(operator: Operator, *, acquirer: Acquirer, number: str = OWNER_WANTED) -> Approver:
    one = an_approver(operator, acquirer=acquirer, number=number, due_in=4)
    work_through(operator, first=day_of(operator), days=5)
    return one


def through_the_email(one: Approver, *, kind: str = "charge_needs_you") -> tuple[Client, str]:
    """Open the link of the last email; return the browser and the page it leads to."""
    email = one.emails(kind)[-1]
    client = Client()
    address = f"/p/{one.operator.slug}/link/{link_token(str(email['link_seed']))}"
    answer = client.post(address, {"next": str(email["wanted"])})
    assert answer.status_code == 303
    return client, str(answer["Location"])


def pressed(client: Client, page: str, /, **differences: str) -> object:
    body = client.get(page).content.decode()
    fields = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', body))
    return client.post(page, {**fields, **differences})


def test_the_emails_link_approves_this_one_charge(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client, page = through_the_email(one)
    assert page == page_of(one)
    body = client.get(page).content.decode()
    assert "Your bank wants you to approve" in body
    assert "Approve and pay" in body
    answer = pressed(client, page)
    assert answer.status_code == 303, answer.content  # type: ignore[attr-defined]  # a response
    attempt = one.attempts()[-1]
    assert (attempt.off_session, attempt.state, attempt.mandate_id is not None) == (
        False,
        "awaiting_customer",
        True,
    )
    assert str(answer["Location"]).endswith(f"/pay/{attempt.id}/")  # type: ignore[index]  # a response
    answer_challenge(httpx.get(attempt.frame_url, timeout=20))
    refresh_attempt(operator, attempt_id=attempt.id)
    assert (one.state, one.row.status, one.billing.figures.paid_minor) == ("ended", "closed", 30_000)
    assert len(one.emails("receipt")) == 1
    assert "is paid" in client.get(page).content.decode()


def usable_links(one: Approver) -> set[tuple[object, object]]:
    """Of each link that still opens the booking, the row it is about and the row it may have charged."""
    with operator_transaction(one.operator.id):
        links = PortalLink.objects.filter(operator_id=one.operator.id, booking_id=one.booking_id)
        unused = list(links.filter(used_at=None, replaced_at=None).values_list("about_row", "charge_row"))
        assert len(unused) == len(set(unused))
        return set(unused)


def test_a_link_about_a_charge_replaces_those_about_that_charge_only(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = stuck(operator, acquirer=acquirer)
    first, second = one.row.id, one.billing.open_rows[-1].id
    assert usable_links(one) == {(first, first)}
    with operator_transaction(operator.id):
        booking = lock_booking(operator, booking_id=one.booking_id).booking
        for about in (
            None,
            ChargeLink(row_id=second, may_charge=False),
            ChargeLink(row_id=second, may_charge=True),
            None,
        ):
            make_link(operator, booking=booking, asked_by="operator", about=about)
    assert usable_links(one) == {(first, first), (second, second), (None, None)}


def test_the_link_of_a_useless_card_may_charge_nothing(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=LOST)
    assert usable_links(one) == {(one.row.id, None)}


def test_a_visit_that_proved_nothing_is_led_to_prove_itself(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client = inside_unproven(operator, booking_id=one.booking_id)
    answer = pressed(client, page_of(one))
    assert answer.status_code == 303  # type: ignore[attr-defined]  # a response
    assert "/prove/" in str(answer["Location"])  # type: ignore[index]  # a response
    assert len(one.states()) == 2


def test_the_link_is_for_no_other_charge(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, number=OWNER_WANTED, due_in=4)
    work_through(operator, first=day_of(operator), days=5)
    client, page = through_the_email(one)
    other = next(row for row in one.billing.open_rows if row.id != one.row.id)
    answer = client.post(
        f"/p/{operator.slug}/pay/",
        {
            "wanted": "next",
            "method": "saved_card",
            "transaction": str(other.id),
            "shown_minor": str(other.amount_minor),
            "said_minor": str(other.amount_minor),
            "form_key": "another",
        },
    )
    assert answer.status_code != 303 or "/prove/" in answer["Location"]
    assert client.get(page.replace(str(one.row.id), str(new_id()))).status_code == 404
    assert len(one.states()) == 2


def pay_from_the_card(client: Client, *, one: Approver, form_key: str) -> str:
    """Press the pay page's own button for the row; return where it leads, "" for nowhere."""
    amount = str(one.row.amount_minor)
    answer = client.post(
        f"/p/{one.operator.slug}/pay/",
        {
            "wanted": "next",
            "method": "saved_card",
            "transaction": str(one.row.id),
            "shown_minor": amount,
            "said_minor": amount,
            "form_key": form_key,
        },
    )
    return str(answer.headers.get("Location", ""))


def test_the_link_charges_nothing_once_the_consent_has_ended(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client, _ = through_the_email(one)
    ended_at = one.row.opened_at
    with operator_transaction(operator.id):
        Approval.objects.filter(operator_id=operator.id).update(
            ended_at=ended_at, ended_because="plan_changed"
        )
    assert "/prove/" in pay_from_the_card(client, one=one, form_key="ended")
    assert len(one.states()) == 2


def test_the_link_charges_no_more_than_was_agreed_to(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client, _ = through_the_email(one)
    less = one.row.amount_minor - 1
    with operator_transaction(operator.id):
        Approval.objects.filter(operator_id=operator.id).update(amount_minor=less)
    assert "/prove/" in pay_from_the_card(client, one=one, form_key="grown")
    assert len(one.states()) == 2


def test_the_link_charges_nothing_that_does_not_wait_for_its_owner(
    operator: Operator, acquirer: Acquirer
) -> None:
    one = stuck(operator, acquirer=acquirer)
    client, _ = through_the_email(one)
    with operator_transaction(operator.id):
        Collection.objects.filter(operator_id=operator.id).update(state="needs_method")
    assert "/prove/" in pay_from_the_card(client, one=one, form_key="useless")
    assert len(one.states()) == 2


def test_a_failed_charges_link_charges_no_stored_card(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer, number=LOST)
    client, page = through_the_email(one, kind="charge_failed")
    body = client.get(page).content.decode()
    assert "another way" in body
    assert "Approve and pay" not in body
    answer = client.post(page, {"form_key": "k", "shown_minor": "30000"})
    assert answer.status_code == 422
    assert "<title>Error:" in answer.content.decode()
    # By a fresh card it is paid from here.
    paid = client.post(
        f"/p/{operator.slug}/pay/",
        dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]+)"', body)),
    )
    assert paid.status_code == 303
    attempt = one.attempts()[-1]
    assert (attempt.mandate_id, attempt.amount_minor) == (None, 30_000)


def test_a_second_press_is_the_same_payment(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client = inside(operator, booking_id=one.booking_id)
    form = {"form_key": "twice", "shown_minor": "30000"}
    first, second = (client.post(page_of(one), form) for _ in range(2))
    assert first["Location"] == second["Location"]
    assert len(one.states()) == 3


def test_another_amount_than_was_shown_is_not_charged(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client = inside(operator, booking_id=one.booking_id)
    answer = client.post(page_of(one), {"form_key": "k", "shown_minor": "29999"})
    assert answer.status_code == 422
    assert "The amount has changed" in answer.content.decode()
    assert len(one.states()) == 2


def test_staff_look_and_press_nothing(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    client = Client()
    client.get(path_of(view_as_customer(operator, booking_id=one.booking_id, actor=person("Marta"))))
    body = client.get(page_of(one)).content.decode()
    assert "disabled" in body
    assert client.post(page_of(one), {"form_key": "k", "shown_minor": "30000"}).status_code == 403


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("waiting", "We’ll collect"),
        ("retry", "We try"),
        ("needs_customer", "Your bank wants you to approve"),
        ("needs_method", "another way"),
        ("with_staff", "could not be charged"),
    ],
)
def test_every_state_has_its_words(operator: Operator, state: str, words: str) -> None:
    booking_id = due_in_days(operator, days=5)
    one = Approver(operator, booking_id)
    approve(operator, booking_id=booking_id, stored=Stored("pm_x"))
    row = one.row
    with operator_transaction(operator.id):
        Collection.objects.create(
            operator_id=operator.id,
            booking_id=booking_id,
            transaction_id=row.id,
            state=state,
            next_on=row.due_date if state in ("waiting", "retry") else None,
            changed_at=row.opened_at,
        )
    client = inside(operator, booking_id=booking_id)
    answer = client.get(page_of(one))
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert answer.content.decode().count("button primary") == 1
    home = client.get(f"/p/{operator.slug}/")
    assert home.status_code == 200


def test_another_bookings_row_is_not_there(operator: Operator, acquirer: Acquirer) -> None:
    one = stuck(operator, acquirer=acquirer)
    assert one.merchant is not None
    other = another_approver(operator, acquirer=acquirer, merchant=one.merchant)
    client = inside(operator, booking_id=other.booking_id)
    assert client.get(page_of(one)).status_code == 404


def test_a_removed_card_is_said_to_be_gone(operator: Operator, acquirer: Acquirer) -> None:
    one = an_approver(operator, acquirer=acquirer, due_in=10)
    work_through(operator, first=day_of(operator), days=8)
    ended_at = one.row.opened_at
    with operator_transaction(operator.id):
        Mandate.objects.filter(operator_id=operator.id).update(ended_at=ended_at, ended_because="detached")
    work_through(operator, first=day_of(operator) + timedelta(days=8), days=3)
    assert one.state == "needs_method"
    client = inside(operator, booking_id=one.booking_id)
    assert "no longer stored" in client.get(page_of(one)).content.decode()
