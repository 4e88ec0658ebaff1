"""What is pressed or typed once a scene's page is open."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page


def press(name: str | re.Pattern[str]) -> Callable[[Page], None]:
    """Return what presses a button."""
    return lambda page: page.get_by_role("button", name=name).click()


def follow(name: str) -> Callable[[Page], None]:
    """Make a step that opens the first form whose link begins with a name."""

    def step(page: Page) -> None:
        page.get_by_role("link", name=re.compile(f"^{name}")).first.click()
        page.locator("#sheet[open]").wait_for()

    return step


def refused_change(page: Page) -> None:
    """Type what is no amount into the form of a change, and try to see what it does."""
    page.get_by_label(re.compile("^Non-payable amount")).fill("all of it")
    page.get_by_role("button", name="Preview the change").first.click()


def previewed_change(page: Page) -> None:
    """Cancel the last component of a booking, let it begin a week later, and look at what that does."""
    page.get_by_role("checkbox", name="Cancelled").last.check()
    for label in ("First day of travel", "Last day of travel"):
        field = page.get_by_label(label)
        field.fill((date.fromisoformat(field.input_value()) + timedelta(days=7)).isoformat())
    page.get_by_role("button", name="Preview the change").first.click()
    page.get_by_role("heading", name="Preview of a change").wait_for()


def documented(page: Page) -> None:
    """Wait until the API's documentation has drawn itself."""
    page.locator(".opblock").first.wait_for()


def open_everything(page: Page) -> None:
    """Open whatever can be unfolded."""
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true })")
