"""A PostgreSQL of our own, so that one command shows or tests the product on a machine that has none.

It drives the binaries that a wheel carries: private unix socket, no network, data below one folder. It is for
demonstrations, tests and small installations on one machine; it makes no backups and no replicas.
"""

from fareledger.config.embedded_postgres.errors import PostgresNotUsable
from fareledger.config.embedded_postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "PostgresNotUsable"]
