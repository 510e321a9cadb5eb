"""One PostgreSQL a run, migrated once; tests speak to it as the web role, as the server does."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from buildrunner.server.platform.crypto.keyring import Keyring
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import Databases, embedded_database, external_database
from kits import postgres

_FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def _start() -> Databases:
    home = Path(tempfile.mkdtemp(prefix="buildrunner-test-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    if postgres.SERVER:
        own = postgres.OwnDatabase()
        atexit.register(own.drop)
        return external_database({"DATABASE_URL": own.url}, Keyring(home / "secrets.json"))
    cluster = embedded.start(home / "data", settings=_FAST)
    atexit.register(cluster.stop)
    return embedded_database(cluster, "test")


DATABASES = _start()
os.environ.update(DATABASES.environment())
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "buildrunner.server.config.settings")
# The client of Django's tests calls the host so.
os.environ.setdefault("BR_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1],testserver")

import django  # noqa: E402

django.setup()


from factories import Api, Tenant, make_tenant  # noqa: E402


@pytest.fixture(scope="session")
def databases() -> Databases:
    """The addresses of the run's database by role."""
    return DATABASES


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: object) -> None:
    """Migrate as the owner and give the web role its rights; pytest-django calls this first."""
    from django.core.management import call_command
    from django.db import connection

    from buildrunner.server.config.settings import environment
    from buildrunner.server.platform.db.access import apply_access

    web = dict(connection.settings_dict)
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        connection.close()
        connection.settings_dict.update(environment.database(DATABASES.owner, "DATABASE_URL"))
        try:
            call_command("migrate", verbosity=0)
            apply_access()
        finally:
            connection.close()
            connection.settings_dict.update(web)


@pytest.fixture
def commits(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    """Real transactions, for what several connections must see. Nothing is cleaned up: use fresh
    organizations and count only their rows."""
    from django.db import connections

    with psycopg.connect(DATABASES.owner, autocommit=True) as owner:
        owner.execute("DELETE FROM pgqueuer")  # jobs of tests that went before
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        yield
        connections.close_all()


@pytest.fixture
def owner_sql(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection as the owner role."""
    with psycopg.connect(DATABASES.owner, autocommit=True) as connection:
        yield connection


@pytest.fixture
def web_sql(django_db_setup: None) -> Iterator[psycopg.Connection]:
    """A connection as the web role, outside Django."""
    with psycopg.connect(DATABASES.web, autocommit=True) as connection:
        yield connection


@pytest.fixture
def tenant(db: None) -> Tenant:
    """An organization with its owner, a project and a key."""
    return make_tenant()


@pytest.fixture
def stranger(db: None) -> Tenant:
    """Another organization with everything of its own."""
    return make_tenant(name="Mallory")


@pytest.fixture
def api(tenant: Tenant) -> Api:
    """The API with the tenant's key."""
    return Api(tenant.key)


@pytest.fixture
def anonymous(db: None) -> Api:
    """The API without credentials."""
    return Api()


@pytest.fixture
def as_key() -> type[Api]:
    """`as_key(secret)`: the API with any key."""
    return Api
