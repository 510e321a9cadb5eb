"""What `check` looks at beside the database: folder, disk, clock, port, keys, mail."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.core.mail import get_connection
from django.db import ProgrammingError, connection
from psycopg import sql

from buildrunner.server.operations import layout
from buildrunner.server.operations.listening import LOOPBACKS
from buildrunner.server.platform.crypto.resealing import SealedColumn, sealed_columns
from buildrunner.server.platform.crypto.sealing import SealBroken, unseal
from buildrunner.server.platform.errors import OperatorProblem

LITTLE, TOO_LITTLE = 2 << 30, 256 << 20  # bytes free
SHORT_KEY = 32  # characters
SKEW = 5.0  # seconds between this clock and the database's


class Outcome(NamedTuple):
    """One thing looked at; `remedy` is what to type when it is not `ok`.

    A `warning` is worth knowing and does not fail the check.
    """

    name: str
    ok: bool
    detail: str
    remedy: str = ""
    warning: bool = False


def data_folder() -> Iterator[Outcome]:
    """Whether it can be written, by whom it was, and how much room is left."""
    place = Path(settings.DATA_DIR)
    try:
        layout.refuse_newer(place)
        probe = place / ".check"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except OperatorProblem as problem:
        yield Outcome("data folder", False, problem.message, problem.hint)
        return
    except OSError as problem:
        what = f"{place} cannot be written: {problem.strerror}"
        yield Outcome("data folder", False, what, "Run as its owner, or make room on its disk.")
        return
    secret = place / "secrets.json"
    mode = secret.stat().st_mode & 0o077 if secret.exists() else 0
    if mode:
        words = f"{secret} is readable for others"
        yield Outcome("data folder", False, words, f"chmod 600 {secret}")
    else:
        yield Outcome("data folder", True, f"{place} is writable")
    free = shutil.disk_usage(place).free
    detail = f"{free / (1 << 30):.1f} GB free at {place}"
    yield Outcome(
        "disk",
        free >= TOO_LITTLE,
        detail,
        "Make room: PostgreSQL stops when its disk is full.",
        warning=free < LITTLE,
    )


def clock() -> Outcome:
    """Codes, keys and claims go by time: web, worker and database have to agree on it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        theirs = float(cursor.fetchone()[0])
    apart = abs(theirs - time.time())
    return Outcome(
        "clock",
        apart < SKEW,
        f"{apart:.1f} s apart from the database's, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC",
        "Let both machines keep their time by NTP.",
    )


def port(number: int, running: bool) -> Outcome:
    """Whether the port is free, or ours."""
    if running:
        return Outcome("port", True, f"{number} is this server's, which runs")
    for address in LOOPBACKS:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        with contextlib.suppress(OSError), socket.socket(family, socket.SOCK_STREAM) as one:
            one.settimeout(1)
            if one.connect_ex((address, number)) == 0:
                words = f"{number} is taken by another program"
                return Outcome("port", False, words, "br up --port NUMBER, or 0 for a free one")
    if number and number < 1024 and os.geteuid() != 0:
        words = f"{number} may be reserved for the system ({os.strerror(errno.EACCES)})"
        return Outcome("port", True, words, "br up --port 8400", warning=True)
    return Outcome("port", True, f"{number} is free")


def keys() -> Iterator[Outcome]:
    """Whether the keys are there, long enough, and open what they have sealed."""
    short = [
        name
        for name, value in (
            ("BR_SECRET_KEY", settings.SECRET_KEY),
            *(("BR_MASTER_KEY", one) for one in settings.BR_MASTER_KEYS),
        )
        if len(value) < SHORT_KEY
    ]
    yield Outcome(
        "keys",
        True,
        f"{' and '.join(sorted(set(short)))} shorter than {SHORT_KEY} characters"
        if short
        else "present",
        "openssl rand -base64 32",
        warning=bool(short),
    )
    looked_at, broken = 0, []
    for column in sealed_columns():
        for value in _newest(column):
            looked_at += 1
            try:
                unseal(value, column.purpose)
            except SealBroken:
                broken.append(f"{column.table}.{column.column}")
                break
    yield Outcome(
        "sealed secrets",
        not broken,
        f"do not open in {', '.join(broken)}" if broken else f"{looked_at} looked at, all open",
        "Set BR_MASTER_KEY to the key they were sealed with, or restore secrets.json.",
    )


def _newest(column: SealedColumn) -> list[str]:
    """Some sealed values of a column; those inside JSON are left to `keys rotate`."""
    if column.is_json:
        return []
    question = sql.SQL("SELECT {0} FROM {1} WHERE {0} LIKE 'v1.%' LIMIT 20").format(
        sql.Identifier(column.column), sql.Identifier(column.table)
    )
    try:
        with connection.cursor() as cursor:
            cursor.execute(question.as_string())
            return [str(row[0]) for row in cursor.fetchall()]
    except ProgrammingError:  # not migrated yet, which `tables` has said already
        return []


def mail() -> Outcome:
    """Whether mails can be handed over; nothing is sent."""
    backend = str(settings.EMAIL_BACKEND)
    if not backend.endswith("smtp.EmailBackend"):
        kept = backend.rpartition(".")[0].rpartition(".")[2]
        return Outcome("mail", True, f"is not sent ({kept}): set BR_EMAIL_URL", warning=True)
    place = f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    try:
        with get_connection(timeout=5):
            pass
    except OSError as problem:  # what smtplib raises is one, too
        words = f"{place} does not take mail: {problem}"
        return Outcome("mail", False, words, "Check BR_EMAIL_URL.")
    return Outcome("mail", True, f"{place} takes it")
