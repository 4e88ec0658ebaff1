"""The doors of the portal, in every state, on a phone: light, asking no stranger, fitting at 320 px and with large
text, large enough for a finger; axe is content in light and dark, and nothing on them needs JavaScript.

`make numbers` measures both faces and more; what it measures with is tested in test_the_measures_can_fail.py.
"""

import pytest
from playwright.sync_api import Browser

from benchmarks.pages.lines import lines_of
from benchmarks.pages.looking import Eye, Look
from benchmarks.pages.round import ours
from tests.browser.scenes import portal
from tests.browser.scenes.stage import Scene, Stage
from tests.support.running_demo import RunningDemo

pytestmark = pytest.mark.browser

# Figures that have another face's pages behind them are not measured here.
ELSEWHERE = {"a back office page"}


def test_the_doors_of_the_portal_hold_their_figures(demo: RunningDemo, browser: Browser) -> None:
    eye, looks = Eye(browser, own=demo.base_url, provider=demo.acquirer_url), list[Look]()

    def look(scenes: list[Scene]) -> None:
        looks.extend(eye.look(scene) for scene in ours(scenes))

    stage = Stage(browser, demo=demo, at_once=look)
    portal.doors(stage)
    look(stage.scenes)
    missed = [line for line in lines_of(looks) if not line.holds and line.target.what not in ELSEWHERE]
    assert [(line.target.what, line.words, line.details) for line in missed] == []
