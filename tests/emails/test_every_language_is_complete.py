"""Every catalogue says all that the templates say, with the same places for facts, and every email comes out in it."""

import importlib.util
import re
import string
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from babel.messages.catalog import Message

from fareledger.domain.booking import METHODS
from fareledger.domain.wording import LOCALES
from fareledger.faces.shared.email_samples import KINDS, sample_about, sample_facts
from fareledger.faces.shared.emails import preview_email
from fareledger.faces.shared.translation import (
    SOURCE,
    catalogue_files,
    gettext,
    ngettext,
    read_catalogue,
    speaking,
    spoken_locale,
)
from fareledger.persistence.operators import Operator
from fareledger.usecases.event_wording import method_words
from fareledger.usecases.send_email import RenderedEmail
from tests.support.invoices import with_a_bank

PLACE = re.compile(r"%\((\w+)\)s")
TRANSLATED = [locale for locale in LOCALES if not locale.startswith("en")]
# What is called the same everywhere.
INTERNATIONAL = {"Sort code", "Routing number"}


def script() -> ModuleType:
    """The script that brings catalogues up to date."""
    path = Path(__file__).resolve().parents[2] / "scripts" / "translations.py"
    spec = importlib.util.spec_from_file_location("translations", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def messages(locale: str) -> list[Message]:
    """Every message of a locale's catalogues."""
    return [message for path in catalogue_files(locale) for message in read_catalogue(path) if message.id]


def texts(value: Any) -> tuple[str, ...]:
    """A message's forms: one, or one for each kind of number."""
    return tuple(value) if isinstance(value, tuple | list) else (value,)


def test_there_is_a_catalogue_for_every_locale() -> None:
    assert [locale for locale in LOCALES if locale != SOURCE and not catalogue_files(locale)] == []


def test_catalogues_hold_exactly_what_the_templates_say() -> None:
    module = script()
    for domain in module.SOURCES:
        wanted = module.sentences(domain)
        paths = list(module.catalogues(domain))
        assert len(paths) == len(LOCALES) - 1
        for path in paths:
            assert path.read_bytes() == module.brought_up(path, wanted=wanted), (
                f"run scripts/translations.py: {path}"
            )


@pytest.mark.parametrize("locale", [locale for locale in LOCALES if locale != SOURCE])
def test_nothing_is_missing_unsure_or_without_its_facts(locale: str) -> None:
    found = messages(locale)
    assert found
    for message in found:
        assert not message.fuzzy, message.id
        forms = texts(message.string)
        assert all(form.strip() for form in forms), message.id
        named = set(PLACE.findall(texts(message.id)[-1]))
        for form in forms:
            places = set(PLACE.findall(form))
            assert places <= named, message.id
            assert places >= named - {"count"}, message.id
            assert "%" not in PLACE.sub("", form).replace("%%", ""), message.id


@pytest.mark.parametrize("locale", TRANSLATED)
def test_sentences_are_really_in_the_other_language(locale: str) -> None:
    for message in messages(locale):
        plain = PLACE.sub("", str(texts(message.id)[0])).strip(string.punctuation + " ")
        if len(plain.split()) > 1 and plain not in INTERNATIONAL:
            assert message.string != message.id, message.id


@pytest.mark.parametrize(
    ("locale", "words"),
    [
        ("de-DE", "Noch zu zahlen"),
        ("en-US", "Left to pay"),
        ("ja-JP", "お支払いの残り"),
        ("ar", "المتبقي للدفع"),
    ],
)
def test_the_language_is_that_of_the_rendering(locale: str, words: str) -> None:
    with speaking(locale):
        assert gettext("Left to pay") == words
    assert gettext("Left to pay") == "Left to pay"


@pytest.mark.parametrize("locale", TRANSLATED)
def test_every_method_has_a_word(locale: str) -> None:
    with speaking(locale):
        assert [words for words in map(method_words, METHODS) if gettext(words) == words] == []


def test_a_language_nobody_speaks_falls_back_to_the_operators() -> None:
    assert spoken_locale("pt-BR", fallback="de-DE") == "de-DE"
    assert spoken_locale("pt-BR", fallback="pt-PT") == "en-GB"
    assert spoken_locale("en-US", fallback="de-DE") == "en-US"


@pytest.mark.parametrize("count", [0, 1, 2, 3, 11, 100])
def test_arabic_has_a_form_for_every_number(count: int) -> None:
    one = "In all, %(left)s is left to pay; one more payment follows."
    many = "In all, %(left)s is left to pay; %(count)s more payments follow."
    with speaking("ar"):
        told = ngettext(one, many, count)
    assert "%(left)s" in told
    assert ("%(count)s" in told) == (count > 2)


def sample(operator: Operator, *, kind: str, locale: str) -> RenderedEmail:
    """Draw one sample."""
    drawn, facts = sample_facts(operator, kind=kind, locale=locale)
    return preview_email(operator, kind=drawn, about=sample_about(operator, locale=locale), facts=facts)


def english_of(locale: str) -> set[str]:
    """Sentences of more than three words that must not be read in this language."""
    whole = (str(texts(message.id)[0]) for message in messages(locale))
    return {text for text in whole if "%" not in text and len(text.split()) > 3}


@pytest.mark.parametrize("locale", LOCALES)
def test_every_email_comes_out_whole_in_both_parts(operator: Operator, locale: str) -> None:
    operator = with_a_bank(operator)
    for kind in KINDS:
        email = sample(operator, kind=kind, locale=locale)
        assert "TRV-48213" in email.subject
        assert "\n" not in email.subject
        assert "%(" not in email.text + email.html
        for part in (email.text, email.html):
            assert "TRV-48213" in part
            assert not [text for text in english_of(locale) if not locale.startswith("en") and text in part]
        assert f'lang="{locale}"' in email.html
        assert not re.search(
            r"<(img|script|link|iframe)\b|url\(|@import|\n{3,}", email.html + "\n" + email.text
        )


def test_dates_and_amounts_are_the_readers(operator: Operator) -> None:
    german = sample(operator, kind="reminder_before", locale="de-DE")
    assert german.subject == "Acme Travel: 2.500,00 £ sind am 12. April 2027 fällig, Buchung TRV-48213"
    american = sample(operator, kind="receipt", locale="en-US")
    assert "March 10, 2027, 2:02\u202fPM" in american.text
    assert "is canceled" in sample(operator, kind="cancellation", locale="en-US").subject
    japanese = sample(operator, kind="receipt", locale="ja-JP")
    assert "2027年3月10日 14:02" in japanese.text
    assert "Visa（末尾4242）" in japanese.text


def test_arabic_is_laid_out_from_the_right(operator: Operator) -> None:
    html = sample(operator, kind="receipt", locale="ar").html
    assert '<html lang="ar" dir="rtl">' in html
    assert 'align="left" valign="top" class="ink line"' in html


def test_what_is_read_from_the_left_keeps_its_order_in_arabic(operator: Operator) -> None:
    email = sample(operator, kind="receipt", locale="ar")
    for part in (email.text, email.html):
        assert "\u20660117 496 0124\u2069" in part
        assert "887.00\xa0UK£\u200e" in part
    assert "\u2066" not in sample(operator, kind="receipt", locale="de-DE").text


def test_sentences_that_follow_each_other_are_apart(operator: Operator) -> None:
    for kind in KINDS:
        for locale in ("en-GB", "de-DE"):
            assert not re.search(r"[a-zäöü][.?!][A-ZÄÖÜ]", sample(operator, kind=kind, locale=locale).text)


def test_readers_are_addressed_as_is_polite(operator: Operator) -> None:
    assert "Thank you, Eleanor." in sample(operator, kind="receipt", locale="en-GB").text
    assert "Vielen Dank, Eleanor Hartley." in sample(operator, kind="receipt", locale="de-DE").text
