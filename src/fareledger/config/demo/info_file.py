"""The file that tells other programs where the demo answers and how to sign in. It is there only while
that is true.
"""

import json
import os
import shlex
from collections.abc import Mapping
from pathlib import Path


def write_info(path: Path, *, facts: Mapping[str, object]) -> None:
    """Write the facts as JSON; the file appears whole or not at all, and only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _write(path, text=json.dumps(facts, indent=2, ensure_ascii=False) + "\n")


def write_environment(path: Path, *, variables: Mapping[str, str]) -> None:
    """Write what a shell has to read so that the command `fareledger` works on the demo: `. FILE`."""
    _write(path, text="".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items()))


def remove_info(path: Path | None) -> None:
    """Remove the file, if one was asked for."""
    if path is not None:
        path.unlink(missing_ok=True)


def _write(path: Path, *, text: str) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(
        os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
    ) as file:
        file.write(text)
    draft.replace(path)
