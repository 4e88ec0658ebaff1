"""Every test card, entered into the frame as a plain form."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.acquirer.peer import BROWSER, RETURN_URL, Merchant, Peer, Receiver, answer_challenge, pay

APPROVED = [
    ("4242424242424242", "visa", "credit"),
    ("4000056655665556", "visa", "debit"),
    ("5555555555554444", "mastercard", "credit"),
    ("378282246310005", "amex", "credit"),
    ("4000000000000341", "visa", "credit"),
]
DECLINED = [
    ("4000000000000002", "card_declined", "generic_decline", "number"),
    ("4000000000009995", "card_declined", "insufficient_funds", "number"),
    ("4000000000009987", "card_declined", "lost_card", "number"),
    ("4000000000000069", "expired_card", "expired_card", "expiry"),
    ("4000000000000127", "incorrect_cvc", "incorrect_cvc", "cvc"),
    ("4000000000000119", "processing_error", "processing_error", "number"),
]
CHALLENGED = ["4000002500003155", "4000002760003184"]


def value_of(page: str, *, field: str) -> str:
    found = re.search(rf'name="{field}" value="([^"]*)"', page)
    assert found is not None
    return found.group(1)


@pytest.mark.parametrize(("number", "brand", "funding"), APPROVED)
def test_approved(merchant: Merchant, number: str, brand: str, funding: str) -> None:
    payment = merchant.paid(number=number)
    assert payment["status"] == "succeeded"
    assert payment["captured_at"] is not None
    assert payment["payment_method"] is None
    assert payment["card"] == {
        "brand": brand,
        "funding": funding,
        "last4": number[-4:],
        "exp_month": 8,
        "exp_year": 2039,
        "country": "GB",
    }


@pytest.mark.parametrize(("number", "code", "decline_code", "field"), DECLINED)
def test_declined(merchant: Merchant, number: str, code: str, decline_code: str, field: str) -> None:
    payment = merchant.payment()
    answer = pay(payment["frame_url"], number=number)
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert "No money has been taken." in answer.text
    assert [value_of(answer.text, field=name) for name in ("number", "expiry", "cvc")] == ["", "08/39", ""]
    assert number not in re.sub(r"<details.*?</details>", "", answer.text, flags=re.DOTALL)
    declined = merchant.get(payment["id"])
    assert declined["status"] == "requires_card"
    assert declined["last_failure"]["code"] == code
    assert declined["last_failure"]["decline_code"] == decline_code


def test_another_card_after_a_decline(merchant: Merchant) -> None:
    payment = merchant.payment()
    pay(payment["frame_url"], number="4000000000000002")
    assert pay(payment["frame_url"], number="4242424242424242").status_code == 303
    paid = merchant.get(payment["id"])
    assert (paid["status"], paid["last_failure"]) == ("succeeded", None)


@pytest.mark.parametrize("number", CHALLENGED)
def test_challenge_approved(merchant: Merchant, number: str) -> None:
    payment = merchant.payment()
    assert pay(payment["frame_url"], number=number).status_code == 303
    assert merchant.get(payment["id"])["status"] == "requires_action"
    page = BROWSER.get(payment["frame_url"]).text
    assert "£2,500.00" in page
    assert "Acme Travel" in page
    assert answer_challenge(payment["frame_url"], answer="approve").status_code == 303
    assert merchant.get(payment["id"])["status"] == "succeeded"


@pytest.mark.parametrize("number", CHALLENGED)
def test_challenge_refused_leads_back_to_the_form(merchant: Merchant, number: str) -> None:
    payment = merchant.payment()
    pay(payment["frame_url"], number=number)
    answer_challenge(payment["frame_url"], answer="refuse")
    refused = merchant.get(payment["id"])
    assert (refused["status"], refused["card"]) == ("requires_card", None)
    assert refused["last_failure"]["code"] == "authentication_failed"
    page = BROWSER.get(payment["frame_url"]).text
    assert 'name="number"' in page
    assert "The payment was not approved." in page


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"number": "4242424242424241"}, "number"),
        ({"number": ""}, "number"),
        ({"number": "4111111111111111"}, "number"),
        ({"expiry": "13/39"}, "expiry"),
        ({"expiry": "08/20"}, "expiry"),
        ({"expiry": "soon"}, "expiry"),
        ({"cvc": "12"}, "cvc"),
        ({"cvc": "12a"}, "cvc"),
        ({"number": "378282246310005", "cvc": "123"}, "cvc"),
    ],
)
def test_form_names_the_field_that_is_wrong(merchant: Merchant, form: dict[str, str], field: str) -> None:
    payment = merchant.payment()
    fields = {"number": "4242424242424242", "expiry": "08/39", "cvc": "123", **form}
    answer = BROWSER.post(payment["frame_url"], data=fields)
    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == [field]
    assert "<title>Error:" in answer.text
    assert merchant.get(payment["id"])["last_failure"] is None


@pytest.mark.parametrize("expiry", ["08 / 39", "0839", "08/2039", "08-39"])
def test_expiry_is_read_as_people_write_it(merchant: Merchant, expiry: str) -> None:
    payment = merchant.payment()
    assert pay(payment["frame_url"], number="4242 4242 4242 4242", expiry=expiry).status_code == 303


def test_a_second_submit_changes_nothing(merchant: Merchant) -> None:
    payment = merchant.paid()
    assert pay(payment["frame_url"], number="4000000000000002").status_code == 303
    assert merchant.get(payment["id"]) == payment


def test_several_tabs_at_once_charge_once(peer: Peer, receiver: Receiver) -> None:
    merchant = peer.merchant(webhook_url=receiver.url)
    payment = merchant.payment()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: pay(payment["frame_url"], number="4242424242424242"), range(6)))
    assert {answer.status_code for answer in answers} == {303}
    merchant.post(f"/v1/payments/{merchant.payment()['id']}/cancel", body={})
    receiver.wait_for(2)
    assert receiver.types() == ["payment.succeeded", "payment.cancelled"]


def test_success_page_leads_back(merchant: Merchant) -> None:
    payment = merchant.paid()
    page = BROWSER.get(payment["frame_url"])
    link = f"{RETURN_URL}&amp;payment={payment['id']}"
    assert f'href="{link}" target="_top"' in page.text
    assert '"message": "done"' in page.text


def test_hosted_page_ends_at_the_return_address(merchant: Merchant) -> None:
    payment = merchant.payment()
    assert "<h1>Pay Acme Travel</h1>" in BROWSER.get(payment["hosted_url"]).text
    ended = pay(payment["hosted_url"], number="4242424242424242")
    shown = BROWSER.get(httpx.URL(payment["hosted_url"]).join(ended.headers["Location"]))
    assert shown.status_code == 303
    assert shown.headers["Location"] == f"{RETURN_URL}&payment={payment['id']}"


def test_only_the_merchants_origin_may_frame_it(merchant: Merchant) -> None:
    payment = merchant.payment()
    policy = BROWSER.get(payment["frame_url"]).headers["Content-Security-Policy"]
    assert "frame-ancestors http://127.0.0.1:9;" in policy + ";"
    assert "default-src 'none'" in policy
    hosted = BROWSER.get(payment["hosted_url"]).headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in hosted


def test_without_the_token_there_is_nothing_to_see(merchant: Merchant) -> None:
    address = merchant.payment()["frame_url"]
    for wrong in (address[:-1], address.partition("?")[0], address.replace("pay_", "pay_x")):
        assert BROWSER.get(wrong).status_code == 404
        assert pay(wrong, number="4242424242424242").status_code == 404


@pytest.mark.parametrize(
    ("currency", "locale", "shown"),
    [
        ("GBP", "en-GB", "£2,500.00"),
        ("EUR", "de-DE", "2.500,00\N{NO-BREAK SPACE}€"),
        ("JPY", "ja-JP", "￥250,000"),
        ("KWD", "en-GB", "KWD\N{NO-BREAK SPACE}250.000"),
        ("GBP", "not a locale", "£2,500.00"),
    ],
)
def test_amount_is_written_for_the_reader(merchant: Merchant, currency: str, locale: str, shown: str) -> None:
    payment = merchant.payment(currency=currency)
    page = BROWSER.get(httpx.URL(payment["frame_url"]).copy_merge_params({"locale": locale})).text
    assert f"Pay {shown}</button>" in page


def test_frame_takes_the_merchants_colours(merchant: Merchant) -> None:
    style = {"surface": "#fff8e7", "brand": "light-dark(#0b6b3a, #6fd39b)", "radius": "12px"}
    page = BROWSER.get(merchant.payment(frame_style=style)["frame_url"]).text
    declared = (
        "--surface: #fff8e7; --brand: light-dark(#0b6b3a, #6fd39b); --radius-s: 12px; color-scheme: light;"
    )
    assert declared in page


def test_cancelled_payment_cannot_be_paid(merchant: Merchant) -> None:
    payment = merchant.payment()
    cancelled = merchant.post(f"/v1/payments/{payment['id']}/cancel", body={})
    assert cancelled.json()["status"] == "cancelled"
    pay(payment["frame_url"], number="4242424242424242")
    assert merchant.get(payment["id"])["status"] == "cancelled"
    assert "This payment was cancelled" in BROWSER.get(payment["frame_url"]).text


def test_a_paid_payment_cannot_be_cancelled(merchant: Merchant) -> None:
    refused = merchant.post(f"/v1/payments/{merchant.paid()['id']}/cancel", body={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "payment_not_cancellable")


@pytest.mark.parametrize("outcome", ["succeeded", "failed"])
def test_processing_until_an_admin_decides(peer: Peer, merchant: Merchant, outcome: str) -> None:
    payment = merchant.paid(number="4000000000009235")
    assert payment["status"] == "processing"
    assert "Don’t pay again." in BROWSER.get(payment["frame_url"]).text
    path = f"/admin/payments/{payment['id']}/finish"
    assert peer.admin.post(path, json={"outcome": outcome}).json()["status"] == outcome
    assert peer.admin.post(path, json={"outcome": outcome}).status_code == 409
    assert merchant.get(payment["id"])["status"] == outcome


def test_time_ends_processing_and_unpaid_payments(fresh_peer: Peer) -> None:
    merchant = fresh_peer.merchant()
    processing = merchant.paid(number="4000000000009235")
    open_one, challenged = merchant.payment(), merchant.payment()
    pay(challenged["frame_url"], number="4000002760003184")
    fresh_peer.move_clock(offset_s=59 * 60)
    assert merchant.get(processing["id"])["status"] == "succeeded"
    assert merchant.get(open_one["id"])["status"] == "requires_card"
    fresh_peer.move_clock(offset_s=61 * 60)
    assert merchant.get(open_one["id"])["status"] == "expired"
    assert merchant.get(challenged["id"])["status"] == "expired"
    assert pay(open_one["frame_url"], number="4242424242424242").status_code == 303
    assert merchant.get(open_one["id"])["status"] == "expired"
