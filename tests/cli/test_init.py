"""`br init` and `br env verify`: starting, never overwriting, keys checked and masked."""

import json
import os
import stat
from pathlib import Path

import pytest

from buildrunner.spec.document import document_hash
from buildrunner.workspace.envfile import KEYS
from kits.program import Br

MADE = [
    "buildrunner/specs/plan.json",
    "buildrunner/state/.gitignore",
    "buildrunner/state/runner_state.json",
    ".env.example",
    ".gitignore",
]


@pytest.mark.parametrize("in_git", [False, True])
def test_a_fresh_start(empty: Br, in_git: bool) -> None:
    if in_git:
        empty.git("init", "-q")
    answer = empty.ok("init")
    assert answer["created"] == MADE
    assert answer["next_command"] == "br next"
    assert empty("lint", "--strict").code == 0
    assert empty.ok("next")["next"]["id"] == "m1.s1.ms1"
    assert empty.state["template_hash"] == document_hash(empty.plan)
    if in_git:
        status = empty.git("status", "--porcelain", "-uall")
        assert "runner_state" not in status
        (empty.cwd / ".env").write_text("BR_API_KEY=x\n")
        assert " .env\n" not in empty.git("status", "--porcelain", "-uall")


def test_a_second_run_keeps_everything(br: Br) -> None:
    before = {path: path.read_bytes() for path in br.cwd.rglob("*") if path.is_file()}
    answer = br.ok("init", "--title", "Other")
    assert answer["created"] == answer["changed"] == []
    assert sorted(answer["kept"]) == sorted(MADE)
    after = {path: path.read_bytes() for path in br.cwd.rglob("*") if path.is_file()}
    assert {p.name for p in set(after) - set(before)} <= {"lock", "index.json"}
    assert {path: after[path] for path in before if path.name != "lock"} == {
        path: data for path, data in before.items() if path.name != "lock"
    }


def test_only_what_is_missing_is_made(empty: Br) -> None:
    (empty.cwd / ".env.example").write_text("MINE=1\n")
    (empty.cwd / ".gitignore").write_text("node_modules")
    plan = empty.cwd / MADE[0]
    plan.parent.mkdir(parents=True)
    plan.write_text('{"title": "mine", "milestones": []}')
    answer = empty.ok("init")
    assert set(answer["kept"]) == {MADE[0], ".env.example"}
    assert answer["changed"] == [".gitignore"]
    assert (empty.cwd / ".gitignore").read_text() == "node_modules\n.env\n"
    assert (empty.cwd / ".env.example").read_text() == "MINE=1\n"
    assert "template_hash" not in empty.state


@pytest.mark.parametrize("pattern", [".env", "/.env", ".env*", "*env"])
def test_an_ignored_env_is_left_alone(empty: Br, pattern: str) -> None:
    empty.git("init", "-q")
    (empty.cwd / ".gitignore").write_text(f"{pattern}\n")
    assert ".gitignore" in empty.ok("init")["kept"]
    assert (empty.cwd / ".gitignore").read_text() == f"{pattern}\n"


def test_a_tracked_env_is_told(empty: Br) -> None:
    empty.git("init", "-q")
    (empty.cwd / ".env").write_text("A=1\n")
    empty.git("add", ".env")
    assert empty.ok("init")["env_tracked"]
    assert "git rm --cached .env" in empty("init").err


def test_inside_a_workspace_it_means_that_one(br: Br) -> None:
    deep = br.cwd / "src"
    deep.mkdir()
    assert Br(deep, br.env).ok("init")["root"] == str(br.cwd)
    assert Br(deep, br.env).ok("init", ".")["root"] == str(deep)


def test_another_folder(empty: Br) -> None:
    answer = empty.ok("init", "site", "--title", "Site")
    assert answer["root"] == str(empty.cwd / "site")
    assert answer["next_command"] == "br -C site next"
    assert empty("-C", "site", "status").out.startswith("Site")


