"""As whom the server runs. PostgreSQL refuses to run as root, so root lends it another account of the
machine.

Whether that account may enter a folder is asked of the system by trying, not worked out from mode bits:
access lists, mounts and containers have a say as well. No mode of a folder that is not ours is ever changed.
"""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from fareledger.config.embedded_postgres.errors import PostgresNotUsable

CANDIDATES = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    """The account the server runs as; `lent` when it is another one than ours."""

    uid: int
    gid: int
    lent: bool

    def may_enter(self, folder: Path) -> bool:
        """Return whether this account can reach and enter `folder`."""
        if not self.lent:
            return os.access(folder, os.X_OK)
        return self.run(["test", "-x", str(folder)], timeout_s=10).returncode == 0

    def own(self, path: Path) -> None:
        """Give `path` and all below it to this account; does nothing when it is ours already."""
        if not self.lent:
            return
        os.chown(path, self.uid, self.gid)
        for parent, folders, files in os.walk(path):
            for name in (*folders, *files):
                os.chown(Path(parent, name), self.uid, self.gid, follow_symlinks=False)

    def run(
        self, command: Sequence[str], *, timeout_s: float, cwd: Path = Path("/")
    ) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, in a folder it can enter, without the caller's PG… variables."""
        return subprocess.run(
            command,
            user=self.uid if self.lent else None,
            group=self.gid if self.lent else None,
            extra_groups=[] if self.lent else None,
            umask=0o077,
            cwd=cwd,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
            check=False,
        )


def server_account() -> Account:
    """Return the account to run the server as; raises PostgresNotUsable when root has none to lend."""
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), lent=False)
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(uid=entry.pw_uid, gid=entry.pw_gid, lent=True)
    raise PostgresNotUsable(
        "PostgreSQL refuses to run as root, and this machine has neither an account 'postgres' nor 'nobody' "
        "to lend it. Run this as an ordinary user, or set DATABASE_URL."
    )


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_"))}
    return {**kept, "LC_ALL": "C", "TZ": "UTC"}
