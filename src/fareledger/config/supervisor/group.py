"""The supervisor: starts children, starts them again when they die, and ends them in order.

All of it happens in the caller's main thread: nothing runs behind its back, so there is nothing to lock.
"""

import signal
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from fareledger.config.supervisor.child import Child, ChildSpec
from fareledger.config.supervisor.guard import Guard
from fareledger.config.supervisor.left_overs import end_left_overs, write_list
from fareledger.config.supervisor.step import Step
from fareledger.config.supervisor.stopping import StopSwitch

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
SETTLED_AFTER_S = 60.0


class Supervisor:
    """Children in the order they were started; they are ended in the reverse one."""

    def __init__(
        self,
        folder: Path,
        *,
        stop: StopSwitch,
        say: Callable[[str], None] = print,
        keep_open: Sequence[int] = (),
    ) -> None:
        """Keep logs and the list of processes in `folder`; end what an earlier run left there.

        `say` gets a sentence for people when a child dies; `keep_open` are locks to hold until all is ended.
        """
        self._logs = folder / "logs"
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._list = folder / "processes.json"
        self._stop = stop
        self._say = say
        self._children: list[Child] = []
        self._pauses: dict[str, float] = {}
        self._due: dict[str, float] = {}
        for name in end_left_overs(self._list):
            say(f"Ended {name}, left over from an earlier run.")
        self.guard = Guard(log=self._logs / "guard.log", keep_open=keep_open)

    def start(self, spec: ChildSpec) -> None:
        """Start a child; `wait_ready` waits for it."""
        self._stop.check()
        self._children.append(self._run(spec))
        self._write_down()

    def wait_ready(self) -> None:
        """Wait until every child answers; raises ChildDidNotStart or StopAsked."""
        for child in self._children:
            child.wait_ready(self._stop)

    def run_step(
        self, name: str, *, command: Sequence[str], environment: Mapping[str, str], on_console: bool = False
    ) -> str:
        """Run a command to its end and return what it printed on stdout; on the console it prints there
        instead.

        Raises StepFailed with the end of its words, or StopAsked.
        """
        self._stop.check()
        step = Step(
            ChildSpec(name, command, environment), log=self._logs / f"{name}.log", on_console=on_console
        )
        self.guard.watch_group(step.process.pid)
        try:
            return step.finish(self._stop)
        finally:
            step.end()
            self.guard.forget_group(step.process.pid)

    def watch(self) -> None:
        """Look after the children until a stop is asked for; raises StopAsked then."""
        while True:
            self._stop.sleep(0.2)
            self.revive()

    def revive(self) -> None:
        """Start children that died again, each after a pause that doubles with every quick death."""
        for place, child in enumerate(self._children):
            name = child.spec.name
            if not child.ended():
                continue
            if name not in self._due:
                pause_s = self._bury(child)
                self._due[name] = time.monotonic() + pause_s
            elif time.monotonic() >= self._due[name]:
                del self._due[name]
                self._children[place] = self._run(child.spec)
                self._write_down()

    def _bury(self, child: Child) -> float:
        """Say that a child died, end what it left, and return how long to wait before the next try, in
        seconds.
        """
        name, settled = child.spec.name, time.monotonic() - child.started_at > SETTLED_AFTER_S
        pause_s = FIRST_PAUSE_S if settled else self._pauses.get(name, FIRST_PAUSE_S)
        self._pauses[name] = min(pause_s * 2, LONGEST_PAUSE_S)
        self._say(
            f"{name} ended by itself ({_ending(child.process.returncode)}); it starts again in {pause_s:g} s."
            f" Its log: {child.log}"
        )
        child.end()
        self.guard.forget_group(child.process.pid)
        return pause_s

    def end_all(self) -> None:
        """End every child, the last started first."""
        while self._children:
            child = self._children.pop()
            child.end()
            self.guard.forget_group(child.process.pid)
            self._write_down()
        self._list.unlink(missing_ok=True)

    def dismiss(self) -> None:
        """Let the guard go. Call it when nothing is left to guard."""
        self.guard.dismiss()

    def _run(self, spec: ChildSpec) -> Child:
        child = Child(spec, log=self._logs / f"{spec.name}.log")
        self.guard.watch_group(child.process.pid)
        return child

    def _write_down(self) -> None:
        write_list(self._list, children=self._children)


def _ending(code: int) -> str:
    return f"killed by {signal.Signals(-code).name}" if code < 0 else f"code {code}"
