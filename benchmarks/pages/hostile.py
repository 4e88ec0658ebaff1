"""The portal in colours that nobody should choose: published on the branding page, and taken back afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from playwright.sync_api import Browser

from tests.browser.desk import Desk
from tests.support.browser import DESKTOP, person_with
from tests.support.running_demo import RunningDemo

ADMINISTRATOR: Final = "priya.nair@acmetravel.example"
BRANDING: Final = "/office/settings/branding/"


@contextmanager
def painted(browser: Browser, *, demo: RunningDemo, colour: str) -> Iterator[None]:
    """Give the demo's first operator a colour for the length of the block."""
    desk = Desk(person_with(browser, device=DESKTOP), demo=demo)
    desk.sign_in(ADMINISTRATOR)
    before = _publish(desk, colour=colour)
    try:
        yield
    finally:
        _publish(desk, colour=before)
        desk.page.context.close()


def _publish(desk: Desk, *, colour: str) -> str:
    desk.go(BRANDING)
    field = desk.page.get_by_label("Primary colour", exact=True)
    before = field.input_value()
    field.fill(colour)
    desk.page.get_by_role("button", name="Publish brand").click()
    desk.page.get_by_text("Published. Customers see it from now on.").wait_for()
    return before
