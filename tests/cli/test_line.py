"""How a command line is read, and what every answer has in common."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from buildrunner import __version__
from buildrunner.cli.arguments import parse
from buildrunner.cli.errors import Refusal
from buildrunner.cli.table import COMMANDS
from kits.program import Br


def read(signature: str, *words: str) -> dict[str, list[str]]:
    return parse("x", signature, words, {}).values


def test_options_may_stand_anywhere() -> None:
    found = read("ID [MORE] --flag -n|--limit=N", "a", "--flag", "-n5", "b")
    assert found == {"flag": [], "limit": ["5"], "ID": ["a"], "MORE": ["b"]}
    assert read("ID -n|--limit=N", "--limit=7", "a") == read("ID -n|--limit=N", "a", "-n", "7")


def test_required_arguments_come_before_optional_ones() -> None:
    assert read("[PARENT] TITLE", "only") == {"TITLE": ["only"]}
    assert read("[PARENT] TITLE", "m1", "both") == {"PARENT": ["m1"], "TITLE": ["both"]}
    assert read("ID OTHER...", "a", "b", "c") == {"ID": ["a"], "OTHER": ["b", "c"]}


def test_values_may_look_like_options() -> None:
    assert read("ID --title=TEXT", "a", "--title", "--json")["title"] == ["--json"]
    assert read("ID...", "--", "--json", "-x")["ID"] == ["--json", "-x"]


@pytest.mark.parametrize(
    ("signature", "words", "says"),
    [
        ("ID", (), "needs ID"),
        ("ID", ("a", "b"), "what to do with 'b'"),
        ("--limit=N", ("--limit",), "needs a value"),
        ("--flag", ("--flag=1",), "takes no value"),
        ("--format=a|b", ("--format", "c"), "one of a, b"),
        ("--strict", ("--strikt",), "did you mean --strict?"),
    ],
)
def test_mistakes_are_named(signature: str, words: tuple[str, ...], says: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(signature, *words)
    assert says in caught.value.message
    assert caught.value.exit_code == 2
    assert caught.value.next_command


def test_version(empty: Br) -> None:
    assert empty("--version").out == f"br {__version__}\n"
    assert empty().out == empty("--help").out == empty("help").out


def test_help_and_version_are_json_too(empty: Br) -> None:
    assert empty("--json", "--version").json == empty("--version", "--json").json
    assert empty("--json", "--version").json == {"version": __version__}
    for words in ((), ("--help",), ("help",), ("help", "json"), ("status", "--help"), ("help", "plan"),
                  ("plan", "--help"), ("server", "--help"), ("up", "--help")):  # fmt: skip
        answer = empty("--json", *words)
        assert answer.code == 0
        assert answer.json["text"] == empty(*words).out


def test_errors_hide_keys(br: Br) -> None:
    key = "br_" + "x" * 40
    for words in (("show", key), ("show", key, "--json"), ("lint", "figma-secret"), ("undo", key)):
        answer = br(*words, FIGMA_TOKEN="figma-secret")
        assert answer.code != 0
        assert key not in answer.out + answer.err
        assert "figma-secret" not in answer.out + answer.err


@pytest.mark.parametrize(
    "words", [("sttaus",), ("plan", "ad"), ("git", "instal"), ("-C", ".", "donee")]
)
def test_unknown_command_names_the_nearest(empty: Br, words: tuple[str, ...]) -> None:
    answer = empty(*words, "--json")
    assert answer.code == 2
    assert answer.error["code"] == "unknown_command"
    assert answer.json["nearest"][0].split()[-1] in ("status", "add", "install", "done")
    assert "did you mean" in empty(*words).err


def test_group_alone_lists_its_commands(empty: Br) -> None:
    answer = empty("plan")
    assert answer.code == 2
    assert "add, edit, move, split, merge, remove, patch, import, export" in answer.err


@pytest.mark.parametrize("words", [(), ("--who", "agent:x"), ("--json",)])
def test_some_groups_mean_something_alone(br: Br, words: tuple[str, ...]) -> None:
    alone, named = br("analytics", *words), br("analytics", "show", *words)
    assert (alone.code, alone.out, alone.err) == (named.code, named.out, named.err)
    assert alone.code != 2
    assert "br analytics anomalies" in br("analytics", "--help").out


def test_colon_joins_group_and_command(br: Br) -> None:
    assert br("plan:add", "Second", "-q").code == 0
    assert br.plan["milestones"][1]["title"] == "Second"


def test_global_options_anywhere(br: Br) -> None:
    for words in (
        ("--json", "-C", str(br.cwd), "status"),
        ("status", "--json", "-C", str(br.cwd)),
        ("-C", str(br.cwd), "status", "--json"),
    ):
        outside = Br(br.cwd.parent, br.env)
        assert outside(*words).json["counts"]["total"] == 3
    assert "\x1b" in br("status", FORCE_COLOR="1").out
    assert "\x1b" not in br("status", "--no-color", FORCE_COLOR="1").out
    assert "\x1b" not in br("status", FORCE_COLOR="1", NO_COLOR="1").out
    assert br("next", "--quiet").err == ""


# Commands whose refusal needs no server, with a line that is refused and the exit code.
REFUSED = {
    "status": (("status", "--milestone", "nope"), 1),
    "next": (("next", "--limit", "x"), 2),
    "lint": (("lint", "nope.json"), 3),
    "start": (("start", "m9"), 1),
    "done": (("done", "m1.s1.ms2"), 1),
    "block": (("block", "m1.s1.ms1"), 2),
    "todo": (("todo", "m1.s1"), 2),
    "claim": (("claim", "m1.s1.ms1", "--ttl", "soon"), 2),
    "release": (("release", "nope"), 1),
    "list": (("list", "--status", "open"), 2),
    "show": (("show", "m1.s1.ms9"), 1),
    "graph": (("graph", "--affected", "nope"), 1),
    "undo": (("undo",), 1),
    "diff": (("diff", "a", "b"), 1),
    "merge": (("merge", "a", "b", "c"), 3),
    "plan add": (("plan", "add", "m1.s1.ms1", "x"), 1),
    "plan edit": (("plan", "edit", "m1"), 2),
    "plan move": (("plan", "move", "m1"), 2),
    "plan split": (("plan", "split", "m1.s1.ms1", "a", "b"), 1),
    "plan merge": (("plan", "merge", "m1", "m1.s1"), 1),
    "plan remove": (("plan", "remove", "m1.s1.ms1"), 1),
    "git install": (("git", "install"), 1),
    "env verify": (("env", "verify"), 1),
    "completion": (("completion", "tcsh"), 2),
    "help": (("help", "nope"), 2),
}


@pytest.mark.parametrize("command", REFUSED)
def test_refusals_are_for_programs_and_people(br: Br, command: str) -> None:
    words, code = REFUSED[command]
    answer = br(*words, "--json")
    assert answer.code == code, answer.out + answer.err
    assert set(answer.error) >= {"code", "message", "missing", "next_command"}
    assert isinstance(answer.error["missing"], list)
    assert len(answer.out.splitlines()) == 1
    told = br(*words)
    assert told.code == code
    assert told.out == ""
    assert told.err.startswith("br: ")
    assert "Traceback" not in told.err


# `up` and `server` leave for the server's own program.
LOCAL = [c for c in COMMANDS if c not in ("init", "help", "completion", "up", "server")]


@pytest.mark.parametrize("command", LOCAL)
def test_outside_a_workspace_nothing_crashes(empty: Br, command: str) -> None:
    needed = {"merge": 3, "block": 2, "plan merge": 2, "plan split": 3}
    words = command.split() + ["x"] * needed.get(command, 1)
    answer = empty(*words, "--json")
    assert answer.code in (1, 2, 3, 4), answer.out + answer.err
    assert "error" in answer.json
    assert answer.error["code"] != "defect", answer.error


def test_no_workspace(empty: Br) -> None:
    answer = empty("status", "--json")
    assert answer.code == 3
    assert answer.error["next_command"] == "br init"


def test_unreadable_plan_names_the_place(br: Br) -> None:
    br.plan_path.write_text('{\n  "title": "x",\n}\n')
    for command in ("status", "next", "list", "start m1.s1.ms1", "plan add x", "log m1"):
        answer = br(*command.split(), "--json")
        assert answer.code == 3, command
        assert answer.error["code"] == "plan_unreadable"
        assert (
            "plan.json:3:1" in answer.error["message"] or "plan.json:2" in answer.error["message"]
        )
        assert answer.error["next_command"] == "br lint"


def test_reader_that_goes_away_is_no_error(br: Br) -> None:
    plan = br.plan
    plan["milestones"][0]["steps"][0]["microsteps"] = [
        {"id": f"m1.s1.ms{n}", "title": "x" * 80, "status": "todo", "criteria": ["y"]}
        for n in range(1, 2000)
    ]
    plan["milestones"][0]["steps"][1]["microsteps"] = []
    br.write(plan)
    reader, writer = os.pipe()
    process = subprocess.Popen(
        br.command("list"), cwd=br.cwd, env=br.env, stdout=writer, stderr=subprocess.PIPE, text=True
    )
    os.close(writer)
    os.read(reader, 10)
    os.close(reader)
    assert process.communicate(timeout=30)[1] == ""
    assert process.returncode == 0


def test_full_device_is_said(br: Br) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full on this system")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            br.command("list"), cwd=br.cwd, env=br.env, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr == "br: cannot write the answer: No space left on device\n"


def test_interrupt_ends_with_130(br: Br) -> None:
    lock = br.cwd / "buildrunner" / "state" / "lock"
    code = (
        "import fcntl, sys, time; f = open(sys.argv[1], 'a'); fcntl.flock(f, fcntl.LOCK_EX);"
        "print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(lock)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        waiting = subprocess.Popen(
            br.command("start", "m1.s1.ms1"),
            cwd=br.cwd,
            env=br.env,
            stderr=subprocess.PIPE,
            text=True,
        )
        leases = br.cwd / "buildrunner" / "state" / "claims.json"
        while not leases.exists():  # the lease comes first, then it waits for the lock
            assert waiting.poll() is None
        waiting.send_signal(signal.SIGINT)
        _, err = waiting.communicate(timeout=30)
        holder.communicate()
    assert waiting.returncode == 130
    assert err == "br: interrupted\n"
    assert br.microstep("m1.s1.ms1")["status"] == "todo"


@pytest.mark.parametrize("encoding", ["ascii", "iso-8859-1", "cp1252"])
def test_terminals_without_unicode(br: Br, encoding: str) -> None:
    br.ok("plan", "edit", "m1", "--title", "Übermut 東京 ✓")
    env = br.env | {"PYTHONIOENCODING": encoding}

    def run(*words: str) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            br.command(*words), cwd=br.cwd, env=env, capture_output=True, check=False
        )

    done = run("status")
    assert done.returncode == 0, done.stderr
    assert "0 of 3 microsteps done" in done.stdout.decode(encoding)
    assert run("--help").returncode == run("help", "json").returncode == 0
    done = run("status", "--json")
    assert json.loads(done.stdout.decode(encoding))["milestones"][0]["title"] == "Übermut 東京 ✓"


def test_no_home(br: Br) -> None:
    for home in ({"HOME": ""}, {"HOME": "/nonexistent"}):
        assert br("status", **home).code == 0
        assert br("start", "m1.s1.ms1", "--dry-run", **home).code == 0
    env = {name: value for name, value in br.env.items() if name not in ("HOME", "USER")}
    assert Br(br.cwd, env)("start", "m1.s1.ms1").code == 0


def test_server_commands_leave_for_the_servers_program(empty: Br) -> None:
    assert empty("up", "--help").out.startswith("br up: ")
    answer = empty("server", "no-such-command")
    assert answer.code == 2
    assert "br server --help" in answer.err


def test_errors_mask_secrets(br: Br) -> None:
    secret = "figma-0123456789"
    answer = br("show", f"{secret} br_0123456789abcdef", FIGMA_TOKEN=secret)
    assert secret not in answer.err
    assert "0123456789abcdef" not in answer.err
    assert secret not in br("lint", secret, "--json", FIGMA_TOKEN=secret).json["error"]["message"]


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams(br: Br, closed: str) -> None:
    for words in (
        ["status"],
        ["--version"],
        ["next", "--json"],
        ["start", "m1.s1.ms1", "--dry-run"],
    ):
        line = f"{shlex.join(br.command(*words))} {closed}"
        done = subprocess.run(
            ["sh", "-c", line], cwd=br.cwd, env=br.env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr


def test_removed_folder(br: Br) -> None:
    gone = br.cwd / "gone"
    line = f"mkdir gone && cd gone && rmdir ../gone && {shlex.join(br.command('status'))}"
    done = subprocess.run(
        ["sh", "-c", line], cwd=br.cwd, env=br.env, capture_output=True, text=True, check=False
    )
    assert not gone.exists()
    assert done.returncode == 2
    assert done.stderr.startswith("br: the current folder was removed")
