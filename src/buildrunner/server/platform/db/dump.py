"""Copies of a database: taken from one snapshot, put into an empty one, compared row by row."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from buildrunner.server.platform.db import binaries
from buildrunner.server.platform.errors import OperatorProblem

_BLOCK = 1 << 18
# Rights and policies name roles, which another database calls otherwise: they are applied anew.
_LEFT_OUT = re.compile(
    r" (?:SCHEMA - |ACL |DEFAULT ACL |POLICY |ROW SECURITY |EXTENSION |PUBLICATION |SUBSCRIPTION "
    r"|COMMENT - (?:SCHEMA|EXTENSION) )"
)
# Newer programs say it to older servers too, which do not know it.
_UNKNOWN_TO_OLD = b"SET transaction_timeout = 0;\n"
# How a row reads as text must not depend on the server or the role.
_READING = (
    "SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'; SET LOCAL bytea_output = 'hex';"
    "SET LOCAL extra_float_digits = 1; SET LOCAL intervalstyle = 'postgres'"
)


class Count(NamedTuple):
    """What a table holds: its rows, and a digest that does not depend on their order."""

    rows: int
    digest: str


class Snapshot:
    """One moment of a database, as long as the block of `snapshot` lasts."""

    def __init__(self, connection: psycopg.Connection, url: str, name: str) -> None:
        self.connection = connection
        self._url = url
        self._name = name
        self.server_version = connection.info.server_version

    def dump(self) -> Iterator[bytes]:
        """pg_dump's custom format, block by block; `OperatorProblem` with its words."""
        command = [
            *(program("pg_dump", self.server_version), "--format=custom", "--schema=public"),
            # The owner's policy lets it see every row; without this option the dump refuses.
            *("--enable-row-security", "--no-owner", f"--snapshot={self._name}"),
            *("--compress=gzip:4", *_target(self._url)),
        ]
        with tempfile.TemporaryFile() as said:
            with subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=said, env=_environment(self._url)
            ) as process:
                assert process.stdout is not None  # noqa: S101
                try:
                    while block := process.stdout.read(_BLOCK):
                        yield block
                except BaseException:
                    process.kill()
                    raise
            if process.returncode:
                raise _failed("The database could not be copied", said)

    def counts(self) -> dict[str, Count]:
        """Every table of the schema."""
        return counts(self.connection)


@contextlib.contextmanager
def snapshot(url: str) -> Iterator[Snapshot]:
    """One moment of a database that goes on meanwhile; the address is the owner's."""
    with psycopg.connect(url) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        connection.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        row = connection.execute("SELECT pg_export_snapshot()").fetchone()
        yield Snapshot(connection, url, str(row[0]) if row else "")


def counts(connection: psycopg.Connection) -> dict[str, Count]:
    """What every table of the schema holds, in the transaction that is open."""
    connection.execute(_READING.encode())
    names = [
        str(row[0])
        for row in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
    ]
    found: dict[str, Count] = {}
    for name in names:
        row = connection.execute(
            sql.SQL(
                "SELECT count(*), coalesce(sum(('x' || encode(substr(sha256(convert_to("
                "t::text, 'UTF8')), 1, 8), 'hex'))::bit(64)::bigint::numeric), 0)::text"
                " FROM public.{} t"
            ).format(sql.Identifier(name))
        ).fetchone()
        assert row is not None  # noqa: S101
        found[name] = Count(int(row[0]), str(row[1]))
    return found


