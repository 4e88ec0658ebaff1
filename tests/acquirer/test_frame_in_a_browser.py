"""The frame inside a page of another origin, in a real browser: what it tells it, and who can use it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Page

from tests.acquirer.peer import Merchant, Peer
from tests.support.browser import PHONE, SMALL_PHONE, assert_well_made, chromium, person_with

pytestmark = pytest.mark.browser

PORTAL = """<!doctype html><html lang="en"><title>Portal</title><body><h1>Portal</h1>
<iframe title="Card details" width="340" height="200" src="{frame}"></iframe>
<script>
window.heard = [];
addEventListener("message", e => heard.push({{origin: e.origin, ...e.data}}))
</script>"""


class Portal:
    """A page of another origin that frames a payment and listens."""

    def __init__(self) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                frame = parse_qs(urlsplit(self.path).query).get("frame", ["about:blank"])[0]
                body = PORTAL.format(frame=frame.replace("&", "&amp;")).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def portal() -> Iterator[Portal]:
    """The page around the frame."""
    portal = Portal()
    yield portal
    portal.server.shutdown()
    portal.server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for the module."""
    with chromium() as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A phone."""
    context = person_with(browser, device=PHONE)
    yield context.new_page()
    context.close()


def heard(page: Page, *, kind: str) -> dict[str, Any]:
    """Wait for a message of the frame and return the latest of that kind."""
    page.wait_for_function("kind => heard.some(message => message.type === kind)", arg=kind)
    return dict(page.evaluate("kind => heard.findLast(message => message.type === kind)", kind))


def enter(page: Page, *, number: str, button: str = "Pay £2,500.00") -> None:
    frame = page.frame_locator("iframe")
    frame.get_by_label("Card number").press_sequentially(number)
    frame.get_by_label("Expires").fill("")
    frame.get_by_label("Expires").press_sequentially("839")
    frame.get_by_label("Security code").fill("123")
    frame.get_by_role("button", name=button).click()


def test_a_payment_from_the_portals_side(peer: Peer, merchant: Merchant, portal: Portal, page: Page) -> None:
    payment = merchant.payment(return_url=portal.url + "/back")
    page.goto(f"{portal.url}/?frame={payment['frame_url']}")
    resized = heard(page, kind="resize")
    assert (resized["source"], resized["origin"]) == ("sandbox-acquirer", peer.url)
    assert 200 < resized["height"] < 400
    enter(page, number="4000000000000002")
    assert heard(page, kind="declined")["payment"] == payment["id"]
    assert heard(page, kind="resize")["height"] > resized["height"]
    frame = page.frame_locator("iframe")
    assert frame.get_by_role("alert").evaluate("element => element === document.activeElement")
    enter(page, number="4000002760003184")
    heard(page, kind="challenge")
    frame.get_by_role("button", name="Approve £2,500.00").click()
    assert heard(page, kind="done") == {
        "source": "sandbox-acquirer",
        "type": "done",
        "payment": payment["id"],
        "origin": peer.url,
    }
    frame.get_by_role("link", name="Continue to Acme Travel").click()
    page.wait_for_url(f"{portal.url}/back?payment={payment['id']}")
    assert merchant.get(payment["id"])["status"] == "succeeded"


def test_a_card_is_saved_from_the_portals_side(merchant: Merchant, portal: Portal, page: Page) -> None:
    setup = merchant.setup(return_url=portal.url + "/back")
    page.goto(f"{portal.url}/?frame={setup['frame_url']}")
    enter(page, number="4000002760003184", button="Save this card")
    assert heard(page, kind="challenge")["setup"] == setup["id"]
    frame = page.frame_locator("iframe")
    frame.get_by_role("button", name="Approve").click()
    done = heard(page, kind="done")
    assert (done["setup"], "payment" in done) == (setup["id"], False)
    frame.get_by_role("link", name="Continue to Acme Travel").click()
    page.wait_for_url(f"{portal.url}/back?setup={setup['id']}")
    assert merchant.find(f"/v1/setups/{setup['id']}")["status"] == "succeeded"


@pytest.mark.parametrize("answer", ["Approve £2,500.00", "Approve later", "Refuse"])
def test_at_the_bank_and_back(merchant: Merchant, portal: Portal, page: Page, answer: str) -> None:
    payment = merchant.bank_payment(return_url=portal.url + "/back")
    page.goto(payment["redirect_url"])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=answer).click()
    page.wait_for_url(f"{portal.url}/back?payment={payment['id']}")
    ends = {"Approve £2,500.00": "succeeded", "Approve later": "processing", "Refuse": "failed"}
    assert merchant.get(payment["id"])["status"] == ends[answer]


def test_everyone_can_use_the_banks_pages(browser: Browser, merchant: Merchant) -> None:
    page = person_with(browser, device=SMALL_PHONE).new_page()
    # One bank of each palette: their order in the list goes round the palettes.
    for bank in merchant.find("/v1/banks?country=GB")["data"][:5]:
        payment = merchant.bank_payment(bank=bank["id"])
        page.goto(payment["redirect_url"])
        assert_well_made(page)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Refuse").wait_for()
        assert_well_made(page)
    cancelled = merchant.bank_payment()
    merchant.post(f"/v1/payments/{cancelled['id']}/cancel", body={})
    page.goto(cancelled["redirect_url"])
    assert_well_made(page)
    setup = merchant.setup()
    page.goto(setup["hosted_url"])
    assert_well_made(page)
    page.get_by_role("button", name="Save this card").click()
    page.get_by_role("alert").wait_for()
    assert_well_made(page)
    page.context.close()


def test_while_paying_the_button_says_so(peer: Peer, merchant: Merchant, portal: Portal, page: Page) -> None:
    payment = merchant.payment(return_url=portal.url + "/back")
    page.goto(f"{portal.url}/?frame={payment['frame_url']}")
    peer.fault("delay", ms=600, where="confirm")
    enter(page, number="4242424242424242")
    button = page.frame_locator("iframe").get_by_role("button", name="Paying…")
    button.wait_for()
    assert button.is_disabled()
    heard(page, kind="done")


def test_another_origin_cannot_frame_it(merchant: Merchant, portal: Portal, page: Page) -> None:
    payment = merchant.payment(return_url="http://127.0.0.1:9/back")
    page.goto(f"{portal.url}/?frame={payment['frame_url']}")
    assert page.frame_locator("iframe").get_by_label("Card number").count() == 0


def test_everyone_can_use_every_page(browser: Browser, merchant: Merchant, peer: Peer) -> None:
    page = person_with(browser, device=SMALL_PHONE).new_page()
    form = merchant.payment()
    page.goto(form["hosted_url"])
    page.get_by_text("A sandbox: no real money").click()
    assert_well_made(page)
    page.get_by_role("button", name="Pay £2,500.00").click()
    page.get_by_role("alert").wait_for()
    assert_well_made(page)
    for payment, number in ((form, "4242424242424242"), (merchant.payment(), "4000002760003184")):
        page.goto(payment["frame_url"])
        page.get_by_label("Card number").fill(number)
        page.get_by_label("Expires").fill("08/39")
        page.get_by_label("Security code").fill("123")
        page.get_by_role("button").click()
        page.wait_for_load_state()
        assert_well_made(page)
    page.goto(peer.url)
    assert_well_made(page)
    page.context.close()
