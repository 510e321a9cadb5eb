"""Help pages, reference and table say the same, and every example works."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from buildrunner.cli import manual
from buildrunner.cli.manual import HELP, load, pages, reference
from buildrunner.cli.table import COMMANDS, GROUPS
from kits.program import Br

MANUAL = load()
EXAMPLES = [
    (command, example)
    for command in COMMANDS
    if not (MANUAL[command].get("server") or MANUAL[command].get("terminal"))
    for example, _ in MANUAL[command]["examples"]
]


def with_check(**check: str) -> str:
    """What gives the first microstep a check."""
    checks = json.dumps([{"id": "tests", "criterion": 0, **check}])
    return f"br -q plan edit m1.s1.ms1 --set {shlex.quote('checks=' + checks)}"


COMMAND = with_check(kind="command", run="true")
REPORT = with_check(kind="junit", report="junit.xml")
# What an example expects to find beside the committed template plan.
RULES = [
    "br governance init",
    "git add .github .githooks buildrunner",
    "git commit -q --no-verify -m rules",
]
KEY = "AKIAQYLPMN5HFIQR7XYA"
SETUP = {
    "br governance validate": RULES,
    "br governance simulate": RULES,
    "br governance simulate --since 30d --policy policies/strict.yml": RULES,
    "br governance check --base main": RULES,
    "br governance check --base main --head HEAD --title 'm1.s1.ms1: say hello' --format json": RULES,
    "br governance check --base main --format sarif -o governance.sarif": RULES,
    "br governance waive secret --path tests/keys.py --reason 'made up' --approver grace --expires 30d": [
        *RULES,
        "git checkout -q -b work",
        "git add tests && git commit -q --no-verify -m keys",
    ],
    "br create --prd prd.md --accept all": [
        "git log --format=#%x20%s%n%n-%x20Add%x20search > prd.md"
    ],
    "br overlap main feature": ["git branch feature"],
    "br blueprint lint audit-trail.json": ["br blueprint export m1 --out audit-trail.json"],
    "br plan import backlog": ["br plan export --format backlog-md -o backlog"],
    "br start m1.s1.ms1 --as agent-7 --ttl 30m": [],
    "br done m1.s1.ms1": ["br qa signoff m1.s1.ms1"],
    "br done m1.s1.ms1 m1.s1.ms2 --dry-run": [f"br qa signoff m1.s1.ms{n}" for n in (1, 2)],
    "br todo m1.s1.ms1": ["br start m1.s1.ms1"],
    "br release m1.s1.ms1": ["br claim m1.s1.ms1"],
    "br log m1.s1.ms1 -n 5": ["br start m1.s1.ms1"],
    "br undo --dry-run": ["br start m1.s1.ms1"],
    "br undo": ["br start m1.s1.ms1"],
    "br undo --redo": ["br start m1.s1.ms1", "br undo"],
    "br diff HEAD~1 HEAD": ["git commit -q --allow-empty -m second"],
    "br merge base.json ours.json theirs.json -o merged.json": [
        f"cp buildrunner/specs/plan.json {name}.json" for name in ("base", "ours", "theirs")
    ],
    "br plan import backlog.csv --into m2": ["br plan add Second"],
    "br git uninstall": ["br git install"],
    "br qa run m1.s1.ms1": [COMMAND, "git commit -qam checks"],
    "br qa ingest junit.xml": [REPORT],
    "br qa ingest junit.xml --microstep m1.s1.ms1 --check tests": [REPORT],
}
OUTLINE = "# Launch\n\n## Prepare\n\n- [ ] Write the announcement\n- [x] Choose a date\n"
FILES = {
    "operations.json": json.dumps(
        [{"op": "set", "id": "m1.s1.ms1", "field": "owner", "value": "Ada"}]
    ),
    "strict.yml": "protected_paths: [/src/]\napprovals: {required: [{role: PM}]}\n",
    "keys.py": f"AWS = '{KEY}'\n",
    "prd.md": OUTLINE,
    "tasks.md": OUTLINE,
    "tasks.json": json.dumps({"tasks": [{"id": 1, "title": "Parse", "status": "pending"}]}),
    "junit.xml": '<testsuite><testcase name="walks"/></testsuite>',
    "backlog.csv": "id,title,status\n1,Ship it,todo\n",
}


def test_help_folder_is_what_the_manual_says() -> None:
    assert {path.name: path.read_text() for path in HELP.glob("*.txt")} == pages()


def test_reference_is_what_the_manual_says() -> None:
    path = Path(manual.__file__).parents[3] / "docs" / "reference" / "cli.md"
    assert path.read_text() == reference()


def test_every_command_is_on_the_front_page_once() -> None:
    listed = [command for _, commands in GROUPS for command in commands]
    assert sorted(listed) == sorted(COMMANDS)


def test_pages_fit_a_terminal() -> None:
    for name, text in pages().items():
        long = [line for line in text.splitlines() if len(line) > 100]
        assert not long, f"{name}: {long}"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_is_shown_wherever_it_is_asked_for(empty: Br, command: str) -> None:
    page = (HELP / f"{command.replace(' ', '-')}.txt").read_text()
    assert empty(*command.split(), "--help").out == page
    if command != "help":
        assert empty("help", command.replace(" ", ":")).out == page


def run(repo: Br, line: str) -> subprocess.CompletedProcess[str]:
    """A line of the manual through a shell, with this `br` first on PATH."""
    bin_dir = repo.cwd.parent / "bin"
    if not bin_dir.exists():
        bin_dir.mkdir()
        command = shlex.join([sys.executable, "-P", "-m", "buildrunner.cli"])
        (bin_dir / "br").write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        (bin_dir / "br").chmod(0o755)
    env = repo.env | {"PATH": f"{bin_dir}:{repo.env['PATH']}"}
    return subprocess.run(
        ["sh", "-c", line], cwd=repo.cwd, env=env, capture_output=True, text=True, check=False
    )


def prepare(repo: Br, example: str) -> None:
    """Make what an example expects: files it names, commands that come before it."""
    for word in example.split():
        if Path(word).name in FILES:
            (repo.cwd / word).parent.mkdir(parents=True, exist_ok=True)
            (repo.cwd / word).write_text(FILES[Path(word).name])
    for line in SETUP.get(example, []):
        prepared = run(repo, line)
        assert prepared.returncode == 0, prepared.stderr


@pytest.mark.parametrize(("command", "example"), EXAMPLES, ids=[e for _, e in EXAMPLES])
def test_example_works_and_answers_as_documented(repo: Br, command: str, example: str) -> None:
    prepare(repo, example)
    plain = run(repo, example.replace("br ", "br -q ", 1))
    assert plain.returncode == 0, plain.stdout + plain.stderr
    members = MANUAL[command].get("json")
    if members and "--json" in example:
        assert set(json.loads(plain.stdout)) == set(members)


# What a server is needed for is compared where one runs (tests/e2e).
ALONE = [c for c in COMMANDS if MANUAL[c].get("json") and not MANUAL[c].get("server")]


@pytest.mark.parametrize("command", ALONE)
def test_json_members_are_documented(repo: Br, command: str) -> None:
    example = MANUAL[command]["examples"][0][0].partition(" <")[0]
    prepare(repo, example)
    answer = run(repo, f"{example} --json")
    assert answer.returncode == 0, answer.stderr
    assert len(answer.stdout.splitlines()) == 1
    got = set(json.loads(answer.stdout))
    # `merge -o` leaves the document out; everything else is always there.
    assert got == set(MANUAL[command]["json"]) - ({"document"} if command == "merge" else set())
