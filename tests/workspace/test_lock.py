"""One writer at a time, and a lock that dies with its holder."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from buildrunner.workspace import WorkspaceError
from buildrunner.workspace.lock import FileLock

HOLD = (
    "import sys; from buildrunner.workspace.lock import FileLock\n"
    "with FileLock(sys.argv[1]): print('held', flush=True); sys.stdin.read()"
)


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_nests_in_one_process(tmp_path: Path) -> None:
    lock = FileLock(str(tmp_path / "lock"))
    with lock, lock:
        assert lock.held
    assert not lock.held


def test_refusal_names_the_holder(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        with pytest.raises(WorkspaceError) as caught, FileLock(str(path), timeout=0.05):
            pass
        assert caught.value.code == "locked"
        assert f"process {process.pid}" in caught.value.message
        process.communicate()


def test_killed_holder_frees_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        process.send_signal(signal.SIGKILL)
        with FileLock(str(path), timeout=5):
            pass
        process.communicate()


def test_waits_for_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with holder(path) as process:
        got = threading.Event()

        def wait() -> None:
            with FileLock(str(path)):
                got.set()

        thread = threading.Thread(target=wait)
        thread.start()
        assert not got.is_set()
        process.communicate()
        thread.join(10)
        assert got.is_set()


def test_removed_lock_file_does_not_let_two_in(tmp_path: Path) -> None:
    """`git clean -fdx` may take the file away while somebody holds it."""
    path = tmp_path / "lock"
    first = FileLock(str(path))
    with first:
        os.unlink(path)
        with FileLock(str(path), timeout=1):
            assert path.exists()
    began = time.monotonic()
    with FileLock(str(path), timeout=5):
        assert time.monotonic() - began < 5


def test_unwritable_folder_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkspaceError) as caught, FileLock(str(tmp_path / "file" / "lock")):
        pass
    assert caught.value.code == "not_a_folder"
