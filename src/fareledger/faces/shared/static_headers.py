"""How long browsers may keep our own files: pages name each by a mark of its content, so a new one has a
new address.
"""

from pathlib import Path

OURS = Path(__file__).resolve().parent / "static"


def keep_for_a_year(headers: dict[str, str], path: str, url: str, /) -> None:
    """Let a file of `static` be kept for a year; other packages' files keep the server's default."""
    if Path(path).is_relative_to(OURS):
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
