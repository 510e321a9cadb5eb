"""What an installed copy gets: every file of the source, and nothing beside it."""

import os
import re
import subprocess
import tomllib
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


def pins(lock: str) -> dict[str, str]:
    """Name → version; every one of them has a hash, and nothing else is in the file."""
    found: dict[str, str] = {}
    text = (ROOT / "requirements" / f"{lock}.txt").read_text().replace("\\\n", " ")
    for line in text.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            match = re.fullmatch(
                r"([a-z0-9-]+)==([^ ;]+)( ;[^-]*?)?(\s+--hash=sha256:\w{64})+", line
            )
            assert match, line
            found[match[1]] = match[2]
    return found


def test_the_locks_agree_and_are_complete() -> None:
    locks = {name: pins(name) for name in ("build", "cli", "server", "dev")}
    assert locks["cli"].items() <= locks["server"].items() <= locks["dev"].items()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"]
    wanted = {
        "build": project["build-system"]["requires"],
        "cli": project["project"]["dependencies"],
        "server": extras["server"] + extras["mcp"],
        "dev": extras["dev"],
    }
    for lock, requirements in wanted.items():
        for requirement in requirements:
            name = re.split(r"[\[ <>=~!]", requirement)[0].lower().replace("_", "-")
            assert name in locks[lock], f"{name} is not in {lock}.txt; run script/lock"
