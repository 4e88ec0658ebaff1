"""Portals at host names of their own: the pages below /p/<operator>/, at the root of the operator's host.

Which hosts those are stands in the directory, so Django's fixed list of allowed hosts cannot name them; a host that is
neither in that list nor in the directory is refused by Django as ever. Nothing but the portal is there: no back
office, no API. That a name belongs to the operator, and leads to us by https, is not checked here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponseBase
from django.http.request import validate_host
from django.urls import URLPattern, URLResolver, include, path

from fareledger.domain.errors import NotFound
from fareledger.faces.shared.problems import database_away
from fareledger.usecases.find_operator import operator_by_host

_HOST: Final = re.compile(r"([a-z0-9][a-z0-9.-]{2,252})(:\d{1,5})?")
_OURS: Final = ("127.0.0.1", "localhost")


@dataclass(frozen=True, eq=False)
class Addresses:
    """What Django wants of a module of addresses, and whose they are."""

    slug: str
    urlpatterns: list[URLPattern | URLResolver]
    handler400: str = "fareledger.faces.shared.problems.bad_request"
    handler403: str = "fareledger.faces.shared.problems.forbidden"
    handler404: str = "fareledger.faces.shared.problems.not_found"
    handler500: str = "fareledger.faces.shared.problems.server_error"


class PortalHosts:
    """The outermost layer: decides by the Host header whose pages a request is about."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Answer the request with the operator's addresses if its host is one."""
        host = request.META.get("HTTP_HOST", "").lower()
        named = _HOST.fullmatch(host)
        if named and not _is_ours(named[1]):
            try:
                slug = _slug_at(named[1])
            except (OperationalError, InterfaceError) as away:
                return database_away(request, away)
            if slug:
                request.urlconf = addresses_of(slug)  # type: ignore[assignment]  # Django takes any with patterns
                # Known by the directory, so it need not stand in ALLOWED_HOSTS too.
                request.get_host = lambda: host  # type: ignore[method-assign]  # of this request only
        return self._get_response(request)


@lru_cache(maxsize=1024)
def addresses_of(slug: str) -> Addresses:
    """Return the portal's addresses without the part that says whose it is; always the same object for a slug."""
    portal = include("fareledger.faces.portal.urls")
    return Addresses(slug=slug, urlpatterns=[path("", portal, {"slug": slug})])


def slug_of_host(request: HttpRequest) -> str:
    """Return whose host a request asks for; empty when it is not a host of an operator's own."""
    addresses = getattr(request, "urlconf", None)
    return addresses.slug if isinstance(addresses, Addresses) else ""


def _is_ours(host: str) -> bool:
    hosts = [name for name in settings.ALLOWED_HOSTS if name != "*"]
    return validate_host(host, [*hosts, *_OURS, settings.ENVIRONMENT.base_url.split("//")[1].split(":")[0]])


def _slug_at(host: str) -> str:
    try:
        return operator_by_host(host).slug
    except NotFound:
        return ""
