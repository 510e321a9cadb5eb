"""One file that holds a whole installation.

A tar archive, under a passphrase or not: `manifest.json` first, `database/000001` … (parts of
pg_dump's custom format), `keys.json` unless left out, and `checksums.json` last, which names the
SHA-256 of everything before it. Whatever ends early has no checksums and is refused.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, cast

from buildrunner.server.platform.crypto.envelope import (
    MAGIC,
    EnvelopeBroken,
    OpeningReader,
    SealingWriter,
)
from buildrunner.server.platform.db.durable import sync_folder
from buildrunner.server.platform.errors import OperatorProblem

FORMAT = 1
MANIFEST, CHECKSUMS, KEYS, DATABASE = "manifest.json", "checksums.json", "keys.json", "database/"
_PART = 16 << 20
_LARGEST_JSON = 64 << 20


class BackupWriter:
    """Adds members; `finish` writes the checksums."""

    def __init__(self, target: IO[bytes], passphrase: str | None) -> None:
        self._sealing = SealingWriter(target, passphrase) if passphrase else None
        stream = cast("IO[bytes]", self._sealing or target)
        self._tar = tarfile.open(fileobj=stream, mode="w|")  # noqa: SIM115 (closed by finish)
        self._sums: dict[str, str] = {}

    def add(self, name: str, data: bytes) -> None:
        """One member."""
        entry = tarfile.TarInfo(name)
        entry.size, entry.mode = len(data), 0o600
        self._tar.addfile(entry, io.BytesIO(data))
        self._sums[name] = hashlib.sha256(data).hexdigest()

    def add_parts(self, folder: str, pieces: Iterable[bytes]) -> int:
        """A stream of unknown length, as numbered members; its length in bytes."""
        waiting, number, length = bytearray(), 0, 0
        for piece in pieces:
            waiting += piece
            length += len(piece)
            while len(waiting) >= _PART:
                number += 1
                self.add(f"{folder}{number:06d}", bytes(waiting[:_PART]))
                del waiting[:_PART]
        if waiting or not number:
            self.add(f"{folder}{number + 1:06d}", bytes(waiting))
        return length

    def finish(self) -> None:
        """Nothing can be added afterwards."""
        self.add(CHECKSUMS, json.dumps(dict(self._sums), indent=1).encode())
        self._tar.close()
        if self._sealing is not None:
            self._sealing.close()


@contextlib.contextmanager
def new_file(path: Path) -> Iterator[tuple[IO[bytes], Path]]:
    """A file that stands under its name only when the block has ended well, and is then on disk.

    Gives the open file and the path it has meanwhile (0600). Raises `OperatorProblem` where the
    name is taken or the folder is not there.
    """
    if path.exists():
        raise OperatorProblem(
            f"{path} exists already.", hint="Choose another name; no backup is ever overwritten."
        )
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    except OSError as problem:
        raise OperatorProblem(
            f"{path.parent} cannot be written to: {problem.strerror}.",
            hint="Name a file in a folder that exists and is yours.",
        ) from None
    partial = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file, partial
            file.flush()
            os.fsync(file.fileno())
        partial.rename(path)
        sync_folder(path.parent)
    except OSError as problem:
        problem.filename = problem.filename or str(path)
        raise
    finally:
        partial.unlink(missing_ok=True)


class BackupFile:
    """Reads a backup. Every pass goes from the beginning to the end; nothing is unpacked."""

    def __init__(self, path: Path, passphrase: str | None) -> None:
        self.path = path
        self._passphrase = passphrase

    def check(self) -> dict[str, Any]:
        """The manifest, after every byte was compared with the checksums."""
        seen: dict[str, str] = {}
        manifest: dict[str, Any] = {}
        with self._refusing():
            told = self._read_all(seen, manifest)
        if told is None or told != seen or not manifest:
            raise self._broken("it ends early or does not match its own checksums")
        return manifest

    def _read_all(self, seen: dict[str, str], manifest: dict[str, Any]) -> dict[str, str] | None:
        """Fill in each member's digest and the manifest; the checksums the file tells."""
        told: dict[str, str] | None = None
        for name, content in self._members():
            if name == CHECKSUMS:
                told = self._json(content)
                continue
            digest = hashlib.sha256()
            kept = bytearray()
            while block := content.read(1 << 20):
                digest.update(block)
                if name == MANIFEST and len(kept) <= _LARGEST_JSON:
                    kept += block
            seen[name] = digest.hexdigest()
            if name == MANIFEST:
                manifest.update(self._json(io.BytesIO(bytes(kept))))
                self._judge(manifest)
        return told

    def keys(self) -> dict[str, str]:
        """The keyring, empty where the backup was made without."""
        with self._refusing():
            for name, content in self._members():
                if name == KEYS:
                    held = self._json(content)
                    return {str(key): str(value) for key, value in held.items()}
        return {}

    def database(self) -> Iterator[bytes]:
        """The dump, block by block."""
        with self._refusing():
            for name, content in self._members():
                if name.startswith(DATABASE):
                    while block := content.read(1 << 20):
                        yield block

    def _members(self) -> Iterator[tuple[str, IO[bytes]]]:
        with self.path.open("rb") as file, self._plain(file) as tar:
            for entry in tar:
                content = tar.extractfile(entry)
                if not entry.isfile() or content is None:
                    raise self._broken(f"{entry.name} is not a plain member")
                yield entry.name, content

    @contextlib.contextmanager
    def _refusing(self) -> Iterator[None]:
        """Turn what reading can meet into words for the operator."""
        try:
            yield
        except (tarfile.TarError, EnvelopeBroken, EOFError) as problem:
            raise self._broken(str(problem).rstrip(".")) from None
        except FileNotFoundError:
            raise OperatorProblem(f"There is no file {self.path}.") from None
        except (PermissionError, IsADirectoryError) as problem:
            raise OperatorProblem(f"{self.path} cannot be read: {problem.strerror}.") from None

    def _plain(self, file: IO[bytes]) -> tarfile.TarFile:
        sealed = file.read(len(MAGIC)) == MAGIC
        file.seek(0)
        if not sealed:
            return tarfile.open(fileobj=file, mode="r|")
        if not self._passphrase:
            raise OperatorProblem(
                f"{self.path} is sealed with a passphrase.",
                hint="Give it with --passphrase-file FILE, or in BR_BACKUP_PASSPHRASE.",
            )
        reader = OpeningReader(file, self._passphrase)
        return tarfile.open(fileobj=cast("IO[bytes]", reader), mode="r|")

    def _judge(self, manifest: dict[str, Any]) -> None:
        number = manifest.get("format")
        if not isinstance(number, int) or number < 1:
            raise self._broken("its manifest names no format")
        if number > FORMAT:
            raise OperatorProblem(
                f"{self.path} was made by a newer BuildRunner ({manifest.get('product')}).",
                hint="Restore it with that version or a later one.",
            )

    def _json(self, content: IO[bytes]) -> dict[str, Any]:
        try:
            value = json.loads(content.read(_LARGEST_JSON))
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise self._broken("a part that should be JSON is not")
        return value

    def _broken(self, how: str) -> OperatorProblem:
        return OperatorProblem(
            f"{self.path} is not a whole backup: {how}.",
            hint="Nothing was changed. Take another copy of the file, or another backup.",
        )
