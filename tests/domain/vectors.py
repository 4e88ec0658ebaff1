"""Reads the vectors: plans, figures and changes that must come out exactly."""

import json
from datetime import date
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent.parent / "vectors"


def load(name: str) -> list[Any]:
    """Read one file of vectors by its name without ending."""
    cases: list[Any] = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return cases


def day(text: str) -> date:
    """Read a date of a vector."""
    return date.fromisoformat(text)
