"""The mails on disk, one .eml file each, newest first. Files only: a mailbox survives a restart and can be
read by hand.
"""

import secrets
import time
from collections.abc import Iterator
from pathlib import Path

from mail_viewer.message import Message, read_message


class Mailbox:
    """A folder of mails. A mail's id sorts by the time it came in."""

    def __init__(self, folder: Path) -> None:
        """Use this folder, made when missing and closed to other accounts."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder

    def store(self, content: bytes, *, sender: str, recipients: list[str]) -> str:
        """Keep a mail with its envelope and return its id; it appears whole or not at all."""
        message_id = f"{time.time_ns():019d}-{secrets.token_hex(3)}"
        envelope = [f"Return-Path: <{sender}>", *(f"Delivered-To: {each}" for each in recipients)]
        raw = "\r\n".join(envelope).encode() + b"\r\n" + content
        draft = self._folder / f"{message_id}.new"
        draft.write_bytes(raw)
        draft.rename(draft.with_suffix(".eml"))
        return message_id

    def newest_first(self) -> Iterator[Message]:
        """Yield all mails."""
        for path in sorted(self._folder.glob("*.eml"), reverse=True):
            message = self.find(path.stem)
            if message is not None:
                yield message

    def find(self, id: str) -> Message | None:
        """Return one mail, or None."""
        raw = self.raw(id)
        return None if raw is None else read_message(raw, id=id)

    def raw(self, id: str) -> bytes | None:
        """Return one mail as it came in, its envelope on top, or None."""
        if not id.replace("-", "").isalnum():
            return None
        try:
            return (self._folder / f"{id}.eml").read_bytes()
        except OSError:
            return None

    def clear(self) -> int:
        """Forget all mails; return how many there were."""
        paths = list(self._folder.glob("*.eml"))
        for path in paths:
            path.unlink(missing_ok=True)
        return len(paths)
