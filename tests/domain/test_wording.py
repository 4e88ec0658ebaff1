"""Spellings of a reference that people use for the same booking."""

import pytest

from fareledger.domain.wording import is_email, is_line, is_reference, reference_key


@pytest.mark.parametrize(
    "spelling", ["TRV-48213", "trv 48213", "Trv48213", " trv-48213 ", "trv_48.213", "ＴＲＶ４８２１３"]
)
def test_every_spelling_finds_the_same_booking(spelling: str) -> None:
    assert reference_key(spelling) == "TRV48213"


def test_other_digits_are_another_booking() -> None:
    assert reference_key("TRV-48214") != reference_key("TRV-48213")


@pytest.mark.parametrize("text", ["TRV-48213", "7", "a" * 40, "2027.06_A-1", "МОС-12", "予約12"])
def test_a_reference_is_what_a_source_system_would_write(text: str) -> None:
    assert is_reference(text)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "a b", "a/b", "a?b", "a#b", "a%20b", "a\u200bb", "a\u202eb", "a" * 41, None, 7]
)
def test_a_reference_can_be_seen_and_put_into_an_address(text: object) -> None:
    assert not is_reference(text)


@pytest.mark.parametrize(
    ("text", "fits"), [("", True), (" ", True), ("abc", True), ("abcd", False), ("a\tb", False)]
)
def test_a_line_may_be_allowed_to_be_empty(text: str, fits: bool) -> None:
    assert is_line(text, longest=3, shortest=0) is fits


@pytest.mark.parametrize(
    "text",
    [
        "ana@example.com",
        "a.b+trip_1@mail.example.co.uk",
        "o'neill@a-b.ie",
        "x@y.zz",
        "ana@exämple.de",
        "a@1.de",
    ],
)
def test_an_address_that_mail_can_be_sent_to(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ana",
        "@example.com",
        "ana@",
        "ana@example",
        "ana@.com",
        "ana@example..com",
        "ana@-a.com",
        ".ana@example.com",
        "ana.@example.com",
        "a..b@example.com",
        "a b@example.com",
        "a@b@example.com",
        "ana@example.com ",
        "ana@example.com\r\nBcc: x@y.zz",
        "ána@example.com",
        f"{'x' * 65}@example.com",
        f"ana@{'x.' * 125}com",
    ],
)
def test_an_address_that_mail_cannot_be_sent_to(text: str) -> None:
    assert not is_email(text)
