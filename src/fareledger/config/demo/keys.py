"""Secrets of one demo folder, made once: a restart must not sign everybody out or break links in old
mails.
"""

import hashlib
import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoKeys:
    """The application's secret key and the acquirer's admin key."""

    secret_key: str
    acquirer_admin_key: str

    @property
    def mail_webhook_secret(self) -> str:
        """What the mail viewer signs with; made of the secret key, so that older folders have one too."""
        return hashlib.sha256(f"mail webhooks {self.secret_key}".encode()).hexdigest()


def demo_keys(path: Path) -> DemoKeys:
    """Return the keys kept in `path` (mode 0600), made when missing."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return DemoKeys(secret_key=kept["secret_key"], acquirer_admin_key=kept["acquirer_admin_key"])
    except (OSError, ValueError, KeyError):
        keys = DemoKeys(
            secret_key=secrets.token_urlsafe(50), acquirer_admin_key=f"admin_{secrets.token_urlsafe(24)}"
        )
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(keys), file)
        return keys
