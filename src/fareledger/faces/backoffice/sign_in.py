"""Signing in to the back office and out of it, by email and password.

Repeated misses are counted by django-axes, which then answers with `locked_out` for a while. There is no
second factor yet.
"""

from typing import Any

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.shared.problems import TOO_MANY, problem_page
from fareledger.faces.shared.responses import SeeOther, not_stored

MAX_PASSWORD = 256  # hashing a longer one would only cost time
MAX_EMAIL = 254


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or sign the person in and go where they wanted to go."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return SeeOther(_wanted(request))
        return _form(request, email="", faults=[])
    email = request.POST.get("email", "").strip()[:MAX_EMAIL]
    password = request.POST.get("password", "")
    faults = _missing(email, password=password)
    if faults:
        return _form(request, email=email, faults=faults)
    user = authenticate(request, username=email, password=password) if len(password) <= MAX_PASSWORD else None
    if user is None:
        return _form(request, email=email, faults=[Fault("email", "Email or password is not right")])
    login(request, user)
    return SeeOther(_wanted(request))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return SeeOther(reverse("office_sign_in"))


def locked_out(
    request: HttpRequest, answer: HttpResponse | None, credentials: dict[str, Any] | None, /
) -> HttpResponse:
    """Answer 429 once django-axes has counted too many misses for one email from one address."""
    return problem_page(request, TOO_MANY)


def _missing(email: str, *, password: str) -> list[Fault]:
    faults = []
    if not email:
        faults.append(Fault("email", "Enter your email address"))
    if not password:
        faults.append(Fault("password", "Enter your password"))
    return faults


def _form(request: HttpRequest, *, email: str, faults: list[Fault]) -> HttpResponse:
    context = {"email": email, "faults": faults, "wanted": _wanted(request)}
    return not_stored(render(request, "office/sign_in.html", context, status=422 if faults else 200))


def _wanted(request: HttpRequest) -> str:
    """Return where to go after signing in: a page of the back office, whatever the address says."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith("/office/")
    return wanted if ours else reverse("office_bookings")
