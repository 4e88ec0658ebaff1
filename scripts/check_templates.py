"""Compile every page template and refuse what the content security policy would block in a browser.

A template that does not compile, or that names an inline style, an inline script without a nonce, or
anything on another origin, is a fault nobody sees until that page is opened. Email bodies may carry inline
styles, since mail programs read nothing else. This does not render: missing variables are the tests'
business.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import django
from django.template import engines

ROOT = Path(__file__).resolve().parent.parent
RULES = (
    ("inline style attribute", re.compile(r"<[^>]*\sstyle\s*=")),
    ("inline event handler", re.compile(r"<[^>]*\son[a-z]+\s*=")),
    (
        "inline script or style without a nonce",
        re.compile(r"<(?:script|style)\b(?![^>]*\b(?:nonce|src)\s*=)[^>]*>"),
    ),
    (
        "something from another origin",
        re.compile(r"""<(?:script|link|img|iframe)\b[^>]*(?:src|href)\s*=\s*["']https?:"""),
    ),
    ("unescaped output", re.compile(r"\|\s*safe\b|autoescape\s+false")),
)


def template_files() -> Iterator[tuple[Path, str]]:
    """Yield each template file below src/fareledger with its name as the loader knows it."""
    for folder in sorted((ROOT / "src" / "fareledger").rglob("jinja2")):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.relative_to(folder).as_posix()


def faults(path: Path, *, name: str) -> Iterator[str]:
    """Yield what is wrong with one template, one line each."""
    text = path.read_text(encoding="utf-8")
    environment = engines["jinja2"].env
    try:
        environment.parse(text, name)
        environment.get_template(name)
    except Exception as error:  # noqa: BLE001 -- whatever the template engine says is the finding
        yield f"does not compile: {error}"
    if path.suffix == ".html" and "mail" not in name:
        for rule, pattern in RULES:
            for match in pattern.finditer(text):
                line = text.count("\n", 0, match.start()) + 1
                yield f"line {line}: {rule}"


def main() -> int:
    """Check all templates; return 1 when any has a fault."""
    django.setup()
    found = 0
    for path, name in template_files():
        for fault in faults(path, name=name):
            found += 1
            print(f"{path.relative_to(ROOT)}: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
