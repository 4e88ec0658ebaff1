"""The webhooks face."""
