"""`br context`: files and decisions of the repository join what the plan says."""

from kits.program import Br


def test_files_and_decisions_of_the_repository(repo: Br) -> None:
    records = repo.cwd / "docs" / "adr"
    records.mkdir(parents=True)
    (records / "0001-doors.md").write_text("# Doors open inward\n")
    (records / "0002-paint.md").write_text("# Paint is green\n")
    (repo.cwd / "src").mkdir()
    (repo.cwd / "src" / "door.py").write_text("")
    (repo.cwd / "främé.txt").write_text("")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "feat: hinges\n\nFor m1.s1.ms1.")
    (repo.cwd / "other.py").write_text("")
    repo.git("add", "-A")
    repo.git("commit", "-q", "-m", "m1.s1.ms10 is another")
    repo.ok(
        "plan",
        "edit",
        "m1.s1.ms1",
        "--title",
        "Hang the doors",
        "--criterion",
        "src/door.py says so",
    )
    answer = repo.ok("context", "m1.s1.ms1")
    assert answer["sections"]["files"][0] == "src/door.py (named in the microstep)"
    assert "främé.txt (changed by commits that name it)" in answer["sections"]["files"]
    assert not [line for line in answer["sections"]["files"] if line.startswith("other.py")]
    assert answer["sections"]["decisions"] == ["Doors open inward (docs/adr/0001-doors.md)"]
    assert answer["tokens"] <= answer["budget"] == 2_000
    text = repo("context", "m1.s1.ms1").out
    assert text == answer["text"]


def test_refusals(repo: Br) -> None:
    assert repo("context", "m1.s1.ms1", "--budget", "20").code == 2
    assert repo("context", "m1").code != 0
    assert repo("context", "nowhere").code != 0
