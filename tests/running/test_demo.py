"""The demo through everything people do to it: start twice, kill, interrupt, begin anew. One load serves
most tests.

The tests stand in the order in which they happen to one folder.
"""

import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest

from fareledger.config.embedded_postgres import EmbeddedPostgres, postmaster
from fareledger.config.embedded_postgres.home import find_home
from fareledger.config.embedded_postgres.server import UNSAFE_AND_QUICK
from fareledger.config.processes import started_mark, wait_until_gone
from tests.support.demo_process import DemoProcess

pytestmark = pytest.mark.slow

NAMES = {"base_url", "api_key", "staff", "magic_link", "mail_url", "acquirer_url", "database_url", "pid"}
Start = Callable[..., DemoProcess]
# What somebody who looks around must find, each as a question to the database.
FOUND = {
    "people of every role": "SELECT count(DISTINCT role) = 5 FROM staff_user",
    "somebody who left, and somebody invited": """SELECT EXISTS (SELECT FROM staff_user WHERE NOT is_active)
        AND EXISTS (SELECT FROM staff_invitation WHERE accepted_at IS NULL)""",
    "ladders and bank details": "SELECT bool_and(reminders <> '{}' AND bank_details <> '{}') FROM operator",
    "other methods": "SELECT extra_methods = '{cash,other}' FROM operator WHERE slug = 'acme'",
    "instalments": "SELECT (terms->>'instalments')::int = 3 FROM operator WHERE slug = 'solmar'",
    "dated shares": "SELECT count(*) > 0 FROM booking WHERE jsonb_array_length(terms->'schedule') > 1",
    "an invoice paid in part": """SELECT count(*) > 0 FROM invoice i JOIN booking b ON b.id = i.booking_id
        JOIN transaction t ON t.booking_id = b.id AND t.status = 'closed' WHERE b.outstanding_minor > 0""",
    "a reversal with its reason": "SELECT count(*) > 0 FROM transaction WHERE reverses IS NOT NULL AND reason <> ''",
    "a payment in cash": "SELECT count(*) > 0 FROM transaction WHERE status = 'closed' AND method = 'cash'",
    "a refund that waits": "SELECT count(*) > 0 FROM booking WHERE outstanding_minor < 0 AND open_refunds_minor > 0",
    "something unplanned after a change": """SELECT outstanding_minor - open_payments_minor = 24000 FROM booking
        WHERE reference = 'TRV-48431'""",
    "a plan edited by hand": "SELECT count(*) > 0 FROM timeline_event WHERE kind = 'plan_edited'",
    "cancelled and taken back": """SELECT bool_or(payload->>'text' LIKE '%cancelled%')
        AND bool_or(payload->>'text' LIKE '%reinstated%') FROM timeline_event e
        JOIN booking b ON b.id = e.booking_id AND b.reference = 'TRV-48355'""",
    "emails that did not arrive": """SELECT count(DISTINCT status) = 2 FROM email_message
        WHERE status IN ('failed', 'bounced')""",
    "reminders": "SELECT count(DISTINCT kind) = 2 FROM email_message WHERE kind LIKE 'reminder%'",
    "no email that still waits": "SELECT count(*) = 0 FROM email_message WHERE status = 'queued'",
    "views": "SELECT count(*) FILTER (WHERE shared) = 1 AND count(*) = 2 FROM saved_view",
    "a file with refused lines": "SELECT count(*) = 1 FROM import_run WHERE created > 0 AND refused > 0",
    "keys": "SELECT count(*) = 4 AND count(revoked_at) = 1 FROM api_key",
    "addresses that were told": "SELECT count(DISTINCT status) >= 2 FROM webhook_delivery",
    "no address outside this machine": """SELECT count(*) = 0 FROM webhook_endpoint
        WHERE disabled_at IS NULL AND url NOT LIKE 'http://127.0.0.1:%'""",
    "work given away, and work that rests": """SELECT count(assigned_to) > 0 AND count(snoozed_until) > 0
        FROM work_note""",
    "three parts that Eleanor can approve": """SELECT count(*) = 4 AND min(t.due_date) > current_date + 4
        FROM transaction t JOIN booking b ON b.id = t.booking_id AND b.reference = 'TRV-48213' AND t.status = 'open'""",
    "amounts that customers may pay": """SELECT bool_or((portal_payments->>'other_amount')::boolean)
        AND bool_or(portal_payments = '{}') AND bool_or(refund_threshold <> '{}') FROM operator""",
    "refunds that wait, failed and are done": """SELECT count(DISTINCT status) = 3 FROM refund_order
        WHERE status IN ('waiting', 'failed', 'done')""",
    "a refund to two cards, agreed to by two people": """SELECT count(*) = 2 FROM refund_part p
        JOIN refund_order o ON o.id = p.order_id AND o.decided_by NOT IN ('', o.asked_by)""",
    "a refund to a bank account": """SELECT count(*) = 1 FROM refund_part p
        JOIN attempt a ON a.id = p.payment_attempt_id AND a.method = 'bank_transfer' AND p.state = 'succeeded'""",
    "money that came by card and by bank": """SELECT outstanding_minor < 0 FROM booking
        WHERE reference = 'TRV-48483'""",
    "a payment of another amount": """SELECT count(*) = 3 FROM transaction t
        JOIN booking b ON b.id = t.booking_id AND b.reference = 'TRV-48517'""",
    "approvals that last, and that ended in every way": """SELECT array_agg(DISTINCT ended_because)
        @> '{"",used,withdrawn,plan_changed}' FROM approval""",
    "consents in many languages": "SELECT count(DISTINCT locale) >= 7 FROM consent_evidence",
    "charges in every state": """SELECT array_agg(DISTINCT state::text)
        @> '{waiting,retry,needs_customer,needs_method,with_staff,ended}' FROM collection""",
    "a charge that worked at the third try": """SELECT count(*) = 1 FROM collection
        WHERE state = 'ended' AND tries = 2""",
    "a card that ends too early": "SELECT count(*) = 1 FROM mandate WHERE expiry_noticed_at IS NOT NULL",
    "emails of every kind that approved payments have": """SELECT array_agg(DISTINCT kind::text)
        @> '{approval_given,approval_withdrawn,approval_ended,collection_notice,charge_needs_you,charge_failed,
        card_expiring}'
        FROM email_message""",
    "customers of every language": "SELECT count(DISTINCT customer_locale) = 9 FROM booking",
    "a brand that is drafted, and one that went back": """SELECT bool_or(status = 'draft')
        AND bool_or(status = 'published' AND number = 4) FROM brand_version""",
    "who came in, and who did not": """SELECT count(*) FILTER (WHERE kind = 'signed_in') > 20
        AND count(*) FILTER (WHERE kind = 'sign_in_failed') > 0 FROM access_event""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the demo, whose database is gone in the end."""
    data_dir = tmp_path_factory.mktemp("demo") / "data"
    yield data_dir
    EmbeddedPostgres(data_dir).destroy()


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Start demos; the last ones are ended after the module."""
    started: list[DemoProcess] = []

    def begin(folder: Path, **choices: object) -> DemoProcess:
        started.append(DemoProcess(folder, **choices))  # type: ignore[arg-type]  # passed on as they came
        return started[-1]

    yield begin
    for demo in started:
        demo.end()


@pytest.fixture(scope="module")
def demo(start: Start, folder: Path) -> DemoProcess:
    """A demo that answers, after a first load that was interrupted."""
    first = start(folder)
    first.wait_printed("Loading believable bookings")
    running = pids(folder)
    assert first.stop(signal.SIGTERM) == 0
    assert not any(started_mark(pid) for pid in running)
    second = start(folder)
    second.wait_ready()
    return second


def pids(folder: Path) -> list[int]:
    listed = json.loads((folder / "processes.json").read_text(encoding="utf-8"))
    found = [int(each["pid"]) for each in listed]
    server = postmaster.running_pid(find_home(folder).cluster)
    return [*found, *([server] if server else [])]


def answers(url: object) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", urlsplit(str(url)).port or 0)) == 0


def count_bookings(facts: Mapping[str, object]) -> int:
    with psycopg.connect(str(facts["owner_database_url"])) as connection:
        row = connection.execute("SELECT count(*) FROM booking").fetchone()
        assert row is not None
        return int(row[0])


def state_of(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT state FROM fareledger_demo.loading").fetchone()
        assert row is not None
        return str(row[0])


def test_an_interrupted_load_is_begun_anew(demo: DemoProcess) -> None:
    assert "The demo's data is not whole; it is loaded anew." in demo.printed()
    assert 150 <= count_bookings(demo.wait_ready()) <= 400


def test_everything_answers(demo: DemoProcess) -> None:
    facts = demo.wait_ready()
    assert set(facts) == {*NAMES, "owner_database_url"}
    assert stat.S_IMODE(demo.info_path.stat().st_mode) == 0o600
    assert facts["pid"] == demo.process.pid
    for name in ("magic_link", "mail_url", "acquirer_url"):
        assert httpx.get(str(facts[name]), follow_redirects=True).status_code == 200
    assert httpx.get(f"{facts['base_url']}/office/sign-in/").status_code == 200
    with psycopg.connect(str(facts["database_url"])) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


@pytest.mark.parametrize("what", FOUND)
def test_there_is_something_of_everything(demo: DemoProcess, what: str) -> None:
    with psycopg.connect(str(demo.wait_ready()["owner_database_url"])) as connection:
        assert connection.execute(FOUND[what].encode()).fetchone() == (True,)


def test_two_demos_do_not_share_a_folder(demo: DemoProcess, start: Start, folder: Path) -> None:
    facts = demo.wait_ready()
    other = start(folder)
    assert other.process.wait(timeout=60) == 1
    assert f"A demo runs on {folder} already at {facts['base_url']}" in other.printed()
    assert answers(facts["base_url"])


def test_a_web_process_that_dies_comes_back(demo: DemoProcess, folder: Path) -> None:
    facts = demo.wait_ready()
    listed = json.loads((folder / "processes.json").read_text(encoding="utf-8"))
    web = next(int(each["pid"]) for each in listed if each["name"] == "web")
    os.killpg(web, signal.SIGKILL)
    demo.wait_printed("web ended by itself")
    for _ in range(100):
        if answers(facts["base_url"]):
            break
        assert not wait_until_gone(demo.process.pid, timeout_s=0.2)
    assert httpx.get(f"{facts['base_url']}/office/sign-in/").status_code == 200


def test_ctrl_c_leaves_nothing_and_the_next_start_keeps_data_and_address(
    demo: DemoProcess, start: Start, folder: Path
) -> None:
    facts = demo.wait_ready()
    bookings, running = count_bookings(facts), pids(folder)
    assert len(running) == 5
    assert demo.stop(signal.SIGINT) == 0
    assert not any(started_mark(pid) for pid in running)
    assert not any(answers(facts[name]) for name in ("base_url", "mail_url", "acquirer_url"))
    assert not demo.info_path.exists()
    again = start(folder)
    assert count_bookings(again.wait_ready()) == bookings
    assert again.wait_ready()["base_url"] == facts["base_url"]
    assert "Loading" not in again.printed()
    again.stop(signal.SIGKILL)


def test_after_kill_9_the_next_start_works_at_once_and_nothing_is_left(start: Start, folder: Path) -> None:
    killed = start(folder)  # at once after the kill above
    facts = killed.wait_ready()
    assert count_bookings(facts) >= 150
    running = pids(folder)
    assert len(running) == 5
    killed.stop(signal.SIGKILL)
    assert all(wait_until_gone(pid, timeout_s=30) for pid in running)


def test_a_taken_port_is_said_and_another_one_used(start: Start, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = start(folder, port=port)
        facts = demo.wait_ready()
        assert f"Port {port} is taken; fareledger answers at" in demo.printed()
        assert urlsplit(str(facts["base_url"])).port != port
        assert httpx.get(f"{facts['base_url']}/office/sign-in/").status_code == 200
        demo.stop()


def test_reset_begins_anew(start: Start, folder: Path) -> None:
    demo = start(folder, reset=True)
    demo.wait_printed("Loading believable bookings")
    assert demo.stop(signal.SIGINT) == 0


def test_the_database_of_database_url_is_used_and_left_running(start: Start, tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "theirs", settings=UNSAFE_AND_QUICK)
    try:
        url = server.start()
        demo = start(tmp_path / "data", environment={"DATABASE_URL": url})
        demo.wait_printed("Loading believable bookings")
        assert not (tmp_path / "data" / "postgres").exists()
        assert demo.stop(signal.SIGTERM) == 0
        assert state_of(url) == "loading"
        assert server.running()
    finally:
        server.destroy()


def test_a_database_with_somebodys_work_is_left_alone(start: Start, tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path / "theirs", settings=UNSAFE_AND_QUICK)
    try:
        url = server.start()
        with psycopg.connect(url.replace("/fareledger?", "/postgres?"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE fareledger")
        with psycopg.connect(url) as connection:
            connection.execute("CREATE ROLE fareledger_owner")
            connection.execute("CREATE TABLE fareledger_booking (id int)")
            connection.execute("ALTER TABLE fareledger_booking OWNER TO fareledger_owner")
            connection.execute("INSERT INTO fareledger_booking VALUES (1)")
        for reset in (False, True):
            demo = start(tmp_path / "data", reset=reset, environment={"DATABASE_URL": url})
            assert demo.process.wait(timeout=60) == 1
            assert "The demo keeps its hands off it" in demo.printed()
        with psycopg.connect(url) as connection:
            assert connection.execute("SELECT count(*) FROM fareledger_booking").fetchone() == (1,)
    finally:
        server.destroy()


def test_a_killed_make_takes_the_demo_along(tmp_path: Path) -> None:
    """`make demo` runs the demo as its child; a killed make must not leave it behind."""
    command = [
        "sh",
        "-c",
        'python="$1"; shift; "$python" "$@" & wait',
        "sh",
        sys.executable,
        "-m",
        "fareledger.config",
        "demo",
    ]
    command += ["--data-dir", str(tmp_path / "data"), "--port", "0"]
    with (tmp_path / "out").open("w") as output:
        make = subprocess.Popen(
            command,
            env={**os.environ, "FARELEDGER_STOP_WITH_PARENT": "1"},
            stdout=output,
            start_new_session=True,
        )
    try:
        while "Loading" not in (tmp_path / "out").read_text(encoding="utf-8"):
            assert make.poll() is None
            assert not wait_until_gone(make.pid, timeout_s=0.1)
        running = pids(tmp_path / "data")
        make.kill()
        make.wait()
        assert all(wait_until_gone(pid, timeout_s=30) for pid in running)
    finally:
        EmbeddedPostgres(tmp_path / "data").destroy()
