"""Facts about processes of this machine: does a pid live, and is it really the one we mean?

A pid on its own proves nothing, since numbers are used again; whoever acts on a stored pid compares the
command line first. This starts no process; see `supervisor.py` for that.
"""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

HAS_PROC = Path("/proc/self/stat").exists()  # Linux; elsewhere ps is asked, which a small Debian has not


def command_line(pid: int) -> str:
    """Return the command line of a living process, its words joined by blanks; empty when there is none."""
    if HAS_PROC:
        try:
            raw = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return raw.replace(b"\0", b" ").decode(errors="replace").strip()
    done = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def started_mark(pid: int) -> str:
    """Return a text that differs between two processes that had the same pid; empty when the process is
    gone.
    """
    if HAS_PROC:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        state, *fields = stat.rpartition(")")[2].split()
        return "" if state == "Z" else fields[18]
    done = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return done.stdout.strip()


def wait_until_gone(pid: int, *, timeout_s: float) -> bool:
    """Wait until `pid` is no living process any more; return whether that came true in time."""
    deadline = time.monotonic() + timeout_s
    mark = started_mark(pid)
    while mark and started_mark(pid) == mark:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.05)
    return True


def send(pid: int, *, number: signal.Signals, group: bool = False) -> None:
    """Send a signal to a process, or to its whole group; nothing happens when it is gone already.

    macOS answers "not permitted" for a group whose last member is not yet buried; that is gone as well.
    """
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)
