"""The file of an archive: a zip of `<table>.jsonl` members and `manifest.json`, which comes last.

The manifest names format, kind, product and each member's SHA-256 and number of lines. Reading
believes nothing: sizes are counted while they unfold, and everything is compared with the manifest
before a row is used.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import IO, Any

import buildrunner
from buildrunner.server.platform.db.archive import ArchiveInvalid

FORMAT = 1
MANIFEST = "manifest.json"
MOST_BYTES = 64 * 1024 * 1024  # packed: what a request may carry
MOST_UNPACKED = 1024 * 1024 * 1024
MOST_LINE = 64 * 1024 * 1024
MOST_MEMBERS = 200
MEDIA_TYPE = "application/zip"


class ArchiveWriter:
    """Writes members as they come; `finish` adds the manifest."""

    def __init__(self, target: IO[bytes], kind: str, about: Mapping[str, Any]) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self._members: dict[str, dict[str, Any]] = {}
        self._about = {"format": FORMAT, "kind": kind, "product": buildrunner.__version__, **about}

    def add(self, table: str, lines: Iterable[bytes]) -> int:
        """One table; the number of its rows."""
        digest, count = hashlib.sha256(), 0
        with self._zip.open(f"{table}.jsonl", "w", force_zip64=True) as member:
            for line in lines:
                member.write(line)
                digest.update(line)
                count += 1
        self._members[f"{table}.jsonl"] = {"sha256": digest.hexdigest(), "rows": count}
        return count

    def finish(self) -> dict[str, Any]:
        """The manifest."""
        made = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        manifest = {**self._about, "created_at": made, "members": self._members}
        self._zip.writestr(MANIFEST, json.dumps(manifest, indent=1))
        self._zip.close()
        return manifest


class ArchiveReader:
    """An archive from outside; raises `ArchiveInvalid`."""

    def __init__(self, source: IO[bytes], kind: str) -> None:
        try:
            self._zip = zipfile.ZipFile(source)
            names = self._zip.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as problem:
            raise ArchiveInvalid(f"This is no archive: {str(problem).rstrip('.')}.") from None
        if len(names) != len(set(names)) or len(names) > MOST_MEMBERS or MANIFEST not in names:
            raise ArchiveInvalid("This is no archive of BuildRunner: its members are not ours.")
        self.manifest = self._manifest(kind)
        self.members: dict[str, dict[str, Any]] = self.manifest["members"]
        if set(self.members) != set(names) - {MANIFEST}:
            raise ArchiveInvalid("The archive does not hold what its manifest names.")
        self._verify()

    def lines(self, table: str) -> Iterator[bytes]:
        """A table's lines; none where the archive has no such table."""
        name = f"{table}.jsonl"
        if name not in self.members:
            return
        with self._open(name) as member:
            while line := self._line(member):
                yield line

    def _manifest(self, kind: str) -> dict[str, Any]:
        with self._open(MANIFEST) as member:
            data = self._read(member, 4 * 1024 * 1024)
        try:
            manifest = json.loads(data)
        except (ValueError, RecursionError):
            manifest = None
        if (
            not isinstance(manifest, dict)
            or not isinstance(manifest.get("members"), dict)
            or not all(isinstance(one, dict) for one in manifest["members"].values())
            or not isinstance(manifest.get("format"), int)
        ):
            raise ArchiveInvalid("The archive's manifest is not one of ours.")
        if manifest["format"] > FORMAT:
            raise ArchiveInvalid(
                f"The archive was made by a newer BuildRunner ({manifest.get('product')}); "
                "upgrade this server first."
            )
        if manifest.get("kind") != kind:
            raise ArchiveInvalid(f"This is an archive of another kind, not of a {kind}.")
        return manifest

    def _verify(self) -> None:
        """Every member against the manifest, before any of it is used."""
        left = MOST_UNPACKED
        for name, told in self.members.items():
            digest, rows = hashlib.sha256(), 0
            with self._open(name) as member:
                while block := self._read(member, 1 << 20):
                    left -= len(block)
                    if left < 0:
                        raise ArchiveInvalid(
                            f"The archive unpacks to more than {MOST_UNPACKED:,} bytes."
                        )
                    digest.update(block)
                    rows += block.count(b"\n")
            if told.get("sha256") != digest.hexdigest() or told.get("rows") != rows:
                raise ArchiveInvalid(f"{name} is not what the manifest says: it was altered.")

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError):
            raise ArchiveInvalid(f"{name} in the archive cannot be read.") from None

    def _read(self, member: IO[bytes], size: int) -> bytes:
        try:
            return member.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError):
            raise ArchiveInvalid(f"{member.name} in the archive is broken.") from None

    def _line(self, member: IO[bytes]) -> bytes:
        try:
            line = member.readline(MOST_LINE)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError):
            raise ArchiveInvalid(f"{member.name} in the archive is broken.") from None
        if len(line) >= MOST_LINE:
            raise ArchiveInvalid(f"A line of {member.name} is longer than {MOST_LINE:,} bytes.")
        return line
