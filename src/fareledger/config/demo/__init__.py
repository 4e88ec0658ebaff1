"""The demo: everything on one machine, with believable data."""
