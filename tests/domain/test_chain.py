"""The hash chain: known hashes, and any change found at its place."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fareledger.domain.chain import Link, first_broken, link_hash, link_text

FIELDS = st.lists(
    st.text(st.characters(exclude_characters="\x1f", codec="utf-8"), max_size=8), min_size=1, max_size=4
)


def chain_of(contents: list[list[str]]) -> list[Link]:
    links: list[Link] = []
    for fields in contents:
        previous = links[-1].hash if links else ""
        links.append(Link(previous=previous, fields=tuple(fields), hash=link_hash(previous, fields=fields)))
    return links


def test_a_link_is_the_hash_of_the_one_before_and_its_fields() -> None:
    assert link_text("ab", fields=["x", "", "é"]) == "ab\x1fx\x1f\x1fé"
    assert link_hash("ab", fields=["x", "é"]) == sha256("ab\x1fx\x1fé".encode()).hexdigest()
    assert link_hash("", fields=["x"]) == "0a08c67db8521ee05067b1e381a033b6c298a4c4d9d63b14dba8dc2ec8258296"


def test_a_field_cannot_pretend_to_be_two() -> None:
    with pytest.raises(ValueError, match="separator"):
        link_hash("", fields=["a\x1fb"])


@given(st.lists(FIELDS, max_size=6))
def test_an_untouched_chain_holds(contents: list[list[str]]) -> None:
    assert first_broken(chain_of(contents)) is None


@given(st.lists(FIELDS, min_size=1, max_size=6), st.data())
def test_a_changed_link_is_named(contents: list[list[str]], data: st.DataObject) -> None:
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 1))
    links[place] = replace(links[place], fields=(*links[place].fields, "more"))
    assert first_broken(links) == place


@given(st.lists(FIELDS, min_size=2, max_size=6), st.data())
def test_a_removed_link_is_noticed_where_it_is_missing(
    contents: list[list[str]], data: st.DataObject
) -> None:
    links = chain_of(contents)
    place = data.draw(st.integers(0, len(links) - 2))
    del links[place]
    assert first_broken(links) == place


@given(st.lists(FIELDS, min_size=1, max_size=6), st.data())
def test_a_link_recomputed_by_a_forger_breaks_the_next(
    contents: list[list[str]], data: st.DataObject
) -> None:
    links = chain_of([*contents, ["last"]])
    place = data.draw(st.integers(0, len(links) - 2))
    forged = (*links[place].fields, "more")
    links[place] = Link(
        previous=links[place].previous, fields=forged, hash=link_hash(links[place].previous, fields=forged)
    )
    assert first_broken(links) == place + 1
