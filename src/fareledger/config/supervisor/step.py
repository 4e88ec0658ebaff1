"""One command that has to succeed before we go on, such as a migration. It can be stopped like everything
else.
"""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from fareledger.config.processes import send
from fareledger.config.supervisor.child import ChildSpec
from fareledger.config.supervisor.stopping import StopSwitch

LOG_TAIL_LINES = 25


class StepFailed(Exception):
    """A command that had to succeed did not; the message holds the end of what it said."""


class Step:
    """A running command whose answer is wanted."""

    def __init__(self, spec: ChildSpec, *, log: Path, on_console: bool) -> None:
        """Start it; on the console it writes there directly, otherwise its stderr goes to `log`."""
        self._spec = spec
        self._log = None if on_console else log
        self._log_start = log.stat().st_size if log.exists() else 0
        self._answer = tempfile.TemporaryFile()  # noqa: SIM115 -- closed by end()
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                spec.command,
                env={**os.environ, **spec.environment},
                stdin=subprocess.DEVNULL,
                stdout=sys.stdout if on_console else self._answer,
                stderr=sys.stderr if on_console else output,
                start_new_session=True,
            )

    def finish(self, stop: StopSwitch) -> str:
        """Wait for the end and return what was printed on stdout; raises StepFailed or StopAsked."""
        while self.process.poll() is None:
            stop.sleep(0.05)
        self._answer.seek(0)
        answer = self._answer.read().decode(errors="replace")
        if self.process.returncode != 0:
            raise StepFailed(
                f"{self._spec.name} failed (code {self.process.returncode}).{self._tail(answer)}"
            )
        return answer

    def end(self) -> None:
        """End the command when it still runs; nothing of it is left."""
        if self.process.poll() is None:
            send(self.process.pid, number=signal.SIGTERM, group=True)
            try:
                self.process.wait(timeout=self._spec.stop_patience_s)
            except subprocess.TimeoutExpired:
                pass
        send(self.process.pid, number=signal.SIGKILL, group=True)
        self.process.wait()
        self._answer.close()

    def _tail(self, answer: str) -> str:
        if self._log is None:
            return ""
        said = answer + self._log.read_bytes()[self._log_start :].decode(errors="replace")
        return f" It said (all of it is in {self._log}):\n" + "\n".join(said.splitlines()[-LOG_TAIL_LINES:])
