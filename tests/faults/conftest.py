"""Every fault happens to a customer of an operator that only this test knows."""

import pytest

from fareledger.persistence.operators import Operator
from tests.support.acquirer import Acquirer
from tests.support.paying import Customer, a_customer, a_customer_of
from tests.support.scripted_provider import ScriptedGateway, scripted


@pytest.fixture
def customer(operator: Operator, acquirer: Acquirer) -> Customer:
    """A customer with 300.00 due first, whose operator takes cards at a real acquirer."""
    return a_customer(operator, acquirer=acquirer)


@pytest.fixture
def gateway(operator: Operator) -> ScriptedGateway:
    """A provider that tells whatever the test wants told."""
    return scripted(operator)


@pytest.fixture
def scripted_customer(gateway: ScriptedGateway, operator: Operator) -> Customer:
    """A customer whose operator takes cards at the scripted provider."""
    return a_customer_of(operator)
