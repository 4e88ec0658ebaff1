"""Start, adopt, stop and remove the server of one folder.

A server outlives the process that started it, on purpose: when that process is killed, the next start takes
the running server over instead of fighting it. One lock file per folder keeps two starts apart.
"""

import contextlib
import fcntl
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import psycopg

from fareledger.config.embedded_postgres import postmaster
from fareledger.config.embedded_postgres.binaries import Binaries, find_binaries
from fareledger.config.embedded_postgres.errors import PostgresNotUsable
from fareledger.config.embedded_postgres.home import Home, find_home, remove_home

SUPERUSER = "postgres"
DATABASE = "fareledger"
OWN_SETTINGS = "fareledger.conf"
START_PATIENCE_S = 10.0
RECOVERY_PATIENCE_S = 120
LOG_TAIL_LINES = 20
LOG_LIMIT_BYTES = 5_000_000

DEFAULT_SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "80",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",
    "log_line_prefix": "%m [%p] %q%u ",
}
UNSAFE_AND_QUICK: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class EmbeddedPostgres:
    """The PostgreSQL of one folder."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] | None = None,
        patience_s: float = START_PATIENCE_S,
    ) -> None:
        """Take the folder (made when missing), settings of postgresql.conf that differ from the defaults,
        and how long a start that fails is tried again.
        """
        data_dir.mkdir(parents=True, exist_ok=True)
        self._data_dir = data_dir.resolve()
        self._settings = {**DEFAULT_SETTINGS, **(settings or {})}
        self._patience_s = patience_s

    def start(self) -> str:
        """Start the server, or adopt the one that runs, and return the superuser's URL over its private
        socket.

        The database that the URL names may still have to be made. Raises PostgresNotUsable with the end of
        the server's log.
        """
        with self._alone():
            home = find_home(self._data_dir)
            if not self._adopt(home):
                self._start_new(home)
            return _url(postmaster.socket_folder(home.cluster) or home.sockets)

    def stop(self) -> None:
        """Stop the server of this folder, whoever started it; does nothing when none runs."""
        with self._alone():
            home = find_home(self._data_dir)
            postmaster.stop(home.cluster)
            postmaster.forget_dead(home.cluster, sockets=home.sockets)
            with contextlib.suppress(OSError):
                home.sockets.rmdir()

    def running(self) -> bool:
        """Return whether the server of this folder runs."""
        return postmaster.running_pid(find_home(self._data_dir).cluster) is not None

    def destroy(self) -> None:
        """Stop the server and remove all its files."""
        self.stop()
        with self._alone():
            remove_home(find_home(self._data_dir), data_dir=self._data_dir)

    def program(self, name: str) -> str:
        """Return the path of one of the server's programs, such as "pgbench"."""
        return find_binaries(find_home(self._data_dir).account).program(name)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        with (self._data_dir / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _adopt(self, home: Home) -> bool:
        """Return whether a server runs here already that answers and has our settings; stop one that does
        not.
        """
        if postmaster.running_pid(home.cluster) is None:
            return False
        if self._settings_text(home) == _read(home.cluster / OWN_SETTINGS) and _answers(home):
            return True
        postmaster.stop(home.cluster)
        return False

    def _start_new(self, home: Home) -> None:
        binaries = find_binaries(home.account)
        postmaster.end_orphans(home.cluster)
        postmaster.forget_dead(home.cluster, sockets=home.sockets)
        self._initialise(home, binaries=binaries)
        home.make_sockets()
        (home.cluster / OWN_SETTINGS).write_text(self._settings_text(home), encoding="utf-8")
        home.account.own(home.cluster / OWN_SETTINGS)
        if home.log.exists() and home.log.stat().st_size > LOG_LIMIT_BYTES:
            home.log.replace(home.log.with_suffix(".log.1"))
        _launch(home, binaries=binaries, patience_s=self._patience_s)

    def _initialise(self, home: Home, *, binaries: Binaries) -> None:
        """Make the cluster unless it is there; it appears whole or not at all."""
        version = _read(home.cluster / "PG_VERSION").strip()
        if version:
            if version != binaries.version.split(".")[0]:
                raise PostgresNotUsable(
                    f"the database in {home.folder} is of PostgreSQL {version}, the programs are "
                    f"{binaries.version}; begin anew (`make demo RESET=1`), or move the data with pg_dump."
                )
            return
        draft = home.folder / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        command = [
            binaries.program("initdb"),
            "-D",
            str(draft),
            "-U",
            SUPERUSER,
            "--encoding=UTF8",
            "--locale=C",
        ]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--data-checksums"]
        # Only who may enter the socket's folder reaches the local line; the network is off and would need
        # a password.
        command += ["--auth-local=trust", "--auth-host=scram-sha-256"]
        command += ["--no-sync"] if self._settings.get("fsync") == "off" else []
        done = home.account.run(command, timeout_s=180, cwd=home.folder)
        if done.returncode != 0:
            raise PostgresNotUsable(
                f"initdb could not make a database in {home.folder}:\n{done.stdout.strip()}"
            )
        with (draft / "postgresql.conf").open("a", encoding="utf-8") as conf:
            conf.write(f"include_if_exists = '{OWN_SETTINGS}'\n")
        draft.rename(home.cluster)

    def _settings_text(self, home: Home) -> str:
        settings = {**self._settings, "unix_socket_directories": str(home.sockets)}
        lines = [
            f"{name} = '{value.replace(chr(39), chr(39) * 2)}'\n" for name, value in sorted(settings.items())
        ]
        return "".join(lines)


def _launch(home: Home, *, binaries: Binaries, patience_s: float) -> None:
    """Start the server and wait until it takes connections; try again while it ends at once."""
    command = [binaries.program("pg_ctl"), "start", "-s", "-w", "-t", str(RECOVERY_PATIENCE_S)]
    command += ["-D", str(home.cluster), "-l", str(home.log)]
    deadline = time.monotonic() + patience_s
    while True:
        done = home.account.run(command, timeout_s=RECOVERY_PATIENCE_S + 30, cwd=home.folder)
        if done.returncode == 0:
            return
        if time.monotonic() >= deadline or postmaster.running_pid(home.cluster) is not None:
            break
        postmaster.end_orphans(home.cluster)
        time.sleep(0.5)
    tail = "\n".join(_read(home.log).splitlines()[-LOG_TAIL_LINES:]) or done.stdout.strip()
    raise PostgresNotUsable(f"PostgreSQL does not start. The end of its log, {home.log}:\n{tail}")


def _answers(home: Home) -> bool:
    """Return whether the running server takes a connection within the start patience; recovery may take a
    while.
    """
    deadline = time.monotonic() + START_PATIENCE_S
    while postmaster.running_pid(home.cluster) is not None:
        folder = postmaster.socket_folder(home.cluster)
        try:
            with psycopg.connect(
                host=str(folder), user=SUPERUSER, dbname="postgres", connect_timeout=3
            ) as connection:
                connection.execute("SELECT 1")
                return True
        except psycopg.Error:
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.2)
    return False


def _url(sockets: Path) -> str:
    return f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(sockets), safe='')}"


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
