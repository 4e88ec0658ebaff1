"""`python -m sandbox_acquirer`: read the command line and serve."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sandbox_acquirer.server import DataDirInUse, Options, serve


def main() -> int:
    """Serve until a signal; return 1 with one line on stderr when it cannot start."""
    parser = argparse.ArgumentParser(
        prog="sandbox_acquirer", description="A card acquirer to develop against."
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 chooses a free one")
    parser.add_argument("--data-dir", type=Path, required=True, help="where its SQLite file lives")
    parser.add_argument("--admin-key", help="default: a key made once and kept in DATA_DIR/admin.key")
    parser.add_argument("--fast-retries", action="store_true", help="retry webhooks ten times sooner")
    parser.add_argument(
        "--stop-with-parent", action="store_true", help="stop when the starting process is gone"
    )
    given = parser.parse_args()
    options = Options(
        port=given.port,
        storage_dir=given.data_dir,
        admin_key=given.admin_key,
        fast_retries=given.fast_retries,
        stop_with_parent=given.stop_with_parent,
    )
    try:
        serve(options)
    except (DataDirInUse, OSError) as error:
        sys.stderr.write(f"sandbox acquirer cannot start: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
