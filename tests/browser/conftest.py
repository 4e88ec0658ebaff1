"""One demo and one Chromium for all browser tests; every test has people of its own, with browsers of their own.

While writing tests, `FARELEDGER_DEMO_INFO` may name the information file of a demo that runs already; it is used as it
is, which is quick and leaves marks in it.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.support.browser import DESKTOP, Device, Record, chromium, person_with
from tests.support.running_demo import RunningDemo, running_demo

NewPerson = Callable[..., BrowserContext]


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """The demo, started once by its one command."""
    known = os.environ.get("FARELEDGER_DEMO_INFO")
    if known:
        yield RunningDemo.of(json.loads(Path(known).read_text(encoding="utf-8")))
        return
    with running_demo(tmp_path_factory.mktemp("demo")) as running:
        yield running


# Per module and not per session: Playwright runs an event loop in this thread, and Django refuses its database there.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium."""
    with chromium() as running:
        yield running


@pytest.fixture
def person(browser: Browser, demo: RunningDemo) -> Iterator[NewPerson]:
    """Make browsers of different people; afterwards nobody may have asked a stranger for anything or complained."""
    made: list[tuple[BrowserContext, Record]] = []

    def new(device: Device = DESKTOP, *, javascript: bool = True) -> BrowserContext:
        context = person_with(browser, device=device, javascript=javascript)
        made.append((context, Record.of(context)))
        return context

    yield new
    known = {demo.base_url, demo.mail_url, demo.acquirer_url}
    for context, record in made:
        context.close()
        assert record.origins() <= known
        assert record.complaints == []
