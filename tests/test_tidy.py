"""The house rules that no other tool knows, checked on every Python file: sizes, names, parameters, honest
tests.

There is no list of exemptions. What is outside is outside by kind: generated migrations, and signatures
that somebody else's framework dictates.
"""

from pathlib import Path

import pytest

from tests.support import tidiness
from tests.support.tidiness import Source

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("src", "tests", "benchmarks", "scripts")
TEXTS = (".py", ".html", ".css", ".js", ".sql", ".md", ".toml", ".lock", ".sh", "")


def sources() -> list[Source]:
    found = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return [Source.read(path, root=ROOT) for path in found if path.parent.name != "migrations"]


ALL = sources()


@pytest.mark.parametrize("rule", tidiness.RULES, ids=lambda rule: rule.__name__)
def test_the_house_is_tidy(rule: tidiness.Rule) -> None:
    assert [f"{source.name}:{finding}" for source in ALL for finding in rule(source)] == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = []
    for path in tracked_texts():
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            if tidiness.names_a_machine_path(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")
    assert found == []


def tracked_texts() -> list[Path]:
    folders = (*FOLDERS, "docs", ".ci")
    inside = (path for folder in folders for path in (ROOT / folder).rglob("*"))
    top = (path for path in ROOT.iterdir() if not path.name.startswith("."))
    return [
        path
        for path in (*inside, *top)
        if path.is_file() and path.suffix in TEXTS and "__pycache__" not in path.parts
    ]


BAD: dict[tidiness.Rule, str] = {
    tidiness.short_functions: "def long():\n" + "    x = 1\n" * 71,
    tidiness.short_modules: "x = 1\n" * 501,
    tidiness.few_parameters: "def f(a, *, b, c, d, e, g): ...",
    tidiness.named_from_the_second: "def f(a, b): ...",
    tidiness.telling_module_names: "",
    tidiness.no_patching_of_our_own: "from unittest import mock\nmock.patch('fareledger.domain.money.Money')",
    tidiness.nothing_left_to_do: "x = 1  # TODO: later",
    tidiness.reasons_for_ignored_types: "x: int = 'a'  # type: ignore[assignment]",
    tidiness.no_test_is_skipped: "import pytest\n@pytest.mark.skip\ndef test_a(): ...",
    tidiness.modules_say_why: "x = 1",
    tidiness.no_floats_in_the_domain: '"""Why."""\nx = float("1.10")',
}
BAD_NAMES: dict[tidiness.Rule, str] = {tidiness.telling_module_names: "src/fareledger/domain/utils.py"}


@pytest.mark.parametrize("rule", tidiness.RULES, ids=lambda rule: rule.__name__)
def test_every_rule_can_fail(rule: tidiness.Rule) -> None:
    name = BAD_NAMES.get(rule, "src/fareledger/domain/money.py")
    assert list(rule(Source(name, BAD[rule])))


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (tidiness.named_from_the_second, "def f(a, *, b): ..."),
        (tidiness.named_from_the_second, "class A:\n    def f(self, a, *, b): ..."),
        (tidiness.named_from_the_second, "def f(number, frame, /): ..."),
        (tidiness.named_from_the_second, "def f(request, exception): ..."),
        (tidiness.named_from_the_second, "def f(a, /, b): ..."),
        (tidiness.named_from_the_second, "class A:\n    def f(self, a, b): ..."),
        (tidiness.named_from_the_second, "class A:\n    @staticmethod\n    def f(a, b): ..."),
        (tidiness.named_from_the_second, "def outer():\n    def inner(a, b): ..."),
        (
            tidiness.named_from_the_second,
            "from django.db.models import Field\nclass A(Field):\n    def f(self, a, b): ...",
        ),
        (
            tidiness.named_from_the_second,
            "from fareledger.domain import B\nclass A(B):\n    def f(self, a, b): ...",
        ),
        (tidiness.named_from_the_second, "class A:\n    def __exit__(self, a, b, c): ..."),
        (
            tidiness.named_from_the_second,
            "from django.db import transaction\n@transaction.atomic\ndef f(a, b): ...",
        ),
        (tidiness.no_patching_of_our_own, "monkeypatch.setattr('fareledger.domain.money.x', 1)"),
        (
            tidiness.no_patching_of_our_own,
            "from fareledger.domain import money\nmonkeypatch.setattr(money, 'x', 1)",
        ),
        (
            tidiness.no_patching_of_our_own,
            "from fareledger.domain import money\nmock.patch.object(money, 'x')",
        ),
        (tidiness.no_patching_of_our_own, "import os\nmonkeypatch.setattr(os, 'x', 1)"),
        (tidiness.no_patching_of_our_own, "monkeypatch.setenv('fareledger', '1')"),
        (tidiness.no_test_is_skipped, "pytest.skip('not today')"),
        (tidiness.no_test_is_skipped, "@pytest.mark.xfail(strict=True)\ndef test_a(): ..."),
        (tidiness.no_test_is_skipped, "pytest.importorskip('x')"),
        (tidiness.no_test_is_skipped, "skipped = skip(1)"),
        (tidiness.reasons_for_ignored_types, "x = 1  # type: ignore"),
        (tidiness.reasons_for_ignored_types, "x = 1  # type: ignore[misc]  # the stubs lack it"),
        (tidiness.few_parameters, "class A:\n    def f(self, a, *, b, c, d, e): ..."),
    ],
)
def test_the_rules_draw_the_line_here(rule: tidiness.Rule, text: str) -> None:
    accepted = {
        "def f(a, *, b): ...",
        "def f(number, frame, /): ...",
        "def f(request, exception): ...",
        "class A:\n    def f(self, a, *, b): ...",
        "from django.db.models import Field\nclass A(Field):\n    def f(self, a, b): ...",
        "class A:\n    def __exit__(self, a, b, c): ...",
        "import os\nmonkeypatch.setattr(os, 'x', 1)",
        "monkeypatch.setenv('fareledger', '1')",
        "skipped = skip(1)",
        "x = 1  # type: ignore[misc]  # the stubs lack it",
        "class A:\n    def f(self, a, *, b, c, d, e): ...",
    }
    assert (list(rule(Source("src/fareledger/domain/money.py", text))) == []) == (text in accepted)
