"""The tables of docs/concepts/access.md say what the code does."""

import re
from pathlib import Path

from fareledger.domain.access import ROLES, SCOPES, Permission

PAGE = (Path(__file__).parents[2] / "docs" / "concepts" / "access.md").read_text(encoding="utf-8")


def test_the_roles_of_the_document_are_those_of_the_code() -> None:
    head = re.search(r"^\| permission \| (.*) \| what it covers \|$", PAGE, re.MULTILINE)
    assert head
    roles = head[1].split(" | ")
    assert set(roles) == set(ROLES)
    told = {}
    for line in re.finditer(r"^\| `(\w+)` \|(.*)\|[^|]+\|$", PAGE, re.MULTILINE):
        marks = [mark.strip() for mark in line[2].split("|")]
        told[line[1]] = {role for role, mark in zip(roles, marks, strict=True) if mark == "yes"}
    meant = {
        permission.value: {role for role, may in ROLES.items() if permission in may}
        for permission in Permission
    }
    assert told == meant


def test_the_scopes_of_the_document_are_those_of_the_code() -> None:
    told = {
        line[1]: set(re.findall(r"`(\w+)`", line[2]))
        for line in re.finditer(r"^\| `([\w:]+)` \| ([^|]+) \|$", PAGE, re.MULTILINE)
    }
    assert told == {scope: {one.value for one in may} for scope, may in SCOPES.items()}
