"""The Jinja2 environment of every page: strict about missing names, with amounts, dates, links and icons
at hand.
"""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import NoReverseMatch, reverse

from fareledger.faces.shared import formatting, translation, wording


@lru_cache(maxsize=256)
def static(path: str) -> str:
    """Return the address of a static file with a mark of its content, so that browsers may keep it for a
    year.
    """
    address: str = staticfiles_storage.url(path)
    found = finders.find(path)
    if not found:
        return address
    return f"{address}?v={hashlib.sha256(Path(str(found)).read_bytes()).hexdigest()[:10]}"


def url(name: str, /, **arguments: object) -> str:
    """Return the address of a named page."""
    return reverse(name, kwargs=arguments or None)


def url_or_none(name: str, /, **arguments: object) -> str | None:
    """Return the address of a named page, or None when this installation has no such page."""
    try:
        return url(name, **arguments)
    except NoReverseMatch:
        return None


def environment(**options: Any) -> jinja2.Environment:
    """Build the environment Django renders pages with; a missing name is an error, not an empty place."""
    options.update(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    del options["autoescape"]
    built = jinja2.Environment(
        **options,
        autoescape=jinja2.select_autoescape(
            disabled_extensions=("txt",), default_for_string=True, default=True
        ),
    )
    _let_speak(built)
    built.globals.update(static=static, url=url, url_or_none=url_or_none)
    built.filters.update(
        amount=formatting.amount,
        bare_amount=formatting.bare_amount,
        coded_amount=formatting.coded_amount,
        long_date=formatting.long_date,
        short_date=formatting.short_date,
        dates_written=formatting.dates_written,
        moment=formatting.moment,
        moment_in_full=formatting.moment_in_full,
        date_range=formatting.date_range,
        day_of=formatting.day_of,
        month_name=formatting.month_name,
        short_month=formatting.short_month,
        listed=formatting.listed,
        in_a_row=formatting.in_a_row,
        isolated=formatting.isolated,
        seal=formatting.seal,
        component_icon=wording.component_icon,
        addressed_as=wording.addressed_as,
        masked_email=wording.masked_email,
    )
    return built


def _let_speak(built: Any) -> None:
    """Let templates mark sentences with `trans`, which are then spoken in the language of the rendering."""
    built.add_extension("jinja2.ext.i18n")
    built.policies["ext.i18n.trimmed"] = True
    built.install_gettext_callables(translation.gettext, translation.ngettext, newstyle=True)
