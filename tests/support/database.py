"""A real PostgreSQL for a test run, prepared exactly as an installation is: roles, migrations, grants."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from django.db import connections

from fareledger.config.database_roles import prepare_database
from fareledger.config.embedded_postgres import EmbeddedPostgres
from fareledger.config.environment import database_settings
from fareledger.config.migrate import migrate_as_owner

TEST_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "120",
}


@dataclass(frozen=True)
class TestDatabase:
    """The URLs of the database of this run: as its owner, and as the application."""

    __test__ = False

    owner_url: str
    url: str

    def use_for_django(self) -> None:
        """Make Django's default connection use this database."""
        connections["default"].close()
        settings = {**connections.databases["default"], **database_settings(self.url)}
        connections.databases["default"] = settings
        connections["default"].settings_dict.update(settings)

    def as_owner(self, statement: str, *, arguments: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement as the superuser of the test server, seeing every operator; return its rows."""
        with psycopg.connect(self.owner_url, autocommit=True) as connection:
            cursor = connection.execute(statement, arguments)
            return cursor.fetchall() if cursor.description else []


@contextmanager
def test_database(folder: Path, server_url: str | None) -> Iterator[TestDatabase]:
    """Make a database, migrate it, and take it away again."""
    server = None if server_url else EmbeddedPostgres(folder / "data", settings=TEST_SETTINGS)
    base = server_url or server.start()  # type: ignore[union-attr]  # one of the two is set
    owner_url = urlunsplit(urlsplit(base)._replace(path=f"/fareledger_test_{os.getpid()}"))
    try:
        url = prepare_database(owner_url, secrets_file=folder / "secrets.json")
        migrate_as_owner(owner_url, verbosity=0)
        yield TestDatabase(owner_url=owner_url, url=url)
    finally:
        connections.close_all()
        if server:
            server.destroy()
        else:
            with psycopg.connect(base, autocommit=True) as connection:
                connection.execute(f"DROP DATABASE IF EXISTS fareledger_test_{os.getpid()} WITH (FORCE)")


test_database.__test__ = False  # type: ignore[attr-defined]  # a context manager, not a test
