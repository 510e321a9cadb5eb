"""The PostgreSQL that tests run on: their own, or a database of their own on yours.

`BR_TEST_DATABASE_URL` (by default what `DATABASE_URL` says when the run begins) names a server and
a role that may make databases and roles.
"""

import itertools
import os
from urllib.parse import urlsplit

import psycopg

SERVER = os.environ.setdefault("BR_TEST_DATABASE_URL", os.environ.get("DATABASE_URL", ""))
_numbers = itertools.count(1)


class OwnDatabase:
    """A new, empty database on `SERVER`: `url`. `drop()` takes it away with its roles."""

    def __init__(self) -> None:
        self.name = f"br_test_{os.getpid()}_{next(_numbers)}"
        self.url = urlsplit(SERVER)._replace(path=f"/{self.name}").geturl()
        _run(f"CREATE DATABASE {self.name}")

    def drop(self) -> None:
        _run(f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")
        for role in (f"{self.name}_web", f"{self.name}_reader"):
            _run(f"DROP ROLE IF EXISTS {role}")


def _run(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as connection:
        connection.execute(statement)
