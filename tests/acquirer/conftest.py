"""One acquirer process for the tests that leave its clock alone, and a fresh one for those that do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acquirer.peer import Merchant, Peer, Receiver


@pytest.fixture(scope="session")
def shared_peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    """A process that lives as long as the run."""
    peer = Peer(tmp_path_factory.mktemp("acquirer"))
    yield peer
    peer.stop()


@pytest.fixture
def peer(shared_peer: Peer) -> Iterator[Peer]:
    """The shared process; faults a test has ordered end with it."""
    yield shared_peer
    shared_peer.admin.delete("/admin/faults")


@pytest.fixture
def merchant(peer: Peer) -> Merchant:
    """A merchant of its own on the shared process."""
    return peer.merchant()


@pytest.fixture
def fresh_peer(tmp_path: Path) -> Iterator[Peer]:
    """A process of its own, for a test that moves the clock or kills."""
    peer = Peer(tmp_path / "acquirer")
    yield peer
    peer.kill()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A webhook address that takes everything unless told otherwise."""
    receiver = Receiver()
    yield receiver
    receiver.close()