def test_a_file_in_the_way(empty: Br) -> None:
    (empty.cwd / "buildrunner").write_text("")
    answer = empty("init", "--json")
    assert answer.code == 3
    assert answer.error["code"] in ("not_a_folder", "io_error")


def test_two_at_once_make_one_plan(empty: Br) -> None:
    import subprocess

    runs = [
        subprocess.Popen(empty.command("init", "--json"), cwd=empty.cwd, env=empty.env,
                         stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]  # fmt: skip
    answers = [json.loads(run.communicate(timeout=60)[0]) for run in runs]
    assert sum(MADE[0] in answer["created"] for answer in answers) == 1
    assert empty.state["template_hash"] == document_hash(empty.plan)


def test_env_example_names_every_key(br: Br) -> None:
    text = (br.cwd / ".env.example").read_text()
    for key in KEYS:
        assert f"\n{key.name}=\n" in text
        assert key.meaning in text
    (br.cwd / ".env").write_text(text)
    assert br.ok("env", "verify")["missing"] == []


GOOD = {
    "SUPABASE_URL": "https://abcdefghijklmnopqrst.supabase.co",
    "SUPABASE_ANON_KEY": "eyJhbGciOi.eyJpc3MiOi.c2lnbmF0dXJl",
    "SUPABASE_SERVICE_ROLE_KEY": "sb_secret_0123456789abcdef",
    "SUPABASE_PROJECT_REF": "abcdefghijklmnopqrst",
}


def env_file(br: Br, values: dict[str, str]) -> None:
    lines = [f"export {name} = '{value}'  " for name, value in values.items()]
    (br.cwd / ".env").write_text("# keys\n" + "\n".join(lines) + "\n")


def test_a_complete_feature_is_ready_and_masked(br: Br) -> None:
    env_file(br, GOOD)
    answer = br("env", "verify")
    assert answer.code == 0, answer.err
    assert GOOD["SUPABASE_SERVICE_ROLE_KEY"] not in answer.out + answer.err
    assert GOOD["SUPABASE_ANON_KEY"] not in br("env", "verify", "--json").out
    assert GOOD["SUPABASE_URL"] in answer.out
    states = {each["name"]: each["state"] for each in br.ok("env", "verify")["features"]}
    assert states == {"server": "off", "supabase": "ready", "provisioning": "off", "figma": "off"}


def test_half_a_feature_is_incomplete(br: Br) -> None:
    env_file(br, GOOD | {"SUPABASE_PROJECT_REF": "", "SUPABASE_ANON_KEY": "your-anon-key"})
    answer = br("env", "verify", "--json")
    assert answer.code == 1
    assert answer.error["code"] == "env_incomplete"
    assert answer.error["missing"] == ["SUPABASE_ANON_KEY", "SUPABASE_PROJECT_REF"]
    keys = {key["name"]: key for key in answer.json["features"][1]["keys"]}
    assert keys["SUPABASE_ANON_KEY"]["state"] == "placeholder"


def test_malformed_values_say_what_is_expected(br: Br) -> None:
    env_file(br, GOOD | {"SUPABASE_URL": "secret-in-the-wrong-place"})
    answer = br("env", "verify")
    assert answer.code == 1
    assert "an http(s) address" in answer.out
    assert "secret-in-the-wrong-place" not in answer.out + answer.err


def test_the_environment_goes_first(br: Br) -> None:
    assert br("env", "verify", "--json").error["next_command"] == "cp .env.example .env"
    assert br("env", "verify", **GOOD).code == 0
    assert br("env", "verify", "--only", "supabase", **GOOD).code == 0
    assert br("env", "verify", "--only", "figma", **GOOD).code == 1


def test_files_keep_to_the_umask(empty: Br) -> None:
    os.umask(old := os.umask(0))
    empty.ok("init")
    mode = stat.S_IMODE(Path(empty.cwd, MADE[0]).stat().st_mode)
    assert mode == 0o666 & ~old
