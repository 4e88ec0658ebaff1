"""Brings a database to the newest shape: as its owner, then grants what the application may do."""

from django.core.management import call_command
from django.db import connections

from fareledger.config.database_roles import OWNER
from fareledger.config.environment import database_settings, read_environment
from fareledger.persistence.sql_files import FOLDER


def migrate_as_owner(owner_url: str, *, verbosity: int = 1) -> None:
    """Run the migrations on `owner_url` as `fareledger_owner`, which then owns every table, and apply the grants."""
    alias = "owner"
    connections.databases[alias] = {
        **connections.databases["default"],
        **database_settings(owner_url, role=OWNER),
    }
    try:
        call_command("migrate", database=alias, verbosity=verbosity, interactive=False)
        with connections[alias].cursor() as cursor:
            cursor.execute((FOLDER / "grants.sql").read_text())
    finally:
        connections[alias].close()
        del connections.databases[alias]


def owner_url_of_environment() -> str:
    """Return DATABASE_OWNER_URL, or DATABASE_URL when only that is set."""
    environment = read_environment()
    return environment.owner_database_url or environment.database_url
