"""One real PostgreSQL for the whole run, and a new operator for every test.

Tests commit for real and connect as the application's role, which owns nothing; instead of cleaning tables, every
test works as an operator of its own, whom the others cannot see.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connections
from pytest_django.plugin import DjangoDbBlocker as Blocker

from fareledger.persistence.operators import Operator
from tests.support.acquirer import Acquirer, running_acquirer
from tests.support.database import TestDatabase, test_database
from tests.support.operators import new_operator


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory, django_db_blocker: Blocker) -> Iterator[TestDatabase]:
    """A migrated database: a fresh embedded server, or a new database on the server of DATABASE_URL."""
    folder = tmp_path_factory.mktemp("postgres")
    with django_db_blocker.unblock(), test_database(folder, os.environ.get("DATABASE_URL")) as made:
        yield made


@pytest.fixture(scope="session")
def django_db_setup(database: TestDatabase) -> Iterator[None]:
    """Point Django at the test database, as the application's role."""
    database.use_for_django()
    yield
    connections.close_all()


@pytest.fixture
def db(django_db_setup: None, django_db_blocker: Blocker) -> Iterator[None]:
    """Allow the database, with real commits and nothing rolled back."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def operator(db: None) -> Operator:
    """An operator that only this test knows: GBP and others, London, policy full, 30 % down, balance 30 days before."""
    return new_operator()


@pytest.fixture(scope="session")
def acquirer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acquirer]:
    """A real sandbox acquirer process, shared by the run; every test opens a merchant of its own there."""
    with running_acquirer(tmp_path_factory.mktemp("acquirer")) as running:
        yield running


@pytest.fixture
def vectors() -> Path:
    """The folder of worked examples."""
    return Path(__file__).parent / "vectors"
