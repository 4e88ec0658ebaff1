"""The Jinja2 environment of every page: strict about missing names, with amounts, dates, links and icons at hand."""

from typing import Any

import jinja2
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse

from fareledger.faces.shared import formatting


def url(name: str, **arguments: object) -> str:
    """Return the address of a named page."""
    return reverse(name, kwargs=arguments or None)


def environment(**options: Any) -> jinja2.Environment:
    """Build the environment Django renders pages with; a missing name is an error, not an empty place."""
    built = jinja2.Environment(**{**options, "undefined": jinja2.StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})
    built.globals.update(static=staticfiles_storage.url, url=url)
    built.filters.update(
        amount=formatting.amount,
        bare_amount=formatting.bare_amount,
        coded_amount=formatting.coded_amount,
        long_date=formatting.long_date,
        short_date=formatting.short_date,
        moment=formatting.moment,
    )
    return built
