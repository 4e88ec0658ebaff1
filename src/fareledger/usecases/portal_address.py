"""Where an operator's portal is: at its own host name if it has one, else below ours."""

from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings

from fareledger.persistence.operators import Operator

_STANDARD_PORTS: Final = {"https": 443, "http": 80}


def portal_root(operator: Operator) -> str:
    """Return the address of the portal's first page, with a slash at its end."""
    ours = urlsplit(settings.ENVIRONMENT.base_url)
    if not operator.host:
        return f"{settings.ENVIRONMENT.base_url}/p/{operator.slug}/"
    # A demo on a port of its own is reached at that port under every name.
    standard = ours.port in (None, _STANDARD_PORTS[ours.scheme])
    return f"{ours.scheme}://{operator.host}{'' if standard else f':{ours.port}'}/"


def charge_page(row_id: UUID) -> str:
    """Return the page below the portal's first one that tells how the collection of a row stands."""
    return f"collect/{row_id}/"
