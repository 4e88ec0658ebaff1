"""A PostgreSQL of full durability with a migrated database, operators and bookings to post to; removed at
the end.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from django.db import connections
from psycopg import sql

from fareledger.config.database_roles import prepare_database
from fareledger.config.embedded_postgres import EmbeddedPostgres
from fareledger.config.environment import database_settings
from fareledger.config.migrate import migrate_as_owner
from fareledger.domain.identity import new_id

# Durable as delivered (fsync, synchronous_commit and full_page_writes stay on); checkpoints stay out of the way.
SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "4GB", "checkpoint_timeout": "30min"}
TABLES = """
CREATE TABLE bench_account (id bigint PRIMARY KEY, balance bigint NOT NULL);
CREATE TABLE bench_transfer (id uuid PRIMARY KEY, payer bigint NOT NULL, payee bigint NOT NULL, amount bigint NOT NULL,
                             at timestamptz NOT NULL);
CREATE FUNCTION bench_move(p_payer bigint, p_payee bigint, p_amount bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO bench_transfer VALUES (uuidv7(), p_payer, p_payee, p_amount, now());
  UPDATE bench_account SET balance = balance - p_amount WHERE id = least(p_payer, p_payee);
  UPDATE bench_account SET balance = balance + p_amount WHERE id = greatest(p_payer, p_payee);
END $$;
"""
OPERATOR = """
INSERT INTO operator (id, slug, name, legal_name, address, country, time_zone, locale, currencies, support_email,
                      support_phone, support_hours, brand, terms, protection_policy, extra_methods, bank_details,
                      reminders, second_step_for, portal_payments, collecting, refund_threshold, created_at)
VALUES (%(id)s, %(slug)s, 'Bench', 'Bench Ltd', '', 'GB', 'UTC', 'en-GB', '{GBP}', '', '', '', '{}', %(terms)s, 'full',
        '{}', '{}', '{}', 'nobody', '{}', '{}', '{}', now())
"""
BOOKINGS = """
INSERT INTO booking (operator_id, id, reference, reference_key, currency, booked_on, start_date, end_date,
                     customer_name, customer_email, customer_locale, travellers, package, sales_price_minor,
                     non_payable_minor, terms, status, version, content_sha256, created_at, changed_at)
SELECT %(id)s, uuidv7(), 'B-' || n, 'B' || n, 'GBP', '2026-01-01', '2026-06-01', '2026-06-15', '', '', 'en-GB', '[]',
       '', 100000, 0, %(terms)s, 'confirmed', 1, '', now(), now()
  FROM generate_series(1, %(count)s) AS n
"""
SOLD = """
SELECT count(posted.entry_id)
  FROM booking b,
       LATERAL post_entry(b.operator_id, b.id, uuidv7(), 'booking_sold', 'bench', b.id::text, 'GBP', 'offline', 'api',
                          '2026-01-01', now(), now(), ARRAY['customer_receivable', 'contract_liability'],
                          ARRAY[100000, -100000]::bigint[]) AS posted
 WHERE b.operator_id = %(id)s
"""


@dataclass(frozen=True)
class House:
    """Where everything is: the server's programs, both URLs, and the bookings of each operator."""

    server: EmbeddedPostgres
    owner_url: str
    url: str
    bookings: dict[UUID, list[UUID]]

    @property
    def one_operator(self) -> UUID:
        """The operator that has as many bookings as all others together."""
        return next(iter(self.bookings))


@contextmanager
def benchmark_house(folder: Path, *, quick: bool) -> Iterator[House]:
    """Start a server in `folder`, fill it, and remove all of it afterwards."""
    server = EmbeddedPostgres(folder / "postgres", settings=SETTINGS)
    base = server.start()
    try:
        owner_url = urlunsplit(urlsplit(base)._replace(path="/benchmarks"))
        url = prepare_database(owner_url, secrets_file=folder / "secrets.json")
        migrate_as_owner(owner_url, verbosity=0)
        bookings = _fill(owner_url, operators=3 if quick else 20, bookings=40 if quick else 200)
        yield House(server=server, owner_url=owner_url, url=url, bookings=bookings)
    finally:
        connections.close_all()
        server.destroy()


def use_for_django(url: str) -> None:
    """Make Django's default connection of this process a persistent one to `url`."""
    connections["default"].close()
    connections["default"].settings_dict.update(database_settings(url))


def _fill(owner_url: str, *, operators: int, bookings: int) -> dict[UUID, list[UUID]]:
    terms = json.dumps({"down_payment_percent": None, "balance_due_days": 30})
    with psycopg.connect(owner_url, autocommit=True) as connection:
        connection.execute(TABLES)
        connection.execute("INSERT INTO bench_account SELECT n, 0 FROM generate_series(1, 10000) AS n")
        connection.execute("GRANT ALL ON bench_account, bench_transfer TO PUBLIC")
        found: dict[UUID, list[UUID]] = {}
        for number in range(operators + 1):
            count = bookings if number else bookings * operators
            operator = new_id()
            asked = {"id": operator, "slug": f"bench-{number}", "terms": terms, "count": count}
            connection.execute(OPERATOR, asked)
            connection.execute(BOOKINGS, asked)
            with connection.transaction():
                tenant = sql.SQL("SET LOCAL fareledger.operator_id = {}").format(sql.Literal(str(operator)))
                connection.execute(tenant)
                connection.execute(SOLD, asked)
            rows = connection.execute("SELECT id FROM booking WHERE operator_id = %(id)s", asked).fetchall()
            found[operator] = [row[0] for row in rows]
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    return found
