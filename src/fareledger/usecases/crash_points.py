"""Named places where a process may die, so that tests can kill it exactly there.

In production this costs one comparison: the name of the point to die at comes from FARELEDGER_CRASH_AT, which only
tests set.
"""

import os
import signal
from typing import Literal

CrashPoint = Literal[
    "after_attempt_commit",
    "after_provider_accepted",
    "after_outcome_recorded",
    "after_setup_commit",
    "after_setup_accepted",
    "before_mandate",
    "after_refund_commit",
    "after_refund_accepted",
    "after_refund_recorded",
    "after_webhook_stored",
    "before_post",
    "after_post",
    "before_mail",
    "after_mail",
    "before_settlement_post",
    "after_payout_stored",
    "before_release_post",
    "after_import_batch",
    "before_answer_kept",
    "after_answer_kept",
    "before_webhook_call",
    "after_webhook_call",
    "before_reminders_commit",
    "before_notices_commit",
    "before_collection_noted",
]

_DIE_AT = os.environ.get("FARELEDGER_CRASH_AT", "")


def reached(point: CrashPoint) -> None:
    """Kill this process at once, without any clean-up, if it was told to die here."""
    if point == _DIE_AT:
        os.kill(os.getpid(), signal.SIGKILL)
