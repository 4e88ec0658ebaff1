"""A process that does one thing after another, each in a child of its own that may be killed at a crash
point.

`python -m tests.support.dying` reads one JSON object a line from its standard input and answers each with the
signal that ended the child (0: it lived). The environment says where children die: FARELEDGER_CRASH_AT.
"""

import base64
import json
import os
import sys
from collections.abc import Callable
from uuid import UUID

import django


def main() -> None:
    """Set Django up once, then fork a child for every line; the parent itself never touches the database."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fareledger.config.settings")
    django.setup()
    deeds = _deeds()
    for line in sys.stdin:
        wanted = json.loads(line)
        child = os.fork()
        if child == 0:
            _live(deeds[wanted.pop("do")], wanted=wanted)
        _, status = os.waitpid(child, 0)
        ended = os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
        sys.stdout.write(f"{ended}\n")
        sys.stdout.flush()


def _live(deed: Callable[..., object], *, wanted: dict[str, str]) -> None:
    try:
        deed(**wanted)
    except BaseException as trouble:  # noqa: BLE001  # whatever it is, the child must not go on as the parent
        sys.stderr.write(f"{trouble!r}\n")
        os._exit(1)
    os._exit(0)


def _refund(*, operator: str, booking: str, row: str) -> object:
    from fareledger.usecases.find_operator import operator_by_id
    from tests.support.refunding import press_refund

    return press_refund(operator_by_id(UUID(operator)), booking_id=UUID(booking), row_id=UUID(row))


def _approve(*, operator: str, booking: str, session: str) -> object:
    from fareledger.usecases.find_operator import operator_by_id
    from tests.support.approving import NOBODY, Approver

    return Approver(operator_by_id(UUID(operator)), UUID(booking), NOBODY, UUID(session)).press()


def _refresh_card(*, operator: str, setup: str) -> object:
    from fareledger.usecases.ask_setups import refresh_setup
    from fareledger.usecases.find_operator import operator_by_id

    return refresh_setup(operator_by_id(UUID(operator)), setup_id=UUID(setup))


def _call(*, key: str, address: str, body: str, idempotency_key: str) -> object:
    from django.test import Client

    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": idempotency_key, "Host": "127.0.0.1"}
    return Client().post(address, body, content_type="application/json", headers=headers)


def _deeds() -> dict[str, Callable[..., object]]:
    import fareledger.config.urls  # noqa: F401  # loaded once here, not in every child
    from fareledger.faces.shared.emails import render_email
    from fareledger.faces.shared.mail_delivery import deliver_email
    from fareledger.faces.worker.webhook_post import post_webhook
    from fareledger.usecases.collect_due import collect_due
    from fareledger.usecases.deliver_webhooks import deliver_webhooks
    from fareledger.usecases.find_operator import operator_by_id
    from fareledger.usecases.process_webhook import process_webhook
    from fareledger.usecases.pull_payouts import pull_payouts
    from fareledger.usecases.receive_webhook import receive_webhook
    from fareledger.usecases.refresh_attempt import refresh_attempt
    from fareledger.usecases.release_protected import release_protected
    from fareledger.usecases.run_import import run_imports
    from fareledger.usecases.send_email import send_email
    from fareledger.usecases.send_reminders import send_reminders
    from tests.support.paying import press_pay

    def start(*, operator: str, booking: str, row: str, by: str) -> object:
        return press_pay(operator_by_id(UUID(operator)), booking_id=UUID(booking), row_id=UUID(row), by=by)

    def refresh(*, operator: str, attempt: str) -> object:
        return refresh_attempt(operator_by_id(UUID(operator)), attempt_id=UUID(attempt))

    def receive(*, operator: str, body: str, signature: str) -> object:
        headers = {"sandbox-signature": signature}
        raw = base64.b64decode(body)
        return receive_webhook(operator_by_id(UUID(operator)), provider="sandbox", body=raw, headers=headers)

    def process(*, operator: str, event: str) -> object:
        return process_webhook(operator_by_id(UUID(operator)), event_id=UUID(event))

    def mail(*, operator: str, email: str) -> object:
        return send_email(UUID(operator), email_id=UUID(email), render=render_email, deliver=deliver_email)

    def pull(*, operator: str) -> object:
        return pull_payouts(operator_by_id(UUID(operator)))

    def outgoing(*, operator: str, endpoint: str) -> object:
        return deliver_webhooks(UUID(operator), endpoint_id=UUID(endpoint), post=post_webhook)

    def release(*, operator: str) -> object:
        return release_protected(operator_by_id(UUID(operator)))

    def remind(*, operator: str) -> object:
        return send_reminders(operator_by_id(UUID(operator)), batch=3)

    def collect(*, operator: str) -> object:
        return collect_due(operator_by_id(UUID(operator)), threads=1)

    def imports(*, operator: str) -> object:
        return run_imports(operator_by_id(UUID(operator)))

    return {
        "call": _call,
        "start": start,
        "approve": _approve,
        "refresh_card": _refresh_card,
        "refund": _refund,
        "refresh": refresh,
        "receive": receive,
        "process": process,
        "mail": mail,
        "pull": pull,
        "release": release,
        "outgoing": outgoing,
        "remind": remind,
        "collect": collect,
        "imports": imports,
    }


if __name__ == "__main__":
    main()
