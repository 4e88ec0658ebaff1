"""The supervisor with real processes: they start, come back when they die, and never outlive it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fareledger.config.processes import HAS_PROC, command_line, started_mark, wait_until_gone
from fareledger.config.supervisor import ChildDidNotStart, ChildSpec, StepFailed, StopSwitch, Supervisor

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).resolve().parents[2] / "src"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(120)"
WITH_GRANDCHILD = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {STUBBORN!r}]).wait()"
PARENT = """
import sys, time
from pathlib import Path
from fareledger.config.supervisor import ChildSpec, StopAsked, StopSwitch, Supervisor
stop = StopSwitch()
stop.listen()
group = Supervisor(Path(sys.argv[1]), stop=stop)
group.start(ChildSpec("family", [sys.executable, "-c", sys.argv[2]], stop_patience_s=1))
print(group.guard.pid, flush=True)
try:
    group.watch()
except StopAsked:
    group.end_all()
    group.dismiss()
    print("ended in order", flush=True)
"""


@pytest.fixture
def group(tmp_path: Path) -> Iterator[tuple[Supervisor, list[str]]]:
    """A supervisor that is ended after the test, and the sentences it says."""
    said: list[str] = []
    supervisor = Supervisor(tmp_path, stop=StopSwitch(), say=said.append)
    yield supervisor, said
    supervisor.end_all()
    supervisor.dismiss()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def server(name: str, *, port: int) -> ChildSpec:
    command = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(port)]
    return ChildSpec(name, command, ready_url=f"http://127.0.0.1:{port}/")


def listed(folder: Path) -> list[dict[str, object]]:
    return list(json.loads((folder / "processes.json").read_text(encoding="utf-8")))


def start_parent(folder: Path, *, program: str) -> tuple[subprocess.Popen[str], int]:
    """Start a supervisor in a process of its own; return it and the pid of its guard."""
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", PARENT, str(folder), program]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, text=True)
    assert parent.stdout is not None
    return parent, int(parent.stdout.readline())


def group_of(folder: Path) -> int:
    return int(str(listed(folder)[0]["pid"]))


def members(group: int) -> list[int]:
    """Return the living processes of a group; /proc where there is one, since a small Debian has no ps."""
    if HAS_PROC:
        everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    else:
        found = subprocess.run(["ps", "-A", "-o", "pid="], capture_output=True, text=True, check=True).stdout
        everybody = [int(pid) for pid in found.split()]
    return [pid for pid in everybody if belongs(pid, group=group) and started_mark(pid)]


def belongs(pid: int, *, group: int) -> bool:
    try:
        return os.getpgid(pid) == group
    except ProcessLookupError:
        return False


def wait_for_members(group: int, *, count: int) -> list[int]:
    deadline = time.monotonic() + 12
    while len(found := members(group)) != count and time.monotonic() < deadline:
        time.sleep(0.05)
    assert len(found) == count
    return found


def test_children_answer_and_are_gone_after_the_end(
    group: tuple[Supervisor, list[str]], tmp_path: Path
) -> None:
    supervisor, _ = group
    supervisor.start(server("one", port=free_port()))
    supervisor.start(server("two", port=free_port()))
    supervisor.wait_ready()
    pids = [int(str(each["pid"])) for each in listed(tmp_path)]
    assert len(pids) == 2
    supervisor.end_all()
    assert not any(command_line(pid) for pid in pids)
    assert not (tmp_path / "processes.json").exists()


def test_a_child_that_dies_comes_back(group: tuple[Supervisor, list[str]], tmp_path: Path) -> None:
    supervisor, said = group
    port = free_port()
    supervisor.start(server("web", port=port))
    supervisor.wait_ready()
    os.kill(group_of(tmp_path), signal.SIGKILL)
    deadline = time.monotonic() + 10
    while not (said and b"200" in first_line(port)) and time.monotonic() < deadline:
        supervisor.revive()
        time.sleep(0.05)
    assert b"200" in first_line(port)
    assert said[0].startswith("web ended by itself (killed by SIGKILL); it starts again in 0.5 s.")


def first_line(port: int) -> bytes:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
            return connection.recv(64)
    except OSError:
        return b""


def test_a_child_that_cannot_start_shows_its_log(group: tuple[Supervisor, list[str]]) -> None:
    supervisor, _ = group
    broken = [sys.executable, "-c", "raise SystemExit('the card reader is on fire')"]
    supervisor.start(ChildSpec("broken", broken, ready_url="http://127.0.0.1:9/"))
    with pytest.raises(ChildDidNotStart, match=r"(?s)broken ended with code 1 .*the card reader is on fire"):
        supervisor.wait_ready()


def test_a_step_gives_its_answer_or_says_why_not(group: tuple[Supervisor, list[str]]) -> None:
    supervisor, _ = group
    answer = supervisor.run_step("add", command=[sys.executable, "-c", "print(40 + 2)"], environment={})
    assert answer == "42\n"
    with pytest.raises(StepFailed, match=r"(?s)divide failed \(code 1\).*ZeroDivisionError"):
        supervisor.run_step("divide", command=[sys.executable, "-c", "1 / 0"], environment={})


def test_a_polite_stop_ends_children_and_grandchildren(tmp_path: Path) -> None:
    parent, guard = start_parent(tmp_path, program=WITH_GRANDCHILD)
    group = group_of(tmp_path)
    wait_for_members(group, count=2)
    parent.send_signal(signal.SIGTERM)
    said, _ = parent.communicate(timeout=15)
    assert said == "ended in order\n"
    wait_for_members(group, count=0)
    assert not started_mark(guard)


def test_a_killed_supervisor_takes_children_and_grandchildren_along(tmp_path: Path) -> None:
    parent, guard = start_parent(tmp_path, program=WITH_GRANDCHILD)
    group = group_of(tmp_path)
    wait_for_members(group, count=2)
    parent.kill()
    parent.communicate()
    wait_for_members(group, count=0)
    assert wait_until_gone(guard, timeout_s=5)


def test_what_a_killed_guard_leaves_is_ended_by_the_next_start(tmp_path: Path) -> None:
    parent, guard = start_parent(tmp_path, program=STUBBORN)
    group = group_of(tmp_path)
    wait_for_members(group, count=1)
    os.kill(guard, signal.SIGKILL)
    parent.kill()
    parent.communicate()
    wait_for_members(group, count=1)
    said: list[str] = []
    Supervisor(tmp_path, stop=StopSwitch(), say=said.append).dismiss()
    assert said == ["Ended family, left over from an earlier run."]
    wait_for_members(group, count=0)


def test_a_stranger_with_a_listed_pid_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    entry = {"name": "web", "pid": stranger.pid, "mark": started_mark(stranger.pid), "line": "fareledger web"}
    (tmp_path / "processes.json").write_text(json.dumps([entry]), encoding="utf-8")
    said: list[str] = []
    try:
        Supervisor(tmp_path, stop=StopSwitch(), say=said.append).dismiss()
        assert said == []
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()
