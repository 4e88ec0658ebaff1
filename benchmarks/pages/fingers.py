"""Somebody who presses and types, and counts it: a journey is as long as the times they did either.

Keys inside one field are one thing typed. Waiting, reading and scrolling cost nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import FrameLocator, Locator, Page

from tests.browser.traveller import CVC, EXPIRY

Place = Page | FrameLocator | Locator


@dataclass
class Fingers:
    """Somebody's way through pages so far."""

    page: Page
    touch: bool = True
    taps: int = 0
    fields: int = 0

    def tap(self, target: Locator, /) -> None:
        """Press something, once it is there and stands still; a page may draw it anew meanwhile."""
        if self.touch:
            target.tap()
        else:
            target.click()
        self.taps += 1

    def press(self, name: str, *, place: Place | None = None) -> None:
        """Press the button whose name begins so."""
        self.tap((place or self.page).get_by_role("button", name=re.compile(f"^{name}")).first)

    def follow(self, name: str) -> None:
        """Press the link whose name begins so."""
        self.tap(self.page.get_by_role("link", name=re.compile(f"^{name}")).first)

    def fill(self, label: str | re.Pattern[str], *, text: str, place: Place | None = None) -> None:
        """Type into the field of a label."""
        (place or self.page).get_by_label(label).fill(text)
        self.fields += 1

    def enter_card(self, number: str, *, place: Place | None = None) -> None:
        """Type a card; its fields are not counted, because nobody can spare a customer those."""
        before = self.fields
        for label, text in (("Card number", number), ("Expires", EXPIRY), ("Security code", CVC)):
            self.fill(label, text=text, place=place)
        self.fields = before

    @property
    def interactions(self) -> int:
        """Everything they did."""
        return self.taps + self.fields
