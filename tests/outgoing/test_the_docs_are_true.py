"""What `docs/webhooks.md` says is so: its table is the table of the code, and its receiver works as it stands."""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from fareledger.domain.outgoing import EVENTS, FAILING_DAYS, RETRY_LADDER_S, TEST, TOLERANCE_S
from fareledger.faces.worker.webhook_post import TIMEOUT_S, post_webhook
from fareledger.usecases.deliver_webhooks import LONGEST_EXCERPT, Outgoing
from tests.support.outgoing import loopback_allowed
from tests.support.processes import free_port

DOCS = (Path(__file__).resolve().parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


def test_the_table_of_events_is_that_of_the_code() -> None:
    assert dict(re.findall(r"^\| `([a-z_.]+)` \| (.+) \|$", DOCS, re.MULTILINE)) == dict(EVENTS)
    assert f"`{TEST}`" in DOCS


def test_the_numbers_are_those_of_the_code() -> None:
    assert (10, 60, 300, 1800, 7200, 21600, *[86400] * 3) == RETRY_LADDER_S
    assert f"awaited for {TIMEOUT_S:g} seconds" in DOCS
    assert f"first {LONGEST_EXCERPT:,} bytes" in DOCS
    assert f"failed for {FAILING_DAYS} days" in DOCS
    assert f"more than {TOLERANCE_S} seconds" in DOCS


@pytest.fixture
def receiver(tmp_path: Path) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The receiver of the docs, with a secret and a port of its own, as a process."""
    (code,) = re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL)
    port = free_port()
    script = tmp_path / "receiver.py"
    script.write_text(code.replace("whsec_…", "whsec_right").replace("8484", str(port)), encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-u", str(script)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        yield f"http://127.0.0.1:{port}/", process
        process.terminate()


def a_message(url: str, *, secrets: tuple[str, ...]) -> Outgoing:
    """A message with an id of its own."""
    message_id = uuid4()
    body = json.dumps({"id": str(message_id), "type": "refund.paid", "booking": "TRV-1", "data": {}})
    return Outgoing(
        delivery_id=uuid4(), message_id=message_id, url=url, secrets=secrets, body=body, event="refund.paid"
    )


def status(outgoing: Outgoing) -> int | None:
    """Post a message; wait for the receiver to have started."""
    with loopback_allowed():
        for _ in range(50):
            answered = post_webhook(outgoing)
            if answered.problem != "The connection was refused.":
                return answered.status
            time.sleep(0.1)
    return None


def test_the_receiver_takes_what_is_genuine_once(receiver: tuple[str, "subprocess.Popen[str]"]) -> None:
    url, process = receiver
    genuine = a_message(url, secrets=("whsec_newer", "whsec_right"))
    assert status(genuine) == 204
    assert status(genuine) == 204
    assert status(a_message(url, secrets=("whsec_wrong",))) == 401
    assert status(a_message(url, secrets=("whsec_right",))) == 204
    process.terminate()
    assert process.stdout is not None
    assert process.stdout.read().splitlines() == ["refund.paid TRV-1"] * 2
