"""Apply blueprints to a plan: looked at first, then as one revision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from buildrunner.policy.change import Person
from buildrunner.policy.roles import plain
from buildrunner.server.domains.blueprints import events
from buildrunner.server.domains.blueprints.actions.begin import begin
from buildrunner.server.domains.blueprints.actions.rate import figure_of
from buildrunner.server.domains.blueprints.errors import (
    BlueprintConflict,
    BlueprintMoved,
    BlueprintRefused,
)
from buildrunner.server.domains.blueprints.models import Installation
from buildrunner.server.domains.blueprints.policies import approving_roles
from buildrunner.server.domains.blueprints.queries.fetching import fetch
from buildrunner.server.domains.blueprints.queries.gallery import by_name, detail
from buildrunner.server.domains.blueprints.queries.installations import bases
from buildrunner.server.domains.blueprints.queries.standing import standing
from buildrunner.server.domains.blueprints.rules import documents
from buildrunner.server.domains.blueprints.rules.changes import as_change
from buildrunner.server.domains.blueprints.types import FILE, URL, Applied, Found, Wanted
from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.spec.blueprints import changes, combine, render
from buildrunner.spec.document import content_hash
from buildrunner.spec.errors import SpecError

MOST = 20
MOST_CHANGES = 2000
Resolutions = Mapping[tuple[str, str], str]


def preview(
    actor: Actor,
    project_id: UUID,
    *,
    wanted: Sequence[Wanted],
    resolutions: Resolutions | None = None,
) -> Applied:
    """What applying would do, without doing it; needs no more than reading the plan.

    Raises BlueprintAbsent, BlueprintInvalid, FetchFailed, and Invalid where values do not fit or a
    required pack is missing.
    """
    wanted = _fetched(actor, project_id, wanted, "plan.read")
    with project_scope(actor, project_id, "plan.read") as access:
        chosen = [_found(access, one) for one in wanted]
        revision, plan = standing(access)
        return replace(
            _combined(actor, access, plan, chosen, wanted, resolutions), revision=revision
        )


def apply_blueprints(
    actor: Actor,
    project_id: UUID,
    *,
    wanted: Sequence[Wanted],
    resolutions: Resolutions | None = None,
    expected_revision: int | None = None,
    message: str = "",
) -> Applied:
    """Apply them as one revision, which `undo_revision` takes back; nothing new writes nothing.

    Raises BlueprintConflict while a choice is open, BlueprintRefused where the policy stands
    against it, PlanMoved where `expected_revision` is not the head, and what `preview` raises.
    """
    wanted = _fetched(actor, project_id, wanted, "plan.write")
    try:
        return _apply(actor, project_id, wanted, resolutions, expected_revision, message)
    except BlueprintRefused as refusal:
        _record_refusal(actor, project_id, wanted, refusal)
        raise


def _apply(
    actor: Actor,
    project_id: UUID,
    wanted: Sequence[Wanted],
    resolutions: Resolutions | None,
    expected_revision: int | None,
    message: str,
) -> Applied:
    outcome: list[Applied] = []
    with project_scope(actor, project_id, "plan.write") as access:
        if standing(access)[0] == 0:
            begin(actor, access)
            expected_revision = None if expected_revision == 0 else expected_revision
        chosen = [_found(access, one) for one in wanted]

        def change(plan: dict[str, Any]) -> list[dict[str, Any]]:
            result = _combined(actor, access, plan, chosen, wanted, resolutions)
            if result.conflicts:
                raise BlueprintConflict(result.conflicts)
            if result.denials:
                raise BlueprintRefused(result.denials)
            outcome.append(result)
            return result.operations

        names = ", ".join(f"{one.blueprint['name']} {one.blueprint['version']}" for one in chosen)
        saved = plans.edit_plan(
            actor,
            project_id,
            change=change,
            expected_revision=expected_revision,
            message=message or f"Apply {names}"[:200],
        )
        result = outcome[-1]
        if saved.created:
            for one in chosen:
                _record(actor, access, one, result, saved.revision)
        return replace(result, revision=saved.revision, created=saved.created)


def _fetched(
    actor: Actor, project_id: UUID, wanted: Sequence[Wanted], permission: str
) -> list[Wanted]:
    """Documents in place of addresses; fetched before any transaction begins."""
    if not 0 < len(wanted) <= MOST:
        raise Invalid(f"name 1 to {MOST} blueprints", field="blueprints")
    with project_scope(actor, project_id, permission):
        pass  # who may not, makes us fetch nothing
    return [replace(one, document=fetch(one.url)) if one.url else one for one in wanted]


def _found(access: ProjectAccess, wanted: Wanted) -> Found:
    """The document of one; raises BlueprintMoved where it is not the one that was looked at."""
    found = _read(access, wanted)
    digest = content_hash(found.blueprint)
    if wanted.digest and wanted.digest != digest:
        raise BlueprintMoved(str(found.blueprint["name"]), digest)
    return found


def _read(access: ProjectAccess, wanted: Wanted) -> Found:
    if wanted.url or wanted.document:
        blueprint = documents.read(wanted.document, wanted.url)
        source = URL if wanted.url else FILE
        return Found(blueprint, wanted.document, source, wanted.url.partition("?")[0])
    if wanted.id is None and not wanted.name:
        raise Invalid("name a blueprint by id, name, url or document", field="blueprints")
    identifier = wanted.id or by_name(access, wanted.name)
    one = detail(access, identifier, version=wanted.version)
    origin = "shipped" if one.view.source == "shipped" else f"blueprint:{identifier}"
    return Found(one.document, one.text, one.view.source, origin, identifier)


def _combined(
    actor: Actor,
    access: ProjectAccess,
    plan: dict[str, Any],
    chosen: Sequence[Found],
    wanted: Sequence[Wanted],
    resolutions: Resolutions | None,
) -> Applied:
    try:
        fragments = [
            render(found.blueprint, one.values, origin=found.origin)
            for found, one in zip(chosen, wanted, strict=True)
        ]
        known = bases(access, plan, fragments)
        combined = combine(plan, *fragments, resolutions=resolutions, bases=known)
    except SpecError as error:
        hint = f"; {error.hint}" if error.hint else ""
        told = {"problems": error.problems} if hasattr(error, "problems") else {}
        raise Invalid(f"{error.message}{hint}", code=error.code, **told) from None
    denials, told_only = _judged(actor, access, plan, combined.document, combined.operations)
    return Applied(
        revision=0,
        created=False,
        packs=[
            {"name": one.name, "version": one.version, "digest": one.digest} for one in fragments
        ],
        operations=combined.operations,
        changes=changes(combined.operations, plan)[:MOST_CHANGES],
        counts=combined.counts,
        conflicts=[choice.as_dict() for choice in combined.conflicts],
        denials=denials,
        told=told_only,
        notes=combined.notes,
    )


def _judged(
    actor: Actor,
    access: ProjectAccess,
    before: dict[str, Any],
    after: dict[str, Any],
    operations: list[dict[str, Any]],
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What the project's policy denies of the change, and what it only tells.

    Where it asks for approval by a role, whoever holds the role approves by applying in person.
    """
    if not operations:
        return [], []
    author = Person(id=str(actor.person_id or ""), kind=actor.kind)
    judged = governance.check_change(access, as_change(before, after, operations, author))
    held = approving_roles(actor, access)
    against: list[dict[str, Any]] = []
    told: list[dict[str, Any]] = []
    for denial in judged.denials:
        needs = denial.get("needs", [])
        given = needs and all(
            one["count"] <= 1 and (not one["role"] or plain(one["role"]) in held) for one in needs
        )
        failing = denial["severity"] != "alert" and not denial.get("waived_by")
        (against if failing and not (given and held) else told).append(denial)
    return against, told


