"""The worker face."""
