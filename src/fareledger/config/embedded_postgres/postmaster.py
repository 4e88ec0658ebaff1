"""A running server, seen from outside: which process it is, where its socket is, how it is stopped.

PostgreSQL leaves a pid file that outlives a killed server, and the number in it may by now be anybody's. So a
pid counts only when its command line is a postgres on exactly this cluster.
"""

import signal
import time
from pathlib import Path

from fareledger.config.processes import HAS_PROC, command_line, send, wait_until_gone

SOCKET_LINE = 4  # of postmaster.pid, counted from nought


def running_pid(cluster: Path) -> int | None:
    """Return the pid of the server that runs on this cluster, or None."""
    lines = _pid_file(cluster)
    if not lines or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return pid if _serves(pid, cluster=cluster) else None


def socket_folder(cluster: Path) -> Path | None:
    """Return the folder of the running server's socket, once it has said so."""
    lines = _pid_file(cluster)
    if len(lines) <= SOCKET_LINE or not lines[SOCKET_LINE].strip():
        return None
    return Path(lines[SOCKET_LINE].strip())


def stop(cluster: Path) -> None:
    """Stop the server of this cluster, politely at first; does nothing when none runs. Takes at most half a
    minute.
    """
    for number, patience_s in ((signal.SIGINT, 20.0), (signal.SIGQUIT, 8.0), (signal.SIGKILL, 5.0)):
        pid = running_pid(cluster)
        if pid is None:
            break
        send(pid, number=number)
        wait_until_gone(pid, timeout_s=patience_s)
    end_orphans(cluster)


def end_orphans(cluster: Path) -> None:
    """End server processes that outlived their postmaster; they would keep the shared memory and refuse a new
    start.
    """
    for number in (signal.SIGQUIT, signal.SIGKILL):
        left = _orphans(cluster)
        for pid in left:
            send(pid, number=number)
        deadline = time.monotonic() + 3
        while left and _orphans(cluster) and time.monotonic() < deadline:
            time.sleep(0.05)


def forget_dead(cluster: Path, *, sockets: Path) -> None:
    """Remove the marks of a server that is gone. Precondition: none runs on this cluster."""
    (cluster / "postmaster.pid").unlink(missing_ok=True)
    if sockets.is_dir():
        for left in sockets.glob(".s.PGSQL.*"):
            left.unlink(missing_ok=True)


def _pid_file(cluster: Path) -> list[str]:
    try:
        return (cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _serves(pid: int, *, cluster: Path) -> bool:
    line = command_line(pid)
    return "postgres" in line.split(" -D ")[0] and f" -D {cluster} " in f"{line} "


def _orphans(cluster: Path) -> list[int]:
    """Return processes that work inside this cluster. Precondition: no postmaster runs on it. Linux only;
    else none.
    """
    if not HAS_PROC or running_pid(cluster) is not None:
        return []
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            inside = (entry / "cwd").readlink() == cluster
        except OSError:
            continue
        if inside and command_line(int(entry.name)).startswith("postgres:"):
            found.append(int(entry.name))
    return found
