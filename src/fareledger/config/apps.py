"""Starts the wiring once Django is ready."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    """Connects providers and jobs at start-up."""

    name = "fareledger.config"
    label = "fareledger_config"
    verbose_name = "wiring"

    def ready(self) -> None:
        """Hook the providers into the registry; the database is not touched."""
        from fareledger.config.wiring import connect

        connect()
