"""Every page of the portal, in every state, is in one language: nothing English is left in another one.

The same page is drawn in English and in the other language; whatever both say alike must be a name or a figure.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from django.test import Client

from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.translation import catalogue_files, direction, read_catalogue
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import Card, PaymentRequest
from tests.papers.test_receipts import lived
from tests.support.bookings import a_trip_in, sell
from tests.support.portal import PortalCustomer, inside, outcome_address
from tests.support.scripted_provider import ScriptedGateway, scripted

TRANSLATED = [locale for locale in LOCALES if not locale.startswith("en")]
VISA = Card(brand="visa", funding="credit", last4="4242", expires="12/2030")
TOLD = ("aria-label", "title", "alt", "data-busy", "placeholder")
PHRASE = re.compile(r"[a-z]{3} [a-z]{3}")
# Words that another language has in common with English.
SHARED = {"Status", "Code", "Correction", "Date", "Total", "Error", "Visa", "Scripted", "BACS"}


class Said(HTMLParser):
    """What a page says: its texts and the attributes that are read out; not the names of the languages."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: set[str] = set()
        self._quiet = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an element is called."""
        if tag in ("script", "style") or ("class", "languages") in attrs:
            self._quiet += 1
        if not self._quiet:
            self.texts.update((value or "").strip() for name, value in attrs if name in TOLD)

    def handle_endtag(self, tag: str) -> None:
        """Listen again."""
        if tag in ("script", "style", "nav") and self._quiet:
            self._quiet -= 1

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        if not self._quiet and data.strip():
            self.texts.add(" ".join(data.split()))


def names(operator: Operator) -> str:
    """Everything that is called the same in every language."""
    own = (operator.name, operator.legal_name, operator.address, operator.support_hours, operator.slug)
    about = a_trip_in(200)
    titles = [str(component.title) for component in about.components]
    people = [traveller.name for traveller in about.travellers]
    suppliers = [str(component.supplier) for component in about.components]
    return " ".join((*own, *titles, *people, *suppliers, about.customer.name, about.package or "", *SHARED))


def left_in_english(client: Client, *, address: str, locale: str, operator: Operator) -> set[str]:
    """What a page says in both languages and is neither a name nor a figure."""
    query = "&" if "?" in address else "?"
    english = Said(client.get(f"{address}{query}lang=en-GB").content.decode()).texts
    answer = client.get(f"{address}{query}lang={locale}")
    page = answer.content.decode()
    assert f'<html lang="{locale}" dir="{direction(locale)}">' in page, address
    known = names(operator)
    alike = english & Said(page).texts
    return {
        text
        for text in alike
        if any(
            word not in known
            for word in re.findall(r"[^\W\d_]{3,}", re.sub(r"\S+@\S+|[A-Z]+-[A-Z0-9-]+", "", text))
        )
    }


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_booking_to_which_everything_happened(operator: Operator, locale: str) -> None:
    billing = lived(operator)
    client = inside(operator, booking_id=billing.booking.id)
    home = f"/p/{operator.slug}/"
    receipts = set(re.findall(r'href="([^"]*/receipts/[^"]+)"', client.get(home).content.decode()))
    pages = [home + page for page in ("", "history/", "pay/", "statement/", "nowhere/", *("link/unknown",))]
    left = {
        (address, text)
        for address in (*pages, *receipts)
        for text in left_in_english(client, address=address, locale=locale, operator=operator)
    }
    assert left == set()


@pytest.mark.parametrize("locale", TRANSLATED)
def test_the_doors(operator: Operator, locale: str) -> None:
    home = f"/p/{operator.slug}/"
    for page in ("sign-in/", "sign-in/?out=1", "sign-in/?ended=1", "sign-in/sent/"):
        assert left_in_english(Client(), address=home + page, locale=locale, operator=operator) == set()


@pytest.mark.parametrize("locale", TRANSLATED)
@pytest.mark.parametrize(
    "told",
    [
        {},
        {"state": "processing"},
        {"state": "succeeded", "card": VISA},
        {"state": "cancelled"},
        {"state": "expired"},
        {"state": "failed", "failure_code": "insufficient_funds", "failure_message": "Not enough money."},
        {"state": "failed", "failure_code": "who_knows", "failure_message": "Do not honour."},
    ],
    ids=lambda told: "-".join(str(value) for value in list(told.values())[:2]) or "open",
)
def test_what_came_of_a_payment(operator: Operator, locale: str, told: dict[str, object]) -> None:
    gateway: ScriptedGateway = scripted(operator)
    customer = PortalCustomer(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    card_page = customer.press()
    pages = [] if told else [card_page]
    if told:
        gateway.tell(list(gateway.payments)[-1], **told)
    home = f"/p/{operator.slug}/"
    for address in (*pages, outcome_address(card_page), home, home + "history/", home + "pay/"):
        assert left_in_english(customer.client, address=address, locale=locale, operator=operator) == set(), (
            address
        )


@pytest.mark.parametrize("locale", TRANSLATED)
def test_a_payment_that_is_refused(operator: Operator, locale: str) -> None:
    customer = PortalCustomer(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    pages = []
    for said in ("en-GB", locale):
        form = customer.form(shown_minor="1")
        answer = customer.client.post(f"/p/{operator.slug}/pay/?lang={said}", form)
        assert answer.status_code == 422
        pages.append(Said(answer.content.decode()).texts)
    known = names(operator)
    alike = {
        text for text in pages[0] & pages[1] if text not in known and re.search(r"[a-z]{3} [a-z]{3}", text)
    }
    assert alike == set()


def test_the_booking_decides_until_somebody_chooses_and_the_choice_is_remembered(operator: Operator) -> None:
    booking_id = sell(operator, a_trip_in(200)).booking.id
    client = inside(operator, booking_id=booking_id)
    home = f"/p/{operator.slug}/"
    german = client.get(home, headers={"accept-language": "de"}).content.decode()
    assert '<html lang="en-GB"' in german
    assert "Noch zu zahlen" in client.get(f"{home}?lang=de-DE").content.decode()
    assert '<html lang="de-DE"' in client.get(f"{home}history/").content.decode()
    assert '<html lang="de-DE"' in client.get(f"{home}history/?lang=tlh").content.decode()


@pytest.mark.parametrize(
    ("accepted", "locale"),
    [
        ("fr-CA,fr;q=0.9,en;q=0.5", "fr-FR"),
        ("pt,en-US;q=0.7", "en-US"),
        ("ar-EG", "ar"),
        ("tlh", "en-GB"),
        ("", "en-GB"),
    ],
)
def test_before_signing_in_the_browser_decides(operator: Operator, accepted: str, locale: str) -> None:
    page = Client(headers={"accept-language": accepted}).get(f"/p/{operator.slug}/sign-in/").content.decode()
    assert f'<html lang="{locale}" dir="{direction(locale)}">' in page


def test_the_foot_leads_to_the_same_page_in_every_language(operator: Operator) -> None:
    client = inside(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    page = client.get(f"/p/{operator.slug}/statement/?as_at=2027-01-02").content.decode()
    for locale in LOCALES:
        assert re.search(
            rf'href="[^"]*/statement/\?as_at=2027-01-02&amp;lang={locale}" lang="{locale}"', page
        )
    assert page.count('aria-current="true"') == 1


def test_the_card_form_is_in_the_language_of_the_page(operator: Operator) -> None:
    asked: list[PaymentRequest] = []
    scripted(operator).on_create = asked.append
    customer = PortalCustomer(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    customer.client.get(f"/p/{operator.slug}/?lang=ja-JP")
    customer.press()
    assert [request.locale for request in asked] == ["ja-JP"]


def test_american_english_differs_in_spelling_only(operator: Operator) -> None:
    gateway: ScriptedGateway = scripted(operator)
    customer = PortalCustomer(operator, booking_id=sell(operator, a_trip_in(200)).booking.id)
    card_page = customer.press()
    gateway.tell(list(gateway.payments)[-1], state="cancelled")
    assert (
        "Payment canceled" in customer.client.get(f"{outcome_address(card_page)}?lang=en-US").content.decode()
    )


@pytest.mark.parametrize("locale", TRANSLATED)
def test_what_a_page_says_is_not_said_otherwise_on_a_paper(locale: str) -> None:
    """Catalogues share their sentences, so that a word of one must fit where the other uses it."""
    pages, papers = (
        {message.id: message.string for message in read_catalogue(path) if message.id}
        for path in catalogue_files(locale)
        if path.stem in ("portal", "receipts")
    )
    assert {word for word in papers.keys() & pages.keys() if papers[word] != pages[word]} == set()
