"""Who calls: an API key in the Authorization header, and which scopes it has.

The scope `bookings:read` is needed for everything; `staff` shows what only the operator's own people may see.
"""

from typing import Any, Final

from django.http import HttpRequest
from ninja.errors import AuthorizationError
from ninja.security import APIKeyHeader, HttpBearer

from fareledger.usecases.authenticate_api_key import ApiCaller, authenticate_api_key

BOOKINGS: Final = "bookings:read"
STAFF: Final = "staff"


class BearerKey(HttpBearer):
    """`Authorization: Bearer fl_…`."""

    def authenticate(self, request: HttpRequest, token: str) -> ApiCaller | None:
        """Return the caller, or None for a key that is not live; refuse one without the needed scope."""
        return _allowed(authenticate_api_key(token.strip()))


class HeaderKey(APIKeyHeader):
    """`X-API-Key: fl_…`, for tools that cannot send a bearer token."""

    param_name = "X-API-Key"

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the caller, or None for a key that is not live; refuse one without the needed scope."""
        return _allowed(authenticate_api_key(key.strip())) if key else None


def caller_of(request: HttpRequest) -> ApiCaller:
    """Return who was authenticated for this request."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, ApiCaller):
        raise TypeError("an endpoint of the API was reached without a key")
    return caller


def _allowed(caller: ApiCaller | None) -> ApiCaller | None:
    if caller is not None and BOOKINGS not in caller.scopes:
        raise AuthorizationError(message=f"This key does not have the scope `{BOOKINGS}`.")
    return caller
