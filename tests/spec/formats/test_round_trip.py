"""What we export we import as it was: the same plan stays, an edited file changes what it shows."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plans_with_any_text import plans_with_any_text, texts

from buildrunner.spec import formats
from buildrunner.spec.document import index, loads
from buildrunner.spec.errors import SpecError
from strategies import edited, entities, plans

OWN = ["json", "markdown", "csv"]
NAMES = {"json": "plan.json", "markdown": "plan.md", "csv": "plan.csv"}


def imported(plan, text, format, **options):
    return formats.read(text.encode(), name=NAMES[format], existing=plan, **options)


@pytest.mark.parametrize("format", OWN)
@given(plan=plans_with_any_text())
def test_an_export_imported_into_its_plan_changes_nothing(format, plan):
    before = copy.deepcopy(plan)
    result = imported(plan, formats.write(plan, format), format)
    assert result.plan == before
    assert plan == before
    counts = result.counts
    assert counts["unchanged"] == sum(1 for _ in entities(plan))
    assert [counts[name] for name in ("milestones", "steps", "microsteps", "updated")] == [0] * 4
    assert not counts["dropped"]


@pytest.mark.parametrize("name", ["buildrunner-phase4.json", "buildrunner-phase8.json"])
@pytest.mark.parametrize("format", OWN)
def test_real_plans_come_back(format, name, data_dir):
    plan = loads((data_dir / "plans" / name).read_bytes())
    result = imported(plan, formats.write(plan, format), format)
    assert result.plan == plan
    assert not result.notes


@pytest.mark.parametrize("format", OWN)
@given(data=st.data())
def test_an_export_imported_into_a_changed_plan_brings_back_what_it_shows(format, data):
    plan = data.draw(plans())
    text = formats.write(plan, format)
    changed = data.draw(edited(plan))
    result = imported(changed, text, format)
    was, now = index(plan), index(result.plan)
    for identifier, entity in was.items():
        assert now[identifier].value["title"] == entity.value["title"]
        for field in ("status", "criteria"):
            assert now[identifier].value.get(field) == entity.value.get(field)
    # Nothing that the file does not have is taken away.
    assert set(index(changed)) <= set(now)
    again = imported(result.plan, text, format)
    assert again.plan == result.plan


@pytest.mark.parametrize("format", ["markdown", "csv"])
@given(plan=plans_with_any_text())
def test_fields_a_format_does_not_show_stay(format, plan):
    text = formats.write(plan, format)
    for _, entity, _ in entities(plan):
        entity["unknown"] = {"kept": [1, {"as": "is"}]}
        entity["checks"] = [{"id": "c1"}]
    assert imported(plan, text, format).plan == plan


@given(plan=plans())
def test_a_json_export_makes_the_same_plan_anew(plan):
    result = formats.read(formats.write(plan, "json").encode(), name="plan.json")
    plan["updatedAt"] = result.plan["updatedAt"]
    assert result.plan == plan


@given(plan=plans_with_any_text())
def test_a_markdown_export_makes_a_plan_with_the_same_ids_and_titles(plan):
    result = formats.read(formats.write(plan, "markdown").encode(), name="plan.md")
    assert [e.get("title", "") for _, e, _ in entities(result.plan)] == [
        e["title"] for _, e, _ in entities(plan)
    ]
    assert list(index(result.plan)) == list(index(plan))


@pytest.mark.parametrize("format", OWN)
@given(plan=plans(), title=texts.filter(bool))
def test_an_edited_title_is_taken_over(format, plan, title):
    before = copy.deepcopy(plan)
    _, first, _ = next(entities(plan))
    first["title"] = title
    result = imported(before, formats.write(plan, format), format)
    assert result.plan["milestones"] == plan["milestones"]
    assert result.counts["updated"] == 1


def test_ticking_a_box_finishes_a_microstep(data_dir):
    plan = loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())
    text = formats.write(plan, "markdown")
    assert "- [ ] Stub CLI command router {#m1.s1.ms5}" in text
    ticked = text.replace("- [ ] Stub CLI", "- [x] Stub CLI")
    result = imported(plan, ticked, "markdown")
    assert index(result.plan)["m1.s1.ms5"].value["status"] == "done"
    assert result.counts["updated"] == 1


def test_a_line_added_to_an_export_becomes_a_microstep_once(data_dir):
    plan = loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())
    text = formats.write(plan, "markdown").replace(
        "- [ ] Stub CLI", "- [ ] Write the parser\n  - every flag has a test\n- [ ] Stub CLI"
    )
    result = imported(plan, text, "markdown")
    added = index(result.plan)["m1.s1.ms9"].value
    assert (added["title"], added["criteria"]) == ("Write the parser", ["every flag has a test"])
    order = [m["id"] for m in result.plan["milestones"][0]["steps"][0]["microsteps"]]
    assert order.index("m1.s1.ms9") == order.index("m1.s1.ms4") + 1
    again = imported(result.plan, text, "markdown")
    assert again.plan == result.plan
    assert [note.code for note in again.notes] == ["plan_changed_since_export"]


def test_a_file_of_another_project_does_not_overwrite_by_equal_ids(data_dir):
    ours = loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())
    theirs = copy.deepcopy(ours)
    theirs["projectId"] = "another"
    for _, entity, _ in entities(theirs):
        entity["title"] += " (theirs)"
    for format in ("json", "markdown"):
        result = imported(ours, formats.write(theirs, format), format)
        assert set(index(ours)) < set(index(result.plan))
        for identifier, entity in index(ours).items():
            assert index(result.plan)[identifier].value == entity.value | {
                key: index(result.plan)[identifier].value[key]
                for key in ("steps", "microsteps")
                if key in entity.value
            }
        again = imported(result.plan, formats.write(theirs, format), format)
        assert again.plan == result.plan


def test_a_table_whose_ids_mean_other_things_is_refused(data_dir):
    ours = loads((data_dir / "plans" / "buildrunner-phase4.json").read_bytes())
    theirs = copy.deepcopy(ours)
    for _, entity, _ in entities(theirs):
        entity["title"] = entity["title"][::-1]
    with pytest.raises(SpecError) as caught:
        imported(ours, formats.write(theirs, "csv"), "csv")
    assert caught.value.code == "import_other_project"
    assert imported(ours, formats.write(theirs, "csv"), "csv", prefer="source").counts["updated"]
    beside = imported(ours, formats.write(theirs, "csv"), "csv", namespace="theirs")
    assert beside.counts["microsteps"] == sum(kind == "microstep" for kind, _, _ in entities(ours))
