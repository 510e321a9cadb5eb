"""The index is never wrong: any change of the plan is seen, nothing shipped or broken is believed."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from buildrunner.workspace import Workspace
from buildrunner.workspace.index import INDEX, is_settled, signature, summarize, summary
from kits.workspaces import make_plan, place


def settle(workspace: Workspace) -> None:
    """Make the plan old enough for its index to be kept, by its own clock."""
    while not is_settled(signature(workspace.plan_path), time.time_ns()):
        time.sleep(0.01)


def kept(workspace: Workspace) -> Path:
    return Path(workspace.state_dir, INDEX)


def ready(workspace: Workspace) -> None:
    workspace.ensure_state()
    settle(workspace)
    summary(workspace)
    assert kept(workspace).exists()


def test_second_answer_comes_from_the_index(workspace: Workspace) -> None:
    ready(workspace)
    content = json.loads(kept(workspace).read_text())
    content["value"]["title"] = "from the index"
    kept(workspace).write_text(json.dumps(content))
    assert summary(workspace)["title"] == "from the index"


def test_an_edit_of_equal_size_is_seen(workspace: Workspace) -> None:
    ready(workspace)
    path = Path(workspace.plan_path)
    before = path.stat()
    with path.open("r+") as file:  # in place: the inode stays
        text = file.read()
        file.seek(0)
        file.write(text.replace('"todo"', '"done"', 1))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (
        before.st_ino, before.st_size, before.st_mtime_ns,
    )  # fmt: skip
    assert summary(workspace)["counts"]["done"] == 1


def test_a_plan_just_written_is_not_indexed(workspace: Workspace) -> None:
    workspace.ensure_state()
    path = Path(workspace.plan_path)
    path.write_text(path.read_text())
    summary(workspace)
    moment = time.time_ns()
    if not is_settled(signature(workspace.plan_path), moment):
        assert not kept(workspace).exists()
    future = time.time() + 3600
    os.utime(path, (future, future))
    kept(workspace).unlink(missing_ok=True)
    summary(workspace)
    assert not kept(workspace).exists()


def test_whole_second_clocks_wait_longer() -> None:
    moment = 1_000_000_000_000_000_000
    fine = [1, 1, 1, moment - 60_000_001, moment - 60_000_001]
    assert is_settled(fine, moment)
    coarse = [1, 1, 1, moment - 1_000_000_000, moment - 1_000_000_000]
    assert not is_settled(coarse, moment)
    assert is_settled([1, 1, 1, moment - 3_000_000_000, moment - 3_000_000_000], moment)


@pytest.mark.parametrize(
    "content",
    [
        "", "{", "[]", "\x00\xff", "{}", '{"schema": 1}', '{"schema": 999, "of": [], "value": {}}',
        '{"schema": 1, "br": "0.1.0", "of": [1, 2, 3, 4, 5], "value": {"title": "lie"}}',
    ],
)  # fmt: skip
def test_broken_or_foreign_indexes_are_ignored(workspace: Workspace, content: str) -> None:
    ready(workspace)
    kept(workspace).write_text(content)
    assert summary(workspace) == summarize(workspace.read()[1])


def test_no_state_folder_is_no_error(workspace: Workspace) -> None:
    settle(workspace)
    assert summary(workspace)["counts"]["total"] == 9
    assert not Path(workspace.state_dir).exists()


def test_an_index_that_cannot_be_written_is_no_error(workspace: Workspace) -> None:
    settle(workspace)
    workspace.ensure_state()
    kept(workspace).mkdir()
    assert summary(workspace)["counts"]["total"] == 9
    assert [path.name for path in Path(workspace.state_dir).iterdir() if "index" in path.name] == [
        INDEX
    ]


statuses = st.sampled_from(["todo", "doing", "blocked", "done", "todo"])


@settings(max_examples=25)
@given(data=st.data())
def test_counts_add_up(data: Any) -> None:
    plan = make_plan()
    names = [f"m1.s{s}.ms{n}" for s in (1, 2, 3) for n in (1, 2, 3)]
    for step in plan["milestones"][0]["steps"]:
        for microstep in step["microsteps"]:
            microstep["status"] = data.draw(statuses)
            earlier = names[: names.index(microstep["id"])]
            if earlier and data.draw(st.booleans()):
                microstep["depends_on"] = [data.draw(st.sampled_from(earlier))]
    found = summarize(plan)
    counts = found["counts"]
    assert counts["total"] == 9
    assert counts["todo"] + counts["doing"] + counts["blocked"] + counts["done"] == 9
    assert counts["ready"] + counts["waiting"] == counts["todo"]
    assert len(found["next"]) == counts["ready"]
    for name in counts:
        assert sum(milestone[name] for milestone in found["milestones"]) == counts[name]


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"milestones": None},
        {"milestones": [1, None, {"id": 5, "steps": "x"}]},
        {"milestones": [{"steps": [{"microsteps": [{}, {"status": 3}, {"status": ["todo"]}]}]}]},
    ],
)
def test_malformed_plans_are_counted_as_far_as_they_go(
    tmp_path: Path, plan: dict[str, Any]
) -> None:
    workspace = place(tmp_path / "w", plan)
    assert summary(workspace)["counts"]["total"] >= 0
