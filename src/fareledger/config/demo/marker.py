"""Whether this database holds the demo, written in the database itself.

The demo empties a database on RESET=1, or when loading was interrupted. A database given by DATABASE_URL
may hold somebody's work, so only one that carries this mark is ever emptied.
"""

from enum import StrEnum

import psycopg

from fareledger.config.database_roles import OWNER, empty_database

MAKE = (
    "CREATE SCHEMA IF NOT EXISTS fareledger_demo",
    "CREATE TABLE IF NOT EXISTS fareledger_demo.loading (state text NOT NULL, at timestamptz DEFAULT now())",
)
TABLES = """
    SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
    WHERE r.rolname = %s AND c.relkind = 'r'
"""


class Contents(StrEnum):
    """What a database holds."""

    NOTHING = "nothing"
    HALF_A_DEMO = "loading"
    A_DEMO = "loaded"
    SOMEBODYS_WORK = "work"


def contents(owner_url: str) -> Contents:
    """Return what the database holds. Precondition: it exists."""
    with psycopg.connect(owner_url, autocommit=True) as connection:
        marked = connection.execute("SELECT to_regclass('fareledger_demo.loading') IS NOT NULL").fetchone()
        if marked and marked[0]:
            row = connection.execute("SELECT state FROM fareledger_demo.loading").fetchone()
            if row:
                return Contents(row[0])
        tables = connection.execute(TABLES, (OWNER,)).fetchone()
        return Contents.SOMEBODYS_WORK if tables and tables[0] else Contents.NOTHING


def mark(owner_url: str, *, state: Contents) -> None:
    """Write down that loading has begun, or that it is done."""
    with psycopg.connect(owner_url) as connection:
        for statement in MAKE:
            connection.execute(statement)
        connection.execute("DELETE FROM fareledger_demo.loading")
        connection.execute("INSERT INTO fareledger_demo.loading (state) VALUES (%s)", (state.value,))


def empty(owner_url: str) -> None:
    """Remove all the demo put there. Precondition: the database carries the mark."""
    mark(owner_url, state=Contents.HALF_A_DEMO)  # an interruption from here on is seen at the next start
    empty_database(owner_url)
    with psycopg.connect(owner_url) as connection:
        connection.execute("DROP SCHEMA IF EXISTS fareledger_demo CASCADE")
