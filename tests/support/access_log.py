"""What the access log of a test's operator says."""

from fareledger.persistence.models import AccessEvent
from fareledger.persistence.operators import Operator
from fareledger.persistence.tenancy import operator_transaction


def access_events(operator: Operator) -> list[AccessEvent]:
    """Return every line, oldest first."""
    with operator_transaction(operator.id):
        return list(AccessEvent.objects.filter(operator_id=operator.id).order_by("at", "id"))


def kinds_of(operator: Operator, *, subject: str = "") -> list[str]:
    """Return the kinds of the lines, oldest first, about one subject or all."""
    return [line.kind for line in access_events(operator) if not subject or line.subject == subject]
