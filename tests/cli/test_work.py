"""From `next` to `done`: readiness, leases, refusals, log and undo as they are typed."""

import json
import subprocess
import time
from typing import Any

import pytest

from kits.program import Br


def test_the_way_of_a_microstep(br: Br) -> None:
    suggested = br.ok("next")["next"]
    assert suggested["id"] == "m1.s1.ms1"
    assert suggested["reasons"][0].startswith("ready")
    assert suggested["criteria"]
    started = br.ok("start", "m1.s1.ms1")
    assert started["microsteps"][0]["status"] == "doing"
    assert started["claim"]["holder"] == "ada"
    assert br.ok("status")["doing"][0]["claim"]["holder"] == "ada"
    done = br.finish("m1.s1.ms1")
    assert done["unblocked"] == ["m1.s1.ms2"]
    assert br.ok("claim")["claims"] == []
    counts = br.ok("status")["counts"]
    assert (counts["done"], counts["ready"], counts["waiting"]) == (1, 1, 1)


def test_done_waits_for_what_it_depends_on(br: Br) -> None:
    text = br.plan_path.read_text()
    answer = br("done", "m1.s2.ms1", "--json")
    assert answer.code == 1
    assert answer.error["code"] == "dependencies_unfinished"
    assert answer.error["missing"] == ["m1.s1.ms2"]
    assert answer.error["next_command"] == "br start m1.s1.ms1"
    assert br.plan_path.read_text() == text
    # In one go, in order, it is allowed; in the wrong order nothing is written.
    assert br("done", "m1.s1.ms2", "m1.s1.ms1").code == 1
    assert br.plan_path.read_text() == text
    br.finish("m1.s1.ms1", "m1.s1.ms2", "m1.s2.ms1")
    assert br("next", "--json").error["code"] == "nothing_ready"


def test_dependencies_of_the_step_count(br: Br) -> None:
    br.ok("plan", "edit", "m1.s2", "--depends-on", "m1.s1")
    br.ok("plan", "edit", "m1.s2.ms1", "--unset", "depends_on")
    assert br("done", "m1.s2.ms1", "--json").error["missing"] == ["m1.s1"]


def test_block_needs_a_reason_and_keeps_it(br: Br) -> None:
    assert br("block", "m1.s1.ms1", "--json").error["code"] == "reason_missing"
    br.ok("block", "m1.s1.ms1", "waiting for legal")
    assert br.microstep("m1.s1.ms1")["blocked_reason"] == "waiting for legal"
    assert "waiting for legal" in br("status").out
    assert br("next", "--json").error["next_command"] == "br graph --blocked"
    br.ok("todo", "m1.s1.ms1")
    assert "blocked_reason" not in br.microstep("m1.s1.ms1")


def test_statuses_are_steps_only_microsteps_take(br: Br) -> None:
    assert br("start", "m1.s1", "--json").error["code"] == "not_a_microstep"
    answer = br("start", "m1.s1.ms", "--json")
    assert answer.error["code"] == "unknown_id"
    assert "m1.s1.ms1" in answer.json["nearest"]


def test_repeating_is_harmless(br: Br) -> None:
    br.finish("m1.s1.ms1")
    text = br.plan_path.read_text()
    assert br.ok("done", "m1.s1.ms1")["changed"] is False
    assert br("start", "m1.s1.ms1", "--json").error["code"] == "already_done"
    assert br.plan_path.read_text() == text
    assert len(br.ok("log")["entries"]) == 1


def test_somebody_elses_microstep(br: Br) -> None:
    br.ok("start", "m1.s1.ms1", "--as", "bob")
    for command in ("start", "done", "todo", "claim"):
        answer = br(command, "m1.s1.ms1", "--json")
        assert (answer.code, answer.error["code"]) == (5, "claim_held"), command
    assert br("block", "m1.s1.ms1", "why", "--json").code == 5
    assert br("release", "m1.s1.ms1", "--json").code == 5
    br.finish("m1.s1.ms1", BR_ACTOR="bob")


def test_one_name_twice(br: Br) -> None:
    br.ok("start", "m1.s1.ms1")
    assert br("start", "m1.s1.ms1", "--json").error["code"] == "claim_held"
    br.ok("start", "m1.s1.ms1", "--as", "ada")  # who names itself goes on with its own
    br.ok("claim", "m1.s1.ms1", "--renew", "--ttl", "1d")
    br.ok("release", "m1.s1.ms1", "--as", "bob", "--force")


def test_a_lease_runs_out(br: Br) -> None:
    lease = br.ok("claim", "m1.s1.ms1", "--as", "bob", "--ttl", "1s")["claim"]
    while time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()) < lease["expires_at"]:
        time.sleep(0.05)
    assert br.ok("start", "m1.s1.ms1")["claim"]["holder"] == "ada"


