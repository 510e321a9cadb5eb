"""Folders to run `br` in: empty, with the template plan, in a repository with it committed."""

import shutil
from pathlib import Path

import pytest

from kits.program import Br, clean_environment


def _place(folder: Path) -> Br:
    home, work = folder / "home", folder / "work"
    home.mkdir()
    work.mkdir(exist_ok=True)
    return Br(work, clean_environment(home))


@pytest.fixture
def empty(tmp_path: Path) -> Br:
    """`br` in an empty folder outside git."""
    return _place(tmp_path)


@pytest.fixture(scope="session")
def committed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the committed template, to copy from."""
    made = _place(tmp_path_factory.mktemp("template"))
    made.git("init", "-q", "-b", "main")
    made.ok("init", "--title", "Demo")
    made.git("add", "-A")
    made.git("commit", "-q", "-m", "start")
    return made.cwd


@pytest.fixture
def br(committed: Path, tmp_path: Path) -> Br:
    """`br` in a fresh workspace with the template plan, outside git."""
    shutil.copytree(committed, tmp_path / "work")
    shutil.rmtree(tmp_path / "work" / ".git")
    return _place(tmp_path)


@pytest.fixture
def repo(committed: Path, tmp_path: Path) -> Br:
    """`br` in a git repository whose template plan is committed."""
    shutil.copytree(committed, tmp_path / "work")
    return _place(tmp_path)
