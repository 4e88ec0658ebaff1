"""Photograph every page and state of the demo on phone and desktop, in light and dark, and the README's picture.

It starts a demo of its own (or uses the one whose information file `--info` names), brings it into all the states worth
seeing, and writes `screenshots/<device>-<scheme>/<name>.png`. With `--picture` only `docs/pictures/both-faces.png` is
made. It judges nothing; that is what tests/browser is for.
"""

from __future__ import annotations

import argparse
import base64
import sys
from pathlib import Path

from playwright.sync_api import Browser

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.browser.desk import Desk  # noqa: E402  # after the path is set
from tests.browser.scenes import ALL  # noqa: E402
from tests.browser.scenes.stage import HERO, Scene, Stage  # noqa: E402
from tests.browser.traveller import Traveller  # noqa: E402
from tests.support.browser import DESKTOP, PHONE, Device, chromium, person_with  # noqa: E402
from tests.support.running_demo import RunningDemo, demo_of  # noqa: E402

TALLEST_PX = 5000
PICTURE = ROOT / "docs" / "pictures" / "both-faces.png"


def photograph(browser: Browser, *, scenes: list[Scene], folder: Path) -> int:
    """Photograph every scene on both devices in both schemes; return how many pictures were made."""
    for device in (PHONE, DESKTOP):
        for scheme in ("light", "dark"):
            here = folder / f"{device.name}-{scheme}"
            here.mkdir(parents=True, exist_ok=True)
            for scene in scenes:
                _one(browser, scene=scene, device=device, here=here)
            print(f"{here.relative_to(folder.parent)}: {len(scenes)}", flush=True)
    return 4 * len(scenes)


def _one(browser: Browser, *, scene: Scene, device: Device, here: Path) -> None:
    context = person_with(browser, device=device, dark=here.name.endswith("dark"), state=scene.person)
    page = context.new_page()
    scene.enter(page)
    # What sticks to an edge of the screen belongs at the page's edge in a picture of all of it.
    tall = min(TALLEST_PX, max(device.height, page.evaluate("document.documentElement.scrollHeight")))
    page.set_viewport_size({"width": device.width, "height": tall})
    page.screenshot(path=here / f"{scene.name}.png")
    context.close()


def both_faces(browser: Browser, *, demo: RunningDemo) -> None:
    """Make the README's picture: the Billing page and the customer's portal of one booking, side by side."""
    desk = Desk(person_with(browser, device=DESKTOP), demo=demo)
    desk.sign_in()
    desk.go(f"/office/bookings/{HERO}/")
    eleanor = Traveller(person_with(browser, device=PHONE), demo=demo)
    eleanor.open(demo.portal_link(HERO))
    desk.page.wait_for_load_state("networkidle")
    shown = [base64.b64encode(one.page.screenshot()).decode() for one in (desk, eleanor)]
    images = "".join(f'<img src="data:image/png;base64,{one}">' for one in shown)
    style = "body{margin:0;padding:28px;display:flex;gap:28px;align-items:center;background:#e4e8ec;width:max-content}"
    style += "img{border-radius:8px;border:1px solid #c3cad1}"
    page = person_with(browser, device=Device("wall", 1800, 1000)).new_page()
    page.set_content(f"<style>{style}</style><body>{images}</body>")
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    page.locator("body").screenshot(path=PICTURE)
    print(f"{PICTURE.relative_to(ROOT)}: {PICTURE.stat().st_size // 1024} KB")


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--info", type=Path, help="information file of a demo that runs already")
    parser.add_argument("--picture", action="store_true", help="make only the README's picture")
    parser.add_argument("--to", type=Path, default=ROOT / "screenshots", help="where the pictures go")
    chosen = parser.parse_args()
    with demo_of(chosen.info) as demo, chromium() as browser:
        if chosen.picture:
            both_faces(browser, demo=demo)
            return

        def at_once(scenes: list[Scene]) -> None:
            photograph(browser, scenes=scenes, folder=chosen.to)

        stage = Stage(browser, demo=demo, at_once=at_once)
        for part in ALL:
            part(stage)
        print(f"{photograph(browser, scenes=stage.scenes, folder=chosen.to)} pictures in {chosen.to}")


if __name__ == "__main__":
    main()
