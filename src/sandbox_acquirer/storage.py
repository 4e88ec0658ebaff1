"""The one SQLite file. Writers take turns in this process, so a transaction sees the result of the one before
it.

It holds no queries: each module keeps the SQL of its own tables.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

SCHEMA = resources.files("sandbox_acquirer").joinpath("schema.sql").read_text(encoding="utf-8")

# Columns that files made by an earlier version lack: (table, column, what it is).
ADDED = (
    ("payment_method", "declines", "INTEGER NOT NULL DEFAULT 0"),
    ("payment_method", "detached_at", "TEXT"),
    ("payment", "method", "TEXT NOT NULL DEFAULT 'card'"),
    ("payment", "bank", "TEXT"),
)


class Storage:
    """Hand out one connection a thread and one write transaction at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._writing = threading.Lock()
        connection = self.reader()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(SCHEMA)
        for table, column, definition in ADDED:
            names = {row["name"] for row in connection.execute(f"PRAGMA table_info({table})")}
            if column not in names:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {definition}")

    def reader(self) -> sqlite3.Connection:
        """Return this thread's connection; every statement outside `transaction` is its own read."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, isolation_level=None, timeout=30)
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            # With WAL a killed process loses nothing that was committed; only a power cut could.
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
        return connection

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Open a write transaction that commits at the end and rolls back when anything is raised."""
        connection = self.reader()
        with self._writing:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")


def setting(connection: sqlite3.Connection, *, name: str, default: str) -> str:
    """Return a stored setting, storing `default` first when there is none (that needs a transaction)."""
    row = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
    if row is not None:
        return str(row["value"])
    connection.execute("INSERT INTO setting (name, value) VALUES (?, ?)", (name, default))
    return default


def store_setting(connection: sqlite3.Connection, *, name: str, value: str) -> None:
    """Store a setting, replacing what was there."""
    connection.execute(
        "INSERT INTO setting (name, value) VALUES (?, ?)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
