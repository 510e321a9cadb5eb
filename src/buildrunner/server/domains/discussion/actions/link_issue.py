"""Tie a part of the plan to an issue in a tracker elsewhere."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.discussion import events, policies
from buildrunner.server.domains.discussion.models import IssueLink
from buildrunner.server.domains.discussion.queries.comments import issue_view
from buildrunner.server.domains.discussion.queries.places import place_of
from buildrunner.server.domains.discussion.rules.limits import PROVIDERS, checked_entity
from buildrunner.server.domains.discussion.types import IssueView
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.text import one_line


def link_issue(
    actor: Actor, project_id: UUID, *, provider: str, entity_type: str, entity_id: str, title: str
) -> tuple[IssueView, bool]:
    """`(the link, whether it is new)`: one a provider and part of the plan, whoever asks again.

    Nothing is sent: without a connector the link stands as `pending`.
    """
    if provider not in PROVIDERS:
        raise Invalid(f"provider is one of {', '.join(PROVIDERS)}.", field="provider")
    title = one_line(title, "title", 300)
    entity_type, entity_id = checked_entity(entity_type, entity_id)
    with project_scope(actor, project_id, policies.READ) as access:
        access.require(policies.WRITE)
        entity_id = place_of(access, entity_type, entity_id)
        row, made = IssueLink.objects.get_or_create(
            org_id=access.org_id,
            project_id=project_id,
            provider=provider,
            entity_type=entity_type,
            entity_id=entity_id,
            defaults={"title": title, "actor": actor.record()},
        )
        if made:
            emit(
                events.LINKED,
                actor=actor,
                org_id=access.org_id,
                project_id=project_id,
                subject=entity_id,
                data={
                    "provider": provider,
                    "entity_type": entity_type,
                    "title": title,
                    "status": row.status,
                },
            )
        return issue_view(row), made
