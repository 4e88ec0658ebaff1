"""The form of the branding page: what its fields hold, and which field a refusal is about."""

from __future__ import annotations

from typing import Final

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, QueryDict

from fareledger.domain.brand_choices import Choices
from fareledger.domain.errors import FareledgerError
from fareledger.domain.logo import MAX_BYTES
from fareledger.faces.backoffice.forms import Fault
from fareledger.usecases.edit_brand import Logos

# In the order in which they stand on the page.
FIELDS: Final = (
    "name",
    "primary",
    "logo_alt",
    "font",
    "host",
    "sender_name",
    "reply_to",
    "support_email",
    "support_phone",
    "support_hours",
)
FONT_WORDS: Final = {
    "system": "The reader’s system font",
    "humanist": "Humanist sans",
    "geometric": "Geometric sans",
    "serif": "Serif",
    "old_style": "Old-style serif",
}
_LONGEST: Final = 300
_ELSEWHERE: Final = {"invalid_colour": "primary"}


def posted_choices(posted: QueryDict) -> Choices:
    """Take the fields as they were sent."""
    return Choices(**{name: posted.get(name, "").strip()[:_LONGEST] for name in FIELDS})


def posted_logos(request: HttpRequest) -> Logos:
    """Take the pictures that came with the form, and which are to go."""
    return Logos(logo=_picture(request, name="logo"), logo_dark=_picture(request, name="logo_dark"))


def fault_of(refusal: FareledgerError) -> Fault:
    """Lead a refusal back to its field."""
    name = (refusal.field or "").removeprefix("/") or _ELSEWHERE.get(refusal.code, FIELDS[0])
    return Fault(name, refusal.message)


def _picture(request: HttpRequest, *, name: str) -> bytes | None:
    file = request.FILES.get(name)
    if isinstance(file, UploadedFile) and file.size:
        # One byte too many is read, so that what is too large is known to be.
        return bytes(file.read(MAX_BYTES + 1))
    return b"" if request.POST.get(f"{name}_gone") else None
