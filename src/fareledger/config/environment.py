"""Everything the environment may say, read once, with an error that names the variable.

It decides nothing: `settings.py` turns these values into Django's settings.
"""

import os
from dataclasses import dataclass
from urllib.parse import parse_qs, unquote, urlsplit


class BadEnvironment(Exception):
    """A variable of the environment is missing or cannot be read; the message names it."""


@dataclass(frozen=True)
class Environment:
    """The process's configuration. URLs are kept as text."""

    database_url: str
    owner_database_url: str
    base_url: str
    secret_key: str
    demo: bool
    smtp_url: str
    mail_url: str
    mail_webhook_secrets: tuple[str, ...]
    acquirer_url: str
    acquirer_admin_key: str
    pool_size: int
    webhooks_to_loopback: bool
    trusted_proxies: int = 0

    @property
    def secure(self) -> bool:
        """Whether customers reach us by https; cookies and HSTS follow."""
        return self.base_url.startswith("https://")


def read_environment() -> Environment:
    """Return the configuration of this process; raises BadEnvironment."""
    secret_key = os.environ.get("FARELEDGER_SECRET_KEY", "")
    demo = os.environ.get("FARELEDGER_DEMO", "") == "1"
    if not secret_key and not demo:
        secret_key = "not-for-serving-" + "0" * 40
    return Environment(
        database_url=os.environ.get("DATABASE_URL", ""),
        owner_database_url=os.environ.get("DATABASE_OWNER_URL", ""),
        base_url=os.environ.get("FARELEDGER_BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
        secret_key=secret_key,
        demo=demo,
        smtp_url=os.environ.get("FARELEDGER_SMTP_URL", "smtp://127.0.0.1:1025"),
        mail_url=os.environ.get("FARELEDGER_MAIL_URL", ""),
        mail_webhook_secrets=tuple(
            filter(None, os.environ.get("FARELEDGER_MAIL_WEBHOOK_SECRETS", "").split(","))
        ),
        acquirer_url=os.environ.get("FARELEDGER_ACQUIRER_URL", ""),
        acquirer_admin_key=os.environ.get("FARELEDGER_ACQUIRER_ADMIN_KEY", ""),
        pool_size=int(os.environ.get("FARELEDGER_POOL_SIZE", "8")),
        webhooks_to_loopback=os.environ.get("FARELEDGER_WEBHOOKS_TO_LOOPBACK", "") == "1",
        trusted_proxies=int(os.environ.get("FARELEDGER_TRUSTED_PROXIES", "0")),
    )


def database_settings(url: str, *, pool_size: int = 0, role: str = "") -> dict[str, object]:
    """Return Django's settings for one PostgreSQL URL.

    `pool_size` 0 keeps one persistent connection a thread; `role` is set on connect (for the owner's migrations).
    Raises BadEnvironment when the URL is not a PostgreSQL one.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise BadEnvironment(f"DATABASE_URL must start with postgresql://, not {parts.scheme or 'nothing'}")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    options: dict[str, object] = {
        name: value for name, value in query.items() if name not in ("host", "port")
    }
    # Statements are prepared by the server once a connection has sent them a few times: a page or a posting is the same
    # few statements over and over.
    options.update(server_side_binding=True, prepare_threshold=3)
    if role:
        options["options"] = f"-c role={role}"
    if pool_size:
        options["pool"] = {"min_size": 1, "max_size": pool_size, "timeout": 10}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "postgres",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or unquote(parts.hostname or ""),
        "PORT": query.get("port") or str(parts.port or ""),
        "CONN_MAX_AGE": 0 if pool_size else None,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": options,
    }
