"""Edits of pages, restoring, history by number, and the events that all of them leave."""

from __future__ import annotations

import copy

import pytest

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.plans.models import Revision
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.errors import Forbidden, Invalid, NotFound
from buildrunner.server.platform.events.models import Event
from buildrunner.spec.document import document_hash
from buildrunner.spec.values import ABSENT
from factories import add_person, make_tenant
from factories.clones import Clone

pytestmark = pytest.mark.django_db
ONE = "m1.s1.ms1"


def stored(tenant):
    with project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_plan(access)


def events_of(tenant, kind):
    with tenant_scope(tenant.org_id):
        return list(Event.objects.filter(project_id=tenant.project_id, kind=kind).order_by("id"))


@pytest.fixture
def owner(plan):
    """A tenant whose project holds the plan, stored through the facade."""
    return make_tenant(plan=plan)


def edit(owner, value, **seen):
    operation = {"op": "set", "id": ONE, "field": "title", "value": value}
    return plans.edit_plan(owner.actor, owner.project_id, change=[operation], **seen)


def test_an_edit_leaves_one_revision_and_one_event(owner, plan):
    saved = edit(owner, "New", message="by hand")
    assert (saved.revision, saved.created) == (2, True)
    first, second = events_of(owner, "plan.revised")
    assert first.data["many"] is False
    assert second.data == {
        "revision": 2,
        "document_hash": saved.document_hash,
        "changed": [ONE],
        "many": False,
        "operations": {"set": 1},
    }
    assert second.actor["name"] == owner.person.name
    assert edit(owner, "New").created is False
    assert len(events_of(owner, "plan.revised")) == 2


def test_an_edit_that_touches_very_much_leaves_a_small_event(owner, plan):
    parent = plan["milestones"][0]["steps"][0]["id"]
    operations = [
        {
            "op": "add",
            "parent": parent,
            "after": None,
            "value": {"id": f"{parent}.x{n}", "title": "T", "status": "todo", "criteria": []},
        }
        for n in range(300)
    ]
    plans.edit_plan(owner.actor, owner.project_id, change=operations)
    data = events_of(owner, "plan.revised")[-1].data
    assert (data["changed"], data["many"], data["operations"]) == ([], True, {"add": 300})


def test_an_edit_of_a_field_that_another_changed_is_refused_with_both_values(owner, plan):
    before = plan["milestones"][0]["steps"][0]["microsteps"][0]["title"]
    edit(owner, "Theirs")
    with pytest.raises(plans.EditConflict) as refused:
        edit(owner, "Mine", seen=[plans.Seen(ONE, "title", before)], expected_revision=1)
    conflict = refused.value.extensions["conflict"]
    assert (conflict["seen"], conflict["current"]) == (before, "Theirs")
    assert conflict["author"]["name"] == owner.person.name
    assert refused.value.status == 409
    assert edit(owner, "Mine", seen=[plans.Seen(ONE, "title", "Theirs")]).revision == 3
    absent = [plans.Seen(ONE, "nickname", ABSENT)]
    assert edit(owner, "Again", seen=absent, expected_revision=1).revision == 4
    with pytest.raises(plans.EditConflict):
        edit(owner, "Last", seen=[plans.Seen(ONE, "owner", "nobody")])
    with pytest.raises(plans.EntityAbsent):
        edit(owner, "Last", seen=[plans.Seen("nobody", "title", "x")])


def test_an_edit_for_a_revision_that_is_no_longer_the_head_is_refused(owner):
    edit(owner, "Theirs", expected_revision=1)
    with pytest.raises(plans.PlanMoved):
        edit(owner, "Mine", expected_revision=1)


def test_a_status_is_set_and_nothing_else(owner, plan):
    expected = copy.deepcopy(plan)
    expected["milestones"][0]["steps"][0]["microsteps"][0]["status"] = "blocked"
    plans.set_status(owner.actor, owner.project_id, entity_id=ONE, status="blocked")
    assert stored(owner).plan() == expected
    with pytest.raises(plans.EditConflict):
        plans.set_status(owner.actor, owner.project_id, entity_id=ONE, status="todo", seen="doing")
    with pytest.raises(Invalid):
        plans.set_status(owner.actor, owner.project_id, entity_id=ONE, status="finished")
    for entity_id in ("m1", "nobody", ""):
        with pytest.raises(plans.EntityAbsent):
            plans.set_status(owner.actor, owner.project_id, entity_id=entity_id, status="done")


def test_any_revision_can_be_read_and_restored(owner, plan):
    hashes = {1: document_hash(plan)}
    for number in range(2, 60):
        hashes[number] = edit(owner, f"Title {number}").document_hash
    with project_scope(owner.actor, owner.project_id) as access:
        for number, expected in hashes.items():
            assert document_hash(plans.document_at(access, number)) == expected
        with pytest.raises(plans.RevisionAbsent):
            plans.document_at(access, 60)
        kept = Revision.objects.filter(project_id=owner.project_id, snapshot__isnull=False)
        assert sorted(kept.values_list("number", flat=True)) == [1, 25, 50]
    restored = plans.restore_revision(owner.actor, owner.project_id, number=1)
    assert (restored.revision, restored.document_hash) == (60, hashes[1])
    assert stored(owner).plan() == plan
    again = plans.restore_revision(owner.actor, owner.project_id, number=1)
    assert (again.revision, again.created) == (60, False)
    with pytest.raises(plans.PlanMoved):
        plans.restore_revision(owner.actor, owner.project_id, number=1, expected_revision=59)


def test_a_clone_far_behind_gets_only_what_counts(owner, as_key):
    clone = Clone(as_key(owner.key), owner.project_id).pull()
    for number in range(30):
        edit(owner, f"Title {number}")
    told = clone.sync()
    assert told["operations"] == [{"op": "set", "id": ONE, "field": "title", "value": "Title 29"}]


def test_who_may_not_write_is_refused_by_every_action(owner, plan):
    from buildrunner.server.domains.tenancy.facade import actor_for_person

    viewer = actor_for_person(add_person(owner, project_role="viewer"))
    stranger = make_tenant(name="Mallory").actor
    for actor, refusal in ((viewer, Forbidden), (stranger, NotFound)):
        for attempt in (
            lambda who: (
                plans.save_plan(who, owner.project_id, data=b"{}", expected=["*"])
                if who is stranger
                else plans.save_plan(
                    who, owner.project_id, data=stored(owner).document, expected=["*"]
                )
            ),
            lambda who: plans.edit_plan(who, owner.project_id, change=[]),
            lambda who: plans.set_status(who, owner.project_id, entity_id=ONE, status="done"),
            lambda who: plans.restore_revision(who, owner.project_id, number=1),
            lambda who: plans.claim_microstep(who, owner.project_id, microstep_id=ONE),
            lambda who: plans.release_claim(who, owner.project_id, microstep_id=ONE),
        ):
            with pytest.raises((refusal, plans.PlanInvalid)):
                attempt(actor)
    assert stored(owner).revision == 1


def test_the_history_cannot_be_changed_by_the_server_itself(owner, web_sql):
    for statement in (
        "UPDATE plans_revision SET message = 'x'",
        "DELETE FROM plans_revision",
        "DELETE FROM plans_planhead",
        "DELETE FROM plans_claim",
    ):
        with pytest.raises(Exception, match="permission denied"):
            web_sql.execute(statement)
