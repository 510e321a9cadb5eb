"""The data folder's disk runs full under load, and is cleared."""

import contextlib
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kits import processes
from kits.load import Load
from kits.product import Product

pytestmark = pytest.mark.e2e

SIZE = 220  # MB: a new cluster takes about 120
FILLER = "filler"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of its own; `None` where this machine does not let us mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    place.chmod(0o755)
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m,mode=0755", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        yield None
        return
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def fill(disk: Path) -> None:
    """Take every byte that is left, more than once: what is written gives back a little."""
    with contextlib.suppress(OSError), (disk / FILLER).open("ab") as file:
        while True:
            file.write(b"\0" * 65536)
            file.flush()


def limit(product: Product, size: str) -> None:
    """No file of PostgreSQL may grow beyond `size`: to it that is a full disk as well.

    Asked for as the account it runs as: root may be forbidden it in a container.
    """
    for pid in processes.find(product.process.pid, "postgres"):
        with contextlib.suppress(FileNotFoundError):
            owner = Path(f"/proc/{pid}").stat()
            account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
            subprocess.run(
                ["prlimit", "--pid", str(pid), f"--fsize={size}:"],
                check=bool(processes.command(pid)),
                **(account if os.geteuid() == 0 else {}),  # type: ignore[arg-type]
            )


def test_a_full_disk_refuses_writes_and_loses_none(small_disk: Path | None, tmp_path: Path) -> None:
    folder = (small_disk or tmp_path) / "data"
    product = Product(folder, embedded=True)
    try:
        full: Callable[[], None]
        clear: Callable[[], None]
        if small_disk is not None:
            full = lambda: fill(small_disk)  # noqa: E731
            clear = (small_disk / FILLER).unlink
        else:
            full = lambda: limit(product, "0")  # noqa: E731
            clear = lambda: limit(product, "unlimited")  # noqa: E731
        load = Load(product.url, product.api_key)
        with load:
            load.await_writes(20)
            full()
            refused = load.answers[503]
            deadline = time.monotonic() + 30
            while load.answers[503] < refused + 5:
                assert time.monotonic() < deadline, f"never full: {load.answers}"
                full()
                time.sleep(0.1)
            time.sleep(1)
            clear()
            began = time.monotonic()
            load.await_writes(20)
            back = time.monotonic() - began
        load.check()
        kind = "a small disk" if small_disk else "a limit on the size of files"
        print(f"{kind}: {dict(load.answers)}; 20 writes {back:.1f} s after it was cleared")
        assert set(load.answers) <= {200, 503}
    finally:
        assert product.stop() in {0, 130}
