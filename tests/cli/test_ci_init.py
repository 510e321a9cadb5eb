"""`br ci init`: what it writes, what it leaves alone, and that the evidence outlives a merge."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from buildrunner import __version__
from buildrunner.cli.arguments import parse
from buildrunner.cli.table import COMMANDS
from kits.checked import give, records
from kits.program import Br

GITHUB = ".github/workflows/buildrunner.yml"
GITLAB = ".gitlab/buildrunner.yml"
KEY = "22" * 32


class Yaml12(yaml.SafeLoader):
    """YAML 1.2 as the hosts read it: `on` is a word, not true."""


Yaml12.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def load(br: Br, name: str) -> dict[str, Any]:
    return yaml.load(Path(br.cwd, name).read_text(), Yaml12)


def scripts(value: Any) -> list[str]:
    """Every shell text of a workflow."""
    if isinstance(value, dict):
        found = [v for k, v in value.items() if k == "run" and isinstance(v, str)]
        for key in ("script", "before_script", "after_script"):
            found += [v for v in value.get(key, []) if isinstance(v, str)]
        return found + [text for v in value.values() for text in scripts(v)]
    return [text for v in value for text in scripts(v)] if isinstance(value, list) else []


def commands_of_br(workflow: dict[str, Any]) -> list[list[str]]:
    import shlex

    found = []
    for text in scripts(workflow):
        for line in text.replace(">-", "").splitlines():
            for part in line.replace(" && ", "\n").replace("; ", "\n").splitlines():
                part = part.partition(" > ")[0].partition(" || ")[0]
                words = shlex.split(part.replace("then ", "").strip(), comments=True)
                if words[:1] == ["br"]:
                    found.append(words[1:])
    return found


@pytest.mark.parametrize(("host", "name"), [("github", GITHUB), ("gitlab", GITLAB)])
def test_the_workflow_is_yaml_and_every_command_in_it_is_one(
    repo: Br, host: str, name: str
) -> None:
    assert repo.ok("ci", "init", host)["written"][0] == name
    workflow = load(repo, name)
    assert f"buildrunner=={__version__}" in str(workflow)
    assert "@" not in Path(repo.cwd, name).read_text().replace("actions/", "").replace("@v", "")
    commands = commands_of_br(workflow)
    verbs = {" ".join(words[:2]) for words in commands}
    assert {"qa run", "qa push", "qa audit", "governance check", "drift --report"} <= verbs
    assert any(words[0] == "overlap" and "--all" in words for words in commands)
    for words in commands:
        key = next(k for k in (" ".join(words[:2]), words[0]) if k in COMMANDS)
        parse(key, COMMANDS[key][3], words[len(key.split()) :], {})
    for text in scripts(workflow):
        checked = subprocess.run(
            ["sh", "-n"], input=text, text=True, capture_output=True, check=False
        )
        assert checked.returncode == 0, text + checked.stderr


def test_github_gives_each_step_only_what_it_needs(repo: Br) -> None:
    repo.ok("ci", "init", "github", "--branch", "trunk")
    workflow = load(repo, GITHUB)
    assert workflow["on"]["push"]["branches"] == ["trunk"]
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    for step in job["steps"]:
        assert set(step) <= {"name", "uses", "with", "run", "env", "if"}
        assert ("uses" in step) != ("run" in step)
        secrets = [value for value in step.get("env", {}).values() if "secrets." in value]
        runs_checks = "br qa run" in step.get("run", "")
        # What the project's own code could read while it runs does not include the server's key.
        assert not (runs_checks and any("BR_API_KEY" in value for value in secrets))
        # Expressions are never pasted into a shell.
        assert "${{" not in step.get("run", "")
    assert "secrets." not in str(job.get("env", {})) + str(workflow["env"])


def test_gitlab_is_included_by_the_main_file(repo: Br) -> None:
    repo.ok("ci", "init", "gitlab")
    assert load(repo, ".gitlab-ci.yml") == {"include": [{"local": GITLAB}]}
    job = load(repo, GITLAB)["buildrunner"]
    known = {"stage", "image", "timeout", "rules", "variables", "before_script", "script",
             "after_script", "artifacts"}  # fmt: skip
    assert set(job) <= known


def test_a_main_file_that_is_there_is_not_touched(repo: Br) -> None:
    Path(repo.cwd, ".gitlab-ci.yml").write_text("test:\n  script: make\n")
    answer = repo.ok("ci", "init", "gitlab")
    assert answer["written"] == [GITLAB]
    assert "local: .gitlab/buildrunner.yml" in answer["to_do"][0]
    assert Path(repo.cwd, ".gitlab-ci.yml").read_text() == "test:\n  script: make\n"


def test_twice_is_once_and_changes_stay(repo: Br) -> None:
    repo.ok("ci", "init", "github")
    assert repo.ok("ci", "init", "github")["kept"] == [GITHUB]
    path = Path(repo.cwd, GITHUB)
    path.write_text("mine")
    answer = repo("ci", "init", "github", "--json")
    assert (answer.code, answer.json["differing"]) == (1, [GITHUB])
    assert path.read_text() == "mine"
    assert repo.ok("ci", "init", "github", "--force", "--dry-run")["written"] == [GITHUB]
    assert path.read_text() == "mine"
    repo.ok("ci", "init", "github", "--force")
    assert path.read_text() != "mine"
    assert repo("ci", "init", "jenkins").code == 2


def test_the_key_of_ci_is_vouched_for_and_shown_once(repo: Br) -> None:
    made = repo.ok("ci", "init", "github", "--key")
    assert made["written"] == [GITHUB, "buildrunner/keys.json"]
    give(repo, {"kind": "command", "run": "true"})
    github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7"}
    answer = repo("qa", "run", "m1.s1.ms1", BR_SIGNING_KEY=made["signing_key"], **github)
    assert answer.code == 0
    assert "warning" not in answer.err
    (row,) = json.loads(Path(repo.cwd, "buildrunner/keys.json").read_text())["keys"]
    assert (row["class"], row["id"]) == ("ci", records(repo)[0]["signature"]["key"])
    repo.ok("done", "m1.s1.ms1")
    assert repo("qa", "audit").code == 0
    for path in Path(repo.cwd, "buildrunner").rglob("*.*"):
        assert not path.is_file() or made["signing_key"] not in path.read_text(), path


def test_a_plan_below_the_root_of_the_repository(repo: Br) -> None:
    (repo.cwd / "apps").mkdir()
    repo.git("mv", "buildrunner", "apps/buildrunner")
    inside = Br(repo.cwd / "apps", repo.env)
    inside.ok("ci", "init", "github")
    workflow = load(repo, GITHUB)
    assert workflow["defaults"] == {"run": {"working-directory": "apps"}}
    kept = workflow["jobs"]["prove"]["steps"][-1]["with"]["path"]
    assert kept.splitlines()[0] == "apps/buildrunner/evidence"
    inside.ok("ci", "init", "gitlab")
    job = load(repo, GITLAB)["buildrunner"]
    assert job["before_script"][0] == job["after_script"][0] == 'cd "apps"'
    assert job["artifacts"]["reports"]["junit"] == "apps/buildrunner/state/checks.xml"


def test_a_linked_clone_names_its_project(repo: Br) -> None:
    state = Path(repo.cwd, "buildrunner/state/runner_state.json")
    linked = json.loads(state.read_text()) | {"server": "https://br.example", "project_id": "p-1"}
    state.write_text(json.dumps(linked))
    repo.ok("ci", "init", "github")
    env = load(repo, GITHUB)["env"]
    assert env["BR_SERVER"] == "${{ vars.BR_SERVER || 'https://br.example' }}"
    repo.ok("ci", "init", "gitlab")
    assert load(repo, GITLAB)["buildrunner"]["variables"]["BR_PROJECT"] == "p-1"


def proven(br: Br) -> list[str]:
    """The states of the first microstep's criteria, as the one decision sees this checkout."""
    from buildrunner.evidence.proof import ProofRules, prove
    from buildrunner.workspace import Workspace
    from buildrunner.workspace.content import Content
    from buildrunner.workspace.evidence import read_all

    workspace = Workspace(str(br.cwd))
    _, plan = workspace.read()
    proof = prove(
        plan,
        "m1.s1.ms1",
        read_all(workspace).records,
        subject_digest=Content(workspace).digest,
        rules=ProofRules(),
        anchored=None,
        verify=lambda _: None,  # `read_all` has verified them
    )
    return [each.state for each in proof.criteria]


