"""`br governance scan`: what it reads, what it says, how it ends."""

import json
import os
import subprocess

import pytest

from kits.planted import Planter
from kits.program import Answer, Br

MADE = Planter(5)
TOKEN = MADE.tokens()["github"]
OTHER = MADE.tokens()["stripe"]


def add(repo: Br, name: str, text: str) -> None:
    path = repo.cwd / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def commit(repo: Br, message: str = "work") -> None:
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", message)


def found(answer: Answer) -> list[tuple[str, str, int]]:
    return [(each["rule"], each["path"], each["line"]) for each in answer.json["findings"]]


def test_a_clean_repository_and_one_with_a_secret(repo: Br) -> None:
    clean = repo("governance", "scan")
    assert (clean.code, clean.out) == (0, "")
    assert clean.err.startswith("no secrets in ")
    add(repo, "src/app.py", f'\nkey = "{TOKEN}"\n')
    answer = repo("governance", "scan")
    assert answer.code == 1
    assert (
        answer.out == "src/app.py:2:8: error github-token: a GitHub token (ghp_… 40 characters)\n"
    )
    assert "Revoke it" in answer.err


def test_the_secret_is_in_no_form_of_the_answer(repo: Br) -> None:
    add(
        repo,
        "a.env",
        f"PASSWORD={MADE.password()}\nK={TOKEN}\nH={MADE.some('abcdef0123456789', 40)}\n",
    )
    secrets = [line.partition("=")[2] for line in (repo.cwd / "a.env").read_text().splitlines()]
    for words in (
        ["--json"],
        ["--format", "json"],
        ["--format", "sarif"],
        [],
        ["--update-baseline"],
    ):
        answer = repo("governance", "scan", *words)
        for secret in secrets:
            assert secret[5:] not in answer.out + answer.err
    baseline = (repo.cwd / "buildrunner/governance/scan-baseline.json").read_text()
    assert not any(secret[5:] in baseline for secret in secrets)


def test_what_git_ignores_is_left_out_unless_named(repo: Br) -> None:
    add(repo, ".env", f"TOKEN={TOKEN}\n")
    assert repo("governance", "scan").code == 0
    answer = repo("governance", "scan", ".env", "--json")
    assert found(answer) == [("github-token", ".env", 1)]


def test_a_path_and_a_missing_one(repo: Br) -> None:
    add(repo, "one/a.py", f'"{TOKEN}"')
    add(repo, "two/b.py", f'"{OTHER}"')
    assert found(repo("governance", "scan", "one", "--json")) == [("github-token", "one/a.py", 1)]
    assert repo("governance", "scan", "two/b.py").code == 1
    missing = repo("governance", "scan", "three", "--json")
    assert (missing.code, missing.error["code"]) == (3, "no_file")


def test_outside_git_and_outside_a_workspace(empty: Br) -> None:
    add(empty, "deep/a.py", f'"{TOKEN}"')
    assert found(empty("governance", "scan", "--json")) == [("github-token", "deep/a.py", 1)]
    staged = empty("governance", "scan", "--staged", "--json")
    assert (staged.code, staged.error["code"]) == (1, "no_git_repository")


def test_staged_reads_what_is_staged(repo: Br) -> None:
    add(repo, "a.py", f'k = "{TOKEN}"\n')
    assert repo("governance", "scan", "--staged").code == 0
    repo.git("add", "a.py")
    (repo.cwd / "a.py").write_text("mended = 1\n")
    assert found(repo("governance", "scan", "--staged", "--json")) == [("github-token", "a.py", 1)]
    repo.git("add", "a.py")
    assert repo("governance", "scan", "--staged").code == 0


def test_diff_tells_only_what_the_branch_added(repo: Br) -> None:
    add(repo, "a.py", f'old = "{OTHER}"\nx = 1\n')
    commit(repo)
    repo.git("checkout", "-q", "-b", "feature")
    add(repo, "a.py", f'old = "{OTHER}"\nx = 2\nnew = "{TOKEN}"\n')
    add(repo, "with space\tand tab.py", f'"{TOKEN}"\n')
    commit(repo)
    answer = repo("governance", "scan", "--diff", "main", "--json")
    assert found(answer) == [
        ("github-token", "a.py", 3),
        ("github-token", "with space\tand tab.py", 1),
    ]
    unknown = repo("governance", "scan", "--diff", "nowhere", "--json")
    assert (unknown.code, unknown.error["code"]) == (2, "unknown_revision")


def test_history_tells_each_secret_once_with_the_commit_that_brought_it(repo: Br) -> None:
    add(repo, "a.py", f'k = "{TOKEN}"\n')
    commit(repo, "bring it")
    first = repo.git("rev-parse", "HEAD").strip()
    add(repo, "b.py", f'again = "{TOKEN}"\n')
    commit(repo, "copy it")
    repo.git("rm", "-q", "a.py", "b.py")
    repo.git("commit", "-q", "-m", "remove it")
    repo.git("checkout", "-q", "-b", "side", "HEAD~2")
    add(repo, "c.py", f'"{OTHER}"\n')
    commit(repo, "on a branch")
    repo.git("checkout", "-q", "main")
    assert repo("governance", "scan").code == 0
    answer = repo("governance", "scan", "--history", "--json")
    assert sorted(found(answer)) == [("github-token", "a.py", 1), ("stripe-key", "c.py", 1)]
    commits = {each["rule"]: each["commit"] for each in answer.json["findings"]}
    assert commits["github-token"] == first


