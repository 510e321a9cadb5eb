"""What an installed copy gets: every file of the source, and nothing beside it."""

import os
import subprocess
import zipfile
from pathlib import Path

import pytest
from flit_core import buildapi

ROOT = Path(__file__).parents[2]


def test_the_wheel_holds_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    wheel = zipfile.ZipFile(tmp_path / buildapi.build_wheel(os.fspath(tmp_path)))
    inside = {name for name in wheel.namelist() if ".dist-info/" not in name}
    source = {
        path.relative_to(ROOT / "src").as_posix()
        for path in (ROOT / "src").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert inside == source
    assert "buildrunner/py.typed" in inside


def test_no_file_names_a_registry_or_a_machine() -> None:
    """Where packages come from is the machine's own configuration."""
    hosts = (
        "py" + r"pi\.org",
        "pythonhos" + r"ted\.org",
        "npm" + r"js\.(org|com)",
        "deb.debian" + ".org",
    )
    options = ("--index-" + "url", "--find-" + "links", "--trusted-" + "host")
    found = subprocess.run(
        ["git", "grep", "-nIE", "|".join([*hosts, *(f"^ *{option}" for option in options)])],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout == ""
    assert found.returncode == 1  # looked, and found nothing
