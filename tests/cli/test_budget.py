"""What the hot commands may import, and that they start no process."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from buildrunner.workspace.index import is_settled, signature
from kits.program import Br

HOT = {
    "version": ["--version"],
    "front page": ["--help"],
    "help": ["help", "plan", "add"],
    "status": ["status"],
    "next": ["next"],
    "list": ["list"],
    "show": ["show", "m1.s1.ms1"],
    "list --ready": ["list", "--ready"],
}
# Each costs as much as a good part of a bare start. `re` is free only because pip's own console
# script imports it, so it is not ours to use either.
FORBIDDEN = {
    "argparse", "asyncio", "contextlib", "collections", "dataclasses", "datetime", "decimal", "email",
    "enum", "fcntl", "functools", "hashlib", "http", "httpx", "importlib", "inspect", "json",
    "jsonschema_rs", "logging", "msgspec", "pathlib", "random", "re", "select", "shutil", "socket",
    "ssl", "subprocess", "tempfile", "textwrap", "threading", "tomllib", "traceback", "typing",
    "unicodedata", "urllib", "uuid", "buildrunner.client", "buildrunner.cli.manual",
}  # fmt: skip
REPORT = (
    "import json, sys; before = set(sys.modules)\n"
    "from buildrunner.cli.main import main\n"
    "code = main(sys.argv[1:])\n"
    "sys.stderr.write(json.dumps([code, sorted(set(sys.modules) - before)]))"
)


def imported(br: Br, words: list[str]) -> set[str]:
    """The modules a run imports beyond what a bare interpreter of this installation has."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", REPORT, *words],
        cwd=br.cwd,
        env=br.env | {"BR_ACTOR": "ada"},
        capture_output=True,
        text=True,
        check=True,
    )
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0
    return set(modules)


def settle(br: Br) -> None:
    """Let the plan grow old enough to be indexed, and index it."""
    while not is_settled(signature(str(br.plan_path)), time.time_ns()):
        time.sleep(0.01)
    assert br("status").code == 0
    assert Path(br.cwd, "buildrunner", "state", "index.json").exists()


@pytest.mark.parametrize("name", HOT)
def test_hot_commands_stay_light(repo: Br, name: str) -> None:
    settle(repo)
    modules = imported(repo, HOT[name])
    assert not modules & FORBIDDEN
    assert len(modules) <= 36, sorted(modules)


@pytest.mark.parametrize("words", [["--version"], ["--help"]])
def test_the_first_answers_import_almost_nothing(empty: Br, words: list[str]) -> None:
    assert len(imported(empty, words)) <= 6


def test_no_command_module_is_imported_by_another_commands_run(repo: Br) -> None:
    settle(repo)
    commands = {m for m in imported(repo, ["status"]) if m.startswith("buildrunner.cli.commands.")}
    assert commands == {"buildrunner.cli.commands.progress"}


def test_every_command_can_be_imported_alone() -> None:
    from buildrunner.cli.table import COMMANDS, HIDDEN

    rows = sorted({(row[0], row[1]) for row in {**COMMANDS, **HIDDEN}.values()})
    code = "import importlib, sys\n" + "".join(
        f"getattr(importlib.import_module({module!r}), {function!r})\n" for module, function in rows
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
