"""Which ports the demo listens on: those of the last start when they are free, so that links in old mails
still work.

A taken port is no reason to fail. It is said so, and another one is used.
"""

import errno
import json
import socket
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

HOST = "127.0.0.1"
TRIES = 50


@dataclass(frozen=True)
class Ports:
    """The ports of both faces, the acquirer, the mail pages and SMTP."""

    web: int
    acquirer: int
    mail: int
    smtp: int

    def url(self, name: str) -> str:
        """Return the address of one of the three web servers."""
        return f"http://{HOST}:{getattr(self, name)}"


def choose_ports(wanted: int, *, remembered: Path, say: Callable[[str], None]) -> Ports:
    """Return free ports, beginning at `wanted` (0: any), and write them to `remembered` for the next
    start.
    """
    last = _last(remembered, wanted=wanted)
    taken: set[int] = set()

    def choose(name: str, *, fallback: int) -> int:
        asked = last.get(name, fallback)
        port = _free_from(asked, besides=taken)
        if name in last and name == "web" and port == asked != wanted:
            say(
                f"Port {port} as last time, so that links in old mails still work; RESET=1 begins at {wanted}."
            )
        if asked and port != asked:
            say(f"Port {asked} is {_reason(asked)}; {_what(name)} at {port} instead.")
        taken.add(port)
        return port

    web = choose("web", fallback=wanted)
    ports = Ports(
        web=web,
        acquirer=choose("acquirer", fallback=web + 1),
        mail=choose("mail", fallback=web + 2),
        smtp=choose("smtp", fallback=web + 3),
    )
    remembered.write_text(json.dumps({"wanted": wanted, **asdict(ports)}), encoding="utf-8")
    return ports


def _last(remembered: Path, *, wanted: int) -> dict[str, int]:
    try:
        last = json.loads(remembered.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return (
        {name: int(last[name]) for name in ("web", "acquirer", "mail", "smtp")}
        if last["wanted"] == wanted
        else {}
    )


def _free_from(port: int, *, besides: set[int]) -> int:
    if port:
        for candidate in range(port, min(port + TRIES, 65536)):
            if candidate not in besides and is_free(candidate):
                return candidate
    while True:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            candidate = int(probe.getsockname()[1])
        if candidate not in besides:
            return candidate


def is_free(port: int) -> bool:
    """Return whether a server of ours could listen there and nobody else answers there now."""
    return _trouble(port) is None


def _trouble(port: int) -> int | None:
    """Return the error number of listening there, or None when it works."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        if probe.connect_ex((HOST, port)) == 0:
            return errno.EADDRINUSE
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError as error:
            return error.errno or errno.EADDRINUSE
        except OverflowError:
            return errno.EINVAL
    return None


def _reason(port: int) -> str:
    return "not allowed for this account" if _trouble(port) == errno.EACCES else "taken"


def _what(name: str) -> str:
    names = {
        "web": "fareledger answers",
        "acquirer": "the sandbox acquirer answers",
        "mail": "the mail viewer answers",
    }
    return names.get(name, "mail is taken in")
