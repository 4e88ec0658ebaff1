"""A customer at the acquirer's card form, or at the bank's page, as a browser without JavaScript would fill it in."""

import re
from html import unescape
from urllib.parse import urljoin

import httpx

GOOD_CARDS = ("4242424242424242", "5555555555554444", "4000056655665556", "378282246310005")
DECLINED_CARD = "4000000000009995"
# Their bank asks for 3-D Secure; the first asks again at every charge.
WANTS_OWNER, ASKS_ONCE = "4000002760003184", "4000002500003155"
ASKING_CARDS = (WANTS_OWNER, ASKS_ONCE)
# Approved, and what comes of them later.
REFUNDS_FAIL, REFUNDS_WAIT = "4000000000005126", "4000000000007726"
_ACTION = re.compile(r'<form[^>]*\bmethod="post"[^>]*\baction="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


class CardFormMissing(RuntimeError):
    """The acquirer's page showed no form to fill in; the message carries its status."""


class CardHolder:
    """Types card details into the frame of a payment, and signs in at a bank."""

    def __init__(self) -> None:
        self._browser = httpx.Client(timeout=30)

    def pay(self, frame_url: str, *, card: str, expiry: str = "11 / 31") -> None:
        """Open the form, submit the card, and say yes where the bank asks; what came of it is asked at the acquirer.

        `expiry` is typed as it stands on the card, month and year.
        """
        code = "1234" if card.startswith("37") else "123"
        fields = {"number": card, "expiry": expiry, "cvc": code}
        self._press(self._browser.get(frame_url), fields=fields)
        if card in ASKING_CARDS:
            self._press(self._browser.get(frame_url), fields={"answer": "approve"})

    def approve_at_bank(self, redirect_url: str) -> None:
        """Sign in at the bank and approve what it shows."""
        sign_in = self._browser.get(redirect_url)
        hidden = dict(_HIDDEN.findall(sign_in.text))
        page = self._browser.get(redirect_url.partition("?")[0], params={**hidden, "step": "approve"})
        self._press(page, fields={"answer": "approve"})

    def _press(self, page: httpx.Response, *, fields: dict[str, str]) -> httpx.Response:
        form = _ACTION.search(page.text)
        if form is None:
            raise CardFormMissing(f"no form at the acquirer (status {page.status_code})")
        return self._browser.post(urljoin(str(page.url), unescape(form.group(1))), data=fields)
