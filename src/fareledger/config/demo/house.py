"""The processes of the demo and what each is told: the wiring between them, and nothing else.

Every process gets only the secrets it needs. The acquirer and the mail viewer are strangers: they get no
database.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fareledger.config.demo.keys import DemoKeys
from fareledger.config.demo.ports import Ports
from fareledger.config.supervisor import ChildSpec

FARELEDGER = (sys.executable, "-m", "fareledger.config")
NO_DATABASE = {"DATABASE_URL": "", "DATABASE_OWNER_URL": "", "FARELEDGER_SECRET_KEY": ""}


@dataclass(frozen=True)
class House:
    """Everything the processes have to know of each other."""

    folder: Path
    ports: Ports
    keys: DemoKeys
    application_url: str
    owner_url: str

    @property
    def base_url(self) -> str:
        """Where both faces answer."""
        return self.ports.url("web")

    @property
    def acquirer_folder(self) -> Path:
        """The acquirer's own storage."""
        return self.folder / "acquirer"

    @property
    def mail_folder(self) -> Path:
        """The mails that were sent."""
        return self.folder / "mail"

    def application(self) -> Mapping[str, str]:
        """Return the environment of fareledger's own processes."""
        return {
            "DATABASE_URL": self.application_url,
            "DATABASE_OWNER_URL": "",
            "FARELEDGER_DEMO": "1",
            "FARELEDGER_WEBHOOKS_TO_LOOPBACK": "1",
            "FARELEDGER_BASE_URL": self.base_url,
            "FARELEDGER_SECRET_KEY": self.keys.secret_key,
            "FARELEDGER_SMTP_URL": f"smtp://127.0.0.1:{self.ports.smtp}",
            "FARELEDGER_MAIL_URL": self.ports.url("mail"),
            "FARELEDGER_MAIL_WEBHOOK_SECRETS": self.keys.mail_webhook_secret,
            "FARELEDGER_ACQUIRER_URL": self.ports.url("acquirer"),
            "FARELEDGER_ACQUIRER_ADMIN_KEY": self.keys.acquirer_admin_key,
        }

    def owner(self) -> Mapping[str, str]:
        """Return the environment of a migration."""
        return {**self.application(), "DATABASE_OWNER_URL": self.owner_url}

    def strangers(self) -> list[ChildSpec]:
        """Return the mail viewer and the acquirer."""
        mail = [sys.executable, "-m", "mail_viewer", "--port", str(self.ports.mail)]
        mail += ["--smtp-port", str(self.ports.smtp), "--data-dir", str(self.mail_folder)]
        mail += ["--tell", f"{self.base_url}/webhooks/mail/{{stream}}"]
        acquirer = [sys.executable, "-m", "sandbox_acquirer", "--port", str(self.ports.acquirer)]
        # Their keys wait in their folders (see `keys.py`): a command line can be read by everybody on the machine.
        acquirer += ["--data-dir", str(self.acquirer_folder)]
        return [
            ChildSpec("mail", mail, environment=NO_DATABASE, ready_url=self.ports.url("mail")),
            ChildSpec("acquirer", acquirer, environment=NO_DATABASE, ready_url=self.ports.url("acquirer")),
        ]

    def hand_over_keys(self) -> None:
        """Put the strangers' keys where they look for them; only this account may read them."""
        for path, key in (
            (self.acquirer_folder / "admin.key", self.keys.acquirer_admin_key),
            (self.mail_folder / "tell.key", self.keys.mail_webhook_secret),
        ):
            path.touch(mode=0o600)
            path.write_text(key, encoding="ascii")

    def own(self) -> list[ChildSpec]:
        """Return worker and web, in the order they are started; they are ended in the reverse one."""
        web = [*FARELEDGER, "web", "--port", str(self.ports.web)]
        return [
            ChildSpec("worker", [*FARELEDGER, "worker"], environment=self.application()),
            ChildSpec("web", web, environment=self.application(), ready_url=self.base_url),
        ]
