"""`br governance` as a user types it, in real repositories."""

import json
import os
import re
import shlex
import stat
import sys
from pathlib import Path

import defusedxml.ElementTree as ElementTree
import pytest
import yaml

from buildrunner.evidence.record import address, to_bytes
from kits.program import Br
from kits.records import OTHER_KEY, signoff_of

KEY = "AKIAQYLPMN5HFIQR7XYA"
POLICY = """
protected_paths: [/infra/]
approvals: {required: [{role: TechLead}], policy: [{role: PM}]}
pr_requirements: {title_pattern: '^m1', checklists: [Tested]}
people: {TechLead: [grace], PM: [linus@example.org]}
"""
PLACE = "buildrunner/governance/policy.yml"


def put(repo: Br, name: str, text: str) -> None:
    path = repo.cwd / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(repo: Br, files: dict[str, str], message: str = "m1.s1.ms1: change") -> str:
    for name, text in files.items():
        put(repo, name, text)
    repo.git("add", "-A")
    repo.git("commit", "-q", "--no-verify", "--allow-empty", "-m", message)
    return repo.git("rev-parse", "HEAD").strip()


@pytest.fixture
def governed(repo: Br) -> Br:
    """A repository with a policy on main, on a branch `work`."""
    commit(repo, {PLACE: POLICY}, "rules")
    repo.git("checkout", "-q", "-b", "work")
    return repo


def check(repo: Br, *words: str, **env: str) -> list[str]:
    """The rules that deny, waived ones left out."""
    answer = repo("governance", "check", "--base", "main", "--json", *words, **env)
    denials = answer.json["denials"]
    failing = [d["rule"] for d in denials if d["severity"] != "alert" and "waived_by" not in d]
    assert answer.code == (1 if failing else 0)
    assert answer.json["ok"] == (not failing)
    return failing


# validate


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("version: '1'\n", 0, "no sections"),
        ("protectd_paths: [a]\n", 0, ":1:1: warning GP301"),
        ("approvals: {required: [{role: Wizard}]}\n", 0, "warning GP302"),
        ("secret_scan: {enabled: 1}\n", 1, ":1:24: error GP201"),
        ("pr_requirements: {title_pattern: '('}\n", 1, ":1:34: error GP204"),
        ("a: [\n", 1, "error GP101"),
        ("", 1, "error GP110"),
    ],
)
def test_validate_tells_what_is_wrong(repo: Br, text: str, code: int, words: str) -> None:
    put(repo, PLACE, text)
    answer = repo("governance", "validate")
    assert answer.code == code, answer.out + answer.err
    assert words in answer.out + answer.err
    assert "Traceback" not in answer.err
    told = repo("governance", "validate", "--json")
    assert told.code == code
    assert told.json["ok"] == (code == 0)


def test_validate_takes_a_file_a_folder_or_standard_input(repo: Br) -> None:
    put(repo, "other/governance/policy.yml", "x: 1\n")
    for given in ("other", "other/governance/policy.yml"):
        assert repo.ok("governance", "validate", given)["path"] == "other/governance/policy.yml"
    answer = repo("governance", "validate", "-", "--strict", stdin="x: 1\n")
    assert answer.code == 1
    assert "<stdin>:1:1: warning GP301" in answer.out


def test_validate_without_a_policy_or_with_two(repo: Br) -> None:
    missing = repo("governance", "validate", "--json")
    assert (missing.code, missing.error["code"]) == (3, "no_policy")
    assert missing.error["next_command"] == "br governance init"
    put(repo, PLACE, "version: '1'\n")
    put(repo, "governance/policy.yml", "version: '1'\n")
    both = repo("governance", "validate", "--json")
    assert (both.code, both.error["code"]) == (1, "two_policies")
    assert repo("governance", "validate", "nowhere.yml").code == 3


# check


def test_check_denies_with_place_clause_mend_and_owner(governed: Br) -> None:
    commit(governed, {"infra/a.tf": "x\n", "a.py": f"one\nKEY = '{KEY}'\n"})
    answer = governed("governance", "check", "--base", "main")
    assert answer.code == 1
    for words in (
        "approve protected-path  infra/a.tf:1",
        f"clause  protected_paths[0]  ({PLACE}:2)",
        "owner   TechLead",
        "block   secret  a.py:2",
        "mend    Revoke it",
    ):
        assert words in answer.out, answer.out
    assert KEY not in answer.out
    assert "not judged" in answer.err
    assert "--body, --title" in answer.err


