"""One sentence carried from a POST to the page it leads to, kept in the staff session and shown once.

No secrets: a link that signs somebody in never goes through here.
"""

from dataclasses import dataclass

from django.http import HttpRequest

KEY = "notice"


@dataclass(frozen=True)
class Notice:
    """What to say; `tone` is the CSS word of its edge: ok, warn or danger."""

    text: str
    tone: str


def leave_notice(request: HttpRequest, *, text: str, tone: str = "ok") -> None:
    """Keep the sentence for the next page."""
    request.session[KEY] = [text, tone]


def take_notice(request: HttpRequest) -> Notice | None:
    """Return the sentence left for this page, once."""
    kept = request.session.pop(KEY, None) if KEY in request.session else None
    return Notice(text=kept[0], tone=kept[1]) if kept else None
