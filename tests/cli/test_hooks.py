"""`br hooks`: settings of agents' programs, and claims that follow their sessions."""

import json

import pytest

from kits.program import Br


def read(repo: Br, name: str) -> dict:
    return json.loads((repo.cwd / name).read_text())


def test_claude_gets_tools_and_hooks_beside_what_is_there(repo: Br) -> None:
    folder = repo.cwd / ".claude"
    folder.mkdir()
    mine = {"hooks": [{"type": "command", "command": "date"}]}
    theirs = {"permissions": {"allow": ["Bash"]}, "hooks": {"SessionStart": [mine]}}
    (folder / "settings.json").write_text(json.dumps(theirs))
    assert repo.ok("hooks", "install", "claude", "--dry-run")["changed"]
    assert read(repo, ".claude/settings.json") == theirs
    repo.ok("hooks", "install", "claude")
    settings = read(repo, ".claude/settings.json")
    assert settings["permissions"] == theirs["permissions"]
    commands = [
        hook["command"] for group in settings["hooks"]["SessionStart"] for hook in group["hooks"]
    ]
    assert commands == ["date", "br hooks start --as claude"]
    assert settings["hooks"]["SessionEnd"][0]["hooks"][0]["command"] == "br hooks end --as claude"
    server = read(repo, ".mcp.json")["mcpServers"]["buildrunner"]
    assert server == {"command": "br", "args": ["mcp", "--as", "claude"]}
    again = repo.ok("hooks", "install", "claude")
    assert (again["changed"], len(again["kept"])) == ([], 2)


def test_cursor_gets_its_own_shape(repo: Br) -> None:
    repo.ok("hooks", "install", "cursor")
    hooks = read(repo, ".cursor/hooks.json")
    assert hooks["version"] == 1
    assert hooks["hooks"]["sessionEnd"] == [{"command": "br hooks end --as cursor"}]
    assert "buildrunner" in read(repo, ".cursor/mcp.json")["mcpServers"]
    said = repo("hooks", "start", "--as", "cursor", "--cursor")
    assert "m1.s1.ms1" in json.loads(said.out)["additional_context"]


def test_everybody_else_reads_a_part_of_agents_md(repo: Br) -> None:
    page = repo.cwd / "AGENTS.md"
    page.write_text("# Ours\n\nRead the code.\n")
    repo.ok("hooks", "install", "generic")
    once = page.read_text()
    assert once.startswith("# Ours\n\nRead the code.\n")
    assert "br start ID" in once
    assert repo.ok("hooks", "install", "generic")["changed"] == []
    page.write_text(once.replace("br start ID", "something old"))
    repo.ok("hooks", "install", "generic")
    assert page.read_text() == once


@pytest.mark.parametrize("text", ["{", "[]", '{"hooks": []}'])
def test_what_cannot_be_added_to_is_left_as_it_is(repo: Br, text: str) -> None:
    (repo.cwd / ".cursor").mkdir()
    path = repo.cwd / ".cursor" / "hooks.json"
    path.write_text(text)
    answer = repo("hooks", "install", "cursor", "--json")
    assert (answer.code, answer.error["code"]) == (1, "unreadable_settings")
    assert path.read_text() == text
    assert not (repo.cwd / ".cursor" / "mcp.json").exists()


def test_claims_follow_the_session(repo: Br) -> None:
    assert repo.ok("hooks", "start", "--as", "claude")["held"] == []
    repo.ok("start", "m1.s1.ms1", "--as", "claude", "--ttl", "1m")
    before = repo.ok("claim")["claims"][0]["expires_at"]
    told = repo.ok("hooks", "start", "--as", "claude")
    assert [each["microstep_id"] for each in told["held"]] == ["m1.s1.ms1"]
    assert told["held"][0]["expires_at"] > before
    assert repo.ok("hooks", "end", "--as", "grace")["released"] == []
    assert repo.ok("hooks", "end", "--as", "claude")["released"] == ["m1.s1.ms1"]
    assert repo.ok("claim")["claims"] == []
    assert repo.microstep("m1.s1.ms1")["status"] == "doing"


def test_an_unknown_program_is_a_usage_error(repo: Br) -> None:
    answer = repo("hooks", "install", "emacs", "--json")
    assert answer.code == 2
    assert "claude, cursor, generic" in answer.error["message"]
