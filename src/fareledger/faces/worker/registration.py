"""Brings every task module in, and hands what they declared to the job queue."""

from importlib import import_module
from importlib.util import find_spec

from procrastinate import App

from fareledger.faces.worker.jobs import JOBS

_MODULES = (
    "tasks",
    "mail_tasks",
    "settlement_tasks",
    "outgoing_tasks",
    "bulk_tasks",
    "consent_tasks",
    "collecting_tasks",
    "upkeep",
)


def register_jobs(app: App) -> None:
    """Register the jobs of all task modules under the names they are queued by."""
    for module in _MODULES:
        if find_spec(f"fareledger.faces.worker.{module}"):
            import_module(f"fareledger.faces.worker.{module}")
    app.add_tasks_from(JOBS, namespace="")
