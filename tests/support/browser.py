"""Chromium as somebody uses it: devices, what a well-made page is, and a record of everything sent anywhere.

The machine's own Chromium or Chrome, never a downloaded build. Nothing here knows a page of ours.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Frame,
    Page,
    Request,
    StorageState,
    expect,
    sync_playwright,
)

# Colours that nobody should choose; whatever is derived from them has to stay readable all the same.
HOSTILE = {"pale-yellow": "#fffde7", "near-black": "#05070f", "mid-grey": "#808080"}
CANDIDATES = ("chromium", "chromium-browser", "google-chrome")
ON_A_MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 30_000  # a page is there within a second, but not on a machine that does ten things at once
SCHEMES: Final[tuple[Literal["dark", "light"], ...]] = ("dark", "light")
AXE = Path(__file__).with_name("axe.min.js")
RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
RUN_AXE = """async (tags) => {
  const found = await axe.run(document, {runOnly: tags, iframes: false, resultTypes: ["violations"]});
  const said = (node) => [...node.any, ...node.all, ...node.none].map((check) => check.message).join(", ");
  return found.violations.map((one) => `${one.id}: ${one.help}: ` +
    one.nodes.map((node) => `${node.target.join(" ")}: ${said(node)}`).join(" | "));
}"""


@dataclass(frozen=True)
class Device:
    """What somebody holds in their hand or has on the desk; sizes in CSS pixels."""

    name: str
    width: int
    height: int
    touch: bool = False


PHONE = Device("phone", 390, 844, touch=True)
SMALL_PHONE = Device("small-phone", 320, 640, touch=True)
DESKTOP = Device("desktop", 1280, 900)


def chromium_path() -> str:
    """Return the Chromium to drive: the one of FARELEDGER_CHROMIUM, else the machine's."""
    found = os.environ.get("FARELEDGER_CHROMIUM") or next(
        filter(None, map(shutil.which, CANDIDATES)), ON_A_MAC
    )
    assert Path(found).exists(), "there is no Chromium here; scripts/browser says how to get one"
    return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Chromium and end it."""
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path(), args=list(ARGUMENTS))
        yield browser
        browser.close()


def person_with(
    browser: Browser,
    *,
    device: Device,
    dark: bool = False,
    javascript: bool = True,
    state: StorageState | None = None,
) -> BrowserContext:
    """Return a fresh browser on a device: no cookies but those of `state`, British English, things move little."""
    context = browser.new_context(
        viewport={"width": device.width, "height": device.height},
        has_touch=device.touch,
        is_mobile=device.touch,
        storage_state=state,
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/London",
    )
    context.set_default_timeout(PATIENCE_MS)
    return context


@dataclass
class Sent:
    """One request: where to, what with, and the page or frame it came from."""

    url: str
    body: str

    @property
    def origin(self) -> str:
        """Scheme, host and port it went to."""
        return origin_of(self.url)

    @property
    def values(self) -> set[str]:
        """Every value of the query and of a form body."""
        return {value for text in (urlsplit(self.url).query, self.body) for _, value in parse_qsl(text)}

    @property
    def digits(self) -> str:
        """All its decoded text without blanks and hyphens: a card number in any spelling is one run in it."""
        return unquote_plus(self.url + " " + self.body).replace(" ", "").replace("-", "")


@dataclass
class Record:
    """Everything a browser sent, and every complaint of its console."""

    sent: list[Sent] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, context: BrowserContext) -> "Record":
        """Begin to record a browser."""
        record = cls()
        context.on("request", record._request)
        context.on("console", record._console)
        context.on("weberror", lambda error: record.complaints.append(str(error.error)))
        return record

    def origins(self) -> set[str]:
        """Return the origins that were asked for anything."""
        return {one.origin for one in self.sent if one.url.startswith(("http:", "https:", "ws:", "wss:"))}

    def _request(self, request: Request) -> None:
        body = request.post_data_buffer or b""
        self.sent.append(Sent(request.url, body.decode(errors="replace")))

    def _console(self, message: ConsoleMessage) -> None:
        # The status of a page we meant to see, such as 404 or 422, is said on the console too.
        if (
            message.type in ("error", "warning")
            and "the server responded with a status of 4" not in message.text
        ):
            self.complaints.append(message.text)


def origin_of(url: str) -> str:
    """Return scheme, host and port of an address."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def assert_well_made(page: Page) -> None:
    """Check the page as it stands: axe finds nothing in light or dark, and nothing is wider than the screen."""
    assert_fits(page)
    found = violations(page)
    assert found == [], f"{page.url}:\n" + "\n".join(found)


def violations(page: Page) -> list[str]:
    """Return what axe finds in the page and its frames, in dark and in light; it is light afterwards."""
    found = []
    with all_of(page):
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)
            found += [f"in {scheme}: {line}" for frame in _scripted(page) for line in _violations(frame)]
    return found


@contextmanager
def all_of(page: Page) -> Iterator[None]:
    """Make the screen as tall as the page: what sticks to its edge would else cover what scrolling uncovers."""
    size = page.viewport_size
    assert size is not None
    tall = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": max(size["height"], tall)})
    yield
    page.set_viewport_size(size)


def assert_fits(page: Page) -> None:
    """Check that the page, and each frame in it, does not scroll sideways."""
    found = too_wide(page)
    assert found == [], found


def too_wide(page: Page) -> list[str]:
    """Return which of the page and its frames scroll sideways, and by how much."""
    found = []
    for frame in _scripted(page):
        wide, room = frame.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        if wide > room:
            found.append(f"{frame.url} is {wide} px wide in {room} px")
    assert page.viewport_size is not None
    shown = page.evaluate("document.documentElement.clientWidth")
    if shown > page.viewport_size["width"]:
        found.append(f"{page.url} is laid out {shown} px wide")
    return found


def _scripted(page: Page) -> Iterator[Frame]:
    """Give the frames in which a script can look around: a mail's sandbox runs none, and would never answer."""
    yield page.main_frame
    for frame in page.frames[1:]:
        if frame.is_detached() or frame.url in ("", "about:blank"):
            continue
        sandbox = frame.frame_element().get_attribute("sandbox")
        if sandbox is None or "allow-scripts" in sandbox:
            yield frame


def _violations(frame: Frame) -> list[str]:
    if not frame.evaluate("typeof window.axe === 'object'"):
        frame.evaluate(AXE.read_text(encoding="utf-8") + "\n;undefined")
    return [f"{frame.url}: {line}" for line in frame.evaluate(RUN_AXE, list(RULES))]
