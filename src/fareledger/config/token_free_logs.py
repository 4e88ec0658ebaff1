"""Blots the tokens of one-time links out of every line of the log, whoever wrote it.

Django's own loggers name the path of a request that went wrong, and such a path can be somebody's way in.
"""

import logging
import re
from typing import Final

_IN_A_PATH: Final = re.compile(
    r"(/p/[a-z0-9-]+/(?:link|view)/|/office/(?:invitation|new-password)/[a-z0-9-]+/)[^/\s\"'?]+"
)


class TokenFree(logging.Filter):
    """Lets every record pass, without its tokens."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Replace the record's message where it names a token."""
        message = record.getMessage()
        clean = _IN_A_PATH.sub(r"\1•••", message)
        if clean != message:
            record.msg, record.args = clean, None
        return True
