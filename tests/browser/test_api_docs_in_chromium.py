"""The interactive documentation of the Booking API: it works under our content security policy, asks nobody else for
anything, and calls the API with a key that somebody pastes in."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from fareledger.persistence.operators import Operator
from tests.support.api import Caller, a_body
from tests.support.browser import DESKTOP, Record, chromium, person_with
from tests.support.served import served

pytestmark = pytest.mark.browser


def test_the_documentation_calls_the_api(operator: Operator) -> None:
    caller = Caller(operator)
    caller.put(a_body(reference="TRV-48213"))
    with served() as base_url, chromium() as browser:
        context = person_with(browser, device=DESKTOP)
        record, page = Record.of(context), context.new_page()
        page.goto(f"{base_url}/api/v1/docs")
        expect(page.locator(".opblock")).to_have_count(14)
        page.get_by_role("button", name="Authorize").first.click()
        page.get_by_label("auth-bearer-value").fill(caller.key)
        page.get_by_role("button", name="Apply credentials").first.click()
        page.get_by_role("button", name="Close", exact=True).first.click()
        page.locator("#operations-Billing-get_billing .opblock-summary-control").click()
        page.get_by_role("button", name="Try it out").click()
        page.get_by_role("button", name="Execute").click()
        answer = page.locator("#operations-Billing-get_billing .live-responses-table")
        expect(answer).to_contain_text('"unplanned": 0')
        expect(answer).to_contain_text("200")
        page.locator("#operations-Transactions-post_transaction .opblock-summary-control").click()
        expect(page.locator("#operations-Transactions-post_transaction")).to_contain_text("Idempotency-Key")
        expect(page.locator("#operations-Transactions-post_transaction")).to_contain_text(
            "more_than_unplanned"
        )
        assert record.origins() == {base_url}
        assert record.complaints == []
