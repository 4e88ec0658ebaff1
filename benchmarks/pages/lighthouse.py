"""Lighthouse's marks for a page on a phone, with its own throttling; medians of three runs.

It comes from npm as benchmarks/pages/package-lock.json has it, installed by scripts/lighthouse; nothing else needs it.
Pages behind a door are opened with the cookies of whoever may see them.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from benchmarks.pages import targets
from benchmarks.pages.figures import Line, Measured
from tests.browser.scenes.stage import Scene
from tests.support.browser import chromium_path

PROGRAM: Final = Path(__file__).resolve().parents[2] / ".numbers" / "node_modules" / ".bin" / "lighthouse"
TIMES: Final = 3
TIMEOUT_S: Final = 180
# Lighthouse loses the beginning of a page load now and then, or cannot judge it, and wants to be run again.
TRIES: Final = 3
CATEGORIES: Final = ("performance", "accessibility", "best-practices")


def lines_of_marks(scenes: list[Scene], /) -> list[Line]:
    """Return a line for each mark that we want of a face."""
    found = []
    for scene in scenes:
        found.append((scene, marks_of(scene)))
        print(f"  {scene.name}: {found[-1][1]}", flush=True)
    return [
        Line(
            target,
            tuple(Measured(scene.name, marks[category]) for scene, marks in found if scene.face == face),
        )
        for (face, category), target in targets.LIGHTHOUSE.items()
    ]


def marks_of(scene: Scene, /) -> dict[str, float]:
    """Return the median mark of each category, of a hundred."""
    runs = [_run(scene) for _ in range(TIMES)]
    return {category: median(run[category] for run in runs) for category in CATEGORIES}


def _run(scene: Scene) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="fareledger-lighthouse-") as folder:
        report, headers = Path(folder) / "report.json", Path(folder) / "headers.json"
        headers.write_text(json.dumps(cookies_of(scene)), encoding="utf-8")
        command = [
            str(PROGRAM), scene.url, "--quiet", "--output=json", f"--output-path={report}",
            f"--only-categories={','.join(CATEGORIES)}", f"--extra-headers={headers}",
            "--chrome-flags=--headless=new --no-sandbox --disable-gpu",
        ]  # fmt: skip
        trouble = ""
        for _ in range(TRIES):
            done = _once(command)
            if done.returncode == 0:
                told = json.loads(report.read_text(encoding="utf-8"))
                led_to = told["finalDisplayedUrl"]
                assert urlsplit(led_to).path == urlsplit(scene.url).path, f"{scene.name} led to {led_to}"
                if all(told["categories"][name]["score"] is not None for name in CATEGORIES):
                    return marks_in(told)
            trouble = done.stderr[-2000:] or "it could not judge the page"
        raise RuntimeError(f"{scene.name}: {trouble}")


def _once(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        env={**os.environ, "CHROME_PATH": chromium_path(), "CI": "1"},
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )


def cookies_of(scene: Scene, /) -> dict[str, str]:
    """Return the header that lets Lighthouse in; none when the page is open to everybody."""
    kept = (scene.person or {}).get("cookies", [])
    text = "; ".join(f"{one['name']}={one['value']}" for one in kept)
    return {"Cookie": text} if text else {}


def marks_in(report: dict[str, object], /) -> dict[str, float]:
    """Read the marks of a report, of a hundred; a page that could not be judged has none, which counts as 0."""
    categories = report["categories"]
    assert isinstance(categories, dict)
    return {name: round(100 * (categories[name]["score"] or 0)) for name in CATEGORIES}
