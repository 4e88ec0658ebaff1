"""Queues what is done every day without anybody asking: fetching payouts, and releasing what trips have
earned.

The work itself is `pull_payouts.py` and `release_protected.py`; queuing it twice does it once.
"""

from fareledger.persistence.jobs import enqueue
from fareledger.persistence.operators import Operator, everyone
from fareledger.persistence.tenancy import operator_transaction


def queue_settlement() -> None:
    """Queue the daily work of every operator. Call it outside transactions."""
    for operator in everyone():
        _queue(operator)


def _queue(operator: Operator) -> None:
    with operator_transaction(operator.id):
        enqueue("pull_payouts", once=f"payouts:{operator.id}", operator_id=str(operator.id))
        enqueue("release_protected", once=f"release:{operator.id}", operator_id=str(operator.id))
