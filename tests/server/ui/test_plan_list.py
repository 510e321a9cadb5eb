"""The list of the plan without a browser: forms, filters, groups, dialogs, and who may what."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from django.test import Client

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.web import windows
from buildrunner.server.domains.plans.web.choices import choices_of
from buildrunner.server.domains.plans.web.filters import Filter, View, query_of
from buildrunner.server.domains.plans.web.forms import read_opened
from buildrunner.server.domains.plans.web.gestures import read_gesture
from buildrunner.server.domains.plans.web.groups import find_group, lay_out_groups
from buildrunner.server.domains.plans.web.outline import Outline
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.values import ABSENT
from factories import add_person, make_tenant
from kits.visitor import sign_in

STEP = "m1.s1"
ONE, TWO, THREE = (f"{STEP}.ms{number}" for number in (1, 2, 3))


def form(*pairs: tuple[str, str]) -> QueryDict:
    return QueryDict(urlencode(pairs))


@pytest.fixture
def document(data_dir) -> dict:
    found = json.loads((data_dir / "plans" / "buildrunner-phase8.json").read_bytes())
    rows = {
        row["id"]: row for m in found["milestones"] for s in m["steps"] for row in s["microsteps"]
    }
    rows[ONE] |= {"owner": "Ada", "priority": "P1", "effort_points": 3, "status": "done"}
    rows[TWO] |= {"owner": "Ada", "priority": "P3", "effort_points": 8, "criteria": []}
    rows[THREE] |= {"owner": "grace", "depends_on": [TWO], "status": "doing"}
    found["milestones"][0]["phase"] = "Beta"
    return found


@pytest.fixture
def outline(document) -> Outline:
    return Outline(document, 7)


# Forms -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pairs", "edit"),
    [
        (
            [("do", "add"), ("parent", STEP), ("title", "  a \n b "), ("after", ONE)],
            plans.AddEdit(STEP, "a b", after=ONE),
        ),
        (
            [("do", "add"), ("parent", ""), ("title", "M"), ("first", "1")],
            plans.AddEdit("", "M", first=True),
        ),
        (
            [("do", "set"), ("id", ONE), ("id", TWO), ("id", ONE), ("field", "owner"),
             ("value", " Ada ")],
            plans.SetEdit([ONE, TWO], "owner", "Ada"),
        ),
        (
            [("do", "set"), ("id", ONE), ("field", "effort_points"), ("value", "13")],
            plans.SetEdit([ONE], "effort_points", 13),
        ),
        (
            [("do", "set"), ("id", ONE), ("field", "priority"), ("value", "")],
            plans.SetEdit([ONE], "priority", ABSENT),
        ),
        (
            [("do", "move"), ("id", ONE), ("parent", "m2.s1"), ("after", "")],
            plans.MoveEdit([ONE], "m2.s1"),
        ),
        (
            [("do", "merge"), ("id", ONE), ("id", TWO), ("keep", TWO), ("title", "T")],
            plans.MergeEdit([TWO, ONE], "T"),
        ),
        ([("do", "remove"), ("id", ONE), ("cascade", "1")], plans.RemoveEdit([ONE], True)),
        (
            [("do", "split"), ("id", ONE), ("titles", "A\n\n B \n"), ("at", "1"), ("at", "0"),
             ("fresh", "1: x  y "), ("fresh", "0: ")],
            plans.SplitEdit(ONE, [plans.Part("A", [1], []), plans.Part("B", [0], ["x y"])]),
        ),
        (
            [("do", "split"), ("id", STEP), ("titles", "A\nB"), ("member", ONE), ("at", "0"),
             ("member", TWO), ("at", "1")],
            plans.SplitEdit(STEP, [plans.Part("A", [ONE], []), plans.Part("B", [TWO], [])]),
        ),
    ],
)  # fmt: skip
def test_a_form_is_read_as_an_edit(pairs, edit) -> None:
    assert read_gesture(form(*pairs)).edit == edit


def test_what_was_seen_of_one_entry_goes_along(outline) -> None:
    pairs = [("do", "set"), ("id", ONE), ("field", "owner"), ("value", "B"), ("base", "")]
    assert read_gesture(form(*pairs)).seen == (plans.Seen(ONE, "owner", ABSENT),)
    assert read_gesture(form(*pairs, ("id", TWO))).seen == ()


@pytest.mark.parametrize(
    ("pairs", "field", "words"),
    [
        ([("do", "paint")], None, "paint"),
        ([("do", "add"), ("title", " ")], "title", "empty"),
        ([("do", "add"), ("title", "x" * 2001)], "title", "2,000"),
        ([("do", "set"), ("field", "owner")], None, "Choose"),
        ([("do", "set"), ("id", ONE), ("field", "depends_on")], "depends_on", "cannot be set"),
        ([("do", "set"), ("id", ONE), ("field", "priority"), ("value", "P9")], "priority", "P9"),
        ([("do", "set"), ("id", ONE), ("field", "status"), ("value", "")], "status", "status"),
        (
            [("do", "set"), ("id", ONE), ("field", "effort_points"), ("value", "1e3")],
            "effort_points",
            "1 to 100",
        ),
        (
            [("do", "set"), ("id", ONE), ("field", "owner"), ("value", "x" * 201)],
            "owner",
            "at most 200",
        ),
        ([("do", "split"), ("id", ONE), ("titles", "One")], "titles", "2 to 50"),
        ([("do", "split"), ("id", ONE), ("titles", "A\nB"), ("at", "2")], "at", "each line"),
        ([("do", "split"), ("id", ONE), ("titles", "A\nB"), ("at", "0")], "at", "Part 2"),
        ([("do", "split"), ("id", ONE), ("titles", "A\nB"), ("at", "²")], "at", "each line"),
    ],
)
def test_a_wrong_form_is_refused_at_its_field(pairs, field, words) -> None:
    with pytest.raises(Invalid, match=words) as refused:
        read_gesture(form(*pairs))
    assert refused.value.extensions.get("field") == field


# Filters and groups ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("owner=Ada", [ONE, TWO]),
        ("owner=Ada&owner=grace&status=doing", [THREE]),
        ("priority=P1&priority=P3", [ONE, TWO]),
        ("is=waiting", [THREE]),
        ("is=problem", [TWO, THREE]),
        ("is=claimed", [TWO]),
        ("phase=Beta&is=waiting&is=problem", [TWO, THREE]),
        ("phase=-&owner=Ada", []),
        ("q=create+base&owner=Ada", [ONE]),
        ("is=nonsense&status=nonsense&priority=P7&owner=Ada", [ONE, TWO]),
    ],
)
def test_filters_narrow_the_list(outline, query, found) -> None:
    wanted = Filter.read(QueryDict(query))
    tree = windows.lay_out(outline, wanted, {TWO: "claim"})
    shown = [row.id for m in tree.milestones for step in m.steps for row, _ in step.rows]
    assert shown == found
    assert tree.found == len(found)


def test_an_address_says_what_was_chosen_and_nothing_else() -> None:
    query = "q=a++b&owner=B&owner=A&group=owner&sort=effort&colour=red&status=done"
    read = QueryDict(query)
    again = query_of(Filter.read(read), View.read(read))
    assert again == "q=a+b&status=done&owner=A&owner=B&group=owner&sort=effort"
    usual = QueryDict("q=&group=milestone&sort=title")
    assert query_of(Filter.read(usual), View.read(usual)) == ""


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("group=owner", ["Ada", "grace", "No owner"]),
        ("group=priority", ["P1", "P3", "No priority"]),
        ("group=phase", ["Beta", "No phase"]),
        ("group=status&owner=Ada", ["To do", "Done"]),
        ("group=none", ["All microsteps"]),
    ],
)
def test_rows_stand_in_groups(outline, query, labels) -> None:
    read = QueryDict(query)
    tree = lay_out_groups(outline, Filter.read(read), View.read(read), {})
    assert [group.label for group in tree.groups] == labels
    assert all(group.open for group in tree.groups)
    assert tree.found == sum(len(group.rows) for group in tree.groups)


def test_groups_of_a_large_plan_come_a_part_at_a_time() -> None:
    rows = [{"id": f"m.s.{n}", "title": f"W {n}", "owner": f"O{n % 4}"} for n in range(4000)]
    plan = {"milestones": [{"id": "m", "steps": [{"id": "m.s", "microsteps": rows}]}]}
    outline, view, wanted = Outline(plan, 1), View("owner"), Filter()
    tree = lay_out_groups(outline, wanted, view, {})
    assert [(len(group.rows), group.next_row) for group in tree.groups[:3]] == [
        (150, 150),
        (150, 150),
        (0, None),
    ]
    key = tree.groups[2].id
    more = find_group(outline, wanted, view, {}, key, 150)
    assert more is not None
    assert (more.rows[0][0].id, len(more.rows), more.next_row) == ("m.s.602", 150, 300)
    assert find_group(outline, wanted, view, {}, "group:owner:nobody", 0) is None
    assert find_group(outline, wanted, View(), {}, key, 0) is None


def test_what_comes_new_to_a_page_stands_open(outline) -> None:
    opened = read_opened(["3:m1"], [milestone.id for milestone in outline.milestones[1:-1]])
    tree = windows.lay_out(outline, Filter(), {}, opened=opened)
    shown = [window.milestone.id for window in tree.milestones if window.open]
    assert shown == ["m1", outline.milestones[-1].id]


def test_menus_count_what_they_offer_and_keep_what_is_chosen(outline) -> None:
    read = QueryDict("owner=Gone&group=owner")
    menus = choices_of(outline, Filter.read(read), View.read(read))
    owners = next(options for name, _, options in menus.filters if name == "owner")
    assert [(c.value, c.number, c.chosen) for c in owners] == [
        ("Ada", 2, False),
        ("grace", 1, False),
        ("Gone", 0, True),
        ("-", 63, False),
    ]
    assert [choice.value for choice in menus.groups if choice.chosen] == ["owner"]


# Pages -----------------------------------------------------------------------------------------

SCRIPT = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def owner(db, document):
    return make_tenant(plan=document)


@pytest.fixture
def maya(owner) -> Client:
    return sign_in(owner.person)


def send(client: Client, owner, **values):
    return client.post(f"/projects/{owner.project_id}/plan/edits", values, **SCRIPT)


def revision(owner) -> int:
    with project_scope(owner.actor, owner.project_id) as access:
        return plans.read_head(access).revision


def test_an_edit_answers_what_the_page_shows_now(maya, owner) -> None:
    added = send(maya, owner, do="add", parent=STEP, title="<b>New</b>", after=ONE)
    assert (added.status_code, added["BR-Saved"], added["BR-Made"]) == (200, "2", f"{STEP}.ms9")
    text = added.content.decode()
    assert "&lt;b&gt;New&lt;/b&gt;" in text
    assert 'data-revision="2" data-structure="tree"' in text
    changed = send(maya, owner, do="set", id=[ONE, TWO], field="priority", value="P2")
    text = changed.content.decode()
    assert 'data-structure="rows"' in text
    assert text.count('class="row entry"') == 3  # the third waits for one of them
    nothing = send(maya, owner, do="set", id=ONE, field="priority", value="P2")
    assert nothing.status_code == 200
    assert "BR-Saved" not in nothing
    undone = send(maya, owner, do="undo", revision="2")
    assert (undone.status_code, undone["BR-Saved"]) == (200, "4")
    assert "&lt;b&gt;New" not in undone.content.decode()


def test_a_refusal_says_which_field(maya, owner) -> None:
    wrong = send(maya, owner, do="add", parent=STEP, title="")
    assert (wrong.status_code, wrong["BR-Field"]) == (422, "title")
    needed = send(maya, owner, do="remove", id=TWO)
    assert (needed.status_code, needed["BR-Code"]) == (422, "still_needed")
    lost = send(maya, owner, do="move", id="nowhere", parent=STEP)
    assert (lost.status_code, lost["BR-Code"]) == (422, "unknown_id")
    seen = send(maya, owner, do="set", id=ONE, field="owner", value="C", base="B")
    assert seen.status_code == 409
    assert 'data-theirs="Ada"' in seen.content.decode()
    assert send(maya, owner, do="undo", revision="x").status_code in (404, 422)
    assert revision(owner) == 1


def test_dialogs_tell_what_goes_where(maya, owner) -> None:
    base = f"/projects/{owner.project_id}/plan"
    places = maya.get(f"{base}/places?kind=microstep&q=expand", **SCRIPT).content.decode()
    assert places.count('role="option"') == 1
    assert "Nothing has these words" in maya.get(f"{base}/places?q=zzz").content.decode()
    split = maya.get(f"{base}/split?id={ONE}").content.decode()
    assert split.count("<select") == 1
    assert maya.get(f"{base}/split?id=m1").status_code == 422
    assert maya.get(f"{base}/split?id=nowhere").status_code == 404
    merge = maya.get(f"{base}/merge?id={TWO}&id={ONE}").content.decode()
    assert merge.index(f'value="{ONE}"') < merge.index(f'value="{TWO}"')
    assert maya.get(f"{base}/merge?id={ONE}").status_code == 422
    remove = maya.get(f"{base}/remove?id={TWO}").content.decode()
    assert THREE in remove
    assert 'name="cascade"' in remove
    assert "cascade" not in maya.get(f"{base}/remove?id={STEP}").content.decode()


def test_a_group_is_fetched_by_its_name(maya, owner) -> None:
    base = f"/projects/{owner.project_id}/plan"
    text = maya.get(f"{base}/groups?group=owner&key=group:owner:Ada").content.decode()
    assert text.count('class="row entry"') == 2
    assert maya.get(f"{base}/groups?group=owner&key=group:owner:No").status_code == 404


def test_a_viewer_sees_no_controls_and_is_refused(owner) -> None:
    viewer = sign_in(add_person(owner, project_role="viewer"))
    base = f"/projects/{owner.project_id}/plan"
    text = viewer.get(base).content.decode()
    assert 'class="row entry"' in text
    for control in ("data-may-write", 'class="grip"', 'id="bar"', 'id="row-menu"', "data-add"):
        assert control not in text, control
    for name in ("split", "merge", "remove"):
        assert viewer.get(f"{base}/{name}?id={ONE}").status_code == 403
    for values in ({"do": "remove", "id": TWO}, {"do": "undo", "revision": "1"}):
        refused = send(viewer, owner, **values)
        assert refused.status_code == 403
        assert "plan.write" in refused.content.decode()
    assert revision(owner) == 1


def test_a_gesture_needs_the_token_of_the_page(owner) -> None:
    strict = sign_in(owner.person, enforce_csrf_checks=True)
    assert send(strict, owner, do="remove", id=ONE).status_code == 403
    assert strict.get(f"/projects/{owner.project_id}/plan/edits").status_code == 302
    assert revision(owner) == 1
