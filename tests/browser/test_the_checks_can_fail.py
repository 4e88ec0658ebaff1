"""What the other browser tests rely on finds what it is there for: axe, sideways scrolling, and who was sent what."""

import pytest
from playwright.sync_api import Browser

from tests.support.browser import PHONE, Record, Sent, assert_well_made, person_with
from tests.support.touch import too_small

pytestmark = pytest.mark.browser

GOOD = (
    '<html lang="en"><head><meta name="viewport" content="width=device-width"><title>Page</title></head>'
    "<body><main><h1>Good</h1>{}</main></body></html>"
)
FRAME = (
    "<iframe title='Other' srcdoc='<html lang=en><title>x</title><body><main><h1>In</h1>{}</main></body></html>'>"
    "</iframe>"
)
PALE = '<p style="color:#bbb;background:#fff">Pale</p>'
DARK_ONLY = (
    "<style>@media (prefers-color-scheme: dark) { p { color: #333; background: #000 } }</style><p>Dark</p>"
)


def test_a_good_page_passes(browser: Browser) -> None:
    page = person_with(browser, device=PHONE).new_page()
    page.set_content(GOOD.format(FRAME.format("<p>Fine</p>")))
    assert_well_made(page)
    page.context.close()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (PALE, "color-contrast"),
        (DARK_ONLY, "color-contrast"),
        ("<p><img src='data:,'></p>", "image-alt"),
        ('<div style="width:500px">Wide</div>', "px wide in 390 px"),
        (FRAME.format("<label>No name</label><input>"), "label"),
    ],
)
def test_a_bad_page_is_found(body: str, said: str, browser: Browser) -> None:
    page = person_with(browser, device=PHONE).new_page()
    page.set_content(GOOD.format(body))
    with pytest.raises(AssertionError, match=said):
        assert_well_made(page)
    page.context.close()


def test_what_is_sent_and_complained_of_is_recorded(browser: Browser) -> None:
    context = person_with(browser, device=PHONE)
    record = Record.of(context)
    page = context.new_page()
    page.set_content(
        "<form action='http://127.0.0.1:9/pay' method='post'><input name='c' value='4242 4242'></form>"
    )
    page.evaluate("console.error('of no use')")
    with page.expect_event("requestfailed"):
        page.evaluate("document.querySelector('form').submit()")
    assert record.origins() == {"http://127.0.0.1:9"}
    assert "42424242" in record.sent[-1].digits
    assert record.sent[-1].values == {"4242 4242"}
    assert "of no use" in record.complaints
    context.close()


def test_a_card_number_is_found_in_any_spelling() -> None:
    assert "4242424242424242" in Sent("http://127.0.0.1/", "n=4242+4242-4242%204242").digits


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("<button>Go</button>", 1),
        ("<button style='width:60px;height:44px'>Go</button>", 0),
        ("<p>Read <a href='/x'>this</a> first.</p>", 0),
        ("<p><a href='/x'>this</a></p>", 1),
        ("<p><label style='display:block;padding:12px 30px'><input type='checkbox'> Agree</label></p>", 0),
        (
            "<button style='width:60px;height:44px'>Go</button>"
            "<p style='margin-top:-30px;height:40px;position:relative'>Over</p>",
            1,
        ),
    ],
)  # fmt: skip
def test_what_a_finger_would_miss_is_found(body: str, found: int, browser: Browser) -> None:
    page = person_with(browser, device=PHONE).new_page()
    page.set_content(GOOD.format(body))
    assert len(too_small(page)) == found
    page.context.close()
