"""Parts of a project's plan as a blueprint, and documents of what somebody chose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from buildrunner.server.domains.blueprints.queries.fetching import fetch
from buildrunner.server.domains.blueprints.queries.gallery import by_name, detail
from buildrunner.server.domains.blueprints.queries.standing import standing
from buildrunner.server.domains.blueprints.rules import documents
from buildrunner.server.domains.blueprints.types import Wanted
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.blueprints import export
from buildrunner.spec.errors import SpecError


def export_plan(
    actor: Actor,
    project_id: UUID,
    *,
    ids: Sequence[str],
    name: str,
    title: str = "",
    version: str = "1.0.0",
    summary: str = "",
) -> dict[str, Any]:
    """The parts named without their progress; all of the plan without ids. Raises Invalid."""
    with project_scope(actor, project_id, "plan.read") as access:
        _, plan = standing(access)
    try:
        return export(plan, ids, name=name, title=title, version=version, summary=summary)
    except SpecError as error:
        raise Invalid(error.message, code=error.code) from None


def documents_of(actor: Actor, project_id: UUID, wanted: Sequence[Wanted]) -> list[dict[str, Any]]:
    """The document of each, in order. Raises BlueprintAbsent, BlueprintInvalid, FetchFailed."""
    found: list[dict[str, Any]] = []
    for one in wanted:
        if one.url or one.document:
            text = fetch(one.url) if one.url else one.document
            found.append(documents.read(text, one.url))
            continue
        with project_scope(actor, project_id, "plan.read") as access:
            identifier = one.id or by_name(access, one.name)
            found.append(detail(access, identifier, version=one.version).document)
    return found