def test_history_sees_what_only_a_merge_brought(repo: Br) -> None:
    repo.git("checkout", "-q", "-b", "side")
    add(repo, "side.py", "x = 1\n")
    commit(repo)
    repo.git("checkout", "-q", "main")
    add(repo, "main.py", "y = 1\n")
    commit(repo)
    repo.git("merge", "-q", "--no-commit", "--no-ff", "side")
    add(repo, "evil.py", f'"{TOKEN}"\n')
    commit(repo, "merge")
    repo.git("rm", "-q", "evil.py")
    repo.git("commit", "-q", "-m", "gone")
    assert found(repo("governance", "scan", "--history", "--json")) == [
        ("github-token", "evil.py", 1)
    ]


def test_a_baseline_is_written_kept_and_outgrown(repo: Br) -> None:
    add(repo, "a.py", f'k = "{TOKEN}"\n')
    written = repo("governance", "scan", "--update-baseline", "--json").json
    assert written == {
        "baseline": "buildrunner/governance/scan-baseline.json",
        "findings": 1,
        "before": 0,
        "changed": True,
    }
    assert not repo("governance", "scan", "--update-baseline", "--json").json["changed"]
    answer = repo("governance", "scan", "--json")
    assert (answer.code, answer.json["known"]) == (0, 1)
    add(repo, "b.py", f'k = "{TOKEN}"\n')
    assert found(repo("governance", "scan", "--json")) == [("github-token", "b.py", 1)]
    commit(repo)
    assert repo("governance", "scan", "--history").code == 0
    (repo.cwd / "buildrunner/governance/scan-baseline.json").write_text("{")
    broken = repo("governance", "scan", "--json")
    assert (broken.code, broken.error["code"]) == (1, "baseline_unreadable")
    absent = repo("governance", "scan", "--baseline", "none.json", "--json")
    assert absent.error["code"] == "no_file"


def test_sarif_is_for_code_scanning(repo: Br) -> None:
    add(repo, "a.py", f'k = "{TOKEN}"\n')
    answer = repo("governance", "scan", "--format", "sarif")
    run = json.loads(answer.out)["runs"][0]
    (result,) = run["results"]
    assert (answer.code, result["ruleId"]) == (1, "github-token")
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a.py"
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (1, 6)


def test_ways_that_do_not_go_together(repo: Br) -> None:
    for words in (["--staged", "--history"], ["--diff", "main", "--update-baseline"]):
        assert repo("governance", "scan", *words).code == 2


def test_a_policy_decides(repo: Br) -> None:
    add(repo, "a.py", f'k = "{TOKEN}"\nACME-112233\nada@lovelace.dev\n')
    policy = "buildrunner/governance/policy.yml"
    add(repo, policy, "secret_scan:\n  deny_patterns: ['ACME-[0-9]+']\n  pii: true\n")
    rules = [each[0] for each in found(repo("governance", "scan", "a.py", "--json"))]
    assert rules == ["github-token", "denied-1", "email"]
    add(repo, policy, "secret_scan:\n  block_on_detection: false\n")
    told = repo("governance", "scan", "a.py", "--json")
    assert (told.code, told.json["findings"][0]["level"]) == (0, "warning")
    add(repo, policy, "secret_scan:\n  exclude_files: ['*.py']\n")
    assert repo("governance", "scan", "a.py").code == 0
    add(repo, policy, "secret_scan: [\n")
    broken = repo("governance", "scan", "--json")
    assert (broken.code, broken.error["next_command"]) == (1, "br governance validate")


@pytest.mark.parametrize("asked", [True, False])
def test_the_pre_commit_hook_scans_where_a_policy_asks(repo: Br, asked: bool) -> None:
    text = "secret_scan:\n  enabled: true\n" if asked else "version: '2.0'\n"
    add(repo, "buildrunner/governance/policy.yml", text)
    commit(repo)
    repo.ok("git", "install")
    add(repo, "a.py", f'k = "{TOKEN}"\n')
    repo.git("add", "a.py")
    done = subprocess.run(
        ["git", "commit", "-m", "x"], cwd=repo.cwd, env=repo.env, capture_output=True, text=True
    )
    assert (done.returncode != 0) == asked
    assert ("a.py:1:6: error github-token" in done.stderr) == asked
    assert TOKEN not in done.stdout + done.stderr


def test_compiled_rules_are_kept_for_this_user_alone(repo: Br) -> None:
    repo("governance", "scan")
    folder = repo.cwd.parent / "home" / ".cache" / "buildrunner" / "scan"
    (kept, *_) = sorted(folder.iterdir())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert kept.stat().st_mode & 0o777 == 0o600
    add(repo, "a.py", f'"{TOKEN}"')
    os.chmod(kept, 0o666)  # somebody else could have written it: not taken
    kept.write_bytes(b"spoilt")
    assert repo("governance", "scan").code == 1
    assert kept.stat().st_size > 1000
