"""What of a plan is drawn: counts, filters, windows of rows, changes."""

import json
from urllib.parse import urlencode

import pytest
from django.http import QueryDict

from buildrunner.server.domains.plans.web import windows
from buildrunner.server.domains.plans.web.changes import gather, read_changes
from buildrunner.server.domains.plans.web.filters import Filter
from buildrunner.server.domains.plans.web.outline import Outline


def plan_of(*sizes: tuple[int, ...], status: str = "todo") -> dict:
    """Milestones of steps of so many microsteps each."""
    return {
        "title": "Sized",
        "milestones": [
            {
                "id": f"m{a}",
                "title": f"Milestone {a}",
                "steps": [
                    {
                        "id": f"m{a}.s{b}",
                        "title": f"Step {b}",
                        "microsteps": [
                            {"id": f"m{a}.s{b}.ms{c}", "title": f"Work {c}", "status": status}
                            for c in range(1, size + 1)
                        ],
                    }
                    for b, size in enumerate(steps, 1)
                ],
            }
            for a, steps in enumerate(sizes, 1)
        ],
    }


def ids(tree: windows.TreeWindow) -> list[str]:
    return [row.id for window in tree.milestones for step in window.steps for row, _ in step.rows]


@pytest.fixture
def outline(data_dir):
    plan = json.loads((data_dir / "plans" / "buildrunner-phase8.json").read_bytes())
    for milestone in plan["milestones"]:
        for step in milestone["steps"]:
            for row in step["microsteps"]:
                row["status"] = "todo"
    first = plan["milestones"][0]["steps"][0]["microsteps"]
    first[0]["status"] = "done"
    first[1] |= {"status": "doing", "depends_on": ["m1.s1.ms1", "m1.s1.ms3"], "owner": "Maya"}
    first[2]["aliases"] = ["m1.s1.ms30"]
    return Outline(plan, 7)


def test_counts_add_up_from_rows_to_the_whole(outline: Outline) -> None:
    assert outline.counts == {"todo": 64, "doing": 1, "blocked": 0, "done": 1, "total": 66}
    assert sum(m.counts["total"] for m in outline.milestones) == 66
    assert outline.milestones[0].steps[0].counts["done"] == 1


def test_a_row_waits_for_what_is_not_done(outline: Outline) -> None:
    row = outline.find("m1.s1.ms2")
    assert row.waiting == 1
    assert [r.id for r in outline.dependents("m1.s1.ms3")] == ["m1.s1.ms2"]


def test_an_old_id_still_leads_to_its_row(outline: Outline) -> None:
    assert outline.find("m1.s1.ms30").id == "m1.s1.ms3"
    assert outline.find("") is None


def test_an_odd_plan_is_shown_as_far_as_it_goes() -> None:
    odd = {
        "milestones": [
            "text",
            {"id": 5, "steps": [{"microsteps": [{"id": "a", "status": "?", "criteria": "no"}, 3]}]},
            {"steps": None},
        ]
    }
    outline = Outline(odd, 1)
    (row,) = outline.rows
    assert (row.status, row.criteria, row.title) == ("todo", [], "")
    assert [m.id for m in outline.milestones] == ["5", ""]


def test_a_small_plan_is_drawn_whole(outline: Outline) -> None:
    tree = windows.lay_out(outline, Filter(), {})
    assert len(ids(tree)) == 66
    assert all(window.open and window.next_row is None for window in tree.milestones)


def test_of_a_large_plan_what_is_under_way_is_drawn() -> None:
    plan = plan_of(*[(100, 100)] * 50)
    plan["milestones"][30]["steps"][0]["microsteps"][0]["status"] = "doing"
    tree = windows.lay_out(Outline(plan, 1), Filter(), {})
    assert [w.milestone.id for w in tree.milestones if w.open] == ["m31"]
    assert len(ids(tree)) == windows.WINDOW
    assert tree.milestones[30].next_row == windows.WINDOW


