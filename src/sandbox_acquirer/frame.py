"""The card form a customer sees, to pay or to save a card: inside a merchant's page as a frame, or as a page
of its own.

Everything is a plain form. What the customer sees next follows from the state of the payment or set-up
alone, so a reload, a second tab or a double click shows how things stand and never charges twice. Card
numbers and codes are checked and dropped.
"""

from __future__ import annotations

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from sandbox_acquirer import charging, faults, framestyle, payments, saving, setups
from sandbox_acquirer.cards import BEHAVIOURS, TEST_CARDS, PresentedCard, check_card
from sandbox_acquirer.clock import iso
from sandbox_acquirer.errors import ApiError
from sandbox_acquirer.merchants import by_id as merchant_by_id
from sandbox_acquirer.money import format_money, known_locale
from sandbox_acquirer.pages import css, origin, page
from sandbox_acquirer.payments import Payment
from sandbox_acquirer.pipeline import AnswerDropped, Endpoint, sandbox_of, threaded
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.setups import Setup
from sandbox_acquirer.work import Work

LOG = logging.getLogger("sandbox_acquirer")

# state → template, and what the frame tells the page around it
VIEWS: dict[str, tuple[str, str | None]] = {
    "requires_card": ("card.html", None),
    "requires_action": ("challenge.html", "challenge"),
    "processing": ("done.html", "done"),
    "succeeded": ("done.html", "done"),
    "failed": ("ended.html", "ended"),
    "cancelled": ("ended.html", "ended"),
    "expired": ("ended.html", "ended"),
}
PAID = ("processing", "succeeded")


Pays = Callable[[Work, Payment], Payment]
Saves = Callable[[Work, Setup], Setup]


@dataclass(frozen=True)
class Visit:
    """A customer at the form of one payment or set-up, by an address whose token was right."""

    sandbox: Sandbox
    subject: Payment | Setup
    face: str
    locale: str
    form: dict[str, str]
    signed_in: bool = False

    @property
    def kind(self) -> str:
        """What the customer is here for: a payment or a setup."""
        return "setup" if isinstance(self.subject, Setup) else "payment"

    def address(self, step: str = "") -> str:
        """Return the address of this form, or of the step it posts to."""
        query = {"token": self.subject.frame_token, **({"locale": self.locale} if self.locale else {})}
        return f"/{self.face}/{self.subject.id}{step}?{urlencode(query)}"

    def return_link(self) -> str | None:
        """Return the merchant's address to go back to, naming the payment or set-up."""
        if self.subject.return_url is None:
            return None
        parts = urlsplit(self.subject.return_url)
        query = urlencode([*parse_qsl(parts.query, keep_blank_values=True), (self.kind, self.subject.id)])
        return str(urlunsplit(parts._replace(query=query)))


@dataclass(frozen=True)
class Problem:
    """A form that was not taken: a message for each field, and whether a bank said no."""

    errors: dict[str, str]
    expiry: str
    declined: bool


def show(visit: Visit) -> Response:
    """Show how the payment or set-up stands."""
    visit = caught_up(visit)
    link = visit.return_link()
    if visit.face == "pay" and visit.subject.status in PAID and link is not None:
        return RedirectResponse(link, status_code=303)
    return render(visit)


def confirm(visit: Visit) -> Response:
    """Try the card that was entered; a wrong or declined one is answered with the form again."""
    expiry = visit.form.get("expiry", "").strip()[:10]
    key, now = visit.sandbox.fingerprint_key(), visit.sandbox.clock.now()
    presented = check_card(visit.form, now=now, fingerprint_key=key)
    if not isinstance(presented, PresentedCard):
        return render(visit, problem=Problem(presented, expiry, declined=False))

    def charge(work: Work, payment: Payment, /) -> Payment:
        return charging.present_card(work, payment=payment, presented=presented)

    def save(work: Work, setup: Setup, /) -> Setup:
        return saving.present_card(work, setup=setup, presented=presented)

    visit = in_state(visit, status="requires_card", pay=charge, save=save)
    if visit.subject.status == "requires_card":
        decline = BEHAVIOURS[presented.behaviour].decline
        field, message = (decline.field, decline.message) if decline is not None else ("number", "")
        return render(visit, problem=Problem({field: message}, expiry, declined=True))
    return RedirectResponse(visit.address(), status_code=303)


def challenge(visit: Visit) -> Response:
    """Take the answer to the 3-D Secure challenge."""
    answer = visit.form.get("answer")
    if answer not in {"approve", "refuse"}:
        return render(visit, status=422)
    approved = answer == "approve"

    def settle(work: Work, payment: Payment, /) -> Payment:
        return charging.answer_challenge(work, payment=payment, approved=approved)

    def save(work: Work, setup: Setup, /) -> Setup:
        return saving.answer_challenge(work, setup=setup, approved=approved)

    visit = in_state(visit, status="requires_action", pay=settle, save=save)
    return RedirectResponse(visit.address(), status_code=303)


