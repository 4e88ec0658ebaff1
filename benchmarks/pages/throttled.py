"""A phone with little power on a slow line: how soon a page shows what matters, and whether it jumps or stutters.

The browser's own brakes: 1.6 Mbit/s, 150 ms a round trip, a quarter of the processor. Medians, because a machine that
does something else besides is slower at times.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Final

from playwright.sync_api import Browser

from benchmarks.pages import targets
from benchmarks.pages.figures import Line, Measured
from tests.browser.scenes.stage import Scene
from tests.support.browser import PHONE, person_with

TIMES: Final = 3
SETTLE_MS: Final = 800
LINE: Final = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
SLOWER: Final = 4
# Nobody types, so every shift counts; the browser takes the setting of a screen's size for input and would excuse some.
OBSERVE: Final = """
  window.seen = {lcp: 0, cls: 0, tasks: [], painted: 0};
  const watch = (type, note) =>
    new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({type, buffered: true});
  watch("largest-contentful-paint", (one) => { seen.lcp = one.startTime });
  watch("layout-shift", (one) => { seen.cls += one.value });
  watch("longtask", (one) => { seen.tasks.push([one.startTime, one.duration]) });
  watch("paint", (one) => { if (one.name === "first-contentful-paint") seen.painted = one.startTime });
"""
ASK: Final = """() => [seen.lcp / 1000, seen.cls, seen.tasks
  .filter(([start]) => start >= seen.painted).reduce((sum, [, long]) => sum + Math.max(0, long - 50), 0)]"""


@dataclass(frozen=True)
class Patience:
    """What somebody with such a phone goes through: seconds, a share of the screen, milliseconds."""

    lcp_s: float
    cls: float
    tbt_ms: float


def patience_with(browser: Browser, *, scene: Scene) -> Patience:
    """Open a page some times over and return the medians."""
    tries = [_once(browser, scene=scene) for _ in range(TIMES)]
    lcp, cls, tbt = (median(one[part] for one in tries) for part in range(3))
    return Patience(lcp, cls, tbt)


def lines_of_patience(browser: Browser, *, scenes: list[Scene]) -> list[Line]:
    """Return the three lines of a throttled phone."""
    found = [(scene.name, patience_with(browser, scene=scene)) for scene in scenes]
    return [
        Line(targets.LCP, tuple(Measured(name, round(one.lcp_s, 2)) for name, one in found)),
        Line(targets.CLS, tuple(Measured(name, round(one.cls, 3)) for name, one in found)),
        Line(targets.TBT, tuple(Measured(name, round(one.tbt_ms)) for name, one in found)),
    ]


def _once(browser: Browser, *, scene: Scene) -> list[float]:
    context = person_with(browser, device=PHONE, state=scene.person)
    page = context.new_page()
    page.add_init_script(OBSERVE)
    brakes = context.new_cdp_session(page)
    brakes.send("Network.enable")
    brakes.send("Network.emulateNetworkConditions", LINE)
    brakes.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(scene.url)
    page.wait_for_timeout(SETTLE_MS)
    found: list[float] = page.evaluate(ASK)
    context.close()
    return found
