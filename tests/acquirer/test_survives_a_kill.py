"""What was answered is there after kill -9, and nothing on disk is a card number."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from sandbox_acquirer.cards import TEST_CARDS
from tests.acquirer.peer import BROWSER, ENVIRONMENT, Merchant, Peer, Receiver, launch, pay, wait_until

pytestmark = pytest.mark.slow


def test_state_keys_and_webhooks_survive_a_kill(fresh_peer: Peer, receiver: Receiver) -> None:
    merchant = fresh_peer.merchant()
    first = merchant.create(key="a").json()
    paid = merchant.paid(reference="PAID")
    fresh_peer.move_clock(offset_s=3 * 86_400)
    payouts = merchant.payouts()
    fresh_peer.fault("error_before", where="get_refund")
    fresh_peer.kill()
    fresh_peer.start()
    merchant.connect()
    assert merchant.get(paid["id"])["status"] == "succeeded"
    assert merchant.payouts() == payouts
    assert fresh_peer.admin.get("/admin/clock").json()["offset_s"] == 3 * 86_400
    assert len(fresh_peer.admin.get("/admin/faults").json()["data"]) == 1
    fresh_peer.admin.patch(f"/admin/merchants/{merchant.id}", json={"webhook_url": receiver.url})
    assert "payment.succeeded" in {webhook.event["type"] for webhook in receiver.wait_for(3)}
    fresh_peer.move_clock(offset_s=0)
    again = merchant.create(key="a")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first, "true")


def test_killed_in_the_middle_of_many_requests(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    answered: dict[str, str] = {}

    def ask(worker: int) -> None:
        own = Merchant(fresh_peer, keys={"id": "", "webhook_secret": "", "secret_key": merchant.secret_key})
        for number in range(10_000):
            key = f"{worker}-{number}"
            try:
                answered[key] = own.create(key=key, reference=key).json()["id"]
            except httpx.HTTPError:
                return

    threads = [threading.Thread(target=ask, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    time.sleep(0.6)
    fresh_peer.kill()
    for thread in threads:
        thread.join()
    fresh_peer.start()
    merchant.connect()
    assert len(answered) > 10
    for key, payment_id in list(answered.items())[-40:]:
        replayed = merchant.create(key=key, reference=key)
        assert (replayed.json()["id"], replayed.headers["Idempotent-Replayed"]) == (payment_id, "true")


def test_no_card_number_on_disk(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    unknown = "4111111111111111"
    for number in [*(card.number for card in TEST_CARDS), unknown]:
        payment = merchant.payment(save_card=True)
        spaced = " ".join(number[at : at + 4] for at in range(0, len(number), 4))
        pay(payment["frame_url"], number=number)
        pay(payment["frame_url"], number=spaced, cvc="987")
    fresh_peer.kill()
    kept = b"".join(path.read_bytes() for path in fresh_peer.storage_dir.iterdir())
    assert b"4242" in kept, "the last four digits are kept, so the scan reads the right files"
    for number in [*(card.number for card in TEST_CARDS), unknown]:
        assert number.encode() not in kept
        assert number[:-4].encode() not in kept


def test_stops_at_once_also_during_a_delay(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    fresh_peer.fault("delay", ms=60_000, where="get_payment")
    payment = merchant.payment()

    def ask() -> None:
        try:
            merchant.get(payment["id"])
        except (httpx.HTTPError, AssertionError):
            pass

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.2)
    started = time.monotonic()
    assert fresh_peer.stop() == 0
    assert time.monotonic() - started < 2
    thread.join()


def test_a_second_process_on_the_same_directory_is_refused(peer: Peer) -> None:
    second = launch(peer.storage_dir, stderr=subprocess.PIPE)
    _, said = second.communicate(timeout=10)
    assert second.returncode == 1
    assert "another sandbox acquirer is running" in said


def test_a_taken_port_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = launch(tmp_path, port=port, stderr=subprocess.PIPE)
        _, said = refused.communicate(timeout=10)
    assert refused.returncode == 1
    assert said.startswith("sandbox acquirer cannot start:")


def test_ends_when_the_process_that_started_it_is_gone(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sandbox_acquirer", "--stop-with-parent", "--data-dir", str(tmp_path)]
    code = f"import subprocess, time; subprocess.Popen({command!r}); time.sleep(60)"
    parent = subprocess.Popen(
        [sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    url = parent.stdout.readline().split()[-1]
    assert BROWSER.get(url + "/healthz").status_code == 200
    parent.kill()
    parent.wait()

    def is_gone() -> bool:
        try:
            httpx.get(url + "/healthz")
        except httpx.HTTPError:
            return True
        return False

    wait_until(is_gone)


def test_knows_nothing_of_its_caller() -> None:
    code = "import sys, sandbox_acquirer.server; print(sorted({name.split('.')[0] for name in sys.modules}))"
    ran = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=ENVIRONMENT
    )
    assert "'sandbox_acquirer'" in ran.stdout
    assert "'fareledger'" not in ran.stdout
