"""Where a server keeps its files: in the caller's folder, or, when the lent account cannot enter that, beside
it.

A clone in root's home is closed to every other account, and changing its modes is not ours to do. The cluster
then lives in the machine's state folder, under a name made from the caller's folder, and a pointer file says
so.
"""

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from fareledger.config.embedded_postgres import postmaster
from fareledger.config.embedded_postgres.account import Account, server_account
from fareledger.config.embedded_postgres.binaries import shared_state
from fareledger.config.embedded_postgres.errors import PostgresNotUsable

POINTER = "postgres.place"
LONGEST_SOCKET_FOLDER = 80  # bytes; the system allows about 104 for the whole address of a socket


@dataclass(frozen=True)
class Home:
    """The folder that holds one cluster and its log, the account that owns it, and the folder of its
    socket.
    """

    folder: Path
    account: Account

    @property
    def cluster(self) -> Path:
        """The server's own data directory."""
        return self.folder / "cluster"

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.folder / "server.log"

    @property
    def sockets(self) -> Path:
        """The private folder of the socket: short, below the system's temporary folder, the same at every
        start.
        """
        name = f"fl-{_mark(self.folder)}"
        for parent in (Path(tempfile.gettempdir()), Path("/tmp")):  # noqa: S108 -- a private folder in it, checked below
            if len(os.fsencode(parent / name)) <= LONGEST_SOCKET_FOLDER and self.account.may_enter(parent):
                return parent / name
        return Path("/tmp") / name  # noqa: S108

    def make_sockets(self) -> Path:
        """Return the folder of the socket, made for this account alone; raises PostgresNotUsable if it is
        another's.
        """
        folder = self.sockets
        try:
            folder.mkdir(mode=0o700)
            self.account.own(folder)
        except FileExistsError:
            found = folder.lstat()
            if (
                folder.is_symlink()
                or not folder.is_dir()
                or found.st_uid != self.account.uid
                or found.st_mode & 0o077
            ):
                raise PostgresNotUsable(
                    f"{folder} is there and is not our private folder; please remove it."
                ) from None
        return folder


def find_home(data_dir: Path) -> Home:
    """Return where the server of this folder lives, making the folder; raises PostgresNotUsable."""
    inside, pointer = data_dir / "postgres", data_dir / POINTER
    account = server_account()
    if not account.lent:
        if pointer.exists():
            raise PostgresNotUsable(
                f"the database of {data_dir} was made by root; run this as root, or take another folder."
            )
        return _made(inside, account=account)
    if pointer.exists():
        return _made(Path(pointer.read_text(encoding="utf-8").strip()), account=account)
    if account.may_enter(data_dir):
        return _made(inside, account=account)
    outside = shared_state() / _mark(data_dir)
    if outside.exists():  # its folder was removed and its pointer with it, so nobody means this one any more
        postmaster.stop(outside / "cluster")
        shutil.rmtree(outside)
    if inside.exists():  # the folder was open when the cluster was made
        postmaster.stop(inside / "cluster")
        shutil.move(inside, outside)
    pointer.write_text(f"{outside}\n", encoding="utf-8")
    return _made(outside, account=account)


def remove_home(home: Home, *, data_dir: Path) -> None:
    """Remove everything of a server. Precondition: it does not run."""
    shutil.rmtree(home.folder, ignore_errors=True)
    shutil.rmtree(home.sockets, ignore_errors=True)
    (data_dir / POINTER).unlink(missing_ok=True)


def _made(folder: Path, *, account: Account) -> Home:
    if not folder.exists():
        folder.mkdir(mode=0o700)
        account.own(folder)
        return Home(folder, account)
    owner = folder.stat()
    if account.lent and owner.st_uid != 0:
        return Home(folder, Account(uid=owner.st_uid, gid=owner.st_gid, lent=True))
    if account.lent:
        account.own(folder)
    elif owner.st_uid != account.uid:
        raise PostgresNotUsable(
            f"{folder} belongs to another account of this machine (uid {owner.st_uid}); run this as that one."
        )
    return Home(folder, account)


def _mark(folder: Path) -> str:
    return hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
