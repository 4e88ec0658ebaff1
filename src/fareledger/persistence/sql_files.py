"""Reads the SQL files of the migrations."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).resolve().parent / "migrations" / "sql"


def run_file(name: str) -> migrations.RunSQL:
    """Return the operation that runs one SQL file as it stands; there is no way back from it."""
    return migrations.RunSQL((FOLDER / name).read_text())