def restore(url: str, dump: Iterable[bytes], again: Iterable[bytes], *, first: str = "") -> None:
    """Put a dump into a database without tables, in one transaction.

    `dump` and `again` are two passes over the same dump: its table of contents is read first.
    `first` is run before, in the same transaction. Policies and rights are left to `apply_access`.
    Raises `OperatorProblem` with PostgreSQL's words; then nothing has changed.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        version = connection.info.server_version
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        wanted = Path(folder) / "wanted"
        wanted.write_text(_contents(program("pg_restore", version), dump))
        reading = subprocess.Popen(
            [
                *(program("pg_restore", version), "--file=-", f"--use-list={wanted}"),
                *("--no-owner", "--no-acl", "--enable-row-security"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
        )
        writing = subprocess.Popen(
            [
                *(program("psql", version), "--no-psqlrc", "--quiet", "--single-transaction"),
                *("--set=ON_ERROR_STOP=1", "--output=/dev/null", "--file=-", *_target(url)),
            ],
            stdin=subprocess.PIPE,
            stderr=said,
            env=_environment(url),
        )
        feeding = _Feeding(reading.stdin, again)
        assert reading.stdout is not None and writing.stdin is not None  # noqa: S101, PT018
        try:
            with contextlib.suppress(BrokenPipeError):
                head = reading.stdout.read(_BLOCK)
                writing.stdin.write(first.encode() + head.replace(_UNKNOWN_TO_OLD, b""))
                while block := reading.stdout.read(_BLOCK):
                    writing.stdin.write(block)
            whole = feeding.finish() is None and reading.wait() == 0
            if whole:  # psql commits when its input ends; killed before that, it never does
                with contextlib.suppress(BrokenPipeError):
                    writing.stdin.close()
                whole = writing.wait() == 0
        finally:
            for process in (writing, reading):
                process.kill()
                process.wait()
            reading.stdout.close()
            with contextlib.suppress(BrokenPipeError):
                writing.stdin.close()
            problem = feeding.finish()
        if problem is not None and not isinstance(problem, BrokenPipeError):
            raise problem
        if not whole:
            raise _failed("The database could not be restored; nothing was changed", said)


class _Feeding:
    """Writes a stream into a process beside the thread that reads its answer."""

    def __init__(self, target: IO[bytes] | None, pieces: Iterable[bytes]) -> None:
        self._target = target
        self._pieces = pieces
        self._problem: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        assert self._target is not None  # noqa: S101
        try:
            with self._target as into:
                for piece in self._pieces:
                    into.write(piece)
        except BaseException as problem:
            self._problem = problem

    def finish(self) -> BaseException | None:
        """Wait for the end; what went wrong."""
        self._thread.join()
        return self._problem


def _contents(pg_restore: str, dump: Iterable[bytes]) -> str:
    """The dump's table of contents without what is applied anew."""
    with tempfile.TemporaryFile() as said:
        listing = subprocess.Popen(
            [pg_restore, "--list"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said
        )
        feeding = _Feeding(listing.stdin, dump)
        assert listing.stdout is not None  # noqa: S101
        with listing.stdout as out:
            lines = out.read().decode().splitlines()
        listing.wait()
        problem = feeding.finish()
        if problem is not None and not isinstance(problem, BrokenPipeError):
            raise problem
        if listing.returncode:
            raise _failed("The dump in the backup cannot be read", said)
    kept = [line for line in lines if not line.startswith(";") and not _LEFT_OUT.search(line)]
    return "\n".join(kept) + "\n"


def program(name: str, server_version: int) -> str:
    """The path of a PostgreSQL client that is not older than the server."""
    major = server_version // 10_000
    with contextlib.suppress(OperatorProblem):
        bundled = binaries.find()
        if bundled.major >= major:
            return bundled.program(name)
    installed = shutil.which(name)
    if installed:
        answer = subprocess.run(
            [installed, "--version"], capture_output=True, text=True, check=False
        )
        match = re.search(r"(\d+)(?:\.\d+|devel|beta|rc)", answer.stdout)
        if match and int(match.group(1)) >= major:
            return installed
    raise OperatorProblem(
        f"The server is PostgreSQL {major}; no {name} of {major} or newer was found.",
        hint=f"Install PostgreSQL's client programs of version {major} and put them on PATH.",
    )


def _target(url: str) -> list[str]:
    """The address without the password: every user of the machine can read a command line."""
    known = conninfo_to_dict(url)
    known.pop("password", None)
    return ["--dbname", make_conninfo("", **known)]


def _environment(url: str) -> dict[str, str]:
    password = conninfo_to_dict(url).get("password")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return {**kept, **({"PGPASSWORD": str(password)} if password else {})}


def _failed(what: str, said: IO[bytes]) -> OperatorProblem:
    said.seek(0)
    lines = said.read().decode("utf-8", "replace").strip().splitlines()
    shown = " | ".join(lines[:4])[:800]
    hint = "br server check"
    if "No space left" in shown:
        hint = "Make room, or set TMPDIR to a folder on another disk."
    return OperatorProblem(f"{what}: {shown or 'no reason was given'}", hint=hint)
