"""Connects the outer parts at start-up: provider gateways by name, jobs by name."""


def connect() -> None:
    """Register every provider that this installation knows."""


def on_jobs_ready(app: object) -> None:
    """Register the worker's tasks with the job queue."""
