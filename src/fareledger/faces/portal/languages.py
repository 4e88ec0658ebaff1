"""Which language a visitor reads, and the links of the foot that change it.

What somebody chose in the foot comes first and is remembered in a cookie, which says nothing else about them; then the
language of their booking, then that of their browser, then the operator's. No script takes part.
"""

from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation.trans_real import parse_accept_lang_header

from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.translation import direction, spoken_locale
from fareledger.usecases.find_operator import Operator

# Every language by its own name, as its readers look for it.
_OWN_NAMES: Final = {
    "en-GB": "English (UK)",
    "en-US": "English (US)",
    "de-DE": "Deutsch",
    "fr-FR": "Français",
    "es-ES": "Español",
    "it-IT": "Italiano",
    "nl-NL": "Nederlands",
    "ja-JP": "日本語",
    "ar": "العربية",
}
_ASKED: Final = "lang"
_COOKIE: Final = "fl_language"
_REMEMBERED_S: Final = 365 * 24 * 3600
# Addresses that only take a form in: a link leads to the page on which the form stands.
_FORM_STANDS_ON: Final = {
    "portal_send_link": "portal_sign_in",
    "portal_sign_out": "portal_sign_in",
    "portal_prove_link": "portal_prove",
    "portal_prove_send": "portal_prove",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """One link of the foot."""

    locale: str
    name: str
    direction: str
    address: str
    current: bool


def reading_locale(request: HttpRequest, *, operator: Operator, customer: str = "") -> str:
    """Return the locale to write a page in; `customer` is the booking's, or "" where nobody is in."""
    wanted = _chosen(request) or customer or _of_browser(request, operator=operator) or operator.locale
    return spoken_locale(wanted, fallback=operator.locale)


def languages(request: HttpRequest, *, operator: Operator, current: str) -> tuple[Language, ...]:
    """Return every language with the address of this page in it."""
    return tuple(
        Language(
            locale=locale,
            name=_OWN_NAMES[locale],
            direction=direction(locale),
            address=_address(request, operator=operator, locale=locale),
            current=locale == current,
        )
        for locale in LOCALES
    )


def remember_choice(request: HttpRequest, response: HttpResponse, /) -> None:
    """Keep what the address asked for, so that the next page is in that language too."""
    asked = request.GET.get(_ASKED, "")
    if asked in LOCALES:
        response.set_cookie(
            _COOKIE,
            asked,
            max_age=_REMEMBERED_S,
            path="/",
            secure=settings.ENVIRONMENT.secure,
            httponly=True,
            samesite="Lax",
        )


def _chosen(request: HttpRequest) -> str:
    said = (request.GET.get(_ASKED, ""), request.COOKIES.get(_COOKIE, ""))
    return next((locale for locale in said if locale in LOCALES), "")


def _of_browser(request: HttpRequest, *, operator: Operator) -> str:
    """Return the first of the browser's languages that we speak; one country's form of it serves every other."""
    # Of two forms of one language, readers at this operator rather want the operator's.
    ours = (operator.locale, *LOCALES)
    for wanted, _ in parse_accept_lang_header(request.headers.get("Accept-Language", "")[:500]):
        exact = (locale for locale in LOCALES if locale.lower() == wanted)
        kin = (locale for locale in ours if locale.partition("-")[0] == wanted.partition("-")[0])
        found = next(exact, None) or next(kin, None)
        if found in LOCALES:
            return str(found)
    return ""


def _address(request: HttpRequest, *, operator: Operator, locale: str) -> str:
    query = request.GET.copy()
    query[_ASKED] = locale
    match = request.resolver_match
    page = _FORM_STANDS_ON.get(match.url_name or "") if match else None
    path = reverse(page, kwargs={"slug": operator.slug}) if page else request.path
    return f"{path}?{query.urlencode()}"
