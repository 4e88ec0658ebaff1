"""The jobs of customers' consents: asking how the storing of a card stands, and having cards forgotten."""

from uuid import UUID

from fareledger.faces.worker.jobs import job
from fareledger.usecases.ask_setups import ask_setup, withdraw_setup
from fareledger.usecases.find_operator import operator_by_id
from fareledger.usecases.mandates import detach_card


@job("ask_setup")
def ask_setup_job(*, operator_id: str, setup_id: str) -> None:
    """Ask the provider about one set-up that is not settled."""
    ask_setup(operator_by_id(UUID(operator_id)), setup_id=UUID(setup_id))


@job("withdraw_setup")
def withdraw_setup_job(*, operator_id: str, setup_id: str) -> None:
    """Take back a set-up whose consent was replaced."""
    withdraw_setup(operator_by_id(UUID(operator_id)), setup_id=UUID(setup_id))


@job("detach_card")
def detach_card_job(*, operator_id: str, mandate_id: str) -> None:
    """Have the provider forget a card that is not needed any more."""
    detach_card(operator_by_id(UUID(operator_id)), mandate_id=UUID(mandate_id))
