"""One look at a page: how heavy it is, whom it asks, what axe says, whether it fits, and whether it works without
JavaScript.

Each look is a browser of its own, so nothing comes from a cache. It collects and does not judge.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from playwright.sync_api import Browser, BrowserContext, Error, Page, Request

from tests.browser.scenes.stage import Scene
from tests.support.browser import (
    DESKTOP,
    PHONE,
    SMALL_PHONE,
    Device,
    Record,
    origin_of,
    person_with,
    too_wide,
    violations,
)
from tests.support.touch import too_small

POINTER_PX: Final = 24
TWICE: Final = "document.documentElement.style.fontSize = '200%'"
ONCE: Final = "document.documentElement.style.fontSize = ''"
# What a page offers and cannot do without a script. A form of one field needs no button: Enter sends it.
_SILENT: Final = """() => {
  const shown = (one) => one.checkVisibility({visibilityProperty: true});
  const name = (one) => (one.getAttribute("aria-label") || one.textContent || one.name || one.id).trim().slice(0, 40);
  const typed = (form) => [...form.elements].filter((one) => one.matches("input:not([type=hidden]), select, textarea"));
  const sends = (one) => one.matches("button:not([type]), [type=submit], [type=image]");
  const sized = (one) => one.getBoundingClientRect().height > 0;
  const found = document.querySelector("h1") ? [] : ["no heading"];
  for (const form of document.forms)
    if (shown(form) && sized(form) && typed(form).length !== 1
        && ![...form.elements].some((one) => sends(one) && shown(one)))
      found.push(`form to ${form.getAttribute("action")} has no button`);
  for (const one of document.querySelectorAll("button"))
    if (shown(one) && !one.disabled && !(one.form && sends(one)) && !one.matches("[popovertarget], [commandfor]"))
      found.push(`button “${name(one)}” does nothing`);
  for (const one of document.querySelectorAll("a"))
    if (shown(one) && /^(#|javascript:.*)?$/.test(one.getAttribute("href") ?? ""))
      found.push(`link “${name(one)}” leads nowhere`);
  return found;
}"""


@dataclass
class Look:
    """What one scene showed; lists are empty when all is well, and weights are in bytes."""

    scene: Scene
    weight: int = 0
    scripts: int = 0
    strangers: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    wide: list[str] = field(default_factory=list)
    wide_large_text: list[str] = field(default_factory=list)
    small: list[str] = field(default_factory=list)
    small_touch: list[str] = field(default_factory=list)
    silent: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Eye:
    """What looks: a browser, our own origin, and the one that may fill a frame on pages where a card is entered."""

    browser: Browser
    own: str
    provider: str

    def look(self, scene: Scene, /) -> Look:
        """Look at a scene in every way."""
        seen = Look(scene)
        self._on_a_phone(scene, seen=seen)
        self._at_a_desk(scene, seen=seen)
        if not scene.scripted:
            self._without_scripts(scene, seen=seen)
        return seen

    def judge_colours(self, scene: Scene, /) -> Look:
        """Let only axe look at a scene, in light and dark."""
        seen = Look(scene)
        with self._page(PHONE, scene=scene) as page:
            scene.enter(page)
            seen.violations += violations(page)
        return seen

    def _on_a_phone(self, scene: Scene, *, seen: Look) -> None:
        with self._page(PHONE, scene=scene) as page:
            record, asked = Record.of(page.context), all_requests(page.context)
            scene.enter(page)
            page.wait_for_load_state("networkidle")
            seen.strangers += strangers(asked, own=self.own, provider=self.provider)
            seen.weight, seen.scripts = weigh(asked, own=self.own)
            seen.complaints += record.complaints
            seen.violations += violations(page)
            seen.small_touch += too_small(page)
            if scene.face == "portal":
                seen.wide_large_text += with_large_text(page)
            page.set_viewport_size({"width": SMALL_PHONE.width, "height": SMALL_PHONE.height})
            seen.wide += too_wide(page)

    def _at_a_desk(self, scene: Scene, *, seen: Look) -> None:
        with self._page(DESKTOP, scene=scene) as page:
            scene.enter(page)
            if scene.face == "office":
                seen.violations += [f"at a desk {line}" for line in violations(page)]
            seen.small += too_small(page, least_px=POINTER_PX, spaced=True)
            seen.wide_large_text += with_large_text(page)

    def _without_scripts(self, scene: Scene, *, seen: Look) -> None:
        with self._page(PHONE, scene=scene, javascript=False) as page:
            status = scene.enter(page)
            if status >= 500:
                seen.silent.append(f"answers {status}")
            seen.silent += silent(page)

    @contextmanager
    def _page(self, device: Device, *, scene: Scene, javascript: bool = True) -> Iterator[Page]:
        context = person_with(self.browser, device=device, state=scene.person, javascript=javascript)
        yield context.new_page()
        context.close()


def all_requests(context: BrowserContext) -> list[Request]:
    """Return a list that grows with every request of a browser."""
    asked: list[Request] = []

    def note(request: Request) -> None:
        asked.append(request)

    context.on("request", note)
    return asked


def strangers(asked: list[Request], *, own: str, provider: str) -> list[str]:
    """Return the addresses asked for that are neither ours nor of the provider's own frame."""
    found = []
    for request in asked:
        origin = origin_of(request.url)
        in_its_frame = origin == provider and request.frame.parent_frame is not None
        if request.url.startswith(("http", "ws")) and origin != own and not in_its_frame:
            found.append(request.url)
    return found


def weigh(asked: list[Request], *, own: str) -> tuple[int, int]:
    """Return what came from ourselves, in bytes on the line: all of it, and the scripts."""
    everything = scripts = 0
    for request in asked:
        if origin_of(request.url) != own:
            continue
        try:
            sizes = request.sizes()
        except Error:  # it was given up
            continue
        size = sizes["responseBodySize"] + sizes["responseHeadersSize"]
        everything += size
        scripts += size if request.resource_type == "script" else 0
    return everything, scripts


def with_large_text(page: Page) -> list[str]:
    """Return what scrolls sideways once all text is twice as large; it is as before afterwards."""
    page.evaluate(TWICE)
    found = too_wide(page)
    page.evaluate(ONCE)
    return found


def silent(page: Page) -> list[str]:
    """Return what a page offers and cannot do without a script."""
    return list(page.evaluate(_SILENT))
