"""Ids of everything the ledger stores.

They are UUIDv7: made in the application, so a row has its id before it is saved, and ordered by time, so that
indexes grow at one end. Nothing may read the time back out of one; `created_at` columns exist for that.
"""

from uuid import UUID

from uuid_utils.compat import uuid7


def new_id() -> UUID:
    """Make a new, never used, time-ordered id."""
    return uuid7()
