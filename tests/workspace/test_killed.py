"""`kill -9` at any moment, and many writers at once: the plan stays whole and loses nothing."""

import json
import random
import signal
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from buildrunner.spec.diff import apply
from buildrunner.spec.document import index
from buildrunner.workspace import Workspace, files, journal
from buildrunner.workspace.editing import digest
from kits.workspaces import make_plan, place

# Edits without end; a line for each that was answered for.
LOOP = """
import sys
from buildrunner.workspace import Workspace
workspace, identifier, first = Workspace(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(first, first + int(sys.argv[4])):
    workspace.edit(
        [{"op": "set", "id": identifier, "field": "title", "value": f"title {number}"}],
        command="loop", actor="looper",
    )
    print(number, flush=True)
"""
KILLS = 20


def looper(workspace: Workspace, identifier: str, first: int, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", LOOP, workspace.root, identifier, str(first), str(count)],
        stdout=subprocess.PIPE,
        text=True,
    )


def title(workspace: Workspace, identifier: str) -> str:
    return str(index(workspace.read()[1])[identifier].value["title"])


def check_journal(workspace: Workspace) -> None:
    """Numbers without a gap, each entry begins where the one before ended, the last is the file."""
    entries = journal.entries(workspace)
    assert [entry["n"] for entry in entries] == list(range(1, len(entries) + 1))
    for one, next_one in pairwise(entries):
        assert one["after"] == next_one["before"]
    data = Path(workspace.plan_path).read_bytes()
    assert entries[-1]["after"] == digest(data)
    plan = json.loads(data)
    for entry in reversed(entries):
        plan = apply(plan, entry["inverse"])
    assert plan == make_plan(30)


def test_killed_at_any_moment(tmp_path: Path) -> None:
    workspace = place(tmp_path / "work", make_plan(30))
    rng = random.Random(7)
    first = 0
    for _ in range(KILLS):
        process = looper(workspace, "m1.s2.ms5", first, 10_000)
        assert process.stdout is not None
        said = -1
        for _ in range(rng.randint(1, 3)):
            said = int(process.stdout.readline())
        # Somewhere inside the next edit: microseconds of work for this process, not a sleep.
        for _ in range(rng.randint(0, 40_000)):
            pass
        process.send_signal(signal.SIGKILL)
        rest, _ = process.communicate()
        said = max([said, *(int(line) for line in rest.split())])
        # Readers need no recovery, and what was answered for is there.
        written = int(title(workspace, "m1.s2.ms5").removeprefix("title "))
        assert written in (said, said + 1)
        assert len(journal.entries(workspace)) == written + 1
        first = written + 1
    workspace.edit(
        [{"op": "set", "id": "m1.s1.ms1", "field": "title", "value": "after"}],
        command="last",
        actor="test",
    )
    check_journal(workspace)
    left = [*Path(workspace.plan_path).parent.iterdir(), *Path(workspace.state_dir).iterdir()]
    assert not [path for path in left if path.name.endswith(files.TEMPORARY_SUFFIX)]


def test_many_writers_lose_nothing(tmp_path: Path) -> None:
    workspace = place(tmp_path / "work", make_plan(30))
    names = [f"m1.s{step}.ms{number}" for step in (1, 2, 3) for number in (1, 2)]
    processes = [looper(workspace, name, 0, 5) for name in names]
    for process in processes:
        process.communicate(timeout=60)
        assert process.returncode == 0
    assert {title(workspace, name) for name in names} == {"title 4"}
    assert len(journal.entries(workspace)) == 5 * len(names)
    check_journal(workspace)


STEPS = ("append", "replace", "sync_folder", "stage", "discard")


@pytest.mark.parametrize("step", STEPS)
def test_stopped_before_each_step(tmp_path: Path, step: str) -> None:
    """The same, aimed: the process ends itself right before one call of the file layer."""
    workspace = place(tmp_path / "work", make_plan(30))
    for when in range(1, 6):
        code = (
            "import os, signal, sys\n"
            "from buildrunner.workspace import Workspace, files\n"
            f"real, left = files.{step}, {when}\n"
            "def last_call(*a, **k):\n"
            "    global left\n"
            "    left -= 1\n"
            "    if not left: os.kill(os.getpid(), signal.SIGKILL)\n"
            "    return real(*a, **k)\n"
            f"files.{step} = last_call\n"
            "Workspace(sys.argv[1]).edit([{'op': 'set', 'id': 'm1.s1.ms1', 'field': 'title',"
            f" 'value': 'try {when}'}}], command='x', actor='y')\n"
        )
        done = subprocess.run([sys.executable, "-c", code, workspace.root], check=False)
        assert done.returncode in (0, -signal.SIGKILL)
        entries = journal.entries(workspace)
        shown = title(workspace, "m1.s1.ms1")
        last = entries[-1]["operations"][0]["value"] if entries else "Microstep 1.1"
        assert shown == last
    workspace.edit(
        [{"op": "set", "id": "m1.s1.ms2", "field": "title", "value": "after"}],
        command="last",
        actor="test",
    )
    check_journal(workspace)