def _record(
    actor: Actor, access: ProjectAccess, found: Found, result: Applied, revision: int
) -> None:
    """The installation, the count and the event of one pack."""
    blueprint = found.blueprint
    digest = content_hash(blueprint)
    Installation.objects.create(
        org_id=access.org_id,
        project_id=access.project_id,
        blueprint_id=found.id,
        name=blueprint["name"],
        title=blueprint["title"],
        version=blueprint["version"],
        digest=digest,
        source=found.source,
        origin=found.origin,
        text="" if found.source == "shipped" else found.text,
        revision=revision,
        counts=result.counts,
        actor=actor.record(),
    )
    if found.id is not None:
        figure = figure_of(found.id)
        figure.installs += 1
        figure.save(update_fields=["installs"])
    emit(
        events.APPLIED,
        actor=actor,
        org_id=access.org_id,
        project_id=access.project_id,
        subject=str(found.id or blueprint["name"]),
        data={
            "name": blueprint["name"],
            "version": blueprint["version"],
            "digest": digest,
            "source": found.source,
            "revision": revision,
            "added": result.counts.get("added", 0),
            "updated": result.counts.get("updated", 0),
        },
    )


def _record_refusal(
    actor: Actor, project_id: UUID, wanted: Sequence[Wanted], refusal: BlueprintRefused
) -> None:
    """That the policy stood against it is on the record; the plan was not touched."""
    with project_scope(actor, project_id, "plan.read") as access:
        emit(
            events.REFUSED,
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=str(project_id),
            data={
                "names": [one.name or str(one.id or one.url or "document") for one in wanted],
                "rules": sorted({one["rule"] for one in refusal.extensions["denials"]}),
            },
        )
