"""A message is delivered until it is taken: tried again on the ladder, given up at its end, replayed on demand."""

import re
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection, connections

from fareledger.domain.access import NotPermitted
from fareledger.domain.errors import Refused
from fareledger.domain.outgoing import FAILING_DAYS, RETRY_LADDER_S, TEST
from fareledger.persistence.models import AccessEvent, WebhookEndpoint
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import in_transaction, operator_transaction
from fareledger.usecases.deliver_webhooks import Answered, Outgoing
from fareledger.usecases.manage_webhooks import (
    InvalidWebhook,
    MadeSecret,
    WantedWebhook,
    WebhookNotFound,
    add_webhook,
    change_webhook,
    disable_webhook,
    enable_webhook,
    end_old_secret,
    list_webhooks,
    rotate_secret,
    show_webhook,
)
from fareledger.usecases.requeue_waiting import requeue_waiting
from fareledger.usecases.sealing import unseal
from fareledger.usecases.webhook_log import (
    WebhookDisabled,
    delivery_log,
    send_again,
    send_test,
    show_delivery,
)
from tests.support.bookings import a_trip_in, sell
from tests.support.operators import new_operator
from tests.support.outgoing import (
    ADMIN,
    Answering,
    a_webhook,
    deliver,
    deliveries,
    the_delivery,
    tries,
)
from tests.support.paying import later
from tests.support.people import person
from tests.support.receiver import receiving

DAY = 86_400


@pytest.fixture
def listening(operator: Operator) -> MadeSecret:
    """An address that has one message waiting for it."""
    made = a_webhook(operator, events=("booking.created",))
    sell(operator, a_trip_in(200))
    return made


def statuses(operator: Operator) -> list[str]:
    """How all deliveries stand, oldest first."""
    return [delivery.status for delivery in deliveries(operator)]


def test_a_message_is_delivered_once(operator: Operator, listening: MadeSecret) -> None:
    other_side = Answering()
    assert deliver(operator, listening, post=other_side) == 1
    assert deliver(operator, listening, post=other_side) == 0
    (sent,) = other_side.got
    assert sent.secrets == (listening.secret,)
    assert statuses(operator) == ["delivered"]
    (only,) = tries(operator)
    assert (only.response_status, only.response_excerpt, only.took_ms) == (200, "said", 3)


def test_it_really_arrives(operator: Operator) -> None:
    with receiving() as receiver:
        made = a_webhook(operator, url=receiver.url(), events=("booking.created",))
        booking = sell(operator, a_trip_in(200)).booking
        assert deliver(operator, made) == 1
        assert f'"booking":"{booking.reference}"' in receiver.next().body
    assert statuses(operator) == ["delivered"]


def test_no_transaction_is_open_during_the_call(operator: Operator, listening: MadeSecret) -> None:
    open_during: list[bool] = []

    def post(outgoing: Outgoing) -> Answered:
        open_during.append(in_transaction())
        return Answered(status=200)

    deliver(operator, listening, post=post)
    assert open_during == [False]


@pytest.mark.parametrize("status", [None, 302, 400, 404, 410, 500, 503])
def test_any_other_answer_is_tried_again(
    operator: Operator, listening: MadeSecret, status: int | None
) -> None:
    assert deliver(operator, listening, post=Answering(status)) == 1
    (delivery,) = deliveries(operator)
    assert (delivery.status, delivery.tries) == ("waiting", 1)
    (only,) = tries(operator)
    assert delivery.next_try_at is not None
    wait_s = (delivery.next_try_at - only.at).total_seconds()
    assert RETRY_LADDER_S[0] * 0.8 <= wait_s <= RETRY_LADDER_S[0] * 1.2
    assert deliver(operator, listening, post=Answering()) == 0
    with later(60):
        assert deliver(operator, listening, post=Answering()) == 1
    assert statuses(operator) == ["delivered"]


def test_it_has_failed_after_the_last_step_of_the_ladder(operator: Operator, listening: MadeSecret) -> None:
    passed = 0.0
    for step in (*RETRY_LADDER_S, 0):
        with later(passed):
            assert deliver(operator, listening, post=Answering(500)) == 1
        passed += step * 1.3 + 1
    assert statuses(operator) == ["failed"]
    assert len(tries(operator)) == len(RETRY_LADDER_S) + 1


def test_another_worker_leaves_an_address_alone(operator: Operator, listening: MadeSecret) -> None:
    met: list[int] = []

    def slow(outgoing: Outgoing) -> Answered:
        def work() -> None:
            met.append(deliver(operator, listening, post=Answering()))
            connections.close_all()

        thread = Thread(target=work)
        thread.start()
        thread.join(10)
        return Answered(status=200)

    assert deliver(operator, listening, post=slow) == 1
    assert met == [0]


