"""Reads request bodies: at most 1 MiB of JSON, said to be JSON, taken exactly as it was written."""

from typing import Any

from django.http import HttpRequest
from ninja.parser import Parser

from fareledger.domain.errors import Refused
from fareledger.usecases import strict_json


class UnsupportedMediaType(Refused):
    """The body says that it is something else than JSON."""

    def __init__(self) -> None:
        super().__init__(
            code="unsupported_media_type", message="Send the body as `Content-Type: application/json`."
        )


class StrictParser(Parser):
    """What django-ninja reads bodies with."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read the body as JSON. Raises UnsupportedMediaType, NotJson and InvalidBody."""
        if request.content_type != "application/json":
            raise UnsupportedMediaType
        return strict_json.parse(request.body)
