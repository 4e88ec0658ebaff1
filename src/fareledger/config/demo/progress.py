"""One line a step, with the time it took: a spinner on a terminal, plain lines everywhere else."""

import contextlib
import time
from collections.abc import Iterator

from rich.console import Console


class Progress:
    """Tells a person what happens now, and how long what happened took."""

    def __init__(self, console: Console) -> None:
        """Take where to write."""
        self._console = console
        self._began = time.monotonic()

    @contextlib.contextmanager
    def step(self, doing: str, *, done: str, spinner: bool = True) -> Iterator[None]:
        """Show `doing` while the block runs, and `done` with its duration afterwards.

        Without a spinner the block may write to the console itself.
        """
        began = time.monotonic()
        if spinner and self._console.is_terminal:
            with self._console.status(doing):
                yield
        else:
            self._console.print(f"[dim]•[/] {doing} …", highlight=False)
            yield
        self._console.print(f"[green]✓[/] {done} [dim]({time.monotonic() - began:.1f} s)[/]", highlight=False)

    def say(self, sentence: str) -> None:
        """Show a sentence of its own; a terminal that is gone is no reason to fail."""
        with contextlib.suppress(OSError, SystemExit):
            self._console.print(sentence, highlight=False, markup=False, soft_wrap=True)

    def elapsed_s(self) -> float:
        """Return the seconds since the start."""
        return time.monotonic() - self._began
