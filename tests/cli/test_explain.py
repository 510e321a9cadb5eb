"""`br explain`: prose about the plan in a working tree."""

from kits.program import Br


def test_the_plan_a_part_and_a_tour(repo: Br) -> None:
    told = repo.ok("explain", "--audience", "technical")
    first = told["narratives"][0]
    assert (first["scope"], first["language"]) == ("project", "en")
    assert all(each["cites"] for part in first["sections"] for each in part["sentences"])
    assert told["text"] == repo("explain", "--audience", "technical").out
    assert repo.ok("explain", "m1.s1.ms1")["narratives"][0]["entity_id"] == "m1.s1.ms1"
    whole = repo.ok("explain", "--overview")["narratives"]
    assert [each["scope"] for each in whole][:2] == ["project", "milestone"]
    stops = repo.ok("explain", "--tour", "--language", "fr")["stops"]
    assert stops[0]["kind"] == "project"


def test_what_is_done_without_evidence_is_told_as_unproven(repo: Br) -> None:
    plan = repo.cwd / "buildrunner" / "specs" / "plan.json"
    plan.write_text(plan.read_text().replace('"todo"', '"done"', 1))
    said = repo("explain", "--audience", "technical").out
    assert "None of them is proven by evidence" in said


def test_languages_and_refusals(repo: Br) -> None:
    assert "Worum es geht" in repo("explain", "--language", "de-CH").out
    other = repo("explain", "--language", "ja")
    assert "told in English" in other.err
    assert other.code == 0
    assert repo("explain", "nowhere").code == 1
    assert repo("explain", "m1", "--tour").code == 2
    assert repo("explain", "--audience", "king").code == 2
