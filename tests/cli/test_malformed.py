"""Plans that are JSON but nothing else is right with: words, never a traceback."""

import json
from typing import Any

import pytest

from buildrunner.cli.main import main
from kits.program import Br


def microstep(**fields: Any) -> dict[str, Any]:
    return {"id": "m1.s1.ms1", "title": "x", "status": "todo", "criteria": [], **fields}


def plan(*microsteps: Any, **fields: Any) -> dict[str, Any]:
    step = {"id": "m1.s1", "title": "s", "microsteps": list(microsteps)}
    return {"milestones": [{"id": "m1", "title": "m", "steps": [step]}], **fields}


PLANS = {
    "empty": {},
    "null lists": {"milestones": None, "title": None},
    "wrong members": {"milestones": [1, None, [], {"id": 5, "steps": "x"}, {"steps": [{}, 7]}]},
    "no ids": plan({}, {"title": "x"}, {"id": ["m"]}),
    "equal ids": plan(microstep(), microstep()),
    "strange values": plan(
        microstep(status=["todo"], criteria="x", depends_on="m1", effort_points="much", owner=7)
    ),
    "strange title": plan(microstep(title=["a", {"b": 1}]), title={"x": 1}, version=9),
    "dangling": plan(microstep(depends_on=["nope", 3, None, "m1.s1.ms1"], aliases=[1, "old"])),
    "control": plan(microstep(title="a\x1b[31mb\nc\td\u202e", owner="\x07")),
    "surrogate": plan(microstep(title="half \ud800 pair")),
}
COMMANDS = (
    "status", "next", "list", "list --ready", "list --search x", "show m1", "show m1.s1.ms1",
    "graph", "graph --blocked", "graph --critical-path", "graph m1", "lint", "log",
    "start m1.s1.ms1 --dry-run", "done m1.s1.ms1 --dry-run", "plan add m1 x --dry-run",
    "plan edit m1.s1.ms1 --owner ada --dry-run", "plan remove m1 --dry-run", "claim m1.s1.ms1",
    "graph --format mermaid", "complete",
)  # fmt: skip


@pytest.mark.parametrize("name", PLANS)
def test_no_command_breaks(
    br: Br, name: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    br.plan_path.write_text(json.dumps(PLANS[name]))
    monkeypatch.setenv("HOME", br.env["HOME"])
    monkeypatch.setenv("BR_ACTOR", "ada")
    for command in COMMANDS:
        for words in (command.split(), [*command.split(), "--json"]):
            code = main(["-C", str(br.cwd), *words])
            out, err = capfd.readouterr()
            assert code in (0, 1, 2, 3, 5), (command, out, err)
            assert "defect" not in out + err, (command, out + err)
            # A plan is a stranger's text: it must not drive the terminal.
            assert "\x1b" not in out + err, command
            if "--format" not in command:  # a diagram is a document, given as it is
                assert "\u202e" not in out + err, command
            if "--json" in words and command != "complete":
                json.loads(out)
