"""The back office from sign-in to a Billing page without touching the mouse, always seeing where one is."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser

FOCUSED = """() => {
  const element = document.activeElement, style = getComputedStyle(element);
  const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
  const box = element.getBoundingClientRect();
  const name = element.labels?.[0]?.textContent || element.getAttribute("aria-label") || element.textContent;
  const inside = (box.left + box.right) / 2, on = [box.top + 2, (box.top + box.bottom) / 2, box.bottom - 2];
  const seen = on.some((at) => element.contains(document.elementFromPoint(inside, at)));
  return {name: name.trim(), ring, seen};
}"""
MOST_STEPS = 40


def tab_to(page: Page, *, name: str) -> None:
    """Press Tab until the element with this name has the focus; every stop on the way must be visible."""
    for _ in range(MOST_STEPS):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        assert focused["ring"], focused
        assert focused["seen"], focused
        if focused["name"] == name:
            return
    pytest.fail(f"{name} was not reached in {MOST_STEPS} steps")


def test_from_sign_in_to_a_billing_page(demo: RunningDemo, person: NewPerson) -> None:
    desk = Desk(person(), demo=demo)
    desk.go("/office/")
    page = desk.page
    tab_to(page, name="Email")
    page.keyboard.type(demo.staff_email)
    tab_to(page, name="Password")
    page.keyboard.type("not the password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value(demo.staff_email)

    tab_to(page, name="Password")
    page.keyboard.type(demo.staff_password)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What needs me today", level=1)).to_be_visible()

    tab_to(page, name="Skip to content")
    page.keyboard.press("Enter")
    page.keyboard.press("/")
    page.keyboard.type("trv 48213")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    tab_to(page, name="TRV-48213")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="TRV-48213", level=1)).to_be_visible()
    tab_to(page, name="Email pay link")
