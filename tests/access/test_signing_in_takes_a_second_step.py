"""The second step of a sign-in: what a password alone opens, codes that work once, and five tries."""

import base64
import re
import time

import pytest
from axes.models import AccessAttempt
from django.test import Client

from fareledger.domain.access import ROLES
from fareledger.faces.backoffice.door import CODE_TRIES, WAIT_S
from fareledger.persistence.models import StaffFactor, StaffUser
from fareledger.persistence.operators import Operator, by_id
from fareledger.persistence.tenancy import operator_transaction
from fareledger.usecases.provision_operator import NewOperator
from fareledger.usecases.second_step import RECOVERY_CODES, is_second_step_needed
from tests.support.access_log import access_events, kinds_of
from tests.support.operators import new_operator
from tests.support.racing import race
from tests.support.second_step import App, Guarded, somebody_with_an_app
from tests.support.staff import PASSWORD, a_staff_member, signed_in
from tests.support.staff_mail import mails_to

SIGN_IN, CODE = "/office/sign-in/", "/office/sign-in/code/"
ACCOUNT = "/office/account/"
CODES = r'mono">([a-z2-9-]{14})<'


def after_the_password(guarded: Guarded, *, address: str = "127.0.0.1", wanted: str = "") -> Client:
    """A browser whose user typed the right password."""
    browser = Client(REMOTE_ADDR=address)
    form = {"email": guarded.member.email, "password": PASSWORD, "next": wanted}
    answer = browser.post(SIGN_IN, form)
    assert (answer.status_code, answer["Location"]) == (303, CODE)
    return browser


def test_a_password_alone_opens_nothing(operator: Operator) -> None:
    browser = after_the_password(somebody_with_an_app(operator))
    for address in ("/office/bookings/", ACCOUNT, "/office/settings/"):
        assert browser.get(address)["Location"].startswith(SIGN_IN)
    assert Client().get(CODE)["Location"] == SIGN_IN


def test_the_code_lets_in_with_a_new_session_to_where_one_wanted(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded, wanted="/office/settlements/")
    before = browser.session.session_key
    answer = browser.post(CODE, {"code": guarded.app.code()})
    assert (answer.status_code, answer["Location"]) == (303, "/office/settlements/")
    assert browser.session.session_key != before
    assert browser.get("/office/bookings/").status_code == 200
    line = access_events(operator)[-1]
    assert (line.kind, line.payload["second_step"]) == ("signed_in", "code")


