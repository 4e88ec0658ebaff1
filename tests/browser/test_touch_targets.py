"""Every page of the back office on a phone: whatever one can press is large enough for a finger, and nothing scrolls
sideways.

The pages are found as a person finds them, by following every link, one page of each kind.
"""

import re

import pytest

from tests.browser.conftest import NewPerson
from tests.browser.desk import Desk
from tests.support.browser import PHONE, SMALL_PHONE, Device, assert_fits
from tests.support.running_demo import RunningDemo
from tests.support.touch import too_small

pytestmark = pytest.mark.browser

ADMINISTRATOR = "priya.nair@acmetravel.example"
BEGIN = (
    "/office/",
    "/office/bookings/TRV-48402/",
    "/office/bookings/TRV-48415/invoices/",
    "/office/bookings/TRV-48448/",
)
# What differs between two pages of one kind, and what is no page.
NAMES = (
    (r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID"),
    (r"/[A-Z]{3}-[0-9A-Z]+", "/REFERENCE"),
    (r"/\d{4}-\d\d", "/MONTH"),
    (r"/\d+/", "/NUMBER/"),
    (r"^(/office/ledger)/[a-z_]+/", r"\1/ACCOUNT/"),
)
NO_PAGE = re.compile(r"\.(csv|xlsx|pdf|json|jsonl|zip)$|/(html|pdf)/|/invoices/NUMBER/$")
LINKS = """() => [...document.querySelectorAll("a[href]")]
  .filter((link) => link.origin === location.origin && link.pathname.startsWith("/office/"))
  .map((link) => link.pathname + link.search)"""
# Fewer would mean that a link to a whole part of the back office is gone.
AT_LEAST = 55


def kind_of(address: str) -> str:
    """Return what an address has in common with others of its kind."""
    path = address.partition("?")[0]
    for pattern, word in NAMES:
        path = re.sub(pattern, word, path)
    return path


@pytest.mark.parametrize("device", [PHONE, SMALL_PHONE], ids=lambda device: device.name)
def test_a_finger_hits_everything(device: Device, demo: RunningDemo, person: NewPerson) -> None:
    desk = Desk(person(device), demo=demo)
    desk.sign_in(ADMINISTRATOR)
    waiting, seen, missed = list(BEGIN), set[str](), list[str]()
    while waiting:
        address = waiting.pop(0)
        if kind_of(address) in seen and address not in BEGIN:
            continue
        seen.add(kind_of(address))
        desk.go(address)
        assert_fits(desk.page)
        missed += [f"{address}: {target}" for target in too_small(desk.page)]
        found = {link: kind_of(link) for link in desk.page.evaluate(LINKS)}
        waiting += [link for link, kind in found.items() if kind not in seen and not NO_PAGE.search(kind)]
    assert missed == [], "\n".join(missed)
    assert len(seen) >= AT_LEAST, sorted(seen)
