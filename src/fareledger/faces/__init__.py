"""The ways in: portal, back office, API, webhooks, worker and command line. Each calls use cases and nothing deeper."""
