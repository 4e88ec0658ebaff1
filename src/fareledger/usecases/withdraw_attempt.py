"""Takes back an attempt that the customer has not paid: its row was paid otherwise, changed, or is gone.

Cancelling can come too late. Then the money arrived, and is recorded like any other.
"""

from uuid import UUID

from fareledger.domain.payment_machine import State
from fareledger.persistence.operators import Operator
from fareledger.providers.contract import ProviderFailure
from fareledger.usecases.provider_accounts import open_gateway
from fareledger.usecases.provider_calls import calling_provider
from fareledger.usecases.record_outcome import record_payment
from fareledger.usecases.show_attempt import AttemptView, show_attempt


def withdraw_attempt(operator: Operator, *, attempt_id: UUID, actor: str) -> AttemptView:
    """Cancel the attempt at its provider and return it as it stands then; raises AttemptNotFound.

    Only an attempt that awaits the customer can be taken back; any other is returned as it is, and so is one
    whose provider does not answer.
    """
    standing = show_attempt(operator, attempt_id=attempt_id)
    if standing.state is not State.AWAITING_CUSTOMER:
        return standing
    gateway = open_gateway(operator, provider=standing.provider)
    try:
        with calling_provider():
            payment = gateway.cancel_payment(standing.provider_reference)
    except ProviderFailure:
        return show_attempt(operator, attempt_id=attempt_id)
    return record_payment(operator, attempt_id=attempt_id, payment=payment, actor=actor)
