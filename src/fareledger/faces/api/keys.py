"""Who calls: an API key in the Authorization header, and whether it has the scope that an endpoint asks for.

What a scope permits is said by `fareledger.domain.access`. The scope `staff` opens no endpoint: it shows what only the
operator's own people may see.
"""

from typing import Any, Final

from django.http import HttpRequest
from ninja.security import APIKeyHeader, HttpBearer

from fareledger.domain.errors import Refused
from fareledger.usecases.authenticate_api_key import ApiCaller, authenticate_api_key

READ: Final = "bookings:read"
WRITE: Final = "bookings:write"
PLAN: Final = "transactions:write"
REVERSE: Final = "transactions:reverse"
LINKS: Final = "links:write"
STAFF: Final = "staff"


class InsufficientScope(Refused):
    """The key is live, but does not have the scope that this needs."""

    def __init__(self, scope: str) -> None:
        message = f"This key does not have the scope `{scope}`."
        super().__init__(code="insufficient_scope", message=message)
        self.scope = scope


class BearerKey(HttpBearer):
    """`Authorization: Bearer fl_…`."""

    def __init__(self, scope: str = READ) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiCaller | None:
        """Return the caller, or None for a key that is not live. Raises InsufficientScope."""
        return _allowed(token, scope=self.scope)


class HeaderKey(APIKeyHeader):
    """`X-API-Key: fl_…`, for tools that cannot send a bearer token."""

    param_name = "X-API-Key"

    def __init__(self, scope: str = READ) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        """Return the caller, or None for a key that is not live. Raises InsufficientScope."""
        return _allowed(key, scope=self.scope) if key else None


def caller_of(request: HttpRequest) -> ApiCaller:
    """Return who was authenticated for this request."""
    caller = getattr(request, "auth", None)
    if not isinstance(caller, ApiCaller):
        raise TypeError("an endpoint of the API was reached without a key")
    return caller


def is_staff(request: HttpRequest) -> bool:
    """Say whether the caller may see what only the operator's own people see."""
    return STAFF in caller_of(request).scopes


def _allowed(text: str, *, scope: str) -> ApiCaller | None:
    caller = authenticate_api_key(text.strip())
    if caller is not None and scope not in caller.scopes:
        raise InsufficientScope(scope)
    return caller
