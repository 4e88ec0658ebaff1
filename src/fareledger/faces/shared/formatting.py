"""Amounts and dates as people read them, by CLDR and in the reader's locale.

Amounts come in as integer minor units; nothing here computes with them. Templates call these as filters,
which is why they take their arguments by position.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time
from babel.lists import format_list
from babel.numbers import format_currency, format_decimal

from fareledger.domain.money import exponent

TRUE_MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"
# What stands between a date and the time of day, where it is not a comma.
_BETWEEN = {"ja-JP": " ", "ar": "، "}
_COMMAS = {"ja-JP": "、", "ar": "، "}
_LATIN_END = re.compile(r"[A-Za-z]\W*$")
_LEFT_TO_RIGHT = "\N{LEFT-TO-RIGHT MARK}"
_ISO_DAY = re.compile(r"(?<![\w-])\d{4}-\d{2}-\d{2}(?![\w-])")
_CODE_THEN_DIGIT = re.compile(r"(?<=[A-Za-z])(?=\d)")


def babel_locale(locale: str) -> str:
    """Return Babel's spelling of a locale such as `en-GB`."""
    return locale.replace("-", "_")


def amount(amount_minor: int, currency: str, locale: str = "en-GB", /) -> str:
    """Return "£1,240.00" with a true minus sign, exact to the minor unit."""
    text = format_currency(_major(amount_minor, currency), currency, locale=babel_locale(locale))
    # CLDR's currency spacing, which Babel leaves out: "KWD 88.700", not "KWD88.700".
    text = _CODE_THEN_DIGIT.sub(NO_BREAK_SPACE, text.replace("-", TRUE_MINUS))
    # Without a mark behind it, "UK£" at the end of right-to-left words is read "£UK".
    return f"{text}{_LEFT_TO_RIGHT}" if _LATIN_END.search(text) and locale.startswith("ar") else text


def isolated(text: str, locale: str, /) -> str:
    """Return left-to-right words, such as a telephone number, so that right-to-left ones around leave their order."""
    return f"\u2066{text}\u2069" if locale.startswith("ar") else text


def bare_amount(amount_minor: int, currency: str, locale: str = "en-GB", /) -> str:
    """Return "1,240.00": for columns whose head names the currency."""
    places = exponent(currency)
    pattern = "#,##0" + ("." + "0" * places if places else "")
    text = format_decimal(_major(amount_minor, currency), format=pattern, locale=babel_locale(locale))
    return text.replace("-", TRUE_MINUS)


def coded_amount(amount_minor: int, currency: str, locale: str = "en-GB", /) -> str:
    """Return "GBP 1,240.00": for sentences of the back office, where several currencies meet."""
    return f"{currency} {bare_amount(amount_minor, currency, locale)}"


def long_date(day: date, locale: str = "en-GB", /) -> str:
    """Return "14 March 2027"."""
    return format_date(day, format="long", locale=babel_locale(locale))


def short_date(day: date, locale: str = "en-GB", /) -> str:
    """Return "14 Mar 2027"."""
    return format_date(day, format="medium", locale=babel_locale(locale))


def dates_written(text: str, locale: str = "en-GB", /) -> str:
    """Return a sealed sentence with "2027-03-14" as "14 Mar 2027"; what only looks like a date stays as it is."""
    return _ISO_DAY.sub(lambda found: _short_if_a_day(found[0], locale=locale), text)


def _short_if_a_day(text: str, *, locale: str) -> str:
    try:
        return short_date(date.fromisoformat(text), locale)
    except ValueError:
        return text


def moment(at: datetime, zone: ZoneInfo, locale: str = "en-GB", /) -> str:
    """Return "14 Mar 2027, 16:05" in the operator's zone."""
    local = at.astimezone(zone)
    clock = format_time(local.time(), format="short", locale=babel_locale(locale))
    return f"{short_date(local.date(), locale)}{_BETWEEN.get(locale, ', ')}{clock}"


def day_of(at: datetime, zone: ZoneInfo, locale: str = "en-GB", /) -> str:
    """Return "14 Mar 2027": the day a moment falls on in the operator's zone."""
    return short_date(at.astimezone(zone).date(), locale)


def month_name(day: date, locale: str = "en-GB", /) -> str:
    """Return "March 2027"."""
    return format_date(day, format="MMMM y", locale=babel_locale(locale))


def short_month(day: date, locale: str = "en-GB", /) -> str:
    """Return "Mar 2027"."""
    return format_date(day, format="MMM y", locale=babel_locale(locale))


def seal(hash_hex: str) -> str:
    """Return "c4d1 09ae": enough of a hash for a person to compare two lines."""
    return f"{hash_hex[:4]} {hash_hex[4:8]}"


def moment_in_full(at: datetime, zone: ZoneInfo, locale: str = "en-GB", /) -> str:
    """Return "14 March 2027, 16:05" in the operator's zone, for customers."""
    local = at.astimezone(zone)
    clock = format_time(local.time(), format="short", locale=babel_locale(locale))
    return f"{long_date(local.date(), locale)}{_BETWEEN.get(locale, ', ')}{clock}"


def listed(parts: Sequence[str], locale: str = "en-GB", /) -> str:
    """Return "a, b and c"."""
    return format_list(list(parts), locale=babel_locale(locale))


def in_a_row(parts: Sequence[str], locale: str = "en-GB", /) -> str:
    """Return "a, b, c", with the comma of the language."""
    return _COMMAS.get(locale, ", ").join(parts)


def date_range(start: date, end: date, locale: str = "en-GB", /) -> str:
    """Return "12 to 22 June 2027", sharing what both dates have in common (English only; else both in
    full).
    """
    if not locale.startswith("en") or start.year != end.year:
        return (
            f"{long_date(start, locale)} – {long_date(end, locale)}"
            if start != end
            else long_date(start, locale)
        )
    if start == end:
        return long_date(start, locale)
    if locale == "en-US":
        return f"{format_date(start, 'MMMM d', locale='en_US')} to {long_date(end, locale)}"
    first = format_date(start, "d" if start.month == end.month else "d MMMM", locale=babel_locale(locale))
    return f"{first} to {long_date(end, locale)}"


def _major(amount_minor: int, currency: str, /) -> Decimal:
    return Decimal(amount_minor).scaleb(-exponent(currency))
