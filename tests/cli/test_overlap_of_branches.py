"""`br overlap`: two branches that touch the same microstep, told before either merges."""

from pathlib import Path

from kits.program import Br


def branch(br: Br, name: str, *edits: tuple[str, ...], message: str = "work") -> None:
    br.git("checkout", "-q", "-b", name, "main")
    for edit in edits:
        br.ok("plan", "edit", *edit)
    br.git("commit", "-q", "--allow-empty", "-am", message)
    br.git("checkout", "-q", "main")


def test_an_edit_of_both_is_named_with_both_edits(repo: Br) -> None:
    branch(repo, "left", ("m1.s1.ms1", "--title", "Left"), ("m1.s1.ms2", "--owner", "ines"))
    branch(repo, "right", ("m1.s1.ms1", "--title", "Right"), ("m1.s1.ms2", "--effort", "9"))
    answer = repo("overlap", "left", "right")
    assert answer.code == 1
    text = answer.out
    assert "! m1.s1.ms1" in text
    assert "→ Left" in text
    assert "→ Right" in text
    assert "will conflict: title" in text
    assert "= m1.s1.ms2" in text
    found = repo("overlap", "left", "right", "--json").json
    assert [(each["id"], each["conflict"]) for each in found["meetings"]] == [
        ("m1.s1.ms1", True),
        ("m1.s1.ms2", False),
    ]


def test_branches_that_share_nothing_do_not_meet(repo: Br) -> None:
    branch(repo, "left", ("m1.s1.ms1", "--title", "Left"))
    branch(repo, "right", ("m1.s2.ms1", "--title", "Right"))
    answer = repo("overlap", "left", "right")
    assert (answer.code, answer.out) == (0, "")


def test_commits_that_name_one_microstep_meet(repo: Br) -> None:
    branch(repo, "left", message="feat: door (m1.s1.ms1)")
    branch(repo, "right", message="fix m1.s1.ms1: hinge\n\nAlso m1.s1.ms10 and xm1.s1.ms2.")
    found = repo("overlap", "left", "right", "--json").json
    assert found["meetings"] == []
    assert found["commits"] == [
        {
            "id": "m1.s1.ms1",
            "title": found["commits"][0]["title"],
            "ours": ["feat: door (m1.s1.ms1)"],
            "theirs": ["fix m1.s1.ms1: hinge"],
        }
    ]


def test_what_merged_already_is_no_meeting(repo: Br) -> None:
    branch(repo, "left", ("m1.s1.ms1", "--title", "Left"), message="m1.s1.ms1")
    repo.git("merge", "-q", "--no-edit", "left")
    branch(repo, "right", ("m1.s1.ms1", "--title", "Right"))
    assert repo("overlap", "left", "right").code == 0


def test_refusals_say_what_to_name(repo: Br, tmp_path: Path) -> None:
    assert repo("overlap", "main", "nowhere").code == 2
    assert repo("overlap", "main", "--upload-pack=x").code == 2
    repo.git("checkout", "-q", "--orphan", "island")
    repo.git("commit", "-q", "-m", "alone")
    refusal = repo("overlap", "main", "island")
    assert refusal.code == 1
    assert "--base" in refusal.err
    assert repo("overlap", "main", "island", "--base", "main").code in (0, 1)
