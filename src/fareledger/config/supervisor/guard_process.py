"""What runs inside the guard; see `guard.py` for why there is one."""

import signal
import sys
from pathlib import Path

from fareledger.config.supervisor.guard import FAREWELL, end_groups


def main() -> None:
    """Read what to guard until the pipe closes; then end it, unless we were dismissed."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    postgres = ""
    for line in sys.stdin:
        word, _, rest = line.rstrip("\n").partition(" ")
        if word == "group":
            groups.append(int(rest))
        elif word == "gone":
            groups.remove(int(rest))
        elif word == "postgres":
            postgres = rest
        elif word == FAREWELL:
            return
    sys.stderr.write(f"the process we guard was killed; ending {groups} {postgres}\n")
    end_groups(groups)
    if postgres:
        from fareledger.config.embedded_postgres import EmbeddedPostgres

        EmbeddedPostgres(Path(postgres)).stop()


if __name__ == "__main__":
    main()
