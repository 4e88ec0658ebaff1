"""What the pages about accounts share: a refusal as the fault of a field, and recovery codes shown once."""

from typing import Final

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from fareledger.domain.errors import FareledgerError
from fareledger.faces.backoffice.forms import Fault
from fareledger.faces.shared.responses import SeeOther
from fareledger.usecases.sealing import seal, unseal

_CODES: Final = "recovery_codes"


def fault_of(refusal: FareledgerError, *, field: str = "") -> Fault:
    """Return the refusal beside the input it is about; `field` is the input for one that names none."""
    return Fault((refusal.field or f"/{field}").removeprefix("/"), refusal.message)


def leave_codes(request: HttpRequest, *, codes: tuple[str, ...]) -> HttpResponse:
    """Go to the page that shows new recovery codes; until then they wait, sealed, in the session and nowhere else."""
    request.session[_CODES] = seal(" ".join(codes))
    return SeeOther(reverse("office_account_codes"))


def take_codes(request: HttpRequest) -> list[str]:
    """Return the codes that wait to be shown, once."""
    kept = request.session.pop(_CODES, None)
    return unseal(kept).split() if kept else []
