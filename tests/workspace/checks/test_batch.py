"""Many jobs at once: every one is heard of once, in whatever order they end."""

import json
import subprocess
from pathlib import Path

import pytest

from buildrunner.spec.document import microsteps
from buildrunner.workspace import Workspace
from buildrunner.workspace.checks.batch import FINISHED, STARTED, Batch
from buildrunner.workspace.checks.selection import duties, jobs
from kits.workspaces import make_plan, place


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    plan = make_plan()
    for number, step in enumerate(plan["milestones"][0]["steps"]):
        step["checks"] = [{"id": "same", "kind": "command", "run": "echo all"}]
        for place_, microstep in enumerate(step["microsteps"]):
            run = f"echo {number}.{place_}; exit {place_}"
            microstep["checks"] = [{"id": "own", "kind": "command", "run": run}]
    made = place(tmp_path / "work", plan)
    made.ensure_state()
    subprocess.run(["git", "init", "-q"], cwd=made.root, check=True)
    for name in range(50):
        Path(made.root, f"{name}.txt").write_text(str(name))
    return made


def test_every_duty_has_its_outcome(workspace: Workspace) -> None:
    _, plan = workspace.read()
    chosen = duties(microsteps(plan))
    work = jobs(chosen)
    assert len(chosen) == 18
    assert len(work) == 10  # nine of their own, one that all share
    heard: list[str] = []
    found: dict[str, int | None] = {}
    for event in Batch(workspace, work, 6).run():
        heard.append(event.what)
        for duty in event.job if event.what == FINISHED else ():
            outcome = event.outcome_of(duty)
            assert not outcome.changed, outcome.verdict
            assert outcome.subject.startswith("sha256:")
            found[duty.name] = outcome.exit
    assert (heard.count(STARTED), heard.count(FINISHED)) == (10, 10)
    assert found["m1.s2.ms3 own"] == 2
    assert found["m1.s2.ms3 same"] == 0
    assert len(found) == 18
    assert json.loads(Path(workspace.state_dir, "content.json").read_text())


def test_what_goes_wrong_with_one_is_said_of_it_alone(workspace: Workspace) -> None:
    _, plan = workspace.read()
    microstep = plan["milestones"][0]["steps"][0]["microsteps"][0]
    microstep["checks"][0]["paths"] = ["../outside"]
    outcomes = {}
    for event in Batch(workspace, jobs(duties(microsteps(plan))), 2).run():
        for duty in event.job if event.what == FINISHED else ():
            outcomes[duty.name] = event.outcome_of(duty)
    assert outcomes["m1.s1.ms1 own"].verdict.outcome == "error"
    assert outcomes["m1.s1.ms1 own"].subject == ""
    assert outcomes["m1.s2.ms1 own"].verdict.passed
