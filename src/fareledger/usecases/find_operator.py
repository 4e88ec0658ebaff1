"""Which operator an address, a key or a command means; faces know operators from here only.

The directory is public within the installation: nothing secret stands in it, so no tenant has to be
named to read it.
"""

from uuid import UUID

from fareledger.domain.errors import NotFound
from fareledger.persistence import operators
from fareledger.persistence.models import Operator as OperatorRow
from fareledger.persistence.operators import Operator, everyone

__all__ = [
    "Operator",
    "OperatorNotFound",
    "everyone",
    "operator_by_host",
    "operator_by_id",
    "operator_by_slug",
]


class OperatorNotFound(NotFound):
    """No operator has this slug or id."""

    def __init__(self, wanted: object) -> None:
        super().__init__(code="operator_not_found", message="There is no such operator.")
        self.wanted = wanted


def operator_by_slug(slug: str) -> Operator:
    """Return the operator with this slug. Raises OperatorNotFound."""
    found = operators.by_slug(slug)
    if found is None:
        raise OperatorNotFound(slug)
    return found


def operator_by_host(host: str) -> Operator:
    """Return whose portal has this host name, in lower case and without a port. Raises OperatorNotFound."""
    found = operators.by_host(host)
    if found is None:
        raise OperatorNotFound(host)
    return found


def operator_by_id(operator_id: UUID) -> Operator:
    """Return the operator with this id. Raises OperatorNotFound."""
    try:
        return operators.by_id(operator_id)
    except OperatorRow.DoesNotExist:
        raise OperatorNotFound(operator_id) from None
