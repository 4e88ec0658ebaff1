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
from django.template.backends.jinja2 import Jinja2

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
)
INSTRUCTION = re.compile(r"\{%.*?%\}|\{#.*?#\}|\{\{.*?\}\}", re.DOTALL)
SAFE = re.compile(r"""([\w.\[\]()'"]*)\s*(?:\|\s*safe\b|autoescape\s+false)""")
# What a constant of a template holds (upper case, as in Python) we wrote; everything else may be a guest's.
OWN_CONSTANT = re.compile(r"[A-Z_]+(\[\w+\])?")


def pages() -> Jinja2:
    """Return the engine that draws our pages."""
    return next(engine for engine in engines.all() if isinstance(engine, Jinja2))


def template_files(engine: Jinja2) -> Iterator[tuple[Path, str]]:
    """Yield each template file with its name as the loader knows it."""
    for folder in map(Path, engine.template_dirs):
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield path, path.relative_to(folder).as_posix()


def faults(path: Path, *, name: str, engine: Jinja2) -> Iterator[str]:
    """Yield what is wrong with one template, one line each."""
    text = path.read_text(encoding="utf-8")
    try:
        engine.env.get_template(name)
    except Exception as error:  # noqa: BLE001 -- whatever the template engine says is the finding
        yield f"does not compile: {error}"
    if path.suffix != ".html":
        return
    for match in SAFE.finditer(text):
        if not OWN_CONSTANT.fullmatch(match[1]):
            yield f"{_line(text, at=match.start())}: unescaped output"
    if "mail" in name:
        return
    markup = INSTRUCTION.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    for rule, pattern in RULES:
        for match in pattern.finditer(markup):
            yield f"{_line(text, at=match.start())}: {rule}"


def _line(text: str, *, at: int) -> str:
    return f"line {text.count(chr(10), 0, at) + 1}"


def main() -> int:
    """Check all templates; return 1 when any has a fault."""
    django.setup()
    found = 0
    engine = pages()
    for path, name in template_files(engine):
        for fault in faults(path, name=name, engine=engine):
            found += 1
            print(f"{path.relative_to(ROOT)}: {fault}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
