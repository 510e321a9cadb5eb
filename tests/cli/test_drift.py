"""`br drift`: every kind of finding in real repositories, each with its place and what mends it."""

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from buildrunner.spec.document import index
from kits.checked import give
from kits.program import Br

ONE, TWO = "m1.s1.ms1", "m1.s1.ms2"
OLD = "2020-01-02T03:04:05Z"


def commit(br: Br, name: str, message: str, **env: str) -> None:
    path = Path(br.cwd, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{name} {message} {time.monotonic_ns()}\n")
    br.git("add", "-A")
    done = Br(br.cwd, br.env | env)
    done.git("commit", "-q", "-m", message)


def plan_of(br: Br) -> dict[str, Any]:
    return json.loads(Path(br.cwd, "buildrunner/specs/plan.json").read_text())


def set_status(br: Br, identifier: str, status: str) -> None:
    """As an editor would: `br` is not asked."""
    plan = plan_of(br)
    index(plan)[identifier].value["status"] = status
    Path(br.cwd, "buildrunner/specs/plan.json").write_text(json.dumps(plan, indent=2) + "\n")


def found(br: Br, *words: str, code: int = 1) -> dict[str, dict[str, Any]]:
    """code → its first finding."""
    answer = br("drift", "--json", *words)
    assert answer.code == code, answer.out + answer.err
    first: dict[str, dict[str, Any]] = {}
    for each in answer.json["findings"]:
        first.setdefault(each["code"], each)
    return first


def test_a_fresh_repository_is_clean_and_says_what_was_not_asked(repo: Br) -> None:
    answer = repo("drift")
    assert (answer.code, answer.out) == (0, "")
    assert "the server was not asked" in answer.err
    assert "nothing drifted" in answer.err
    told = repo("drift", "--json").json
    assert told["clean"] is True
    assert told["server"]["checked"] is False
    assert told["since"]["what"] == "the commit that brought the plan"


def test_outside_git_the_rest_is_looked_at(br: Br) -> None:
    set_status(br, ONE, "done")
    answer = br("drift")
    assert answer.code == 1
    assert "Done without proof" in answer.out
    assert "no git commits here" in answer.err


def test_done_by_hand_is_found_at_its_line(repo: Br) -> None:
    set_status(repo, ONE, "done")
    finding = found(repo)["done_unproven"]
    path, line = finding["where"].split(":")
    assert path == "buildrunner/specs/plan.json"
    text = Path(repo.cwd, path).read_text().split("\n")[int(line) - 1]
    assert '"status": "done"' in text
    assert finding["id"] == ONE
    assert finding["milestone"] == "m1"
    assert finding["command"].startswith("br ")


def test_a_check_that_fails_now_and_one_that_was_passed_by_other_content(repo: Br) -> None:
    Path(repo.cwd, "door").write_text("open")
    give(repo, {"kind": "command", "run": "grep -q open door", "paths": ["door"]})
    repo.ok("qa", "run", ONE)
    repo.ok("done", ONE)
    assert "evidence_stale" not in found(repo, code=0)
    Path(repo.cwd, "door").write_text("shut")
    finding = found(repo)["evidence_stale"]
    assert finding["command"].startswith("br qa run")
    assert "check_failing" in found(repo, "--run")
    Path(repo.cwd, "door").write_text("open")
    assert repo("drift", "--run").code == 0


def test_the_policy_may_ask_for_no_proof(repo: Br) -> None:
    set_status(repo, ONE, "done")
    Path(repo.cwd, "governance").mkdir()
    Path(repo.cwd, "governance/policy.yml").write_text("evidence: {mode: 'off'}\n")
    assert "done_unproven" not in found(repo, code=0)


def test_commits_that_name_what_nobody_planned(repo: Br) -> None:
    commit(repo, "a.py", f"feat: a ({ONE}), after m9.s9.ms9")
    finding = found(repo)["microstep_unknown"]
    assert finding["id"] == "m9.s9.ms9"
    assert finding["where"].startswith("commit ")
    assert finding["command"].startswith("git show ")
    repo.ok("plan", "remove", TWO, "--cascade")
    commit(repo, "b.py", f"feat({ONE}): b, {TWO} is dropped")
    told = repo("drift", "--json").json["findings"]
    gone = next(each for each in told if each.get("id") == TWO)
    assert "no longer in the plan" in gone["what"]


def test_files_without_a_microstep_and_what_covers_them(repo: Br) -> None:
    commit(repo, "src/named.py", f"feat({ONE}): named")
    commit(repo, "src/loose one.py", "wip")
    commit(repo, "docs/page.md", "words")
    told = repo("drift", "--json").json["findings"]
    assert [each["path"] for each in told] == ["docs/page.md", "src/loose one.py"]
    assert told[0]["command"] == "git commit --amend"
    assert "'src/loose one.py'" in told[1]["command"]
    give(repo, {"kind": "command", "run": "true", "paths": ["docs", "src/*.py"]})
    assert "file_unplanned" not in found(repo, code=0)


def test_a_file_that_is_as_it_was_is_no_drift(repo: Br) -> None:
    commit(repo, "loose.py", "wip")
    repo.git("rm", "-q", "loose.py")
    repo.git("commit", "-q", "-m", "back")
    assert repo("drift").code == 0


def test_a_merge_that_names_a_microstep_covers_what_it_brought(repo: Br) -> None:
    repo.git("checkout", "-q", "-b", "topic")
    commit(repo, "topic.py", "wip")
    repo.git("checkout", "-q", "main")
    repo.git("merge", "-q", "--no-ff", "-m", f"Merge topic ({ONE})", "topic")
    assert repo("drift").code == 0


def test_what_commits_are_counted_from(repo: Br) -> None:
    commit(repo, "old.py", "wip")
    repo.git("tag", "v1")
    assert repo("drift").code == 0
    assert repo("drift", "--json").json["since"]["what"] == "release v1"
    repo.git("checkout", "-q", "-b", "topic")
    commit(repo, "new.py", "wip")
    told = repo("drift", "--json").json
    assert told["since"]["what"] == "main"
    assert [each["path"] for each in told["findings"]] == ["new.py"]
    assert repo("drift", "--base", "HEAD").code == 0
    both = repo("drift", "--json", "--base", "v1~1").json["findings"]
    assert [each["path"] for each in both] == ["new.py", "old.py"]
    assert repo("drift", "--base", "nowhere").code == 2
    assert repo("drift", "--base", "--upload-pack=x").code == 2
    assert repo("drift", "--days", "0").code == 2


def test_a_lease_that_ran_out_on_work_in_progress(repo: Br) -> None:
    repo.ok("start", ONE, "--as", "agent-7")
    assert "claim_expired" not in found(repo, code=0)
    book = Path(repo.cwd, ".git/buildrunner/claims.json")
    content = json.loads(book.read_text())
    for lease in content["claims"]["."].values():
        lease["expires_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 60))
    book.write_text(json.dumps(content))
    finding = found(repo)["claim_expired"]
    assert "agent-7 held it until" in finding["what"]
    repo.ok("claim", TWO)  # writes the book: what ran out stays in it
    assert "claim_expired" in found(repo)
    repo.ok("claim", ONE)
    assert "claim_expired" not in found(repo, code=0)


def test_work_that_stands_still(repo: Br) -> None:
    set_status(repo, ONE, "doing")
    repo.git("add", "-A")
    dates = {"GIT_COMMITTER_DATE": OLD, "GIT_AUTHOR_DATE": OLD}
    Br(repo.cwd, repo.env | dates).git("commit", "-q", "-m", "begin")
    finding = found(repo)["work_idle"]
    assert "2020-01-02" in finding["what"]
    assert "work_idle" not in found(repo, "--days", "100000", code=0)
    commit(repo, "a.py", f"feat: {ONE}")
    assert "work_idle" not in found(repo, code=0)


def test_reports_for_other_tools(repo: Br) -> None:
    commit(repo, "loose.py", "wip")
    set_status(repo, ONE, "done")
    sarif = repo("drift", "--sarif")
    assert sarif.code == 1
    (run,) = json.loads(sarif.out)["runs"]
    results = {each["ruleId"]: each for each in run["results"]}
    place = results["done_unproven"]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "buildrunner/specs/plan.json"
    assert place["region"]["startLine"] > 1
    assert results["file_unplanned"]["level"] == "warning"
    assert "<testsuites" in repo("drift", "--format", "junit").out
    assert "::error file=buildrunner/specs/plan.json" in repo("drift", "--format", "github").out
    repo("drift", "--format", "sarif", "-o", "drift.sarif")
    assert json.loads(Path(repo.cwd, "drift.sarif").read_text())["version"] == "2.1.0"


def test_a_report_needs_a_link(repo: Br) -> None:
    answer = repo("drift", "--report")
    assert answer.code == 1
    assert "br link" in answer.err


@pytest.mark.parametrize("folder", ["part"])
def test_a_workspace_inside_a_repository_sees_its_own_files(repo: Br, folder: str) -> None:
    os.makedirs(Path(repo.cwd, folder))
    repo.ok("init", folder)
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "part")
    commit(repo, "outside.py", "wip")
    commit(repo, f"{folder}/inside.py", "wip")
    told = repo("-C", folder, "drift", "--json").json["findings"]
    assert [each.get("path") for each in told] == ["inside.py"]