def test_check_passes_where_nothing_is_denied(governed: Br) -> None:
    commit(governed, {"lib/a.py": "x = 1\n"})
    assert check(governed) == []
    assert check(governed, "--title", "m1: x", "--body", "- [x] tested") == []
    assert check(governed, "--title", "x", "--body", "-") == ["pr-checklist", "pr-title"]
    put(governed, "body.md", "- [x] Tested\n")
    assert check(governed, "--body", "@body.md") == []


def test_the_policy_of_the_base_judges(governed: Br) -> None:
    commit(governed, {PLACE: "version: '2'\n", "infra/a.tf": "x\n"})
    assert check(governed) == ["policy-guard", "protected-path"]


def test_a_second_policy_beside_the_first_is_denied(governed: Br) -> None:
    commit(governed, {"governance/policy.yml": "version: '2'\n"})
    assert check(governed) == ["policy-guard", "policy-invalid"]


def test_a_change_that_breaks_the_policy_is_denied_with_the_place(governed: Br) -> None:
    commit(governed, {PLACE: "version: '2'\nsecret_scan: {enabled: 1}\n"})
    answer = governed("governance", "check", "--base", "main")
    assert f"policy-invalid  {PLACE}:2" in answer.out
    assert "GP201 secret_scan.enabled: true or false is wanted" in answer.out


def test_a_zero_byte_hides_no_secret(governed: Br) -> None:
    for name, data in {
        "a.sh": f"true\0\nKEY={KEY}\n".encode(),
        "b.json": f'{{"key": "{KEY}"}}\n'.encode("utf-16-le"),
    }.items():
        Path(governed.cwd, name).write_bytes(data)
    commit(governed, {})
    assert check(governed) == ["secret", "secret"]


@pytest.mark.parametrize("way", ["removed", "renamed", "link", "folder"])
def test_the_plan_cannot_be_taken_out_of_sight(governed: Br, way: str) -> None:
    specs = governed.cwd / "buildrunner" / "specs"
    plan = specs / "plan.json"
    if way == "removed":
        plan.unlink()
    elif way == "renamed":
        plan.rename(specs / "plan.old.json")
    elif way == "link":
        plan.rename(governed.cwd / "real.json")
        plan.symlink_to("../../real.json")
    else:
        specs.rename(governed.cwd / "elsewhere")
        specs.symlink_to("../elsewhere")
    head = commit(governed, {})
    if way == "link":
        assert (
            governed("governance", "check", "--base", "main", "--json").error["code"]
            == "plan_broken"
        )
        return
    assert check(governed) == ["policy-guard"]
    put(governed, "../approvals.json", json.dumps([{"id": "linus@example.org", "head": head}]))
    assert check(governed, "--approvals", "../approvals.json") == []


def test_a_base_without_a_policy_denies_nothing(repo: Br) -> None:
    repo.git("checkout", "-q", "-b", "work")
    commit(repo, {PLACE: POLICY, "a.py": f"'{KEY}'"})
    answer = repo("governance", "check", "--base", "main")
    assert answer.code == 0
    assert "has no policy" in answer.err


def test_a_broken_policy_lets_nothing_pass(repo: Br) -> None:
    commit(repo, {PLACE: "secret_scan: {enabled: 1}\n"})
    answer = repo("governance", "check", "--base", "main", "--json")
    assert (answer.code, answer.error["code"]) == (1, "policy_broken")
    assert answer.json["findings"][0]["code"] == "GP201"


def test_approvals_come_from_a_file(governed: Br) -> None:
    head = commit(governed, {"infra/a.tf": "x\n"})
    for approval, passes in (
        ({"id": "x", "roles": ["tech_lead"], "head": head}, True),
        ({"id": "grace", "head": head}, True),  # `people` gives her the role
        ({"name": "grace", "head": head}, False),  # a name is anybody's
        ({"id": "grace", "head": "0" * 40}, False),
        ({"id": "Ada", "roles": ["TechLead"], "head": head}, False),
        ({"user": {"login": "grace"}, "state": "APPROVED", "commit_id": head}, True),
        ({"user": {"login": "grace"}, "state": "COMMENTED", "commit_id": head}, False),
        (
            {"user": {"login": "grace", "type": "Bot"}, "state": "APPROVED", "commit_id": head},
            False,
        ),
    ):
        put(governed, "../approvals.json", json.dumps([approval]))
        assert (check(governed, "--approvals", "../approvals.json") == []) == passes, approval
    taken_back = [
        {"user": {"login": "grace"}, "state": state, "commit_id": head}
        for state in ("APPROVED", "CHANGES_REQUESTED")
    ]
    put(governed, "../approvals.json", json.dumps(taken_back))
    assert check(governed, "--approvals", "../approvals.json") == ["protected-path"]


