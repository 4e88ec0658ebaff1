"""Codes of authenticator apps: the RFC's own examples, what drift is allowed, and that a step is not taken twice."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.totp import STEP_S, code_of, matching_step, secret_in_letters, step_at

SECRET = b"12345678901234567890"

# RFC 6238, appendix B, the SHA-1 column; eight figures there, of which an app shows the last six.
RFC = (
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
)


@pytest.mark.parametrize(("moment_s", "code"), RFC)
def test_the_examples_of_the_rfc(moment_s: int, code: str) -> None:
    assert code_of(SECRET, step=step_at(moment_s)) == code[-6:]


@pytest.mark.parametrize(("steps_off", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_clock_may_be_one_step_off(steps_off: int, taken: bool) -> None:
    now_s = 1_800_000_000
    code = code_of(SECRET, step=step_at(now_s) + steps_off)
    assert (matching_step(SECRET, code=code, now_s=now_s, after_step=0) is not None) is taken


def test_a_step_is_taken_once_and_no_earlier_one_after_it() -> None:
    now_s = 1_800_000_000
    step = step_at(now_s)
    assert matching_step(SECRET, code=code_of(SECRET, step=step), now_s=now_s, after_step=step) is None
    assert matching_step(SECRET, code=code_of(SECRET, step=step - 1), now_s=now_s, after_step=step) is None
    later = matching_step(SECRET, code=code_of(SECRET, step=step + 1), now_s=now_s, after_step=step)
    assert later == step + 1


@given(st.text(max_size=12))
def test_nothing_typed_breaks_it(typed: str) -> None:
    found = matching_step(SECRET, code=typed, now_s=1_800_000_000, after_step=0)
    plain = "".join(typed.split())
    fitting = {code_of(SECRET, step=1_800_000_000 // STEP_S + off) for off in (-1, 0, 1)}
    assert (found is not None) is (plain in fitting)


def test_the_secret_in_letters_is_what_apps_take() -> None:
    assert secret_in_letters(SECRET) == "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
