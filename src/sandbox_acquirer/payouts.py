"""Payouts and their lines as rows and as pages of the API. They are only ever added; triggers refuse anything
else.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from sandbox_acquirer.errors import Answer, InvalidRequest, NotFound
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.pipeline import Call

PUBLIC = (
    "id", "currency", "gross", "fees", "refunds", "chargebacks", "adjustments", "deposit", "line_count",
    "lines_sha256", "period_start", "period_end", "paid_at",
)  # fmt: skip
LINE = (
    "id", "kind", "provider_reference", "merchant_reference", "gross", "fee", "net", "currency", "card_brand",
    "card_funding", "occurred_at",
)  # fmt: skip
MOST_PAYOUTS = 100
MOST_LINES = 500


def insert(tx: sqlite3.Connection, *, columns: Mapping[str, object], lines: list[dict[str, object]]) -> None:
    """Insert a payout and its lines, in the transaction that marks their sources as settled."""
    names, places = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    tx.execute(f"INSERT INTO payout ({names}) VALUES ({places})", dict(columns))  # noqa: S608
    names, places = ", ".join(LINE), ", ".join(f":{name}" for name in LINE)
    tx.executemany(
        f"INSERT INTO payout_line (payout_id, {names}) VALUES (:payout_id, {places})",  # noqa: S608
        [{"payout_id": columns["id"], **line} for line in lines],
    )


def by_id(connection: sqlite3.Connection, *, payout_id: str, merchant_id: str) -> dict[str, object]:
    """Return a merchant's payout object.

    Raises NotFound when there is none.
    """
    row = connection.execute(
        "SELECT * FROM payout WHERE id = ? AND merchant_id = ?", (payout_id, merchant_id)
    ).fetchone()
    if row is None:
        raise NotFound("payout_not_found", message="There is no such payout.", param="id")
    return public(row)


def public(row: sqlite3.Row) -> dict[str, object]:
    """Return the payout object of a row."""
    return {**{name: row[name] for name in PUBLIC}, "object": "payout", "status": "paid"}


def list_payouts(call: Call) -> Answer:
    """Return a merchant's payouts in the order they were made, after the one named by `after`."""
    limit = _limit(call, most=MOST_PAYOUTS)
    reader = call.sandbox.storage.reader()
    after = _cursor(
        reader,
        query="SELECT seq FROM payout WHERE id = ? AND merchant_id = ?",
        call=call,
        scope=call.merchant_id,
    )
    rows = reader.execute(
        "SELECT * FROM payout WHERE merchant_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (call.merchant_id, after, limit + 1),
    ).fetchall()
    return Answer({"data": [public(row) for row in rows[:limit]], "has_more": len(rows) > limit})


def list_lines(call: Call) -> Answer:
    """Return the lines of a payout in order, after the one named by `after`."""
    limit = _limit(call, most=MOST_LINES)
    reader = call.sandbox.storage.reader()
    payout_id = str(by_id(reader, payout_id=call.path["id"], merchant_id=call.merchant_id)["id"])
    after = _cursor(
        reader, query="SELECT seq FROM payout_line WHERE id = ? AND payout_id = ?", call=call, scope=payout_id
    )
    rows = reader.execute(
        "SELECT * FROM payout_line WHERE payout_id = ? AND seq > ? ORDER BY seq LIMIT ?",
        (payout_id, after, limit + 1),
    ).fetchall()
    page = [{name: row[name] for name in LINE} for row in rows[:limit]]
    return Answer({"data": page, "has_more": len(rows) > limit})


def _limit(call: Call, *, most: int) -> int:
    Fields(call.query, allowed={"after", "limit"})
    text = call.query.get("limit", str(most))
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= most:
        raise InvalidRequest(
            "parameter_invalid", message=f"limit must be a whole number from 1 to {most}.", param="limit"
        )
    return int(text)


def _cursor(reader: sqlite3.Connection, *, query: str, call: Call, scope: str) -> int:
    after = call.query.get("after")
    if after is None:
        return 0
    row = reader.execute(query, (after, scope)).fetchone()
    if row is None:
        raise InvalidRequest("parameter_invalid", message="after is not an id of this list.", param="after")
    return int(row["seq"])
