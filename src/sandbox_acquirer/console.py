"""The console: what happened here, the clock, and the fault knobs, as one page of plain forms.

It needs no key because it listens on this machine only and shows no secret; a form sent from another site is
refused. It reads with SQL of its own and changes things only through the modules that own them.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox_acquirer import admin, faults, saved_cards, webhooks
from sandbox_acquirer.cards import TEST_CARDS
from sandbox_acquirer.clock import iso, moment
from sandbox_acquirer.errors import ApiError, InvalidRequest
from sandbox_acquirer.money import FALLBACK_LOCALE, format_money
from sandbox_acquirer.pages import page
from sandbox_acquirer.payments import Payment
from sandbox_acquirer.pipeline import Call, Endpoint, sandbox_of, threaded
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.saved_cards import SavedCard

SHOWN = 20
LOCAL_NAMES = {"127.0.0.1", "localhost", "::1"}
# What each form says when it is done; the address carries the key only.
DONE = {
    "clock": "The clock was moved and what fell due was run.",
    "fault": "The fault will happen.",
    "cleared": "All faults are gone, and webhooks that were held back are on their way.",
    "run": "Everything due was run, settled and delivered.",
    "redeliver": "The webhook is on its way again.",
    "finish": "The payment has ended.",
    "expire": "The saved card has expired.",
    "renew": "The saved card is good for three years.",
}

Action = Callable[[Sandbox, dict[str, str]], str]


def routes() -> list[Route]:
    """Return the console's page and the forms on it."""
    return [
        Route("/", threaded(show)),
        Route("/console/clock", form(move_clock), methods=["POST"]),
        Route("/console/faults", form(order_fault), methods=["POST"]),
        Route("/console/faults/clear", form(clear_faults), methods=["POST"]),
        Route("/console/run", form(run), methods=["POST"]),
        Route("/console/webhooks", form(redeliver), methods=["POST"]),
        Route("/console/payments", form(finish), methods=["POST"]),
        Route("/console/cards", form(change_card), methods=["POST"]),
    ]


def show(request: Request, raw: bytes, /) -> Response:
    """Show the console."""
    return render(sandbox_of(request), done=DONE.get(request.query_params.get("done", ""), ""))


def render(sandbox: Sandbox, *, done: str = "", problem: str = "") -> Response:
    """Render the console, with what a form has done or why it was refused."""
    reader = sandbox.storage.reader()
    now = sandbox.clock.now()
    return page(
        "console.html",
        status=422 if problem else 200,
        done=done,
        problem=problem,
        now=spoken(iso(now)),
        now_field=now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M"),
        ahead=ahead(sandbox.clock.offset_s),
        merchants=_merchants(reader),
        payments=_payments(sandbox, reader=reader),
        payouts=_payouts(reader),
        saved=_saved_cards(reader),
        events=_events(reader),
        faults=faults.listed(reader),
        kinds=faults.KINDS,
        places=faults.PLACES,
        counts=_counts(reader),
        test_cards=TEST_CARDS,
    )


def form(action: Action) -> Endpoint:
    """Make the endpoint of a form: do it, then 303 back to the console; a refusal is a 422 that says why."""

    def perform(request: Request, raw: bytes, /) -> Response:
        sandbox = sandbox_of(request)
        if not is_own_form(request):
            return render(sandbox, problem="This form was sent from another site, so nothing was done.")
        fields = dict(parse_qsl(raw.decode("utf-8", "replace")))
        try:
            done = action(sandbox, fields)
        except ApiError as error:
            return render(sandbox, problem=error.message)
        return RedirectResponse(f"/?done={done}", status_code=303)

    return threaded(perform)


def is_own_form(request: Request) -> bool:
    """Say whether a form comes from this console: browsers name the origin, and the host must be this
    machine.
    """
    host = request.headers.get("Host", "")
    sent_from = request.headers.get("Origin")
    return urlsplit(f"//{host}").hostname in LOCAL_NAMES and sent_from in {None, f"http://{host}"}