def test_a_worker_that_died_holds_a_delivery_for_a_minute_only(
    operator: Operator, listening: MadeSecret
) -> None:
    def dies(outgoing: Outgoing) -> Answered:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(operator, listening, post=dies)
    assert deliver(operator, listening, post=Answering()) == 0
    with later(61):
        assert deliver(operator, listening, post=Answering()) == 1


def test_a_lost_job_is_found_again(operator: Operator, listening: MadeSecret) -> None:
    with later(120):
        requeue_waiting()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM procrastinate_jobs WHERE queueing_lock = %s",
            (f"outgoing:{listening.endpoint_id}",),
        )
        assert cursor.fetchone() == (1,)


def test_a_dead_address_is_disabled_and_says_so(operator: Operator, listening: MadeSecret) -> None:
    deliver(operator, listening, post=Answering(500))
    with later((FAILING_DAYS - 1) * DAY):
        deliver(operator, listening, post=Answering(500))
        assert show_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN).disabled_at is None
    with later(FAILING_DAYS * DAY + 100):
        sell(operator, a_trip_in(200))
        deliver(operator, listening, post=Answering(500))
        shown = show_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    assert shown.disabled_at is not None
    assert shown.disabled_reason == f"Every try failed for {FAILING_DAYS} days."
    assert set(statuses(operator)) == {"failed"}
    with operator_transaction(operator.id):
        line = AccessEvent.objects.filter(operator_id=operator.id, kind="webhook_changed").latest("at")
    assert (line.actor, line.payload["did"]) == ("Worker", "disabled")


def test_one_good_answer_keeps_an_address_alive(operator: Operator, listening: MadeSecret) -> None:
    deliver(operator, listening, post=Answering(500))
    with later(DAY):
        deliver(operator, listening, post=Answering(200))
    with later(FAILING_DAYS * DAY + 100):
        sell(operator, a_trip_in(200))
        deliver(operator, listening, post=Answering(500))
    assert show_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN).disabled_at is None


def test_a_disabled_address_is_told_nothing(operator: Operator, listening: MadeSecret) -> None:
    disable_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    assert statuses(operator) == ["failed"]
    sell(operator, a_trip_in(200))
    assert deliver(operator, listening, post=Answering()) == 0
    with pytest.raises(WebhookDisabled):
        send_again(
            operator, endpoint_id=listening.endpoint_id, delivery_id=the_delivery(operator), actor=ADMIN
        )
    enable_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    sell(operator, a_trip_in(200))
    other_side = Answering()
    assert deliver(operator, listening, post=other_side) == 1
    assert len(other_side.got) == 1


def test_sending_again_is_a_delivery_of_its_own_with_the_same_message(
    operator: Operator, listening: MadeSecret
) -> None:
    other_side = Answering()
    deliver(operator, listening, post=other_side)
    first = the_delivery(operator)
    second = send_again(operator, endpoint_id=listening.endpoint_id, delivery_id=first, actor=ADMIN)
    assert deliver(operator, listening, post=other_side) == 1
    before, after = other_side.got
    assert (before.message_id, before.body) == (after.message_id, after.body)
    assert before.delivery_id != after.delivery_id
    shown = show_delivery(operator, endpoint_id=listening.endpoint_id, delivery_id=second, actor=ADMIN)
    assert shown.replay_of == first
    assert [one.response_status for one in shown.tries] == [200]