MERGES = {
    "merge": ("merge --no-ff -q -m merged work",),
    "squash": ("merge --squash -q work", "commit -q -m squashed"),
    "rebase": ("checkout -q work", "rebase -q main", "checkout -q main", "merge --ff-only -q work"),
}


@pytest.mark.parametrize("way", MERGES)
@pytest.mark.parametrize("paths", [None, ["src"]])
def test_evidence_of_a_branch_proves_the_merge_result(repo: Br, way: str, paths: Any) -> None:
    check = {"kind": "command", "run": "grep -q 1 src/a.txt"} | ({"paths": paths} if paths else {})
    Path(repo.cwd, "src").mkdir()
    Path(repo.cwd, "src/a.txt").write_text("0\n")
    give(repo, check)
    repo.git("checkout", "-q", "-b", "work")
    Path(repo.cwd, "src/a.txt").write_text("1\n")
    repo.git("commit", "-q", "-am", "content")
    repo.ok("qa", "run", "m1.s1.ms1")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "evidence")
    ran_at = records(repo)[0]["commit"]
    repo.git("checkout", "-q", "main")
    assert proven(repo) == ["missing"]
    if paths:  # something else went on meanwhile: content elsewhere does not matter
        Path(repo.cwd, "elsewhere.txt").write_text("x")
        repo.git("add", "-A")
        repo.git("commit", "-q", "-m", "meanwhile")
    else:
        repo.git("commit", "-q", "--allow-empty", "-m", "meanwhile")
    for line in MERGES[way]:
        repo.git(*line.split())
    assert repo.git("status", "--porcelain") == ""
    ancestors = repo.git("rev-list", "HEAD").split()
    assert (ran_at in ancestors) == (way == "merge")
    assert proven(repo) == ["passed"]
    # What the merge made of the content counts, not that there was a merge.
    Path(repo.cwd, "src/a.txt").write_text("2\n")
    repo.git("commit", "-q", "-am", "afterwards")
    assert proven(repo) == ["stale"]


def test_a_merge_that_mixes_content_is_run_again(repo: Br) -> None:
    Path(repo.cwd, "a.txt").write_text("1\n")
    give(repo, {"kind": "command", "run": "true", "criterion": 0})
    repo.git("checkout", "-q", "-b", "work")
    repo.ok("start", "m1.s1.ms1")
    repo.ok("qa", "run", "m1.s1.ms1")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "evidence")
    repo.git("checkout", "-q", "main")
    Path(repo.cwd, "b.txt").write_text("new\n")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "meanwhile")
    repo.git("merge", "-q", "--no-ff", "-m", "merged", "work")
    assert proven(repo) == ["stale"]
    github = {"CI": "true", "GITHUB_ACTIONS": "true", "GITHUB_RUN_ID": "7", "BR_SIGNING_KEY": KEY}
    answer = repo("qa", "run", "--all", "--status", "doing,done", "--no-upload", "--json", **github)
    assert answer.code == 0
    newest = max(records(repo), key=lambda record: record["started_at"])
    assert newest["commit"] == repo.git("rev-parse", "HEAD").strip()
    assert newest["runner"]["class"] == "ci"
    assert proven(repo) == ["passed"]
