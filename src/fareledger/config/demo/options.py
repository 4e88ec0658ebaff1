"""What the person who starts the demo may choose."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class DemoOptions:
    """Where the demo keeps everything, the port asked for, the file to write addresses to, and whether to
    begin anew.
    """

    data_dir: Path = Path(".demo")
    port: int = 8000
    info: Path | None = None
    reset: bool = False
