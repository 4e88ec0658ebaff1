"""The stage on which pages are looked at: a demo brought into the states worth seeing, and the scenes that come of it.

A scene is an address, who opens it, and what they press once there. What looks (a camera, axe, a scale) is not here.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Locator, Page, StorageState

from tests.browser.desk import Desk
from tests.browser.traveller import Traveller
from tests.support.browser import DESKTOP, person_with
from tests.support.running_demo import RunningDemo

HERO = "TRV-48213"


@dataclass(frozen=True)
class Scene:
    """One thing to look at; `scripted` when what is pressed needs JavaScript."""

    name: str
    url: str
    person: StorageState | None = None
    then: Callable[[Page], None] | None = None
    scripted: bool = False

    @property
    def face(self) -> str:
        """Whose page it is: of the portal, of the back office, or of neither."""
        first = urlsplit(self.url).path.partition("/")[2].partition("/")[0]
        return {"p": "portal", "office": "office"}.get(first, "other")

    def enter(self, page: Page) -> int:
        """Open it in a page and press what is to be pressed; return the status of the first answer."""
        answer = page.goto(self.url)
        if self.then:
            self.then(page)
            page.wait_for_load_state()
        for frame in page.frames:
            frame.wait_for_load_state()
        return answer.status if answer else 0


AtOnce = Callable[[list[Scene]], None]


class Stage:
    """A demo, and the scenes collected so far."""

    def __init__(self, browser: Browser, *, demo: RunningDemo, at_once: AtOnce) -> None:
        """Take the demo as it is; `at_once` looks at scenes that do not last."""
        self.browser = browser
        self.demo = demo
        self.at_once = at_once
        self.scenes: list[Scene] = []

    def add(self, name: str, *, path: str, **how: object) -> None:
        """Collect a scene; a path is of fareledger's own pages unless it is a whole address."""
        self.scenes.append(self.scene(name, path=path, **how))

    def scene(self, name: str, *, path: str, **how: object) -> Scene:
        """Return a scene without collecting it."""
        url = path if path.startswith("http") else self.demo.base_url + path
        return Scene(name, url, **how)  # type: ignore[arg-type]  # handed through

    def desk(self, email: str = "") -> Desk:
        """Sign somebody of the staff in."""
        desk = Desk(person_with(self.browser, device=DESKTOP), demo=self.demo)
        desk.sign_in(email)
        return desk

    def sold(self, *, price_minor: int = 248_000) -> str:
        """Sell a booking of this stage's own; return its reference."""
        reference = f"PIC-{secrets.token_hex(3).upper()}"
        start = datetime.now(UTC).date() + timedelta(days=80)
        end = start + timedelta(days=9)
        self.demo.sell(reference=reference, start=start, end=end, price_minor=price_minor)
        return reference

    def visit(self, link: str) -> Traveller:
        """Follow a one-time link into the portal."""
        ines = Traveller(person_with(self.browser, device=DESKTOP), demo=self.demo)
        ines.page.goto(link)
        ines.page.get_by_role("button", name="Continue to your booking").click()
        ines.page.get_by_role("heading", name="Paid so far").wait_for()
        return ines

    @contextmanager
    def inside(self, reference: str) -> Iterator[tuple[Traveller, StorageState]]:
        """Be inside the portal of a booking for the length of the block."""
        ines = self.visit(self.demo.portal_link(reference))
        yield ines, ines.page.context.storage_state()
        ines.page.context.close()


def address_of(link: Locator) -> str:
    """Return where a link leads."""
    return link.get_attribute("href") or ""
