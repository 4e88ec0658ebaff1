"""A real sandbox acquirer process, and the customer who sits at its card form."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from fareledger.persistence.operators import Operator
from fareledger.providers.sandbox.admin import Merchant, SandboxAdmin
from fareledger.usecases.provision_operator import NewProviderAccount, connect_provider

ADMIN_KEY = "admin-key-of-tests"

APPROVED = "4242424242424242"
APPROVED_DEBIT = "4000056655665556"
DECLINED = "4000000000000002"
INSUFFICIENT_FUNDS = "4000000000009995"
CHALLENGED = "4000002760003184"
PROCESSING = "4000000000009235"
# Saved without complaint; what they do when they are charged with their owner away:
NO_MONEY_TWICE_OFF_SESSION = "4000000000000358"
NO_MONEY_OFF_SESSION = "4000000000000366"
LOST_OFF_SESSION = "4000000000000374"


@dataclass(frozen=True)
class Acquirer:
    """The acquirer's address and its own side."""

    base_url: str
    admin: SandboxAdmin

    def get(self, path: str) -> Any:
        """Ask the acquirer's own side."""
        return self._send("GET", path=path)

    def post(self, path: str, *, body: dict[str, object]) -> Any:
        """Tell the acquirer's own side."""
        return self._send("POST", path=path, body=body)

    def payments_of(self, merchant: Merchant, *, reference: str = "") -> list[dict[str, Any]]:
        """Return the merchant's payments as the acquirer knows them, newest first."""
        query = {"reference": reference} if reference else {}
        headers = {"Authorization": f"Bearer {merchant.secret_key}"}
        answer = httpx.get(f"{self.base_url}/v1/payments", params=query, headers=headers, timeout=20)
        return list(answer.raise_for_status().json()["data"])

    def _send(self, method: str, *, path: str, body: dict[str, object] | None = None) -> Any:
        headers = {"Authorization": f"Bearer {ADMIN_KEY}"}
        answer = httpx.request(method, self.base_url + path, json=body, headers=headers, timeout=20)
        return answer.raise_for_status().json()


@contextmanager
def running_acquirer(folder: Path) -> Iterator[Acquirer]:
    """Start an acquirer on a free port with its storage in `folder`, and stop it again."""
    command = [sys.executable, "-m", "sandbox_acquirer", "--port", "0", "--data-dir", str(folder)]
    command += ["--admin-key", ADMIN_KEY, "--fast-retries", "--stop-with-parent"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        base_url = line.rpartition(" ")[2].strip()
        assert base_url.startswith("http://127.0.0.1:"), line
        yield Acquirer(base_url, SandboxAdmin(base_url=base_url, admin_key=ADMIN_KEY))
    finally:
        process.terminate()
        process.wait(timeout=10)


def join(operator: Operator, *, acquirer: Acquirer, webhook_url: str = "") -> Merchant:
    """Give the operator an account at the acquirer."""
    merchant = acquirer.admin.open_merchant(operator.name, webhook_url=webhook_url)
    connect_provider(operator.id, account=account_of(merchant, acquirer=acquirer))
    return merchant


def account_of(merchant: Merchant, *, acquirer: Acquirer) -> NewProviderAccount:
    """What fareledger keeps of a merchant account."""
    return NewProviderAccount(
        provider="sandbox",
        external_account=merchant.id,
        base_url=acquirer.base_url,
        publishable_key=merchant.publishable_key,
        secret_key=merchant.secret_key,
        webhook_secrets=(merchant.webhook_secret,),
    )


def enter_card(frame_url: str, *, number: str = APPROVED) -> httpx.Response:
    """Fill in the card form in the frame and press its button, as the customer does."""
    expiry = f"12/{(datetime.now(UTC).year + 2) % 100:02}"
    form = {"number": number, "expiry": expiry, "cvc": "1234" if number.startswith("37") else "123"}
    return _press(httpx.get(frame_url, timeout=20), form=form)


def answer_challenge(page: httpx.Response, *, approve: bool = True) -> httpx.Response:
    """Press a button of the 3-D Secure page."""
    return _press(page, form={"answer": "approve" if approve else "refuse"})


def answer_bank(redirect_url: str, *, answer: str = "approve") -> httpx.Response:
    """Sign in at the bank and press a button: approve, refuse or later; return where it sends the customer."""
    sign_in = httpx.get(redirect_url, timeout=20)
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', sign_in.text))
    page = httpx.get(redirect_url.partition("?")[0], params={**hidden, "step": "approve"}, timeout=20)
    return _press(page, form={"answer": answer}, follow=False)


def _press(page: httpx.Response, *, form: dict[str, str], follow: bool = True) -> httpx.Response:
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action is not None, page.text[:2000]
    target = str(page.url.join(action[1].replace("&amp;", "&")))
    return httpx.post(target, data=form, follow_redirects=follow, timeout=20)
