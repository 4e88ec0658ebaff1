"""One round through all that is measured, part by part; parts share the scenes, which take a minute to set up."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cached_property

from playwright.sync_api import Browser

from benchmarks.pages import targets
from benchmarks.pages.figures import Line
from benchmarks.pages.hostile import painted
from benchmarks.pages.journeys import lines_of_journeys
from benchmarks.pages.lighthouse import lines_of_marks
from benchmarks.pages.lines import counted_line, lines_of
from benchmarks.pages.looking import Eye, Look
from benchmarks.pages.throttled import lines_of_patience
from tests.browser.scenes import ALL, PORTAL
from tests.browser.scenes.stage import Scene, Stage
from tests.support.browser import HOSTILE
from tests.support.running_demo import RunningDemo

Say = Callable[[str], None]
EVERY = 20


class Round:
    """A demo, a browser, and what was seen so far."""

    def __init__(self, browser: Browser, *, demo: RunningDemo, say: Say) -> None:
        """Measure this demo; `say` tells how far it is."""
        self.browser = browser
        self.demo = demo
        self.say = say
        self.eye = Eye(browser, own=demo.base_url, provider=demo.acquirer_url)
        self._brief: list[Look] = []

    @cached_property
    def scenes(self) -> list[Scene]:
        """Every scene of our two faces that lasts."""
        self.say("Bringing the demo into every state worth seeing …")

        def at_once(scenes: list[Scene]) -> None:
            self._brief += [self.eye.look(scene) for scene in scenes]

        return ours(self._staged(ALL, at_once=at_once))

    def of_kinds(self, names: Iterable[str], /) -> list[Scene]:
        """Return the scenes of these names; every name has to be there."""
        found = {scene.name: scene for scene in self.scenes}
        return [found[name] for name in names]

    def pages(self) -> list[Line]:
        """Look at every page in every way."""
        scenes, looks = self.scenes, list(self._brief)
        for scene in scenes:
            looks.append(self.eye.look(scene))
            if len(looks) % EVERY == 0:
                self.say(f"{len(looks)} of {len(scenes) + len(self._brief)} pages")
        return lines_of(looks)

    def hostile(self) -> list[Line]:
        """Let axe look at every page of the portal in each hostile colour."""
        looks: list[Look] = []
        for name, colour in HOSTILE.items():
            self.say(f"The portal in {name} …")
            with painted(self.browser, demo=self.demo, colour=colour):
                looks += self._colours_of(name)
        return [counted_line(targets.AXE_HOSTILE, looks=looks, found=lambda one: one.violations)]

    def throttled(self) -> list[Line]:
        """Open a page of each kind on a slow phone."""
        kinds = self.of_kinds((*targets.PORTAL_KINDS, *targets.OFFICE_KINDS))
        self.say(f"{len(kinds)} pages on a slow phone …")
        return lines_of_patience(self.browser, scenes=kinds)

    def lighthouse(self) -> list[Line]:
        """Let Lighthouse mark a page of each kind."""
        kinds = self.of_kinds((*targets.PORTAL_KINDS, *targets.OFFICE_KINDS))
        self.say(f"Lighthouse for {len(kinds)} pages …")
        return lines_of_marks(kinds)

    def journeys(self) -> list[Line]:
        """Go the ways of customers and staff, and count."""
        self.say("Journeys …")
        return lines_of_journeys(self.browser, demo=self.demo)

    def _colours_of(self, name: str) -> list[Look]:
        looks: list[Look] = []

        def look(scenes: list[Scene]) -> None:
            looks.extend(self.eye.judge_colours(scene) for scene in scenes)

        look(ours(self._staged(PORTAL, at_once=look)))
        return looks

    def _staged(
        self, parts: Iterable[Callable[[Stage], None]], *, at_once: Callable[[list[Scene]], None]
    ) -> list[Scene]:
        stage = Stage(self.browser, demo=self.demo, at_once=at_once)
        for part in parts:
            part(stage)
        return stage.scenes


def ours(scenes: list[Scene], /) -> list[Scene]:
    """Return the scenes of our own two faces."""
    return [scene for scene in scenes if scene.face != "other"]


PARTS: dict[str, Callable[[Round], list[Line]]] = {
    "pages": Round.pages,
    "hostile": Round.hostile,
    "throttled": Round.throttled,
    "lighthouse": Round.lighthouse,
    "journeys": Round.journeys,
}
