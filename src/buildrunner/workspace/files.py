"""Files that are whole at every moment: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os

from buildrunner.workspace.errors import from_os

TEMPORARY_SUFFIX = ".br-tmp"
# A file that is created is staged without the workspace lock, whose holder clears away plans
# left behind under the other suffix.
CREATED_SUFFIX = ".br-new"
_serial = 0


def read(path: str) -> bytes:
    """The bytes of a file. Raises FileNotFoundError as it is, other failures as WorkspaceError."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            size = os.fstat(descriptor).st_size
            chunks = []
            while chunk := os.read(descriptor, max(size + 1, 65_536)):
                chunks.append(chunk)
            return b"".join(chunks)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise from_os(error, "read", path) from error


def stage(
    path: str, data: bytes, *, mode: int | None = None, suffix: str = TEMPORARY_SUFFIX
) -> str:
    """Write `data` durably beside `path` and return the temporary file's path.

    The temporary file takes the mode of the file it will replace, or `mode`.
    """
    global _serial
    _serial += 1
    folder, name = os.path.split(os.path.realpath(path))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}-{_serial}{suffix}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(temporary, flags, 0o666 if mode is None else mode)
        try:
            if mode is None:
                _copy_mode(path, descriptor)
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException as error:
        discard(temporary)
        if isinstance(error, OSError):
            raise from_os(error, "write", path) from error
        raise
    return temporary


def _copy_mode(path: str, descriptor: int) -> None:
    try:  # noqa: SIM105 (contextlib is too slow to import here)
        os.fchmod(descriptor, os.stat(path).st_mode & 0o7777)
    except FileNotFoundError:
        pass


def replace(temporary: str, path: str) -> None:
    """Put a staged file in the place of `path`; a symbolic link stays, its target changes."""
    target = os.path.realpath(path)
    try:
        os.replace(temporary, target)
        sync_folder(os.path.dirname(target))
    except OSError as error:
        raise from_os(error, "write", path) from error


def write(path: str, data: bytes, *, mode: int | None = None) -> None:
    """Replace the content of `path` atomically and durably."""
    temporary = stage(path, data, mode=mode)
    try:
        replace(temporary, path)
    except BaseException:
        discard(temporary)
        raise


def create(path: str, data: bytes) -> bool:
    """Write a file only if nothing is there; whether it was written.

    A hard link of a complete file makes it appear whole, and never over an existing one.
    """
    if os.path.lexists(path):
        return False
    temporary = stage(path, data, suffix=CREATED_SUFFIX)
    try:
        os.link(temporary, path)
        sync_folder(os.path.dirname(path))
    except FileExistsError:
        return False
    except OSError:  # a file system without hard links
        replace(temporary, path)
    finally:
        discard(temporary)
    return True


def sync_folder(folder: str) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder or ".", os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: str) -> None:
    """Create a folder and those above it."""
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise from_os(error, "create", folder) from error


def discard(path: str) -> None:
    """Remove a file that may be gone already."""
    try:  # noqa: SIM105 (contextlib is too slow to import here)
        os.unlink(path)
    except OSError:
        pass


def append(path: str, data: bytes) -> None:
    """Append durably. The caller holds the workspace lock."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o666)
        try:
            view = memoryview(data)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise from_os(error, "write", path) from error