def move_clock(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """Move the clock on by `hours`, to `now` (UTC), or back to the wall clock with `reset`."""
    if "reset" in fields:
        offset = timedelta(0)
    elif "hours" in fields:
        hours = fields["hours"]
        if not hours.isascii() or not hours.isdigit() or len(hours) > 5:
            raise InvalidRequest("parameter_invalid", message="Say how many hours as a whole number.")
        offset = timedelta(seconds=sandbox.clock.offset_s, hours=int(hours))
    else:
        try:
            offset = moment(fields.get("now", "") + "Z") - datetime.now(UTC)
        except ValueError as error:
            raise InvalidRequest("parameter_invalid", message="Enter a date and a time.") from error
    if abs(offset) > timedelta(seconds=admin.FARTHEST_S):
        raise InvalidRequest("parameter_invalid", message="The clock moves at most twenty years.")
    admin.set_clock(sandbox, offset=offset)
    return "clock"


def order_fault(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """Order a fault from the form's fields."""
    body: dict[str, object] = {"kind": fields.get("kind", "")}
    if fields.get("where"):
        body["where"] = fields["where"]
    for name in ("count", "ms"):
        value = fields.get(name, "")
        if value:
            body[name] = int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value
    with sandbox.work() as work:
        faults.order_fault(work, body=body)
    return "fault"


def clear_faults(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """Forget all faults."""
    with sandbox.work() as work:
        faults.clear(work)
    return "cleared"


def run(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """Run, settle and deliver what is due."""
    admin.run(Call(sandbox, path={}, query={}, body={}))
    return "run"


def redeliver(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """Send the webhook of an event again."""
    webhooks.send_again(sandbox.storage, event_id=fields.get("event", ""))
    sandbox.wake.set()
    return "redeliver"


def finish(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """End a payment that is processing."""
    body: dict[str, object] = {"outcome": fields.get("outcome", "")}
    with sandbox.work() as work:
        admin.finish_payment(work, Call(sandbox, path={"id": fields.get("payment", "")}, query={}, body=body))
    return "finish"


def change_card(sandbox: Sandbox, fields: dict[str, str], /) -> str:
    """Let a saved card expire (as of last year), or renew it for three years."""
    action = fields.get("action", "")
    if action not in {"expire", "renew"}:
        raise InvalidRequest("parameter_invalid", message="Say whether the card expires or is renewed.")
    with sandbox.work() as work:
        year = work.now.year + (-1 if action == "expire" else 3)
        body: dict[str, object] = {"exp_month": 12, "exp_year": year}
        path = {"id": fields.get("payment_method", "")}
        saved_cards.change(work, Call(sandbox, path=path, query={}, body=body))
    return action


def spoken(text: str | None) -> str:
    """Write an ISO time for a reader, to the second, in UTC."""
    return "" if text is None else moment(text).strftime("%-d %b %Y, %H:%M:%S")


def ahead(offset_s: int) -> str:
    """Say how far the clock is from the wall clock."""
    if not offset_s:
        return "the same as the wall clock"
    days, rest = divmod(abs(offset_s), 86_400)
    hours, rest = divmod(rest, 3600)
    amounts = [(days, "day"), (hours, "hour"), (rest // 60, "minute")]
    parts = [f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in amounts if count]
    return f"{' '.join(parts) or 'seconds'} {'ahead of' if offset_s > 0 else 'behind'} the wall clock"


def money(amount: int, *, currency: str) -> str:
    """Write an amount with its currency's code in British English."""
    return format_money(amount, currency=currency, locale=FALLBACK_LOCALE)


def _merchants(reader: sqlite3.Connection) -> list[dict[str, object]]:
    rows = reader.execute(
        "SELECT id, name, webhook_url, settle_currencies, created FROM merchant ORDER BY seq DESC LIMIT ?",
        (SHOWN,),
    )
    return [
        {
            **dict(row),
            "currencies": ", ".join(json.loads(row["settle_currencies"]))
            if row["settle_currencies"]
            else "all",
            "created": spoken(row["created"]),
        }
        for row in rows
    ]


def _payments(sandbox: Sandbox, *, reader: sqlite3.Connection) -> list[dict[str, object]]:
    rows = reader.execute(
        "SELECT payment.*, merchant.name AS merchant FROM payment JOIN merchant ON merchant.id = merchant_id"
        " ORDER BY coalesce(captured_at, payment.created) DESC, payment.seq DESC LIMIT ?",
        (SHOWN,),
    )
    shown = []
    for row in rows:
        payment = Payment(dict(row))
        failure = payment.parsed("last_failure")
        shown.append(
            {
                **payment.public(sandbox.base_url),
                "merchant": row["merchant"],
                "money": money(row["amount"], currency=row["currency"]),
                "refunded": money(row["amount_refunded"], currency=row["currency"])
                if row["amount_refunded"]
                else "",
                "when": spoken(row["captured_at"] or row["created"]),
                "reason": failure["decline_code"].replace("_", " ") if failure else "",
                "payable": payment.return_url is not None
                and row["status"] in {"requires_card", "requires_action"},
            }
        )
    return shown


def _saved_cards(reader: sqlite3.Connection) -> list[dict[str, object]]:
    rows = reader.execute(
        "SELECT payment_method.*, merchant.name AS merchant FROM payment_method"
        " JOIN merchant ON merchant.id = merchant_id ORDER BY payment_method.created DESC LIMIT ?",
        (SHOWN,),
    )
    return [
        {**SavedCard(dict(row)).public(), "merchant": row["merchant"], "created": spoken(row["created"])}
        for row in rows
    ]


def _payouts(reader: sqlite3.Connection) -> list[dict[str, object]]:
    rows = reader.execute(
        "SELECT payout.*, merchant.name AS merchant FROM payout JOIN merchant ON merchant.id = merchant_id"
        " ORDER BY paid_at DESC, payout.seq DESC LIMIT ?",
        (SHOWN,),
    )
    sums = ("gross", "fees", "refunds", "deposit")
    return [
        {
            "id": row["id"],
            "merchant": row["merchant"],
            "paid": spoken(row["paid_at"]),
            "lines": row["line_count"],
            "day": spoken(row["period_start"]).partition(",")[0],
            **{name: money(row[name], currency=row["currency"]) for name in sums},
        }
        for row in rows
    ]


def _events(reader: sqlite3.Connection) -> list[dict[str, object]]:
    rows = reader.execute(
        "SELECT event.*, merchant.name AS merchant, merchant.webhook_url FROM event"
        " JOIN merchant ON merchant.id = merchant_id ORDER BY event.seq DESC LIMIT ?",
        (SHOWN,),
    )
    return [{**dict(row), "created": spoken(row["created"])} for row in rows]


def _counts(reader: sqlite3.Connection) -> dict[str, int]:
    tables = ("payment", "payment_method", "payout", "event")
    return {table: reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables}  # noqa: S608