def test_a_test_is_sent_whatever_is_listened_to_and_tried_once(
    operator: Operator, listening: MadeSecret
) -> None:
    deliver(operator, listening, post=Answering())
    send_test(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    other_side = Answering(500)
    deliver(operator, listening, post=other_side)
    assert other_side.got[0].event == TEST
    assert statuses(operator) == ["delivered", "failed"]


def test_a_secret_is_not_readable_in_the_database(operator: Operator, listening: MadeSecret) -> None:
    second = rotate_secret(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    with operator_transaction(operator.id):
        kept = WebhookEndpoint.objects.get(operator_id=operator.id, id=listening.endpoint_id).secrets
    assert [unseal(sealed) for sealed in kept] == [second.secret, listening.secret]
    assert not any(secret in sealed for sealed in kept for secret in (second.secret, listening.secret))


def test_a_secret_from_before_they_were_sealed_still_signs(operator: Operator, listening: MadeSecret) -> None:
    with operator_transaction(operator.id):
        rows = WebhookEndpoint.objects.filter(operator_id=operator.id, id=listening.endpoint_id)
        rows.update(secrets=[listening.secret])
    other_side = Answering()
    deliver(operator, listening, post=other_side)
    assert other_side.got[0].secrets == (listening.secret,)


def test_two_secrets_are_live_while_one_is_replaced(operator: Operator, listening: MadeSecret) -> None:
    second = rotate_secret(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    other_side = Answering()
    deliver(operator, listening, post=other_side)
    assert other_side.got[0].secrets == (second.secret, listening.secret)
    third = rotate_secret(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    assert re.fullmatch(r"whsec_[\w-]{43}", third.secret)
    end_old_secret(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    send_test(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    deliver(operator, listening, post=other_side)
    assert other_side.got[1].secrets == (third.secret,)


def test_the_log_is_read_page_by_page(operator: Operator, listening: MadeSecret) -> None:
    for _ in range(52):
        send_test(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    first = delivery_log(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    assert len(first.deliveries) == 50
    rest = delivery_log(operator, endpoint_id=listening.endpoint_id, actor=ADMIN, before=first.next_before)
    assert len(rest.deliveries) == 3
    assert rest.next_before is None
    assert rest.deliveries[-1].kind == "booking.created"
    assert len({one.id for one in (*first.deliveries, *rest.deliveries)}) == 53


@pytest.mark.parametrize(
    ("differs", "field"),
    [
        ({"url": "http://example.com/"}, "/url"),
        ({"url": "https://10.0.0.1/"}, "/url"),
        ({"description": "x" * 101}, "/description"),
        ({"events": ()}, "/events"),
        ({"events": ("booking.changed", "made.up")}, "/events"),
    ],
)
def test_what_cannot_be_told_is_refused(operator: Operator, differs: dict[str, object], field: str) -> None:
    good = {"url": "https://example.com/", "description": "", "events": ("booking.changed",)}
    wanted = WantedWebhook(**{**good, **differs})  # type: ignore[arg-type]  # builder
    with pytest.raises(Refused) as refusal:
        add_webhook(operator, wanted=wanted, actor=ADMIN)
    assert refusal.value.field == field
    assert list_webhooks(operator, actor=ADMIN) == ()


def test_there_are_not_too_many(operator: Operator) -> None:
    for _ in range(20):
        a_webhook(operator)
    with pytest.raises(InvalidWebhook):
        a_webhook(operator)


@pytest.mark.parametrize("role", ["agent", "finance", "approver", "auditor"])
def test_only_an_administrator_looks_after_webhooks(operator: Operator, role: str) -> None:
    made, actor = a_webhook(operator), person("Somebody", role=role)
    wanted = WantedWebhook(url="https://example.com/", description="", events=("booking.changed",))
    endpoint_id = made.endpoint_id
    for act in (
        lambda: list_webhooks(operator, actor=actor),
        lambda: add_webhook(operator, wanted=wanted, actor=actor),
        lambda: change_webhook(operator, endpoint_id=endpoint_id, wanted=wanted, actor=actor),
        lambda: disable_webhook(operator, endpoint_id=endpoint_id, actor=actor),
        lambda: enable_webhook(operator, endpoint_id=endpoint_id, actor=actor),
        lambda: rotate_secret(operator, endpoint_id=endpoint_id, actor=actor),
        lambda: end_old_secret(operator, endpoint_id=endpoint_id, actor=actor),
        lambda: send_test(operator, endpoint_id=endpoint_id, actor=actor),
        lambda: delivery_log(operator, endpoint_id=endpoint_id, actor=actor),
        lambda: send_again(operator, endpoint_id=endpoint_id, delivery_id=endpoint_id, actor=actor),
        lambda: show_delivery(operator, endpoint_id=endpoint_id, delivery_id=endpoint_id, actor=actor),
    ):
        with pytest.raises(NotPermitted):
            act()


def test_another_operators_webhook_is_not_there(operator: Operator, listening: MadeSecret) -> None:
    stranger = new_operator()
    for act in (
        lambda: show_webhook(stranger, endpoint_id=listening.endpoint_id, actor=ADMIN),
        lambda: disable_webhook(stranger, endpoint_id=listening.endpoint_id, actor=ADMIN),
        lambda: rotate_secret(stranger, endpoint_id=listening.endpoint_id, actor=ADMIN),
        lambda: send_test(stranger, endpoint_id=listening.endpoint_id, actor=ADMIN),
    ):
        with pytest.raises(WebhookNotFound):
            act()


def test_every_change_is_in_the_access_log_without_a_secret(
    operator: Operator, listening: MadeSecret
) -> None:
    wanted = WantedWebhook(url="https://other.example/x", description="", events=("booking.changed",))
    change_webhook(operator, endpoint_id=listening.endpoint_id, wanted=wanted, actor=ADMIN)
    second = rotate_secret(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    end_old_secret(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    disable_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    enable_webhook(operator, endpoint_id=listening.endpoint_id, actor=ADMIN)
    with operator_transaction(operator.id):
        lines = list(
            AccessEvent.objects.filter(operator_id=operator.id, kind="webhook_changed").order_by("at", "id")
        )
        endpoint = WebhookEndpoint.objects.get(operator_id=operator.id)
    assert [line.payload["did"] for line in lines] == [
        "added", "changed", "secret added", "old secret ended", "disabled", "enabled",
    ]  # fmt: skip
    assert lines[1].payload["before"] == "https://example.com/hook"
    assert not any(
        secret in str(line.payload) for line in lines for secret in (second.secret, listening.secret)
    )
    assert endpoint.enabled_at - endpoint.created_at > timedelta(0)
