"""`br rescope` without a server: told, applied, undone, asked."""

from kits.program import Br


def test_without_apply_nothing_changes(br: Br) -> None:
    before = br.ok("list")
    told = br.ok("rescope", "split m1.s1.ms1 into API and UI")
    assert told["applied"] is False
    assert told["precheck"]["ok"]
    assert told["acts"][0]["act"] == "split"
    assert br.ok("list") == before


def test_applied_it_is_one_entry_that_can_be_undone(br: Br) -> None:
    before = br.ok("list")
    made = br.ok("rescope", "defer m1.s1.ms2", "--apply")
    assert made["applied"] is True
    assert br.ok("list") != before
    assert br("lint").code == 0
    br.ok("undo")
    assert br.ok("list") == before


def test_what_is_ambiguous_is_asked_with_choices(br: Br) -> None:
    asked = br("rescope", "drop it all somehow", "--json")
    assert asked.code == 1
    error = asked.json["error"]
    assert error["code"] == "instruction_unclear"
    assert error["missing"]
    assert br("rescope", "defer m1.s1.ms2", "--apply", "--dry-run").code == 2


def test_what_cannot_be_is_refused(br: Br) -> None:
    refused = br("rescope", "cut to 1 points", "--json")
    assert refused.code == 1
    assert refused.json["error"]["code"] == "budget_too_small"
