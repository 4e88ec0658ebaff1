"""The admin's API: merchants, clock, faults, webhook log, and the outcome of payments that are processing."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from sandbox_acquirer import charging, faults, history, merchants, payments, webhooks
from sandbox_acquirer.clock import iso
from sandbox_acquirer.due import Ran, run_due
from sandbox_acquirer.errors import Answer, InvalidRequest, Refused
from sandbox_acquirer.fields import Fields
from sandbox_acquirer.pipeline import Call
from sandbox_acquirer.sandbox import Sandbox
from sandbox_acquirer.webhooks import Courier
from sandbox_acquirer.work import Work

FARTHEST_S = 20 * 366 * 24 * 3600


def create_merchant(work: Work, call: Call, /) -> Answer:
    """Create a merchant and answer with its keys."""
    return Answer(merchants.create_merchant(work, body=call.body))


def change_merchant(work: Work, call: Call, /) -> Answer:
    """Change where a merchant's webhooks go."""
    return Answer(merchants.move_webhook(work, merchant_id=call.path["id"], body=call.body))


def load_history(work: Work, call: Call, /) -> Answer:
    """Load payments that succeeded in the past."""
    return Answer({"data": history.load(work, merchant_id=call.path["id"], body=call.body)})


def read_clock(call: Call) -> Answer:
    """Return the acquirer's time and its distance to the wall clock."""
    return Answer(clock_state(call.sandbox))


def move_clock(call: Call) -> Answer:
    """Move the clock and run what falls due; settlement covers every day that has passed."""
    fields = Fields(call.body, allowed={"now", "offset_s"})
    if fields.given("now") == fields.given("offset_s"):
        raise InvalidRequest("parameter_missing", message="Give either now or offset_s.", param="now")
    if fields.given("now"):
        offset = fields.moment("now") - datetime.now(UTC)
    else:
        offset = timedelta(seconds=fields.integer("offset_s", least=-FARTHEST_S, most=FARTHEST_S))
    if abs(offset) > timedelta(seconds=FARTHEST_S):
        raise fields.refuse("now", message="The clock moves at most twenty years.")
    ran = set_clock(call.sandbox, offset=offset)
    return Answer({**clock_state(call.sandbox), "ran": asdict(ran)})


def set_clock(sandbox: Sandbox, *, offset: timedelta) -> Ran:
    """Set the clock's distance to the wall clock and run what is due."""
    sandbox.clock.move(offset)
    with sandbox.work() as work:
        return run_due(work, settle=True)


def clock_state(sandbox: Sandbox) -> dict[str, object]:
    """Return the clock as the API shows it."""
    return {"now": iso(sandbox.clock.now()), "offset_s": sandbox.clock.offset_s}


def order_fault(work: Work, call: Call, /) -> Answer:
    """Order a fault for a later request or webhook."""
    return Answer(faults.order_fault(work, body=call.body))


def list_faults(call: Call) -> Answer:
    """Return the faults that are still to happen."""
    return Answer({"data": faults.listed(call.sandbox.storage.reader())})


def clear_faults(work: Work, call: Call, /) -> Answer:
    """Forget all faults and release webhooks that were held back."""
    return Answer({"cleared": faults.clear(work)})


def run(call: Call) -> Answer:
    """Run what is due, settle, and deliver due webhooks before answering."""
    with call.sandbox.work() as work:
        ran = run_due(work, settle=True)
    delivered = Courier(call.sandbox).deliver_all()
    return Answer(
        {**asdict(ran), "webhooks_delivered": delivered.delivered, "webhooks_failed": delivered.failed}
    )


def list_webhooks(call: Call) -> Answer:
    """Return the delivery log, newest first."""
    text = call.query.get("limit", "100")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= 1000:
        raise InvalidRequest(
            "parameter_invalid", message="limit must be a whole number from 1 to 1000.", param="limit"
        )
    return Answer({"data": webhooks.delivery_log(call.sandbox.storage.reader(), limit=int(text))})


def redeliver(call: Call) -> Answer:
    """Put an event back in the queue."""
    entry = webhooks.send_again(call.sandbox.storage, event_id=call.path["id"])
    call.sandbox.wake.set()
    return Answer(entry)


def finish_payment(work: Work, call: Call, /) -> Answer:
    """Decide how a payment that is processing ends.

    Raises Refused (409) when it is not processing, NotFound when there is none.
    """
    fields = Fields(call.body, allowed={"outcome"})
    outcome = fields.text("outcome")
    if outcome not in {"succeeded", "failed"}:
        raise fields.refuse("outcome", message="outcome must be succeeded or failed.")
    payment = payments.by_id(work.tx, payment_id=call.path["id"])
    if payment.status != "processing":
        raise Refused("payment_not_processing", message=f"The payment is {payment.status}.", status=409)
    return Answer(
        charging.finish(work, payment=payment, succeeded=outcome == "succeeded").public(work.base_url)
    )