@pytest.mark.parametrize("text", ["{}", "[3]", "nonsense", '[{"roles": "PM"}]', '[{"id": 1}]'])
def test_broken_approvals_are_told(governed: Br, text: str) -> None:
    put(governed, "approvals.json", text)
    answer = governed("governance", "check", "--approvals", "approvals.json", "--json")
    assert (answer.code, answer.error["code"]) == (1, "approvals_broken")


def test_github_tells_title_body_and_author(governed: Br) -> None:
    commit(governed, {"a.py": "x\n"})
    event = {
        "pull_request": {
            "title": "$(rm -rf) no id", "body": None, "user": {"login": "ada"},
            "head": {"ref": "work"}, "base": {"ref": "main"},
        }
    }  # fmt: skip
    put(governed, "../event.json", json.dumps(event))
    env = {"GITHUB_ACTIONS": "true", "GITHUB_EVENT_PATH": str(governed.cwd.parent / "event.json")}
    assert check(governed, **env) == ["pr-checklist", "pr-title"]
    assert check(governed, "--title", "m1: x", **env) == ["pr-checklist"]
    put(governed, "../event.json", "[]")
    assert check(governed, **env) == []


def test_a_push_is_judged_as_one(governed: Br) -> None:
    governed.git("checkout", "-q", "main")
    base = commit(governed, {PLACE: "branches: {main: {require_pr: true}}\n"})
    commit(governed, {"a.py": "x\n"})
    put(governed, "../event.json", json.dumps({"sender": {"login": "ada"}}))
    env = {
        "GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "push", "GITHUB_REF_NAME": "main",
        "GITHUB_EVENT_PATH": str(governed.cwd.parent / "event.json"),
    }  # fmt: skip
    answer = governed("governance", "check", "--base", base, "--json", **env)
    assert [denial["rule"] for denial in answer.json["denials"]] == ["push-without-request"]


