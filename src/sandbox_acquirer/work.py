"""What a piece of business needs: the open transaction, the acquirer's time and its own address."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Work:
    """One write transaction at one moment. Whatever is done with it is committed together or not at all."""

    tx: sqlite3.Connection
    now: datetime
    base_url: str
