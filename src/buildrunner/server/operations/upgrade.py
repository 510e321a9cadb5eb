"""Before tables change: what would change, whether a running version survives it, and a backup."""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connection, migrations
from django.db.migrations import operations as kinds
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED

import buildrunner
from buildrunner.server.operations.database import keyring_of
from buildrunner.server.platform.crypto.keyring import passphrase_in
from buildrunner.server.platform.db.roles import Databases
from buildrunner.server.platform.errors import OperatorProblem

KEPT = 5  # backups made before migrations
_ROOT = "buildrunner."
_BREAKING_SQL = re.compile(
    r"\b(DROP\s+(COLUMN|TABLE|SCHEMA)|RENAME\s+(COLUMN|TO)|SET\s+NOT\s+NULL|ALTER\s+COLUMN\s+\S+\s+"
    r"(SET\s+DATA\s+)?TYPE)\b",
    re.IGNORECASE,
)


class Step(NamedTuple):
    """A migration to run. `breaks` says what a version that still runs would stumble over."""

    name: str
    breaks: list[str]
    reason: str


def plan() -> list[Step]:
    """The migrations that are missing, in order. Raises `OperatorProblem` for a newer database."""
    executor = MigrationExecutor(connection)
    refuse_newer(executor)
    return [
        Step(f"{one.app_label}.{one.name}", breaking(one, state), getattr(one, "contract", ""))
        for one, state in _with_states(executor)
    ]


def _with_states(
    executor: MigrationExecutor,
) -> Iterator[tuple[migrations.Migration, ProjectState]]:
    for one, _ in executor.migration_plan(executor.loader.graph.leaf_nodes()):
        yield one, executor.loader.project_state((one.app_label, one.name), at_end=False)


def breaking(migration: migrations.Migration, before: ProjectState) -> list[str]:
    """What in a migration a version without it cannot live with: the rule of zero downtime.

    A table that the same migration makes is nobody's yet.
    """
    new = {one.name.lower() for one in migration.operations if isinstance(one, kinds.CreateModel)}
    found: list[str] = []
    for one in migration.operations:
        found.extend(_breaks(one, migration.app_label, before, new))
    return found


def _breaks(one: Any, app: str, before: ProjectState, new: set[str]) -> Iterator[str]:
    model = str(getattr(one, "model_name", getattr(one, "name", ""))).lower()
    if model in new:
        return
    match one:
        case kinds.RenameField() | kinds.RemoveField() | kinds.RenameModel() | kinds.DeleteModel():
            yield one.describe()
        case kinds.AlterModelTable() | kinds.AlterOrderWithRespectTo():
            yield one.describe()
        case kinds.AddField(field=field):
            required = not field.null and field.db_default is NOT_PROVIDED
            if required and not field.generated and not field.many_to_many:
                yield f"{one.describe()}: NOT NULL without db_default"
        case kinds.AlterField(field=field):
            state = before.models.get((app, model))
            old = state.fields.get(one.name) if state else None
            if old is not None and old.null and not field.null:
                yield f"{one.describe()}: NOT NULL now"
            elif old is not None and old.get_internal_type() != field.get_internal_type():
                yield f"{one.describe()}: another type"
        case kinds.RunSQL(sql=text):
            spoken = text if isinstance(text, str) else " ".join(map(str, text or []))
            match = _BREAKING_SQL.search(spoken)
            if match:
                yield f"SQL: {match.group(0)}"


def refuse_newer(executor: MigrationExecutor) -> None:
    """Raise `OperatorProblem` where migrations of ours ran that this version does not have."""
    known = set(executor.loader.disk_migrations or {})
    labels = {
        app
        for app, _ in known
        if executor.loader.disk_migrations[app, _].__module__.startswith(_ROOT)
    }
    unknown = sorted(
        f"{app}.{name}"
        for app, name in executor.loader.applied_migrations
        if app in labels and (app, name) not in known
    )
    if unknown:
        others = f" and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        raise OperatorProblem(
            f"The database was migrated by a newer BuildRunner ({unknown[0]}{others}); "
            f"{buildrunner.__version__} does not know its tables.",
            hint="Upgrade: pip install -U 'buildrunner[server]'. Or go back with the backup that "
            f"was made before the upgrade: ls {Path(settings.DATA_DIR) / 'backups'}",
        )


def schema_digest() -> str:
    """A digest of all migrations that have been applied."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT app || '.' || name FROM django_migrations ORDER BY 1")
        names = "\n".join(row[0] for row in cursor.fetchall())
    return "sha256:" + hashlib.sha256(names.encode()).hexdigest()


def back_up_before(steps: Sequence[object]) -> Path | None:
    """Back the database up before migrations change it; `None` where there is nothing to lose.

    Kept in `backups/` of the data folder, the newest five. Raises `OperatorProblem` where it does
    not succeed: then nothing is migrated.
    """
    if not steps or not settings.BR_UPGRADE_BACKUP or not _holds_people():
        return None
    from buildrunner.server.operations import backup  # most starts do not come here

    data_dir = Path(settings.DATA_DIR)
    folder = data_dir / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    keyring = keyring_of(data_dir)
    phrase_file = os.environ.get("BR_KEYRING_PASSPHRASE_FILE")
    passphrase = passphrase_in(phrase_file) if phrase_file else None
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    path = folder / f"before-{buildrunner.__version__}-{stamp}.backup"
    try:
        backup.take(
            _databases(),
            path,
            keys=backup.keys_in_use(keyring, passphrase),
            passphrase=passphrase,
        )
    except (OperatorProblem, OSError) as problem:
        reason = problem.message if isinstance(problem, OperatorProblem) else str(problem)
        raise OperatorProblem(
            f"No backup could be made before the tables change, so nothing was changed: {reason}",
            hint="Make room, or take a backup yourself and set BR_UPGRADE_BACKUP=0.",
        ) from None
    made = sorted(folder.glob("before-*.backup"), key=lambda one: one.stat().st_mtime)
    for old in made[:-KEPT]:
        old.unlink()
    return path


def _holds_people() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.identity_person')")
        row = cursor.fetchone()
        if row is None or row[0] is None:
            return False
        cursor.execute("SELECT EXISTS (SELECT FROM identity_person)")
        return bool(cursor.fetchone()[0])


def _databases() -> Databases:
    return Databases(
        settings.BR_OWNER_URL,
        settings.BR_DIRECT_URL,
        settings.BR_WEB_URL,
        settings.BR_READER_URL,
        settings.BR_WEB_ROLE,
        settings.BR_READER_ROLE,
    )
