"""The same request twice has one effect, whatever happens to its answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.acquirer.peer import Merchant, Peer, payment_body, wait_until


def count(merchant: Merchant, *, reference: str) -> int:
    return len(merchant.http.get("/v1/payments", params={"reference": reference}).json()["data"])


def test_repeat_gets_the_first_answer(merchant: Merchant) -> None:
    first = merchant.create(key="a")
    again = merchant.create(key="a")
    assert (again.status_code, again.json()) == (200, first.json())
    assert "Idempotent-Replayed" not in first.headers
    assert again.headers["Idempotent-Replayed"] == "true"
    assert count(merchant, reference="TRV-48213") == 1


def test_first_answer_stays_when_the_payment_has_moved_on(merchant: Merchant) -> None:
    first = merchant.create(key="a").json()
    merchant.post(f"/v1/payments/{first['id']}/cancel", body={})
    assert merchant.create(key="a").json()["status"] == "requires_card"


def test_other_parameters_under_the_same_key_are_refused(merchant: Merchant) -> None:
    merchant.create(key="a")
    other = merchant.create(key="a", amount=1)
    assert other.status_code == 400
    assert other.json()["error"]["type"] == "idempotency_error"
    assert count(merchant, reference="TRV-48213") == 1


def test_order_of_parameters_does_not_matter(merchant: Merchant) -> None:
    body = payment_body()
    first = merchant.post("/v1/payments", body=body, key="a").json()
    again = merchant.post("/v1/payments", body=dict(reversed(body.items())), key="a").json()
    assert again["id"] == first["id"]


def test_500_after_success_is_saved(peer: Peer, merchant: Merchant) -> None:
    peer.fault("error_after_success", where="create_payment")
    answers = [merchant.create(key="a") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [500, 500, 500]
    assert [answer.headers.get("Idempotent-Replayed") for answer in answers] == [None, "true", "true"]
    assert count(merchant, reference="TRV-48213") == 1


def test_500_before_anything_is_not_saved(peer: Peer, merchant: Merchant) -> None:
    peer.fault("error_before", where="create_payment")
    assert merchant.create(key="a").status_code == 500
    assert count(merchant, reference="TRV-48213") == 0
    assert merchant.create(key="a").status_code == 200


def test_refused_parameters_are_not_saved(merchant: Merchant) -> None:
    assert merchant.create(key="a", amount=0).status_code == 400
    assert merchant.create(key="a").status_code == 200


def test_a_refusal_for_the_state_of_things_is_saved(merchant: Merchant) -> None:
    payment = merchant.payment()
    path = f"/v1/payments/{payment['id']}/cancel"
    merchant.post(path, body={})
    refused = merchant.post(path, body={}, key="c")
    again = merchant.post(path, body={}, key="c")
    assert refused.status_code == again.status_code == 409
    assert again.headers["Idempotent-Replayed"] == "true"


def test_simultaneous_requests_have_one_effect(merchant: Merchant) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: merchant.create(key="race", reference="RACE"), range(24)))
    assert {answer.status_code for answer in answers} <= {200, 409}
    ids = {answer.json()["id"] for answer in answers if answer.status_code == 200}
    assert len(ids) == 1
    assert count(merchant, reference="RACE") == 1


def test_a_key_still_running_is_409_and_later_replayed(peer: Peer, merchant: Merchant) -> None:
    peer.fault("delay", ms=700, where="create_payment")
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(merchant.create, key="slow")
        wait_until(lambda: not peer.admin.get("/admin/faults").json()["data"])
        meanwhile = merchant.create(key="slow")
    assert meanwhile.status_code == 409
    assert meanwhile.json()["error"]["code"] == "idempotency_key_in_use"
    assert merchant.create(key="slow").json() == slow.result().json()


def test_keys_belong_to_their_merchant(peer: Peer, merchant: Merchant) -> None:
    other = peer.merchant()
    assert merchant.create(key="a").json()["id"] != other.create(key="a").json()["id"]


def test_a_key_has_at_most_255_characters(merchant: Merchant) -> None:
    assert merchant.create(key="k" * 255).status_code == 200
    assert merchant.create(key="k" * 256).status_code == 400


def test_keys_live_24_hours(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    first = merchant.create(key="a").json()["id"]
    fresh_peer.move_clock(offset_s=24 * 3600 - 60)
    assert merchant.create(key="a").json()["id"] == first
    fresh_peer.move_clock(offset_s=24 * 3600 + 60)
    assert merchant.create(key="a").json()["id"] != first
