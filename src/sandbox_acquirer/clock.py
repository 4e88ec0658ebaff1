"""The acquirer's clock: the wall clock plus an offset that an admin may move, so that days can pass in a
demo.

Webhook signatures and retries use the wall clock, because their receiver lives in it.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sandbox_acquirer.storage import Storage, setting, store_setting

OFFSET = "clock_offset_ms"


class Clock:
    """Tell the acquirer's time and keep its offset over restarts."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage
        with storage.transaction() as tx:
            self._offset = timedelta(milliseconds=int(setting(tx, name=OFFSET, default="0")))

    def now(self) -> datetime:
        """Return the acquirer's time in UTC."""
        return datetime.now(UTC) + self._offset

    @property
    def offset_s(self) -> int:
        """The distance to the wall clock in whole seconds, positive when the acquirer is ahead."""
        return round(self._offset.total_seconds())

    def move(self, offset: timedelta) -> None:
        """Set the distance to the wall clock."""
        milliseconds = offset // timedelta(milliseconds=1)
        with self._storage.transaction() as tx:
            store_setting(tx, name=OFFSET, value=str(milliseconds))
        self._offset = timedelta(milliseconds=milliseconds)


def iso(moment: datetime) -> str:
    """Write a moment as ISO 8601 in UTC with milliseconds; such texts sort by time."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """Read ISO 8601 with a zone.

    Raises ValueError for anything else, also for a time without a zone.
    """
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError("a time needs its zone")
    return parsed.astimezone(UTC)


def wall_ms() -> int:
    """Return the wall clock in milliseconds since 1970."""
    return (datetime.now(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
