"""`br create`, as it is typed."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys

import pytest

from kits.program import Br

PROMPT = "Customers can pay with Stripe. It must be fast."


def test_without_accept_nothing_is_written(br: Br) -> None:
    before = br.plan_path.read_text()
    done = br("create", PROMPT)
    assert done.code == 0
    assert "Handle the provider's webhooks once" in done.out
    assert "fast: “fast”" in done.out
    assert "--accept all" in done.err
    assert br.plan_path.read_text() == before


def test_accept_all_is_one_change_that_undo_takes_back(br: Br) -> None:
    before = br.plan
    made = br.ok("create", PROMPT, "--accept", "all")
    assert made["entry"] == 1
    assert made["counts"]["microsteps"] > 5
    plan = br.plan
    assert plan["milestones"][0]["title"] == "Foundation"
    assert br("lint").code == 0
    again = br.ok("create", PROMPT, "--accept", "all")
    assert again["items"] == []
    assert again["entry"] is None
    assert br("undo").code == 0
    assert br.plan["milestones"] == before["milestones"]


def test_some_items_and_a_raised_version(br: Br) -> None:
    br("plan", "add", "Shop")
    made = br.ok("create", PROMPT, "--dry-run")
    assert made["operations"] == []
    one = next(each for each in made["items"] if each["title"] == "Refund a payment")
    taken = br.ok("create", PROMPT, "--accept", one["id"])
    assert taken["version"] == "0.2.0"
    texts = br.plan_path.read_text()
    assert "Refund a payment" in texts
    assert "Connect the payment provider" not in texts


def test_an_answer_settles_a_question(br: Br) -> None:
    made = br.ok("create", PROMPT, "--answer", "fast=Under 1 s")
    assert "Under 1 s" in json.dumps(made["items"])
    assert made["questions"][0]["answer"] == "Under 1 s"


def test_a_prd_from_a_file_and_from_standard_input(br: Br) -> None:
    text = "# Kiosk\n\n## Tickets\n\n- Print a ticket\n"
    (br.cwd / "prd.md").write_text(text, "utf-8")
    from_file = br.ok("create", "--prd", "prd.md")
    assert from_file["items"][-1]["source"]["name"] == "prd.md"
    assert from_file["items"][2]["source"]["line"] == 5
    piped = br("create", "--prd", "-", "--json", stdin=text)
    assert json.loads(piped.out)["title"] == "Kiosk"


def test_a_repository(br: Br) -> None:
    (br.cwd / "src").mkdir()
    (br.cwd / "src" / "a.py").write_text("# TODO: close the file\n", "utf-8")
    (br.cwd / "link").symlink_to("/etc/hostname")
    made = br.ok("create", "--repo")
    mark = next(each for each in made["items"] if each["title"] == "Close the file")
    assert mark["source"] == {"name": "src/a.py", "line": 1, "text": "close the file"}


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ([], 2, "name one source"),
        (["x", "--repo"], 2, "name one source"),
        (["Add a page", "--accept", "zz"], 2, "no item 'zz'"),
        (["--prd", "absent.md"], 3, "absent.md"),
        (["--from", "what.bin"], 1, "format"),
        ([" "], 1, "nothing to draft from"),
        (["x", "--answer", "fast"], 2, "QUESTION=TEXT"),
    ],
)
def test_refusals(br: Br, line: list[str], code: int, words: str) -> None:
    (br.cwd / "what.bin").write_text("hm", "utf-8")
    done = br("create", *line)
    assert done.code == code, done.err
    assert words in done.err


def test_a_terminal_is_asked_item_by_item(br: Br) -> None:
    ours, theirs = pty.openpty()
    program = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "buildrunner.cli",
            "create",
            "--",
            "- Print tickets\n- Scan tickets",
        ],
        cwd=br.cwd,
        env=br.env,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.write(ours, b"n\nn\nn\ny\nq\n")
    _, words = program.communicate(timeout=60)
    os.close(ours)
    os.close(theirs)
    assert program.returncode == 0, words
    text = br.plan_path.read_text()
    assert "Print tickets" in text
    assert "Scan tickets" not in text
