"""The backoffice face."""