@pytest.mark.parametrize("sizes", [(400,), (150, 1), (149, 2, 0, 300), (1,) * 320, (0, 0, 5)])
def test_windows_follow_each_other_without_gap_or_repetition(sizes: tuple[int, ...]) -> None:
    milestone = Outline(plan_of(sizes), 1).milestones[0]
    seen: list[str] = []
    headings: list[str] = []
    start: int | None = 0
    while start is not None:
        window = windows.cut(milestone, Filter(), {}, start=start)
        seen += [row.id for step in window.steps for row, _ in step.rows]
        headings += [step.step.id for step in window.steps if step.first]
        assert window.shown <= windows.WINDOW
        start = window.next_row
    assert seen == [row.id for row in milestone.rows]
    assert headings == [step.id for step in milestone.steps]


def test_words_are_found_in_titles_ids_criteria_and_what_is_above(outline: Outline) -> None:
    def found(words: str, *statuses: str) -> list[str]:
        query = urlencode([("q", words), *(("status", status) for status in statuses)])
        wanted = Filter.read(QueryDict(query))
        return ids(windows.lay_out(outline, wanted, {}))

    assert found("M1.S1.MS2") == ["m1.s1.ms2"]
    assert found("maya") == ["m1.s1.ms2"]
    assert found("lockfile present") == ["m1.s1.ms3"]
    assert len(found("scaffold repository")) == 8
    assert found("scaffold lockfile") == ["m1.s1.ms3"]
    assert found("", "doing", "done", "no such status") == ["m1.s1.ms1", "m1.s1.ms2"]
    assert found("nowhere to be found") == []


def test_a_search_draws_no_more_than_its_budget_and_says_what_is_left() -> None:
    tree = windows.lay_out(Outline(plan_of(*[(100,)] * 20), 1), Filter("work"), {})
    assert (len(ids(tree)), tree.found, tree.left) == (400, 2000, 1600)


def test_what_a_page_has_open_stays_open(outline: Outline) -> None:
    shut = {milestone.id: 0 for milestone in outline.milestones}
    tree = windows.lay_out(outline, Filter(), {}, opened=shut | {"m2": 4, "gone": 3})
    assert [w.milestone.id for w in tree.milestones if w.open] == ["m2"]
    assert len(ids(tree)) == 4


def test_the_width_of_ids_is_not_set_by_one_long_one() -> None:
    plan = plan_of((40,))
    plan["milestones"][0]["steps"][0]["microsteps"][0]["id"] = "x" * 90
    assert Outline(plan, 1).id_width == 10


def test_ids_of_any_make_have_an_address() -> None:
    plan = plan_of((1,))
    plan["milestones"][0]["id"] = "a/b?c#d e%20ü"
    assert Outline(plan, 1).milestones[0].path == "a%2Fb%3Fc%23d%20e%2520%C3%BC"


def test_a_field_edit_draws_its_row_its_headings_and_who_waits_for_it(outline: Outline) -> None:
    changes = read_changes(
        outline, [{"op": "set", "id": "m1.s1.ms3", "field": "status", "value": "done"}]
    )
    assert not changes.structure
    assert set(changes.rows) == {"m1.s1.ms3", "m1.s1.ms2"}
    assert set(changes.steps) == {"m1.s1"}
    assert set(changes.milestones) == {"m1"}


@pytest.mark.parametrize("op", ["add", "remove", "move"])
def test_what_comes_goes_or_moves_draws_the_tree(outline: Outline, op: str) -> None:
    assert read_changes(outline, [{"op": op, "id": "m1.s1.ms3"}]).structure


def test_very_many_edits_draw_the_tree(outline: Outline) -> None:
    edits = [{"op": "set", "id": f"x{n}", "field": "title", "value": "t"} for n in range(500)]
    assert read_changes(outline, edits).structure


def test_a_row_that_is_gone_draws_the_tree(outline: Outline) -> None:
    assert gather(outline, ["gone"]).structure
    assert not gather(outline, [""]).structure
