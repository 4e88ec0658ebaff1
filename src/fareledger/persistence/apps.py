"""The Django application that owns every table of fareledger."""

from django.apps import AppConfig


class PersistenceConfig(AppConfig):
    """Registers the models under the label `fareledger`, the word that tables and migrations are known by."""

    name = "fareledger.persistence"
    label = "fareledger"
    verbose_name = "fareledger"
