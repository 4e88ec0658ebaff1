"""A demo as a person starts it: a process of its own on a folder, watched through what it prints and
writes.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

PATIENCE_S = 420


class DemoProcess:
    """One run of `fareledger demo`; what it printed is in `printed()`."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        reset: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Start it on `folder`, with its info file and its output beside the folder."""
        self.info_path = folder.with_name(f"{folder.name}.info.json")
        self._output = folder.with_name(f"{folder.name}.{time.monotonic_ns()}.out")
        command = [sys.executable, "-m", "fareledger.config", "demo", "--data-dir", str(folder)]
        command += ["--port", str(port), "--info", str(self.info_path), *(["--reset"] if reset else [])]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATABASE_")}
        with self._output.open("w") as output:
            self.process = subprocess.Popen(
                command, env={**inherited, **(environment or {})}, stdout=output, stderr=subprocess.STDOUT
            )

    def printed(self) -> str:
        """Return all it printed so far, without line breaks that only a narrow terminal made."""
        return re.sub(r"\s+", " ", self._output.read_text(encoding="utf-8"))

    def wait_printed(self, text: str) -> None:
        """Wait until it printed this text; fails when it ends before."""
        deadline = time.monotonic() + PATIENCE_S
        while text not in self.printed():
            assert self.process.poll() is None, self.printed()
            assert time.monotonic() < deadline, self.printed()
            time.sleep(0.1)

    def wait_ready(self) -> dict[str, object]:
        """Wait until everything answers, and return the facts of the info file."""
        self.wait_printed("Ready after")
        return dict(json.loads(self.info_path.read_text(encoding="utf-8")))

    def stop(self, number: signal.Signals = signal.SIGINT) -> int:
        """Send a signal and return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=60)

    def end(self) -> None:
        """End it, in whatever state it is."""
        if self.process.poll() is None:
            self.stop(signal.SIGTERM)
