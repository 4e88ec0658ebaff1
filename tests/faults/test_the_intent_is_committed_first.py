"""P1: the attempt with its own key is committed before the provider hears of it, and no transaction waits for
one.
"""

import pytest
from django.db import connection

from fareledger.persistence.tenancy import operator_transaction
from fareledger.providers.contract import PaymentRequest
from fareledger.usecases.provider_calls import ProviderCalledInTransaction, calling_provider
from tests.support.database import TestDatabase
from tests.support.paying import Customer
from tests.support.scripted_provider import ScriptedGateway


def test_somebody_else_sees_the_attempt_while_the_provider_is_called(
    scripted_customer: Customer, gateway: ScriptedGateway, database: TestDatabase
) -> None:
    seen: list[tuple[object, ...]] = []

    def look(request: PaymentRequest) -> None:
        assert not connection.in_atomic_block
        seen.extend(
            database.as_owner(
                "SELECT state, provider_key, provider_reference FROM attempt WHERE id = %s",
                arguments=(request.attempt_id,),
            )
        )

    gateway.on_create = look
    attempt = scripted_customer.press_pay()
    assert seen == [("intended", f"attempt-{attempt.id}", None)]


def test_every_attempt_has_a_key_of_its_own(scripted_customer: Customer, gateway: ScriptedGateway) -> None:
    keys: list[str] = []
    gateway.on_create = lambda request: keys.append(request.idempotency_key)
    first = scripted_customer.press_pay()
    gateway.tell(first.id, state="cancelled")
    scripted_customer.press_pay()
    assert len(set(keys)) == 2


def test_calling_a_provider_inside_a_transaction_is_refused(scripted_customer: Customer) -> None:
    with (
        operator_transaction(scripted_customer.operator.id),
        pytest.raises(ProviderCalledInTransaction),
        calling_provider(),
    ):
        raise AssertionError("the call was let through")
