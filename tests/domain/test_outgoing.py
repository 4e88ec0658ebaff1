"""Messages to other systems: the table of events, the signature, and the ladder of tries."""

import hashlib
import hmac

import pytest

from fareledger.domain.outgoing import EVENTS, RETRY_LADDER_S, groups, retry_after_s, sign


def test_a_message_is_signed_with_every_live_secret() -> None:
    body = '{"café":1}'.encode()
    header = sign(body, secrets=("new", "old"), timestamp_s=1_800_000_000)
    stamp, *signatures = header.split(",")
    assert stamp == "t=1800000000"
    assert signatures == [
        "v1=" + hmac.new(secret, b"1800000000." + body, hashlib.sha256).hexdigest()
        for secret in (b"new", b"old")
    ]


@pytest.mark.parametrize("tries", range(1, len(RETRY_LADDER_S) + 1))
def test_each_try_waits_its_time_give_or_take_a_fifth(tries: int) -> None:
    step = RETRY_LADDER_S[tries - 1]
    assert retry_after_s(tries, chance=0) == pytest.approx(step * 0.8)
    assert retry_after_s(tries, chance=0.5) == pytest.approx(step)
    assert retry_after_s(tries, chance=1) == pytest.approx(step * 1.2)


def test_the_ladder_ends() -> None:
    assert RETRY_LADDER_S == (10, 60, 300, 1800, 7200, 21600, 86400, 86400, 86400)
    assert retry_after_s(len(RETRY_LADDER_S) + 1, chance=0.5) is None


def test_events_come_in_groups() -> None:
    assert list(groups()) == ["booking", "transaction", "payment", "approval", "collection", "refund"]
    assert sorted(event for group in groups().values() for event in group) == sorted(EVENTS)
