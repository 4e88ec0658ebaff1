"""The written list of what runs, and the end of what an earlier run left behind.

It is the last net: it matters only when the guard was killed as well (power loss leaves nothing to end). A
process on the list is ended only when its start and its command line are still the ones that were written
down.
"""

import json
from collections.abc import Iterable
from pathlib import Path

from fareledger.config.processes import command_line, started_mark
from fareledger.config.supervisor.child import Child
from fareledger.config.supervisor.guard import end_groups


def write_list(path: Path, *, children: Iterable[Child]) -> None:
    """Write down which children run now."""
    listed = [
        {
            "name": each.spec.name,
            "pid": each.process.pid,
            "mark": each.mark,
            "line": command_line(each.process.pid),
        }
        for each in children
    ]
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(listed, indent=1), encoding="utf-8")
    draft.replace(path)


def end_left_overs(path: Path) -> list[str]:
    """End what the list names and still runs; return the names of those that did."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    left = [
        each
        for each in listed
        if each["mark"]
        and started_mark(each["pid"]) == each["mark"]
        and command_line(each["pid"]) == each["line"]
    ]
    end_groups([each["pid"] for each in left])
    path.unlink()
    return [each["name"] for each in left]
