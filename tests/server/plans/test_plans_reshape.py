"""Adding, setting, moving, splitting, merging, removing and undoing, as one revision each."""

from __future__ import annotations

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import actor_for_person, project_scope
from buildrunner.server.platform.errors import Forbidden, Invalid
from buildrunner.spec.document import index
from buildrunner.spec.mutate import EditRefused
from buildrunner.spec.values import ABSENT
from factories import add_person, make_tenant

pytestmark = pytest.mark.django_db
STEP = "m1.s1"
ONE, TWO, THREE = (f"{STEP}.ms{number}" for number in (1, 2, 3))


@pytest.fixture
def owner(plan):
    """A tenant whose project holds the plan."""
    return make_tenant(plan=plan)


def stored(tenant):
    with project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_plan(access)


def ask(tenant, *edits, **more):
    return plans.change_plan(tenant.actor, tenant.project_id, edits=edits, **more)


def below(tenant, identifier):
    value = index(stored(tenant).plan())[identifier].value
    return [child["id"] for child in value.get("microsteps", value.get("steps", []))]


EVERY = {
    "add": [plans.AddEdit(STEP, "New", after=ONE, fields={"priority": "P1"})],
    "set": [plans.SetEdit([ONE, TWO], "owner", "Ada"), plans.SetEdit([THREE], "status", "doing")],
    "unset": [plans.SetEdit([ONE], "owner", "Ada"), plans.SetEdit([ONE], "owner", ABSENT)],
    "move": [plans.MoveEdit([THREE, ONE], "m2.s1", first=True)],
    "split": [
        plans.SplitEdit(ONE, [plans.Part("Half", [0]), plans.Part("Rest", criteria=["It is so"])])
    ],
    "merge": [plans.MergeEdit([TWO, ONE], title="Both")],
    "remove": [plans.RemoveEdit([ONE, STEP])],
}


@pytest.mark.parametrize("name", EVERY)
def test_every_edit_is_one_revision_and_undone_to_the_same_hash(owner, name):
    before = stored(owner)
    saved = ask(owner, *EVERY[name])
    if name == "unset":  # taken back in the same breath: nothing to write
        assert (saved.revision, saved.created) == (1, False)
        return
    assert (saved.revision, saved.created) == (2, True)
    assert stored(owner).document_hash != before.document_hash
    undone = plans.undo_revision(owner.actor, owner.project_id, number=2)
    assert (undone.revision, undone.document_hash) == (3, before.document_hash)
    again = plans.undo_revision(owner.actor, owner.project_id, number=3)
    assert (again.revision, again.document_hash) == (4, saved.document_hash)


def test_what_was_added_stands_where_it_was_asked_for(owner):
    first = below(owner, STEP)
    saved = ask(owner, *EVERY["add"])
    made = saved.operations[0]["value"]
    assert made["priority"] == "P1"
    assert below(owner, STEP) == [ONE, made["id"], *first[1:]]


def test_an_id_that_was_removed_is_not_given_out_again(owner):
    last = below(owner, STEP)[-1]
    ask(owner, plans.RemoveEdit([last]))
    made = ask(owner, plans.AddEdit(STEP, "Another")).operations[0]["value"]["id"]
    assert made != last
    plans.undo_revision(owner.actor, owner.project_id, number=2)
    assert {last, made} <= set(below(owner, STEP))


def test_moved_entries_keep_the_order_of_the_plan(owner):
    ask(owner, plans.MoveEdit([THREE, ONE], "m2.s1", first=True))
    assert below(owner, "m2.s1")[:2] == [ONE, THREE]
    rest = below(owner, STEP)
    ask(owner, plans.MoveEdit([rest[0]], STEP, after=rest[2]))
    assert below(owner, STEP)[:3] == [rest[1], rest[2], rest[0]]
    # Behind one of those that move: where that one stood.
    ask(owner, plans.MoveEdit([rest[1], rest[0]], STEP, after=rest[0]))
    assert below(owner, STEP)[:3] == [rest[2], rest[1], rest[0]]


