"""Who was erased stays erased: a restored backup may be older than the erasure."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

import psycopg

from buildrunner.server.operations.words import Words
from buildrunner.server.platform.db import embedded
from buildrunner.server.platform.db.roles import embedded_database
from buildrunner.server.platform.errors import OperatorProblem


class Known(NamedTuple):
    """An erasure: of whom, in which organization, by whom; `people` are the names that the ledger
    has for the person."""

    org_id: UUID
    person_id: UUID
    people: list[str]
    erased_by: dict[str, Any]


def in_folder(data_dir: Path, say: Words) -> list[Known]:
    """Those of the installation that a restore replaces."""
    if not (data_dir / "postgres").is_dir():
        return []
    try:
        with embedded.start(data_dir) as cluster:
            return in_database(embedded_database(cluster).direct)
    except (OperatorProblem, psycopg.Error, OSError):
        say.note(
            "The data that stand here cannot be read: erase again whoever was erased after the"
            " backup was made (organization settings, Ledger)."
        )
        return []


def in_database(url: str) -> list[Known]:
    """Those of a database; none where it is too old to have any."""
    with psycopg.connect(url) as connection:
        table = connection.execute("SELECT to_regclass('public.audit_erasure')").fetchone()
        if table is None or table[0] is None:
            return []
        rows = connection.execute(
            "SELECT org_id, person_id, people, erased_by FROM public.audit_erasure ORDER BY id"
        )
        return [Known(*row) for row in rows]
