"""What measures our pages notices a heavy page, a stranger, a small target, large text that does not fit, and what does
nothing without JavaScript."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.pages.looking import POINTER_PX, all_requests, silent, strangers, weigh, with_large_text
from benchmarks.pages.throttled import patience_with
from tests.browser.scenes.stage import Scene
from tests.support.browser import DESKTOP, PHONE, person_with
from tests.support.touch import too_small

pytestmark = pytest.mark.browser

OWN, PROVIDER, STRANGER = "http://own.test", "http://provider.test", "http://stranger.test"
PAGE = '<html lang="en"><meta name="viewport" content="width=device-width"><title>Page</title><h1>Page</h1>{}</html>'


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on a phone."""
    context = person_with(browser, device=PHONE)
    yield context.new_page()
    context.close()


def put(page: Page, *, body: str, script: str = "") -> None:
    """Open a page of our own in which everything else answers too."""
    page.route("**/*", lambda route: route.fulfill(body="-", content_type="text/plain"))
    page.route(f"{OWN}/*.js", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.route(f"{OWN}/", lambda route: route.fulfill(body=PAGE.format(body), content_type="text/html"))
    page.goto(f"{OWN}/")
    page.wait_for_load_state("networkidle")


def test_a_stranger_is_noticed_and_the_providers_frame_is_none(page: Page) -> None:
    asked = all_requests(page.context)
    put(page, body=f"<iframe title='Card' src='{PROVIDER}/card'></iframe>")
    assert strangers(asked, own=OWN, provider=PROVIDER) == []
    assert strangers(asked, own=OWN, provider="") == [f"{PROVIDER}/card"]
    put(page, body=f"<img alt='' src='{PROVIDER}/dot'><img alt='' src='{STRANGER}/dot'>")
    assert strangers(asked, own=OWN, provider=PROVIDER) == [f"{PROVIDER}/dot", f"{STRANGER}/dot"]


def test_a_heavy_page_is_noticed_and_strangers_do_not_weigh(page: Page) -> None:
    asked = all_requests(page.context)
    put(
        page,
        body=f"<script src='{OWN}/a.js'></script><img alt='' src='{STRANGER}/dot'>",
        script="1;" * 15_000,
    )
    everything, scripts = weigh(asked, own=OWN)
    assert 30_000 <= scripts < 31_000
    assert scripts < everything < scripts + 1_000
    assert weigh(asked, own=STRANGER)[0] < 1_000


@pytest.mark.parametrize(
    ("side", "gap", "found"),
    [(POINTER_PX, 0, 0), (POINTER_PX - 4, 0, 2), (POINTER_PX - 4, 4, 0), (POINTER_PX - 4, 2, 2)],
)
def test_targets_that_are_small_and_close_are_noticed(
    browser: Browser, side: int, gap: int, found: int
) -> None:
    page = person_with(browser, device=DESKTOP).new_page()
    button = f"<button style='width:{side}px;height:{side}px;padding:0'>+</button>"
    page.set_content(PAGE.format(f"<div style='display:flex;gap:{gap}px'>{button * 2}</div>"))
    assert len(too_small(page, least_px=POINTER_PX, spaced=True)) == found
    page.context.close()


def test_large_text_that_does_not_fit_is_noticed(page: Page) -> None:
    page.set_content(PAGE.format("<p style='width:11rem'>Fits</p>"))
    assert with_large_text(page) == []
    page.set_content(PAGE.format("<p style='width:20rem'>Fits once</p>"))
    assert len(with_large_text(page)) == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE.width


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<button>Nothing</button>", ["button “Nothing” does nothing"]),
        ("<button type='button' hidden>Shown by a script</button>", []),
        ("<button popovertarget='menu'>Menu</button><div popover id='menu'></div>", []),
        ("<form action='/a'><input name='q'></form>", []),
        ("<form action='/a'><input name='a'><input name='b'></form>", ["form to /a has no button"]),
        ("<form action='/a'><input name='a'><input name='b'><button>Send</button></form>", []),
        ("<form><button type='button'>Send</button></form>",
         ["form to null has no button", "button “Send” does nothing"]),
        ("<a href='#'>More</a>", ["link “More” leads nowhere"]),
        ("<a href='/more'>More</a>", []),
    ],
)  # fmt: skip
def test_what_does_nothing_without_javascript_is_noticed(page: Page, body: str, found: list[str]) -> None:
    page.set_content(PAGE.format(body))
    assert silent(page) == found


def test_a_page_without_a_heading_is_noticed(page: Page) -> None:
    page.set_content("<p>Only words</p>")
    assert silent(page) == ["no heading"]


def test_a_page_that_jumps_and_stutters_is_noticed(browser: Browser) -> None:
    calm = patience_with(browser, scene=Scene("calm", data_page("<p>Calm</p>")))
    assert (calm.cls, calm.tbt_ms) == (0, 0)
    restless = """<div id=above></div><p style='height:600px;background:silver'>Down</p><script>
      const busy = () => { const end = performance.now() + 200; while (performance.now() < end); };
      setTimeout(() => { busy(); above.style.height = "300px" }, 500)</script>"""
    found = patience_with(browser, scene=Scene("restless", data_page(restless)))
    assert found.tbt_ms > 100
    assert found.cls > 0.05
    assert found.lcp_s > 0


def data_page(body: str) -> str:
    """Return an address that holds its own page."""
    return "data:text/html," + PAGE.format(body).replace("\n", " ").replace("#", "%23")
