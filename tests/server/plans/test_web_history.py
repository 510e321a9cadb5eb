"""The history pages over HTTP: what changed, in words; going back without losing anybody's work."""

import json

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.web.comparing import (
    compare_lists,
    compare_values,
    compare_words,
    differences,
)
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.spec.values import ABSENT
from factories import add_person, make_tenant
from kits.visitor import sign_in

ROW = "m1.s1.ms3"


@pytest.fixture
def plan(data_dir):
    return json.loads((data_dir / "plans" / "buildrunner-phase8.json").read_bytes())


@pytest.fixture
def owner(db, plan):
    return make_tenant(name="Maya Lindgren", plan=plan)


@pytest.fixture
def visitor(owner):
    return sign_in(owner.person)


@pytest.fixture
def base(owner) -> str:
    return f"/projects/{owner.project_id}/history"


def edit(tenant, *operations, actor=None, message=""):
    return plans.edit_plan(
        actor or tenant.actor, tenant.project_id, change=list(operations), message=message
    )


def put(field, value, entity_id=ROW):
    return {"op": "set", "id": entity_id, "field": field, "value": value}


def text_of(response) -> str:
    return response.content.decode()


def head(tenant) -> int:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_head(access).revision


def test_the_list_says_who_did_what(visitor, owner, base) -> None:
    edit(owner, put("status", "doing"))
    edit(owner, put("title", "X"), put("owner", "Tom"), message="By hand <b>")
    text = text_of(visitor.get(base))
    assert text.count('class="revision-line"') == 3
    assert "Status of m1.s1.ms3 → Doing" in text
    assert "By hand &lt;b&gt;" in text
    assert "First push" in text
    assert "Maya Lindgren" in text
    fresh = text_of(visitor.get(f"{base}?since=2", headers={"HX-Request": "true"}))
    assert "<html" not in fresh
    assert 'data-revision="3"' in fresh
    assert 'data-revision="2"' not in fresh


def test_a_long_history_goes_on_and_keeps_to_an_entity(visitor, owner, base) -> None:
    for number in range(52):
        edit(owner, put("title", f"T{number}", ROW if number % 2 else "m1.s1.ms4"))
    text = text_of(visitor.get(base))
    assert f'href="{base}?before=4"' in text
    rest = text_of(visitor.get(f"{base}?before=4"))
    assert rest.count('class="revision-line"') == 3
    only = text_of(visitor.get(f"{base}?of={ROW}"))
    assert only.count('class="revision-line"') == 26
    # A text that names another entity is no edit of that one.
    edit(owner, put("title", f'{{"id":"{ROW}"}}', "m1.s1.ms4"))
    assert text_of(visitor.get(f"{base}?of={ROW}")).count('class="revision-line"') == 26


def test_a_revision_shows_what_it_changed_word_by_word(visitor, owner, base) -> None:
    before = "lockfile present; scripts run successfully"
    edit(
        owner,
        put("criteria", [before.replace("successfully", "without warnings"), "<b>new</b>"]),
        put("owner", "Tom"),
        {"op": "remove", "id": "m1.s1.ms8"},
        {"op": "move", "id": "m1.s1.ms7", "parent": "m2.s1", "after": None},
    )
    text = text_of(visitor.get(f"{base}/2"))
    assert "<del>successfully</del><ins>without warnings</ins>" in text
    assert "<ins>&lt;b&gt;new&lt;/b&gt;</ins>" in text
    assert "<ins>Tom</ins>" in text
    for verb in ("1</span> changed", "1</span> removed", "1</span> moved"):
        assert verb in text
    assert "to m2.s1 “Expand Schema”, first" in text
    first = text_of(visitor.get(f"{base}/1"))
    assert "66 microsteps in 7 milestones" in first
    edit(owner, put("owner", "Ann"))
    both = text_of(visitor.get(f"{base}/3?from=1"))
    assert "<ins>Ann</ins>" in both
    assert "successfully" in both
    assert visitor.get(f"{base}/9").status_code == 404
    assert visitor.get(f"{base}/2?from=9").status_code == 404


def test_a_revision_is_downloaded_as_it_was(visitor, owner, base, plan) -> None:
    edit(owner, put("title", "Later"))
    answer = visitor.get(f"{base}/1/document")
    assert json.loads(answer.content) == plan
    assert answer["Content-Disposition"] == 'attachment; filename="plan-r1.json"'


