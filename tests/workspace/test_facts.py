"""What a repository shows of itself, without running or following anything."""

from __future__ import annotations

import time
from pathlib import Path

from buildrunner.workspace.facts import MOST_MARKS, gather


def written(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


def test_readme_marks_tests_ci_and_languages(tmp_path: Path) -> None:
    written(tmp_path, "README.md", "# Parcels\n\n## Roadmap\n\n- Search\n")
    written(tmp_path, "LICENSE", "MIT")
    written(tmp_path, "pyproject.toml", "[project]\n")
    written(tmp_path, ".github/workflows/test.yml", "on: push\n")
    written(tmp_path, "src/carriers/dhl.py", "x = 1  # TODO(ana): retry\n/* FIXME leak */\n")
    written(tmp_path, "src/carriers/ups.py", "todos = []  # not a mark: TODOS\n")
    written(tmp_path, "src/labels/a.py", "")
    written(tmp_path, "src/labels/b.py", "")
    written(tmp_path, "tests/test_labels.py", "import labels\n")
    written(tmp_path, "node_modules/x/index.js", "// TODO: theirs\n")
    (tmp_path / "out.py").symlink_to("/etc/hostname")
    facts = gather(str(tmp_path))
    assert facts["readme_path"] == "README.md"
    assert facts["license"] == "LICENSE"
    assert facts["ci"] == [".github/workflows/test.yml"]
    assert facts["manifests"] == ["pyproject.toml"]
    assert facts["languages"] == {"Python": 5}
    assert facts["tests"] == 1
    assert facts["untested"] == ["src/carriers"]
    assert [(row["path"], row["line"], row["kind"], row["text"]) for row in facts["marks"]] == [
        ("src/carriers/dhl.py", 1, "TODO", "(ana): retry"),
        ("src/carriers/dhl.py", 2, "FIXME", "leak"),
    ]


def test_large_files_take_linear_time_and_marks_are_capped(tmp_path: Path) -> None:
    written(tmp_path, "src/a.py", "# TODO: x\n" * 40_000)
    began = time.process_time()
    assert len(gather(str(tmp_path))["marks"]) == MOST_MARKS
    assert time.process_time() - began < 2
