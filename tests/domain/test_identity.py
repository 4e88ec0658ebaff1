"""Ids are ordered by the time they were made."""

from fareledger.domain.identity import new_id


def test_ids_are_new_and_in_order() -> None:
    ids = [new_id() for _ in range(1000)]
    assert ids == sorted(set(ids))
    assert {made.version for made in ids} == {7}