def test_a_restore_names_what_it_takes_back_and_is_a_revision(visitor, owner, base, plan) -> None:
    tom = tenancy.actor_for_person(add_person(owner, project_role="contributor"))
    edit(owner, put("title", "Mine"))
    edit(owner, put("owner", "Tom"), actor=tom, message="Toms word")
    page = text_of(visitor.get(f"{base}/1/restore"))
    assert "Toms word" in page
    assert "Work of others is among it." in page
    assert 'name="expected" value="3"' in page
    answer = visitor.post(f"{base}/1/restore", {"expected": "3"})
    assert (answer.status_code, answer["Location"]) == (303, f"{base}/4?done=restored")
    with tenancy.project_scope(owner.actor, owner.project_id) as access:
        assert plans.read_plan(access).plan() == plan
    # The restore is undone as any revision is.
    answer = visitor.post(f"{base}/4/undo")
    assert answer["Location"] == f"{base}/5?done=undone"
    with tenancy.project_scope(owner.actor, owner.project_id) as access:
        assert plans.read_plan(access).document_hash == plans.read_revision(access, 3).summary.document_hash  # fmt: skip


def test_an_edit_that_came_while_one_read_is_never_lost(visitor, owner, base) -> None:
    edit(owner, put("title", "Mine"))
    assert 'value="2"' in text_of(visitor.get(f"{base}/1/restore"))
    edit(owner, put("title", "Just now"), message="The late one")
    refused = visitor.post(f"{base}/1/restore", {"expected": "2"})
    assert refused.status_code == 412
    assert "Nothing was restored." in text_of(refused)
    assert "The late one" in text_of(refused)
    for sent in ({}, {"expected": "x"}):
        assert visitor.post(f"{base}/1/restore", sent).status_code == 412
    assert head(owner) == 3


def test_an_undo_that_would_take_later_work_along_is_refused(visitor, owner, base) -> None:
    edit(owner, put("title", "One"))
    edit(owner, put("title", "Two"))
    refused = visitor.post(f"{base}/2/undo")
    assert refused.status_code == 409
    assert 'role="alert"' in text_of(refused)
    assert head(owner) == 3


def test_who_only_reads_may_look_but_not_go_back(owner, base) -> None:
    edit(owner, put("title", "One"))
    viewer = sign_in(add_person(owner, project_role="viewer"))
    text = text_of(viewer.get(f"{base}/1"))
    assert "Restore this plan" not in text
    assert viewer.get(f"{base}/1/restore").status_code == 403
    assert viewer.post(f"{base}/1/restore", {"expected": "2"}).status_code == 403
    assert viewer.post(f"{base}/2/undo").status_code == 403
    stranger = sign_in(make_tenant(name="Mallory").person)
    for path in ("", "/1", "/1/document", "/1/restore"):
        assert stranger.get(base + path).status_code == 404
    assert head(owner) == 2


def test_words_lists_and_values_are_compared_in_their_own_form() -> None:
    assert compare_words("go back to it", "go on to it") == [
        ("same", "go "),
        ("gone", "back"),
        ("new", "on"),
        ("same", " to it"),
    ]
    assert compare_words("", "all new") == [("new", "all new")]
    items, same = compare_lists(["a", "b", "c"], ["a", "x", "c", "d"])
    assert ([item.tag for item in items], same) == (["changed", "new"], 2)
    assert compare_values("status", "todo", "done").after == "Done"
    assert compare_values("owner", ABSENT, "Tom").before == ""
    assert compare_values("note", {"a": 1}, {"a": 2}).form == "text"
    assert compare_values("criteria", ABSENT, ["a"]).form == "list"


def test_a_difference_of_very_much_is_cut(owner) -> None:
    step = "m1.s1"
    added = [
        {
            "op": "add",
            "parent": step,
            "after": None,
            "value": {"id": f"{step}.x{n}", "title": "T", "status": "todo", "criteria": []},
        }
        for n in range(250)
    ]
    edit(owner, *added)
    with tenancy.project_scope(owner.actor, owner.project_id) as access:
        found = differences(plans.compare_revisions(access, 1, 2))
        back = differences(plans.compare_revisions(access, 2, 1))
    assert (len(found.entities), found.left, found.counts) == (200, 50, {"added": 250})
    assert back.counts == {"removed": 250}
