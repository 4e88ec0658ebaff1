"""The portal face."""
