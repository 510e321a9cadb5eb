"""`br blueprint`: applied, undone, chosen, upgraded, and what is not taken."""

from __future__ import annotations

import json
from typing import Any

import pytest

from kits.packs import microstep, small
from kits.program import Br


def write(br: Br, name: str, document: dict[str, Any]) -> str:
    (br.cwd / name).write_text(json.dumps(document, indent=2))
    return name


def test_an_apply_is_one_entry_that_undo_takes_back(br: Br) -> None:
    before = br.plan
    done = br.ok("blueprint", "apply", "billing", "auth", "--set", "attempts=3")
    assert done["entry"] == 1
    assert done["counts"]["added"] == 27
    assert [pack["name"] for pack in done["packs"]] == ["billing", "auth"]
    assert br("lint").code == 0
    again = br.ok("blueprint", "apply", "auth", "billing", "--set", "attempts=3")
    assert (again["entry"], again["operations"]) == (None, [])
    assert br("undo").code == 0
    assert br.plan["milestones"] == before["milestones"]
    assert "blueprints" not in br.plan


def test_a_choice_exits_5_and_writes_nothing(br: Br) -> None:
    document = small()
    document["plan"]["milestones"][0]["title"] = br.plan["milestones"][0]["title"]
    name = write(br, "pack.json", document)
    before = br.plan_path.read_text()
    done = br("--json", "blueprint", "apply", name)
    assert done.code == 5
    error = json.loads(done.out)["error"]
    assert error["code"] == "blueprint_conflict"
    assert error["next_command"] == "br blueprint apply pack.json --resolve m1.title=keep"
    assert br.plan_path.read_text() == before
    assert br("blueprint", "apply", name, "--dry-run").code == 5
    assert br("blueprint", "apply", name, "--resolve", "m1.title=both").code == 0
    assert len(br.plan["milestones"]) == 2


def test_an_upgrade_merges_with_the_version_applied_before(br: Br) -> None:
    first = small()
    microstep(first, 0)["criteria"] = ["a", "b", "c"]
    br.ok("blueprint", "apply", write(br, "pack.json", first))
    place = next(
        each["id"]
        for step in br.plan["milestones"][1]["steps"]
        for each in step["microsteps"]
        if each["title"] == "One"
    )
    br.ok("plan", "edit", place, "--criterion", "ours")
    later = small("1.1.0")
    microstep(later, 0)["criteria"] = ["new", "a", "b", "c"]
    done = br.ok("blueprint", "apply", write(br, "pack.json", later))
    assert done["conflicts"] == []
    step = br.plan["milestones"][1]["steps"][0]
    assert step["microsteps"][0]["criteria"] == ["new", "a", "b", "c", "ours"]


def test_a_broken_pack_is_told_by_line(br: Br) -> None:
    document = small()
    microstep(document, 0)["status"] = "done"
    name = write(br, "pack.json", document)
    done = br("blueprint", "apply", name)
    line = next(
        number
        for number, text in enumerate((br.cwd / name).read_text().splitlines(), 1)
        if '"status"' in text
    )
    assert done.code == 1
    assert f"pack.json:{line}:" in done.err
    assert "BP401" in done.err
    assert br("blueprint", "lint", name).code == 1


@pytest.mark.parametrize("url", ["http://example.org/p.json", "file:///etc/passwd", "ftp://x/y"])
def test_only_https_is_fetched(br: Br, url: str) -> None:
    done = br("blueprint", "apply", url)
    assert done.code == 2
    assert "https" in done.err


def test_wrong_names_and_values_are_told(br: Br) -> None:
    assert "data-pipeline" in br("blueprint", "show", "nothing").err
    assert br("blueprint", "apply", "auth", "--set", "nothing=1").code == 2
    wrong = br("blueprint", "apply", "auth", "--set", "attempts=many")
    assert wrong.code == 2
    assert "whole number" in wrong.err
    assert br("blueprint", "apply", "auth", "--resolve", "x=maybe").code == 2


def test_checks_of_a_pack_are_not_trusted_by_applying_it(br: Br) -> None:
    document = small()
    check = {"id": "touch", "criterion": 0, "kind": "command", "run": "touch harm"}
    microstep(document, 0)["checks"] = [check]
    br.ok("blueprint", "apply", write(br, "pack.json", document))
    br("qa", "run", "--all")
    assert not (br.cwd / "harm").exists()


def test_an_export_comes_back_in(br: Br) -> None:
    br.ok("blueprint", "export", "m1", "--name", "ours", "--out", "ours.json")
    text = json.loads((br.cwd / "ours.json").read_text())
    assert text["name"] == "ours"
    assert br("blueprint", "apply", "ours.json", "--resolve", "*=both").code == 0
    assert br("lint").code == 0
    refused = br("blueprint", "export", "--name", "x", "--out", "buildrunner/specs/plan.json")
    assert refused.code != 0
