"""The endpoints that take a file of bookings in and tell how far it is.

The file is the body itself, CSV or JSON lines as its Content-Type says; `docs/import.md` shows both layouts.
"""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Path, Router

from fareledger.faces.api import examples, keys
from fareledger.faces.api.answers import ImportAnswer
from fareledger.faces.api.bodies import UnsupportedMediaType
from fareledger.faces.api.bookings import CHANNEL
from fareledger.faces.api.declared import KEYED, endpoint
from fareledger.faces.api.keys import caller_of
from fareledger.faces.api.once import answered_once
from fareledger.faces.api.parameters import refuse_unknown
from fareledger.faces.api.sending import Done, send
from fareledger.faces.api.write_answers import import_answer
from fareledger.usecases.booking_files import Format
from fareledger.usecases.hand_in_import import MAX_BYTES, ImportFile, ImportTooLarge, hand_in_import
from fareledger.usecases.show_import import show_import

FORMATS: Final[dict[str, Format]] = {
    "text/csv": "csv",
    "application/jsonl": "jsonl",
    "application/x-ndjson": "jsonl",
}

ImportId = Annotated[
    UUID, Path(description="The id of the import.", examples=["019c2f51-1111-7222-8333-444455556666"])
]
router = Router(tags=["Imports"])


@router.post(
    "/imports/bookings",
    summary="Hand in a file of bookings",
    **endpoint(
        "post_import",
        scope=keys.WRITE,
        answers={202: ImportAnswer},
        problems=(
            *KEYED, "bad_request", "length_required", "import_too_large", "unsupported_media_type", "empty_import",
        ),
        examples=examples.IMPORT,
    ),
)  # fmt: skip
def post_import(request: HttpRequest) -> HttpResponse:
    """Take a file in and work it off in the background; `Location` is where to look how far it is.

    The body is the file, at most 20 MB, as `text/csv`, `application/jsonl` or `application/x-ndjson`.
    Each booking lands whole or not at all; refused ones are reported with line, field and reason.
    """
    refuse_unknown(request)
    caller = caller_of(request)
    file_format = FORMATS.get(request.content_type or "")
    if file_format is None:
        raise UnsupportedMediaType(*FORMATS)
    content = _content(request)
    file = ImportFile(name=f"bookings.{file_format}", content=content, format=file_format)

    def act() -> Done:
        import_id = hand_in_import(caller.operator, file=file, actor=caller.actor, channel=CHANNEL)
        found = show_import(caller.operator, import_id=import_id)
        location = reverse("api:get_import", kwargs={"import_id": import_id})
        return Done(status=202, body=import_answer(found), headers={"Location": location})

    return answered_once(request, act=act, content=content)


@router.get(
    "/imports/{import_id}",
    summary="Look how far an import is",
    url_name="get_import",
    **endpoint(
        "get_import",
        scope=keys.READ,
        answers={200: ImportAnswer},
        problems=("import_not_found",),
        examples=examples.GET_IMPORT,
    ),
)
def get_import(request: HttpRequest, *, import_id: ImportId) -> HttpResponse:
    """Answer how many bookings were created, changed, unchanged or refused so far, and why."""
    refuse_unknown(request)
    found = show_import(caller_of(request).operator, import_id=import_id)
    return send(Done(body=import_answer(found)))


def _content(request: HttpRequest) -> bytes:
    """Read the body, which may be larger than other bodies. Raises ImportTooLarge."""
    if int(request.headers.get("Content-Length") or 0) > MAX_BYTES:
        raise ImportTooLarge
    return bytes(request.read())