def test_every_format_says_the_same(governed: Br) -> None:
    commit(governed, {"infra/a.tf": "x\n"})
    words = ("governance", "check", "--base", "main", "--title", "x", "--format")
    answer = governed(*words, "json")
    assert [d["rule"] for d in json.loads(answer.out)["denials"]] == ["pr-title", "protected-path"]
    log = json.loads(governed(*words, "sarif").out)
    results = log["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["pr-title", "protected-path"]
    places = [r["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for r in results]
    assert places == [PLACE, "infra/a.tf"]
    assert all(result["partialFingerprints"]["buildrunner/v1"] for result in results)
    suite = ElementTree.fromstring(governed(*words, "junit").out)
    assert suite.get("failures") == "2"
    lines = governed(*words, "github").out.splitlines()
    assert [line.partition(",")[0] for line in lines] == [
        f"::error file={PLACE}",
        "::error file=infra/a.tf",
    ]
    written = governed(*words, "sarif", "-o", "out.sarif")
    assert written.code == 1
    assert "protected-path" in written.out
    assert json.loads((governed.cwd / "out.sarif").read_text()) == log


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--base", "nowhere"], 2),
        (["--format", "xml"], 2),
        (["--base", "main", "--approvals", "nowhere.json"], 3),
        (["--base", "main", "--body", "@nowhere.md"], 3),
        (["surplus"], 2),
    ],
)
def test_check_tells_wrong_arguments(governed: Br, words: list[str], code: int) -> None:
    answer = governed("governance", "check", *words)
    assert answer.code == code
    assert answer.err.startswith("br: ")


def test_outside_git(br: Br) -> None:
    answer = br("governance", "check", "--json")
    assert (answer.code, answer.error["code"]) == (1, "no_git_repository")
    assert answer.error["next_command"] == "git init"


def test_the_group_lists_its_commands(br: Br) -> None:
    lines = br("governance", "--help").out.splitlines()
    assert "  br governance validate  check the policy file" in lines


def test_a_shallow_clone_says_what_is_missing(governed: Br) -> None:
    commit(governed, {"a.py": "x\n"})
    source = governed.cwd.as_uri()
    governed.git("clone", "-q", "--depth", "1", "--no-single-branch", source, "../shallow")
    answer = governed("-C", "../shallow", "governance", "check", "--base", "origin/main", "--json")
    assert (answer.code, answer.error["code"]) == (1, "no_common_ancestor")
    assert answer.error["next_command"] == "git fetch --unshallow"


def test_done_without_proof_is_denied(repo: Br) -> None:
    commit(repo, {PLACE: "version: '1'\n", "out.txt": "hello\n"}, "rules")
    repo.git("checkout", "-q", "-b", "work")
    plan = repo.plan
    plan["milestones"][0]["steps"][0]["microsteps"][0]["status"] = "done"
    commit(repo, {"buildrunner/specs/plan.json": json.dumps(plan)})
    assert check(repo) == ["not-proven"]
    answer = repo("governance", "check", "--base", "main")
    assert "m1.s1.ms1 becomes done without proof" in answer.out
    assert "br qa run m1.s1.ms1" in answer.out


def test_done_with_proof_passes_as_long_as_the_content_stands(repo: Br) -> None:
    commit(repo, {PLACE: "version: '1'\n", "out.txt": "hello\n"}, "rules")
    repo.git("checkout", "-q", "-b", "work")
    repo.ok("qa", "add", "m1.s1.ms1", "--kind", "command", "--run", "grep -q e out.txt")
    repo.ok("qa", "trust", "--all")
    repo.ok("qa", "run", "m1.s1.ms1")
    repo.ok("done", "m1.s1.ms1")
    commit(repo, {})
    assert check(repo) == []
    # The commit is judged, whatever the working tree holds.
    put(repo, "out.txt", "changed since\n")
    assert check(repo) == []
    commit(repo, {})
    assert check(repo) == ["not-proven"]


def test_a_key_that_the_base_does_not_list_vouches_for_nothing(repo: Br) -> None:
    keys = '{"schema": 1, "keys": []}'
    commit(repo, {PLACE: "version: '1'\n", "buildrunner/keys.json": keys}, "rules")
    repo.git("checkout", "-q", "-b", "work")
    repo.finish("m1.s1.ms1")
    commit(repo, {})
    assert check(repo) == ["not-proven"]


@pytest.mark.parametrize("said", ["counts: [ci]", "self_attested: false"])
def test_without_a_list_of_keys_nobody_speaks_for_ci_or_a_server(repo: Br, said: str) -> None:
    commit(repo, {PLACE: f"evidence: {{{said}}}\n"}, "rules")
    repo.git("checkout", "-q", "-b", "work")
    claim = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7"}
    if "counts" in said:
        repo.ok("qa", "add", "m1.s1.ms1", "--kind", "command", "--run", "true")
        repo.ok("qa", "run", "m1.s1.ms1", **claim)
    else:
        sign_as_qa(repo, "m1.s1.ms1")
    plan = repo.plan
    plan["milestones"][0]["steps"][0]["microsteps"][0]["status"] = "done"
    commit(repo, {"buildrunner/specs/plan.json": json.dumps(plan)})
    assert check(repo) == ["not-proven"]


def sign_as_qa(repo: Br, microstep: str) -> None:
    """Evidence that a server's QA signed, by a key made for the purpose."""
    signed = signoff_of(repo.plan, microstep=microstep, key=OTHER_KEY)
    put(repo, f"buildrunner/evidence/{address(signed)}.json", to_bytes(signed).decode())


# waive


def test_a_waiver_counts_on_the_base_until_it_expires(governed: Br) -> None:
    commit(governed, {"a.py": f"KEY = '{KEY}'\n"})
    words = ("waive", "secret", "--base", "main", "--reason", "made up", "--approver", "grace")
    written = governed.ok("governance", *words, "--path", "a.py", "--expires", "30d")
    assert [waiver["path"] for waiver in written["waivers"]] == ["a.py"]
    text = (governed.cwd / written["path"]).read_text()
    commit(governed, {})
    assert check(governed) == ["secret", "policy-guard"]  # a change cannot excuse itself
    governed.git("checkout", "-q", "main")
    commit(governed, {written["path"]: text})
    governed.git("checkout", "-q", "work")
    assert check(governed) == []
    told = governed("governance", "check", "--base", "main")
    assert "waived  secret" in told.out
    expired = re.sub(r'"expires": "[^"]+"', '"expires": "2020-01-01"', text)
    governed.git("checkout", "-q", "main")
    commit(governed, {written["path"]: expired})
    governed.git("checkout", "-q", "work")
    governed.git("merge", "-q", "-X", "theirs", "main")
    assert check(governed) == ["secret"]
    assert "expired on 2020-01-01" in governed("governance", "check", "--base", "main").out


@pytest.mark.parametrize(
    ("words", "code", "error"),
    [
        (["nonsense"], 2, "not_waivable"),
        (["policy-guard"], 2, "not_waivable"),
        (["secret"], 2, "usage"),
        (["secret", "--reason", "x", "--approver", "g", "--expires", "soon"], 2, "usage"),
        (["secret", "--reason", "x", "--approver", "g", "--expires", "2020-01-01"], 2, "usage"),
        (["pr-size", "--reason", "x", "--approver", "g", "--expires", "9d"], 1, "nothing_to_waive"),
        (["secret", "--reason", "x", "--approver", "g", "--expires", "9d", "--path", "b"], 1, "nothing_to_waive"),
        (["secret", "--reason", "x", "--approver", "ada", "--expires", "9d"], 1, "waiver_refused"),
        (["secret", "--reason", "x", "--approver", "g", "--expires", "900d"], 1, "waiver_refused"),
    ],
)  # fmt: skip
def test_waive_refuses(governed: Br, words: list[str], code: int, error: str) -> None:
    commit(governed, {"a.py": f"KEY = '{KEY}'\n"})
    answer = governed("governance", "waive", *words, "--base", "main", "--json")
    assert (answer.code, answer.error["code"]) == (code, error)
    assert not (governed.cwd / "buildrunner/governance/waivers.json").exists()


# explain


def test_explain_tells_what_the_policy_here_says(governed: Br) -> None:
    answer = governed("governance", "explain", "Protected_Path")
    assert answer.code == 0
    assert f"protected_paths ({PLACE}:2)" in answer.out
    assert 'here    ["/infra/"]' in answer.out
    listed = governed("governance", "explain").out
    assert "policy-guard" in listed
    assert "GP101" in listed
    assert "RE2" in governed("governance", "explain", "gp204").out
    unknown = governed("governance", "explain", "protectd", "--json")
    assert (unknown.code, unknown.json["nearest"]) == (2, ["protected-path"])


# simulate


def test_simulate_judges_what_was_merged(repo: Br) -> None:
    commit(repo, {"infra/a.tf": "x\n"}, "m1.s1.ms1: squashed (#7)")
    repo.git("checkout", "-q", "-b", "feature")
    commit(repo, {"b.py": "x\n"}, "one")
    commit(repo, {"b.py": f"KEY = '{KEY}'\n"}, "two")
    commit(repo, {"b.py": "x = 1\n"}, "three, without the key")
    repo.git("checkout", "-q", "main")
    merge = "Merge pull request #8 from ada/feature\n\nno id at all\n\n- [x] tested"
    repo.git("merge", "-q", "--no-ff", "-m", merge, "feature")
    put(repo, "strict.yml", POLICY)
    told = repo.ok("governance", "simulate", "--policy", "strict.yml")
    assert told["rules"] == {"pr-title": 1, "protected-path": 1}
    items = {item["title"]: [d["rule"] for d in item["denials"]] for item in told["items"]}
    assert items == {"no id at all": ["pr-title"], "m1.s1.ms1: squashed": ["protected-path"]}
    assert (told["changes"], told["denied"], told["need_approval"]) == (2, 1, 1)
    plain = repo("governance", "simulate", "--policy", "strict.yml")
    assert "2 changes: 1 would be denied, 1 would need approvals, 0 would pass" in plain.err


def test_simulate_reaches_as_far_back_as_it_is_told(repo: Br) -> None:
    put(repo, "strict.yml", POLICY)
    old = {"GIT_COMMITTER_DATE": "2020-01-01T00:00:00Z", "GIT_AUTHOR_DATE": "2020-01-01T00:00:00Z"}
    repo.env |= old
    commit(repo, {"infra/a.tf": "x\n"})
    assert repo.ok("governance", "simulate", "--policy", "strict.yml")["changes"] == 0
    assert repo("governance", "simulate", "--policy", "strict.yml", "--since", "x").code == 2


# init


def test_init_writes_once_and_overwrites_only_when_forced(repo: Br) -> None:
    planned = repo.ok("governance", "init", "--dry-run")
    assert not (repo.cwd / PLACE).exists()
    made = repo.ok("governance", "init")
    assert made["created"] == planned["created"]
    assert len(made["created"]) == 6
    assert made["hooks_path"] == ".githooks"
    assert repo.git("config", "core.hooksPath").strip() == ".githooks"
    put(repo, PLACE, "version: '9'\n")
    again = repo.ok("governance", "init")
    assert (again["created"], again["replaced"]) == ([], [])
    assert (repo.cwd / PLACE).read_text() == "version: '9'\n"
    forced = repo.ok("governance", "init", "--force")
    assert forced["replaced"] == [PLACE]


def test_what_init_writes_is_right(repo: Br) -> None:
    repo.ok("governance", "init")
    checked = repo.ok("governance", "validate")
    assert checked["findings"] == []
    for hook in ("pre-commit", "commit-msg"):
        assert os.stat(repo.cwd / ".githooks" / hook).st_mode & stat.S_IXUSR
    action = (repo.cwd / ".github/workflows/governance.yml").read_text()
    assert "pull_request_target" in action
    assert "${{ github.event.pull_request.title" not in action
    steps = yaml.safe_load(action)["jobs"]["governance"]["steps"]
    assert all("${{" not in step.get("run", "") for step in steps)
    policy = (repo.cwd / PLACE).read_text()
    # What is commented out is right too.
    opened = re.sub(r"(?m)^( *)# ?((?:  )*[\w-]+:(?: .*)?)$", r"\1\2", policy)
    assert opened.count("#") < policy.count("#") - 12
    answer = repo("governance", "validate", "-", "--strict", stdin=opened)
    assert answer.code == 0, answer.out


def test_init_keeps_the_owners_and_template_that_are_there(repo: Br) -> None:
    put(repo, "CODEOWNERS", "* @ada\n")
    put(repo, "docs/pull_request_template.md", "mine\n")
    made = repo.ok("governance", "init")
    assert {"CODEOWNERS", "docs/pull_request_template.md"} <= set(made["kept"])
    assert not (repo.cwd / ".github/CODEOWNERS").exists()


def test_init_does_not_write_through_a_link_out_of_the_repository(repo: Br) -> None:
    outside = repo.cwd.parent / "outside"
    outside.mkdir()
    os.symlink(outside, repo.cwd / ".github")
    answer = repo("governance", "init", "--json")
    assert (answer.code, answer.error["code"]) == (1, "outside")
    assert list(outside.iterdir()) == []


def test_the_hook_of_git_install_lies_behind_those_of_governance(repo: Br) -> None:
    repo.ok("governance", "init")
    ours = (repo.cwd / ".githooks/pre-commit").read_text()
    repo.ok("git", "install")
    assert (repo.cwd / ".githooks/pre-commit").read_text() == ours
    assert "git pre-commit" in (repo.cwd / ".git/hooks/pre-commit").read_text()
    repo.ok("git", "uninstall")
    assert not (repo.cwd / ".git/hooks/pre-commit").exists()


def _with_br(repo: Br) -> None:
    """Put `br` on the PATH, where the hooks look for it, and keep the hook git had before."""
    folder = repo.cwd.parent / "bin"
    folder.mkdir()
    program = folder / "br"
    program.write_text(
        f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -P -m buildrunner.cli "$@"\n'
    )
    program.chmod(0o755)
    repo.env["PATH"] = f"{folder}:{repo.env['PATH']}"


def test_the_hooks_check_commits_and_run_those_that_were_there(repo: Br) -> None:
    _with_br(repo)
    before = Path(repo.cwd, ".git/hooks/commit-msg")
    before.parent.mkdir(exist_ok=True)
    before.write_text("#!/bin/sh\necho ran >> ../ran\n")
    before.chmod(0o755)
    repo.ok("governance", "init")
    put(repo, PLACE, "microsteps: {enforce_in_commits: true}\n")
    repo.git("add", "-A")
    refused = repo.git("commit", "-m", "no id", check=False)
    assert "names no microstep" in refused
    assert "Traceback" not in refused
    put(repo, "a.py", f"KEY = '{KEY}'\n")
    repo.git("add", "-A")
    assert KEY not in repo.git("commit", "-m", "m1.s1.ms1: x", check=False)
    assert repo.git("log", "--oneline").count("\n") == 1
    put(repo, "a.py", "x = 1\n")
    repo.git("add", "-A")
    repo.git("commit", "-m", "m1.s1.ms1: x")
    assert (repo.cwd.parent / "ran").read_text() == "ran\n"
