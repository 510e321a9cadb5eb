"""Publishing, seeing, applying and rating, with what stands against each."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from buildrunner.server.domains.blueprints import facade as blueprints
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.platform.errors import DomainError, Forbidden, NotFound
from buildrunner.server.platform.events.models import Event
from buildrunner.spec.document import index
from factories import Tenant, add_person, make_tenant, small_plan
from factories.blueprints import make_blueprint_rows, small_blueprint, text_of

pytestmark = pytest.mark.django_db
Wanted = blueprints.Wanted


@pytest.fixture
def tenant() -> Tenant:
    return make_tenant(plan=small_plan())


def plan_of(tenant: Tenant) -> dict[str, Any]:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        return plans.read_plan(access).plan()


def kinds(tenant: Tenant) -> list[str]:
    with tenancy.organization_scope(tenant.actor, tenant.org_id):
        rows = Event.objects.filter(kind__startswith="blueprint.").order_by("id")
        return [row.kind for row in rows]


def seen(tenant: Tenant, **wanted: Any) -> dict[str, blueprints.BlueprintView]:
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        plan = plans.read_plan(access).plan()
        return {view.name: view for view in blueprints.gallery(access, plan=plan, **wanted)}


def publish(tenant: Tenant, visibility: str = "private", **members: Any) -> UUID:
    text = text_of(small_blueprint(**members))
    found = blueprints.publish(tenant.actor, tenant.org_id, document=text, visibility=visibility)
    return found.view.id


def test_shipped_packs_apply_as_one_revision_that_can_be_undone(tenant: Tenant) -> None:
    before = plan_of(tenant)
    wanted = [Wanted(name="billing"), Wanted(name="auth", values={"attempts": "3"})]
    looked = blueprints.preview(tenant.actor, tenant.project_id, wanted=wanted)
    assert (looked.revision, looked.ready) == (1, True)
    assert plan_of(tenant) == before
    done = blueprints.apply_blueprints(tenant.actor, tenant.project_id, wanted=wanted)
    assert (done.revision, done.created) == (2, True)
    assert done.operations == looked.operations
    assert "After 3 wrong" in str(plan_of(tenant))
    assert kinds(tenant) == ["blueprint.applied", "blueprint.applied"]
    assert seen(tenant)["auth"].installs == 1
    plans.undo_revision(tenant.actor, tenant.project_id, number=2)
    assert plan_of(tenant) == before


def test_a_second_apply_writes_nothing(tenant: Tenant) -> None:
    for created in (True, False):
        done = blueprints.apply_blueprints(
            tenant.actor, tenant.project_id, wanted=[Wanted(name="email")]
        )
        assert (done.revision, done.created) == (2, created)
    assert seen(tenant)["email"].installs == 1


def test_a_project_without_a_plan_can_begin_with_blueprints() -> None:
    tenant = make_tenant()
    done = blueprints.apply_blueprints(
        tenant.actor, tenant.project_id, wanted=[Wanted(name="email")]
    )
    assert done.revision == 2
    plans.undo_revision(tenant.actor, tenant.project_id, number=2)
    assert plan_of(tenant)["milestones"] == []


def test_who_sees_what(tenant: Tenant) -> None:
    stranger = make_tenant(name="Eve", plan=small_plan())
    member = tenancy.actor_for_person(add_person(tenant, project_role="contributor"))
    for visibility, inside, outside in (
        ("private", False, False),
        ("organization", True, False),
        ("public", True, True),
    ):
        identifier = publish(tenant, visibility)
        for actor, project, may in (
            (member, tenant.project_id, inside),
            (stranger.actor, stranger.project_id, outside),
        ):
            wanted = [Wanted(id=identifier)]
            if may:
                found = blueprints.preview(actor, project, wanted=wanted)
                assert [one["name"] for one in found.packs] == ["small"]
            else:
                with pytest.raises(NotFound):
                    blueprints.preview(actor, project, wanted=wanted)
        assert ("small" in seen(stranger)) is outside
    blueprints.withdraw(tenant.actor, tenant.org_id, identifier)
    assert "small" not in seen(stranger)
    assert "small" not in seen(tenant)
    with pytest.raises(NotFound):
        blueprints.preview(stranger.actor, stranger.project_id, wanted=[Wanted(id=identifier)])


def test_others_apply_and_rate_what_is_public(tenant: Tenant) -> None:
    other = make_tenant(name="Bob", plan=small_plan())
    identifier = publish(tenant, "public")
    with pytest.raises(DomainError) as caught:
        blueprints.rate(other.actor, other.project_id, identifier, stars=5)
    assert caught.value.code == "blueprint_not_applied"
    blueprints.apply_blueprints(other.actor, other.project_id, wanted=[Wanted(id=identifier)])
    blueprints.rate(other.actor, other.project_id, identifier, stars=5)
    blueprints.apply_blueprints(tenant.actor, tenant.project_id, wanted=[Wanted(id=identifier)])
    blueprints.rate(tenant.actor, tenant.project_id, identifier, stars=2)
    blueprints.rate(tenant.actor, tenant.project_id, identifier, stars=4)
    view = seen(other)["small"]
    assert (view.installs, view.ratings, view.rating, view.applied) == (2, 2, 4.5, "1.0.0")
    assert view.source == "public"
    assert view.publisher == "Ada's organization"


def test_published_versions_never_change(tenant: Tenant) -> None:
    publish(tenant)
    publish(tenant)
    with pytest.raises(DomainError) as caught:
        publish(tenant, summary="Another.")
    assert caught.value.code == "blueprint_version_taken"
    publish(tenant, version="1.1.0", summary="Another.")
    publish(tenant, version="1.0.1", summary="A late mend.")
    with tenancy.project_scope(tenant.actor, tenant.project_id) as access:
        found = blueprints.detail(access, seen(tenant)["small"].id)
    assert found.view.version == "1.1.0"
    assert found.view.summary == "Another."
    assert {one.version for one in found.versions} == {"1.0.0", "1.0.1", "1.1.0"}


def test_names_of_shipped_packs_are_reserved(tenant: Tenant) -> None:
    with pytest.raises(DomainError) as caught:
        publish(tenant, name="auth")
    assert caught.value.code == "blueprint_name_reserved"


def test_errors_are_told_by_line(tenant: Tenant) -> None:
    broken = text_of(small_blueprint()).replace('"Begin"', '"Begin ${nothing}"')
    with pytest.raises(blueprints.BlueprintInvalid) as caught:
        blueprints.publish(tenant.actor, tenant.org_id, document=broken)
    (finding,) = caught.value.extensions["findings"]
    lines = broken.splitlines()
    assert finding["code"] == "BP302"
    assert "Begin" in lines[finding["line"] - 1]


def test_an_upgrade_is_a_merge_and_its_conflicts_are_choices(tenant: Tenant) -> None:
    identifier = publish(tenant)
    blueprints.apply_blueprints(
        tenant.actor, tenant.project_id, wanted=[Wanted(id=identifier, values={"what": "nails"})]
    )
    entity = next(e for e in index(plan_of(tenant)).values() if "Make" in e.value["title"])
    edit = {"op": "set", "id": entity.id, "field": "title", "value": "Ours"}
    plans.edit_plan(tenant.actor, tenant.project_id, change=[edit])
    later = small_blueprint(version="1.1.0")
    later["plan"]["milestones"][0]["steps"][0]["microsteps"][0]["title"] = "Forge ${what}"
    blueprints.publish(tenant.actor, tenant.org_id, document=text_of(later))
    wanted = [Wanted(id=identifier, values={"what": "nails"})]
    with pytest.raises(blueprints.BlueprintConflict) as caught:
        blueprints.apply_blueprints(tenant.actor, tenant.project_id, wanted=wanted)
    (conflict,) = caught.value.extensions["conflicts"]
    assert (conflict["base"], conflict["ours"], conflict["theirs"]) == (
        "Make nails",
        "Ours",
        "Forge nails",
    )
    answers = {(conflict["id"], conflict["field"]): "take"}
    blueprints.apply_blueprints(tenant.actor, tenant.project_id, wanted=wanted, resolutions=answers)
    assert index(plan_of(tenant))[entity.id].value["title"] == "Forge nails"


def test_the_policy_is_asked_before_anything_is_written(tenant: Tenant) -> None:
    governance.save_policy(
        tenant.actor,
        tenant.project_id,
        text='version: "1"\nprotected_paths:\n  - buildrunner/specs/\n'
        "approvals:\n  required:\n    - {role: TechLead, count: 1}\n",
        expected=["*"],
    )
    wanted = [Wanted(name="email")]
    looked = blueprints.preview(tenant.actor, tenant.project_id, wanted=wanted)
    assert not looked.ready
    with pytest.raises(blueprints.BlueprintRefused) as caught:
        blueprints.apply_blueprints(tenant.actor, tenant.project_id, wanted=wanted)
    (denial,) = caught.value.extensions["denials"]
    assert (denial["rule"], denial["clause"]) == ("protected-path", "protected_paths[0]")
    assert "protected_paths[0]" in caught.value.detail
    assert kinds(tenant) == ["blueprint.refused"]
    assert len(plan_of(tenant)["milestones"]) == 1
    lead = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    done = blueprints.apply_blueprints(lead, tenant.project_id, wanted=wanted)
    assert done.created


def test_who_may_not_is_refused(tenant: Tenant) -> None:
    viewer = tenancy.actor_for_person(add_person(tenant, project_role="viewer"))
    contributor = tenancy.actor_for_person(add_person(tenant, project_role="contributor"))
    lead = tenancy.actor_for_person(add_person(tenant, project_role="techlead"))
    wanted = [Wanted(name="email")]
    assert blueprints.preview(viewer, tenant.project_id, wanted=wanted).ready
    with pytest.raises(Forbidden):
        blueprints.apply_blueprints(viewer, tenant.project_id, wanted=wanted)
    text = text_of(small_blueprint())
    with pytest.raises(Forbidden):
        blueprints.publish(contributor, tenant.org_id, document=text)
    with pytest.raises(Forbidden):
        blueprints.publish(contributor, tenant.org_id, document=text, project_id=tenant.project_id)
    found = blueprints.publish(
        lead, tenant.org_id, document=text, project_id=tenant.project_id, visibility="organization"
    )
    assert found.view.visibility == "organization"


def test_every_act_is_on_the_timeline(tenant: Tenant) -> None:
    identifier = make_blueprint_rows(tenant)["blueprint_id"]
    assert isinstance(identifier, UUID)
    blueprints.set_visibility(tenant.actor, tenant.org_id, identifier, visibility="public")
    blueprints.withdraw(tenant.actor, tenant.org_id, identifier)
    assert kinds(tenant) == [
        "blueprint.published",
        "blueprint.applied",
        "blueprint.rated",
        "blueprint.visibility_changed",
        "blueprint.withdrawn",
    ]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/x.json", "file:///etc/passwd", "https://169.254.169.254/latest"]
)
def test_addresses_behind_us_are_not_fetched(tenant: Tenant, url: str) -> None:
    with pytest.raises(blueprints.FetchFailed):
        blueprints.preview(tenant.actor, tenant.project_id, wanted=[Wanted(url=url)])
