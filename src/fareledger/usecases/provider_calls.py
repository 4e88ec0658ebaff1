"""The rule that no provider is ever called while a database transaction is open (P1), as a context manager."""

from collections.abc import Iterator
from contextlib import contextmanager

from fareledger.persistence.tenancy import in_transaction


class ProviderCalledInTransaction(RuntimeError):
    """A provider call was about to happen with a transaction open.

    A slow answer would hold row locks, and a rollback would forget money that moved. Commit the intent first, call,
    then record the outcome in a second transaction.
    """


@contextmanager
def calling_provider() -> Iterator[None]:
    """Wrap every call of a gateway; raises ProviderCalledInTransaction before anything is sent."""
    if in_transaction():
        raise ProviderCalledInTransaction("commit the intent before calling the provider")
    yield