def test_an_undo_leaves_later_changes_of_others(owner):
    ask(owner, plans.MoveEdit([ONE], "m2.s1"))
    ask(owner, plans.SetEdit([TWO], "title", "Later"))
    plans.undo_revision(owner.actor, owner.project_id, number=2)
    assert below(owner, STEP)[0] == ONE
    assert index(stored(owner).plan())[TWO].value["title"] == "Later"


def test_an_undo_of_what_others_built_on_is_refused_by_name(owner):
    ask(owner, plans.SetEdit([ONE], "title", "Mine"))
    ask(owner, plans.SetEdit([ONE], "title", "Theirs"))
    with pytest.raises(plans.UndoConflict, match=ONE):
        plans.undo_revision(owner.actor, owner.project_id, number=2)
    assert stored(owner).revision == 3


def test_the_first_push_and_unknown_revisions_cannot_be_undone(owner):
    with pytest.raises(Invalid, match="first push"):
        plans.undo_revision(owner.actor, owner.project_id, number=1)
    with pytest.raises(plans.RevisionAbsent):
        plans.undo_revision(owner.actor, owner.project_id, number=9)


def test_what_others_depend_on_goes_only_with_the_dependency(owner):
    ask(owner, plans.SplitEdit(ONE, EVERY["split"][0].parts))
    needs = {"op": "set", "id": TWO, "field": "depends_on", "value": [ONE]}
    plans.edit_plan(owner.actor, owner.project_id, change=[needs])
    with pytest.raises(Invalid) as refused:
        ask(owner, plans.RemoveEdit([ONE]))
    assert (refused.value.code, refused.value.extensions["ids"]) == ("still_needed", [TWO])
    ask(owner, plans.RemoveEdit([ONE], cascade=True))
    assert "depends_on" not in index(stored(owner).plan())[TWO].value


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (plans.AddEdit("m9", "Lost"), "unknown_id"),
        (plans.AddEdit(ONE, "Too deep"), "wrong_kind"),
        (plans.AddEdit(STEP, " "), "invalid_value"),
        (plans.SetEdit([ONE], "priority", "P9"), "invalid_value"),
        (plans.SetEdit([ONE], "depends_on", []), "invalid_value"),
        (plans.SetEdit([ONE], "status"), "invalid_value"),
        (plans.SetEdit([], "owner", "Ada"), "invalid_value"),
        (plans.MoveEdit([ONE, STEP], "m2"), "wrong_kind"),
        (plans.MoveEdit([ONE], "m2"), "wrong_kind"),
        (plans.MoveEdit([STEP], ""), "wrong_kind"),
        (plans.SplitEdit(ONE, [plans.Part("One", [0])]), "invalid_value"),
        (plans.MergeEdit([ONE]), "invalid_value"),
    ],
)
def test_what_cannot_be_is_refused_and_writes_nothing(owner, edit, code):
    with pytest.raises(Invalid) as refused:
        ask(owner, plans.SetEdit([TWO], "title", "Half a change"), edit)
    assert refused.value.code == code
    assert not isinstance(refused.value, EditRefused)
    assert stored(owner).revision == 1


def test_a_viewer_changes_and_undoes_nothing(owner):
    viewer = actor_for_person(add_person(owner, project_role="viewer"))
    with pytest.raises(Forbidden):
        plans.change_plan(viewer, owner.project_id, edits=EVERY["add"])
    with pytest.raises(Forbidden):
        plans.undo_revision(viewer, owner.project_id, number=1)


def test_no_edits_and_far_too_many_are_refused(owner):
    for edits in ([], [plans.SetEdit([ONE], "owner", "Ada")] * (plans.MAX_EDITS + 1)):
        with pytest.raises(Invalid, match="edits"):
            ask(owner, *edits)
