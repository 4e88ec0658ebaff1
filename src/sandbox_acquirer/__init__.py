"""A card acquirer to develop against: cards, 3-D Secure, webhooks, refunds, faults on request and daily
payouts.

It is a separate process with its own origin, storage and HTTP API, so that its caller meets what a real
acquirer does: lost answers, late webhooks, fees. It knows nothing of the application that calls it, and it
never moves real money.
"""