def test_a_code_is_not_taken_twice(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    code = guarded.app.code()
    assert after_the_password(guarded).post(CODE, {"code": code}).status_code == 303
    again = after_the_password(guarded).post(CODE, {"code": code})
    assert again.status_code == 422
    assert "The code is not right" in again.content.decode()


def test_of_four_who_send_one_code_at_once_one_gets_in(operator: Operator) -> None:
    assert [let_in(operator, row_locks=True) for _ in range(3)] == [1, 1, 1]


def test_without_the_lock_more_than_one_gets_in(operator: Operator) -> None:
    assert any(let_in(operator, row_locks=False) > 1 for _ in range(30))


def let_in(operator: Operator, *, row_locks: bool) -> int:
    """Let four browsers of one person send one code at once; return how many get in."""
    guarded = somebody_with_an_app(operator)
    browsers, code = [after_the_password(guarded) for _ in range(4)], guarded.app.code()
    finish = race(
        [lambda b=browser: b.post(CODE, {"code": code}).status_code for browser in browsers],  # type: ignore[misc]  # bound early
        row_locks=row_locks,
    )
    assert not finish.errors
    return finish.results.count(303)


def test_the_fifth_wrong_code_locks_this_persons_second_step_from_everywhere(operator: Operator) -> None:
    guarded, other = somebody_with_an_app(operator), somebody_with_an_app(operator)
    wrong = {"code": guarded.app.other_code()}
    statuses = [
        after_the_password(guarded, address=f"198.51.100.{place}").post(CODE, wrong).status_code
        for place in range(CODE_TRIES)
    ]
    assert statuses == [422, 422, 422, 422, 429]
    late = after_the_password(guarded).post(CODE, {"code": guarded.app.code()})
    assert late.status_code == 429
    assert after_the_password(other).post(CODE, {"code": other.app.code()}).status_code == 303
    told = kinds_of(operator, subject=guarded.member.email)
    assert told[1:] == ["sign_in_failed"] * 4 + ["locked_out"]


def test_what_was_typed_is_kept_nowhere(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    code = guarded.app.other_code()
    after_the_password(guarded).post(CODE, {"code": code})
    attempt = AccessAttempt.objects.get(username__endswith=guarded.member.email)
    assert code not in attempt.post_data + attempt.get_data
    assert all(code not in str(line.payload) for line in access_events(operator))


def test_a_recovery_code_works_once(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    assert len(set(guarded.recovery_codes)) == RECOVERY_CODES
    code = guarded.recovery_codes[3]
    assert after_the_password(guarded).post(CODE, {"code": f" {code.upper()} "}).status_code == 303
    assert after_the_password(guarded).post(CODE, {"code": code}).status_code == 422
    assert "recovery_code_used" in kinds_of(operator)
    other = somebody_with_an_app(operator)
    stolen = after_the_password(other).post(CODE, {"code": guarded.recovery_codes[4]})
    assert stolen.status_code == 422


def test_nothing_kept_of_a_second_step_opens_anything(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    with operator_transaction(operator.id):
        kept = list(StaffFactor.objects.filter(operator_id=operator.id).values_list("secret", flat=True))
    assert len(kept) == 1 + RECOVERY_CODES
    for text in kept:
        assert guarded.app.secret.hex() not in text
        assert all(code not in text and code.replace("-", "") not in text for code in guarded.recovery_codes)


def test_ten_minutes_after_the_password_it_is_asked_for_again(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded)
    session = browser.session
    session["waiting_for_second_step"] = {
        **session["waiting_for_second_step"],
        "at_s": int(time.time()) - WAIT_S - 1,
    }
    session.save()
    answer = browser.post(CODE, {"code": guarded.app.code()})
    assert (answer.status_code, answer["Location"]) == (303, SIGN_IN)
    assert "Please sign in again" in browser.get(SIGN_IN).content.decode()


def test_who_lost_access_between_the_steps_does_not_get_in(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded)
    StaffUser.objects.filter(email=guarded.member.email).update(is_active=False)
    assert browser.post(CODE, {"code": guarded.app.code()})["Location"] == SIGN_IN


def test_an_app_is_set_up_by_its_secret_and_a_code(operator: Operator) -> None:
    browser = signed_in(operator)
    page = browser.get(f"{ACCOUNT}app/").content.decode()
    letters = re.search(r'secret">([A-Z2-7]{32})<', page)
    assert letters
    assert "<svg" in page
    assert "style=" not in page.partition('<svg class="qr"')[2].partition("</svg>")[0]
    assert "<script>" not in page
    app = App(base64.b32decode(letters[1]))
    wrong = browser.post(f"{ACCOUNT}app/", {"code": app.other_code()})
    assert wrong.status_code == 422
    assert letters[1] in wrong.content.decode()  # the same secret: the phone has it already
    answer = browser.post(f"{ACCOUNT}app/", {"code": app.code()})
    assert (answer.status_code, answer["Location"]) == (303, f"{ACCOUNT}recovery-codes/new/")
    shown = browser.get(answer["Location"]).content.decode()
    assert len(re.findall(CODES, shown)) == RECOVERY_CODES
    assert browser.get(answer["Location"]).status_code == 303  # shown once
    assert "mfa_added" in kinds_of(operator)


def test_removing_it_asks_for_the_password_and_is_told_by_email(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded)
    browser.post(CODE, {"code": guarded.app.code()})
    page = browser.get(ACCOUNT).content.decode()
    remove = re.search(r'href="(/office/account/second-step/[^"]+/remove/)"', page)
    assert remove
    refused = browser.post(remove[1], {"current": "wrong"})
    assert refused.status_code == 422
    assert "The password is not right" in refused.content.decode()
    assert browser.post(remove[1], {"current": PASSWORD}).status_code == 303
    with operator_transaction(operator.id):
        assert not StaffFactor.objects.filter(operator_id=operator.id).exists()
    assert "mfa_removed" in kinds_of(operator)
    assert "removed" in mails_to(operator, email=guarded.member.email)[-1].subject
    assert browser.post(remove[1], {"current": PASSWORD}).status_code == 404


def test_new_recovery_codes_end_the_old_ones(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded)
    browser.post(CODE, {"code": guarded.app.code()})
    assert browser.post(f"{ACCOUNT}recovery-codes/", {"current": "wrong"}).status_code == 422
    answer = browser.post(f"{ACCOUNT}recovery-codes/", {"current": PASSWORD})
    new = re.findall(CODES, browser.get(answer["Location"]).content.decode())
    assert after_the_password(guarded).post(CODE, {"code": guarded.recovery_codes[0]}).status_code == 422
    assert after_the_password(guarded).post(CODE, {"code": new[0]}).status_code == 303


def test_an_administrator_resets_a_second_step_and_the_sessions_end(operator: Operator) -> None:
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded)
    browser.post(CODE, {"code": guarded.app.code()})
    admin = signed_in(operator, role="admin")
    assert admin.post(f"/office/settings/users/{guarded.actor.id}/reset-second-step/").status_code == 303
    assert browser.get("/office/bookings/").status_code == 303
    fresh = Client().post(SIGN_IN, {"email": guarded.member.email, "password": PASSWORD})
    assert fresh["Location"] == "/office/"
    assert "mfa_reset" in kinds_of(operator)


NEEDED = {
    "nobody": set(),
    "finance": {"finance", "approver", "admin"},
    "everybody": set(ROLES),
}


@pytest.mark.parametrize("policy", NEEDED)
def test_whose_sign_in_needs_one(policy: str, db: None) -> None:
    operator = new_operator(second_step_for=policy)
    assert {role for role in ROLES if is_second_step_needed(operator, role=role)} == NEEDED[policy]


def test_whoever_needs_one_and_has_none_sets_it_up_before_anything_else_opens(db: None) -> None:
    operator = new_operator(second_step_for="finance")
    marta = Client()
    form = {"email": a_staff_member(operator, role="finance").email, "password": PASSWORD}
    assert marta.post(SIGN_IN, form).status_code == 303
    for address in ("/office/bookings/", "/office/settings/", "/office/ledger/"):
        assert marta.get(address)["Location"] == ACCOUNT
    assert "Set up a second step first" in marta.get(ACCOUNT).content.decode()
    letters = re.search(r'secret">([A-Z2-7]{32})<', marta.get(f"{ACCOUNT}app/").content.decode())
    assert letters
    marta.post(f"{ACCOUNT}app/", {"code": App(base64.b32decode(letters[1])).code()})
    assert marta.get("/office/bookings/").status_code == 200
    agent = Client()
    form = {"email": a_staff_member(operator, role="agent").email, "password": PASSWORD}
    agent.post(SIGN_IN, form)
    assert agent.get("/office/bookings/").status_code == 200


def test_whoever_needs_one_cannot_remove_the_last(db: None) -> None:
    operator = new_operator(second_step_for="finance")
    guarded = somebody_with_an_app(operator)
    browser = after_the_password(guarded)
    browser.post(CODE, {"code": guarded.app.code()})
    remove = re.search(
        r'href="(/office/account/second-step/[^"]+/remove/)"', browser.get(ACCOUNT).content.decode()
    )
    assert remove
    answer = browser.post(remove[1], {"current": PASSWORD})
    assert answer.status_code == 422
    assert "asks for a second step" in answer.content.decode()


def test_an_administrator_says_whose_sign_in_needs_one(operator: Operator) -> None:
    address = "/office/settings/second-step/"
    admin = signed_in(operator, role="admin")
    assert admin.post(address, {"policy": "everybody"}).status_code == 303
    assert by_id(operator.id).second_step_for == "everybody"
    assert admin.post(address, {"policy": "some"}).status_code == 422
    line = access_events(operator)[-1]
    assert (line.kind, line.payload) == ("settings_changed", {"before": "nobody", "after": "everybody"})


def test_an_operator_asks_for_it_unless_told_otherwise(db: None) -> None:
    assert NewOperator.__dataclass_fields__["second_step_for"].default == "finance"