def caught_up(visit: Visit) -> Visit:
    """Let a payment or set-up whose time has come expire or finish."""
    if not visit.subject.due(iso(visit.sandbox.clock.now())):
        return visit
    with visit.sandbox.work() as work:
        return replace(visit, subject=_now(work, subject=visit.subject))


def in_state(visit: Visit, *, status: str, pay: Pays, save: Saves | None = None) -> Visit:
    """Act on the payment or set-up when it is in `status` at this moment; else only look how it stands."""
    with visit.sandbox.work() as work:
        subject = _now(work, subject=visit.subject)
        if subject.status != status:
            return replace(visit, subject=subject)
        if isinstance(subject, Payment):
            return replace(visit, subject=pay(work, subject))
        return replace(visit, subject=save(work, subject) if save is not None else subject)


def render(visit: Visit, *, problem: Problem | None = None, status: int | None = None) -> Response:
    """Render the page of the state; a form that was not taken is a 422."""
    subject = visit.subject
    template, message = VIEWS[subject.status]
    failure = subject.parsed("last_failure")
    if (problem is not None and problem.declined) or (
        subject.status == "requires_card" and failure and not problem
    ):
        message = "declined"
    target = origin(subject.return_url) if subject.return_url else ""
    framed = visit.face == "frame"
    return page(
        template,
        status=status or (422 if problem else 200),
        ancestors=target if framed and target else "'none'",
        goes_to=target,
        visit=visit,
        payment=subject,
        saves=visit.kind == "setup",
        keeps=isinstance(subject, Payment) and subject.save_card,
        framed=framed,
        amount=_amount(visit),
        payee=merchant_by_id(visit.sandbox.storage.reader(), merchant_id=subject.merchant_id).name,
        card=subject.parsed("card"),
        failure=failure,
        problem=problem,
        style=css(framestyle.declarations(subject.parsed("frame_style"))),
        signal={visit.kind: subject.id, "target": target, "message": message} if framed else None,
        test_cards=TEST_CARDS,
    )


def _amount(visit: Visit) -> str:
    payment = visit.subject
    if not isinstance(payment, Payment):
        return ""
    return format_money(payment.amount, currency=payment.currency, locale=known_locale(visit.locale))


def _now(work: Work, *, subject: Payment | Setup) -> Payment | Setup:
    if isinstance(subject, Setup):
        return setups.catch_up(work, setup=setups.by_id(work.tx, setup_id=subject.id))
    return payments.catch_up(work, payment=payments.by_id(work.tx, payment_id=subject.id))


def customer(place: str, *, act: Callable[[Visit], Response]) -> Endpoint:
    """Make an endpoint for a customer with a token; whatever goes wrong is a page too."""

    def perform(request: Request, raw: bytes, /) -> Response:
        try:
            return answer(request, raw)
        except AnswerDropped:
            raise
        except Exception:
            LOG.exception("the customer's page failed: %s", place)
            return page("broken.html", status=500, style="", signal=None, framed=False)

    def answer(request: Request, raw: bytes, /) -> Response:
        sandbox = sandbox_of(request)
        visit = _visit(sandbox, request=request, raw=raw)
        if visit is None:
            return page("missing.html", status=404, style="", signal=None, framed=False)
        fault = faults.take_for_request(sandbox.storage, place=place)
        faults.wait(fault, stopping=sandbox.stopping)
        if fault is not None and fault.kind == "error_before":
            return page("broken.html", status=500, style="", signal=None, framed=False)
        response = act(visit)
        if fault is not None and fault.kind == "drop_answer":
            raise AnswerDropped
        if fault is not None and fault.kind == "error_after_success":
            return page("broken.html", status=500, style="", signal=None, framed=False)
        return response

    return threaded(perform)


def _visit(sandbox: Sandbox, *, request: Request, raw: bytes) -> Visit | None:
    face = request.url.path.partition("/")[2].partition("/")[0]
    try:
        subject = _subject(sandbox, subject_id=request.path_params["id"])
    except ApiError:
        return None
    token = request.query_params.get("token", "")
    if not hmac.compare_digest(token.encode(), subject.frame_token.encode()):
        return None
    # What is approved at a bank has no card form, and the other way round.
    if (subject.method == "bank") != (face == "bank"):
        return None
    form = dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True))
    locale = request.query_params.get("locale", "")[:35]
    return Visit(sandbox, subject, face, locale, form, request.query_params.get("step") == "approve")


def _subject(sandbox: Sandbox, *, subject_id: str) -> Payment | Setup:
    reader = sandbox.storage.reader()
    if subject_id.startswith("set_"):
        return setups.by_id(reader, setup_id=subject_id)
    return payments.by_id(reader, payment_id=subject_id)
