"""Reads request bodies: at most 1 MiB of JSON, said to be JSON, taken exactly as it was written."""

from typing import Any, Final

from django.http import HttpRequest
from ninja.parser import Parser

from fareledger.domain.errors import Refused
from fareledger.usecases import strict_json

JSON: Final = "application/json"


class UnsupportedMediaType(Refused):
    """The body says that it is something else than what is read here."""

    def __init__(self, *types: str) -> None:
        wanted = " or ".join(f"`{one}`" for one in types)
        super().__init__(
            code="unsupported_media_type", message=f"Send the body with the Content-Type {wanted}."
        )


class StrictParser(Parser):
    """What django-ninja reads bodies with."""

    def parse_body(self, request: HttpRequest) -> Any:
        """Read the body as JSON. Raises UnsupportedMediaType, NotJson and InvalidBody."""
        if request.content_type != JSON:
            raise UnsupportedMediaType(JSON)
        return strict_json.parse(request.body)
