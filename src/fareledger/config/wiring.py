"""Connects the outer parts at start-up: provider gateways by name, jobs by name."""

from procrastinate import App


def connect() -> None:
    """Register every provider that this installation knows, and the portal's own problem pages."""
    from fareledger.faces.portal.problems import dressed
    from fareledger.faces.shared.problems import dress_portal_with
    from fareledger.providers.registry import register
    from fareledger.providers.sandbox.gateway import NAME, open_sandbox

    register(NAME, opener=open_sandbox)
    dress_portal_with(dressed)


def on_jobs_ready(app: App) -> None:
    """Register the worker's tasks with the job queue."""
    from fareledger.faces.worker.registration import register_jobs

    register_jobs(app)