def test_ttl_comes_from_the_settings_too(br: Br) -> None:
    (br.cwd / "buildrunner" / "config.toml").write_text('ttl = "90s"\n')
    assert br("claim", "m1.s1.ms1", "--ttl", "8d").code == 2
    lease = br.ok("claim", "m1.s1.ms1")["claim"]
    assert lease["since"] < lease["expires_at"]
    assert br("claim", "m1.s1.ms2", BR_TTL="nonsense").code == 2


def wide(br: Br, count: int) -> None:
    plan = br.plan
    plan["milestones"][0]["steps"] = [
        {
            "id": "m1.s1",
            "title": "Many",
            "microsteps": [
                {"id": f"m1.s1.ms{n}", "title": f"Task {n}", "status": "todo", "criteria": ["x"]}
                for n in range(1, count + 1)
            ],
        }
    ]
    br.write(plan)


@pytest.mark.parametrize("named", [False, True])
def test_agents_at_once_get_different_work(br: Br, named: bool) -> None:
    wide(br, 12)
    runs = [
        subprocess.Popen(
            br.command("next", "--start", "--json", *(["--as", f"agent-{n}"] if named else [])),
            cwd=br.cwd, env=br.env, stdout=subprocess.PIPE, text=True,
        )
        for n in range(8)
    ]  # fmt: skip
    taken = [json.loads(run.communicate(timeout=60)[0])["next"]["id"] for run in runs]
    assert len(set(taken)) == 8
    assert {br.microstep(name)["status"] for name in taken} == {"doing"}
    assert len(br.ok("claim")["claims"]) == 8


def test_next_passes_over_what_is_held(br: Br) -> None:
    wide(br, 40)
    for n in range(1, 31):
        br.ok("claim", f"m1.s1.ms{n}", "--as", "bob") if n in (1, 2, 30) else None
    assert br.ok("next")["next"]["id"] == "m1.s1.ms3"
    assert br.ok("next", "--as", "bob")["next"]["id"] == "m1.s1.ms1"
    assert len(br.ok("next", "-n", "39")["candidates"]) == 37


def test_everything_held(br: Br) -> None:
    br.ok("claim", "m1.s1.ms1", "--as", "bob")
    assert br("next", "--json").error["code"] == "all_claimed"


def test_next_says_why_there_is_nothing(empty: Br) -> None:
    empty.ok("init")
    plan = empty.plan
    plan["milestones"] = []
    empty.write(plan)
    assert "no microsteps" in empty("next").err


def test_a_status_change_is_a_one_line_diff(repo: Br) -> None:
    repo.ok("start", "m1.s1.ms1")
    changed = [
        line for line in repo.git("diff", "-U0").splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")
    ]  # fmt: skip
    assert len(changed) == 2


def test_log_and_undo(br: Br) -> None:
    br.ok("start", "m1.s1.ms1")
    br.ok("plan", "edit", "m1.s1.ms2", "--title", "New")
    br.finish("m1.s1.ms1")
    entries = br.ok("log")["entries"]
    assert [e["command"] for e in entries] == [
        "done m1.s1.ms1", "plan edit m1.s1.ms2", "start m1.s1.ms1",
    ]  # fmt: skip
    assert [e["n"] for e in br.ok("log", "m1.s1.ms2")["entries"]] == [2]
    assert [e["n"] for e in br.ok("log", "m1.s1", "-n", "1")["entries"]] == [3]
    assert br.ok("undo", "--dry-run")["entry"] is None
    br.ok("undo")
    assert br.microstep("m1.s1.ms1")["status"] == "doing"
    br.ok("undo", "1")
    assert br.microstep("m1.s1.ms1")["status"] == "todo"
    assert br.microstep("m1.s1.ms2")["title"] == "New"
    assert [e["undone"] for e in br.ok("log")["entries"]] == [False, False, True, False, True]
    br.ok("undo", "--redo")
    assert br.microstep("m1.s1.ms1")["status"] == "doing"


def test_undo_conflict(br: Br) -> None:
    br.ok("plan", "edit", "m1", "--title", "One")
    br.ok("plan", "edit", "m1", "--title", "Two")
    answer = br("undo", "1", "--json")
    assert (answer.code, answer.error["code"]) == (5, "undo_conflict")
    assert answer.error["missing"] == ["m1.title"]
    assert answer.json["conflicts"][0]["ours"] == "Two"


def test_edits_outside_show_in_the_log(br: Br) -> None:
    br.ok("start", "m1.s1.ms1")
    plan: dict[str, Any] = br.plan
    plan["milestones"][0]["title"] = "By hand"
    br.write(plan)
    br.finish("m1.s1.ms1")
    entry = br.ok("log")["entries"][1]
    assert (entry["kind"], entry["actor"]) == ("outside", "")
    assert "edited outside br" in br("log").out
    br.ok("undo")
    assert br.plan["milestones"][0]["title"] == "By hand"
