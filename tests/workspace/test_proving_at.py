"""The content of a commit has the digest that its working tree has."""

import os
import subprocess
from pathlib import Path

import pytest

from buildrunner.workspace import Workspace
from buildrunner.workspace.content import Content
from buildrunner.workspace.proving_at import Commit
from kits.workspaces import make_plan, place


@pytest.mark.parametrize("prefix", ["", "part/"])
def test_a_commit_has_the_digest_of_its_working_tree(tmp_path: Path, prefix: str) -> None:
    workspace: Workspace = place(tmp_path / prefix, make_plan())
    root = Path(workspace.root)
    for name, text in {
        "a.py": "x\n",
        "sub/b.py": "y\n",
        "sub/ü.txt": "z",
        "run.sh": "#!\n",
    }.items():
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    (root / "run.sh").chmod(0o755)
    os.symlink("a.py", root / "link")
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    for words in (
        ["init", "-q"],
        ["add", "-A"],
        ["-c", "user.name=A", "-c", "user.email=a@b", "commit", "-q", "-m", "x"],
    ):
        subprocess.run(["git", *words], cwd=tmp_path, check=True, env=environment)
    commit, content = Commit(str(tmp_path), "HEAD", prefix), Content(workspace)
    for paths in ((), ("sub",), ("*.py",), ("**/*.py", "run.sh"), ("link",), ("none",)):
        assert commit.digest(paths) == content.digest(paths)
    assert commit.digest(("buildrunner/specs",)) == content.digest(("buildrunner/specs",))
    assert commit.digest(("../outside",)) is None
