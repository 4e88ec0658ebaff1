"""fareledger: one booking-level ledger behind a travel operator's back office and its customers' payment portal."""

__version__ = "0.1.0"
