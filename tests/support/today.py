"""What needs me today, as tests look at it: a queue, its only item, a page as text."""

import html
import re
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from fareledger.persistence.operators import Operator
from fareledger.usecases.work_queues import (
    Queue,
    work_list,
)
from tests.support.outgoing import ADMIN


def queue(operator: Operator, name: str, /, **asked: Any) -> Queue | None:
    """One queue as finance sees it; None while it holds nothing."""
    found = work_list(operator, actor=asked.pop("actor", ADMIN), **asked)
    return next((one for one in found.queues if one.name == name), None)


def only(operator: Operator, name: str, /, **asked: Any) -> Any:
    """The only item of a queue."""
    found = queue(operator, name, **asked)
    assert found is not None
    (item,) = found.items
    return item


def today() -> Any:
    """The day where the tests' operators are, near enough."""
    return datetime.now(UTC).date()


def page(browser: Client, address: str = "/office/", /) -> str:
    """The text of a page."""
    answer = browser.get(address)
    assert answer.status_code == 200, address
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))
