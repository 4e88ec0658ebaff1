"""Pages and their files leave compressed, for whoever asked for them directly; what another site made a browser ask
for leaves as it is."""

import gzip
from typing import Any

import pytest
from django.test import Client

from fareledger.faces.shared.jinja import static
from fareledger.persistence.operators import Operator

GZIP: dict[str, Any] = {"HTTP_ACCEPT_ENCODING": "gzip, deflate, br"}


@pytest.mark.parametrize("site", ["none", "same-origin", ""])
def test_a_page_leaves_compressed(operator: Operator, site: str) -> None:
    page = f"/p/{operator.slug}/sign-in/"
    plain = Client().get(page)
    answer = Client().get(page, **GZIP, HTTP_SEC_FETCH_SITE=site)
    assert answer["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in answer["Vary"]
    assert len(answer.content) < len(plain.content) / 1.8
    assert b"</html>" in gzip.decompress(answer.content)
    assert "Content-Encoding" not in plain


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_another_site_asked_for_leaves_as_it_is(operator: Operator, site: str) -> None:
    answer = Client().get(f"/p/{operator.slug}/sign-in/", **GZIP, HTTP_SEC_FETCH_SITE=site)
    assert "Content-Encoding" not in answer
    assert b"</html>" in answer.content
    assert {"Accept-Encoding", "Sec-Fetch-Site"} <= set(answer["Vary"].split(", "))


@pytest.mark.parametrize("path", ["css/base.css", "css/portal.css", "js/htmx.min.js", "icon.svg"])
def test_a_file_leaves_compressed_and_may_be_kept(path: str) -> None:
    plain = b"".join(Client().get(static(path)))
    answer = Client().get(static(path), **GZIP)
    assert answer["Content-Encoding"] == "gzip"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert gzip.decompress(b"".join(answer)) == plain


def test_a_problem_leaves_compressed_and_a_part_of_a_file_does_not(operator: Operator) -> None:
    assert Client().get(f"/p/{operator.slug}/nowhere/", **GZIP)["Content-Encoding"] == "gzip"
    part = Client().get(static("css/base.css"), **GZIP, HTTP_RANGE="bytes=10-19")
    assert part.status_code == 206
    assert "Content-Encoding" not in part
    assert len(b"".join(part)) == 10
