"""Many threads that do the same at the same moment, each with a database connection of its own; and the same
without row locks, to show that it is the locks that keep the result single."""

import re
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from django.db import connection, connections

R = TypeVar("R")
_ROW_LOCK = re.compile(r"\s+FOR (NO KEY )?UPDATE(\s+OF \w+)?(\s+(SKIP LOCKED|NOWAIT))?")


@dataclass
class Finish(Generic[R]):
    """What the racers returned, and what they died of."""

    results: list[R] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)


def race(racers: Sequence[Callable[[], R]], *, row_locks: bool = True) -> Finish[R]:
    """Start all racers at once and wait for the last, who must come in; `row_locks` false strips FOR UPDATE
    from what they send.
    """
    finish: Finish[R] = Finish()
    gate = threading.Barrier(len(racers))

    def run(act: Callable[[], R]) -> None:
        try:
            connection.ensure_connection()
            gate.wait(timeout=60)
            with nullcontext() if row_locks else connection.execute_wrapper(_without_row_locks):
                finish.results.append(act())
        except BaseException as trouble:  # noqa: BLE001  # whatever a racer dies of is part of the finish
            finish.errors.append(trouble)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,), daemon=True) for act in racers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert not any(thread.is_alive() for thread in threads), "a racer is still waiting"
    return finish


def _without_row_locks(
    execute: Callable[..., Any], sql: str, params: object, many: bool, context: object, /
) -> Any:
    return execute(_ROW_LOCK.sub("", sql), params, many, context)
