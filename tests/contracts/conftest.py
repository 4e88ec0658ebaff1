"""Every test of this folder runs once a provider."""

import pytest

from tests.contracts.peers import Peer, sandbox_peer
from tests.support.acquirer import Acquirer


@pytest.fixture(params=["sandbox"])
def peer(request: pytest.FixtureRequest, acquirer: Acquirer) -> Peer:
    """One provider, with an account nobody else uses."""
    return {"sandbox": sandbox_peer}[request.param](acquirer)
