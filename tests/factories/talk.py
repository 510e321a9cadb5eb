"""A thread with everything that hangs on it."""

from __future__ import annotations

from uuid import UUID, uuid4

from buildrunner.server.domains.discussion import facade as discussion
from factories.tenants import Tenant


def make_talk(tenant: Tenant) -> UUID:
    """A comment that was edited and liked, a file, a link to an issue; the comment's id."""
    made = discussion.write_comment(
        tenant.actor, tenant.project_id, entity_type="project", entity_id="", body="Hello"
    )
    discussion.edit_comment(tenant.actor, made.id, body="Hello all")
    discussion.react(tenant.actor, made.id, emoji="👍")
    discussion.attach_file(tenant.actor, made.id, name="a.txt", data=b"Hello")
    discussion.link_issue(
        tenant.actor,
        tenant.project_id,
        provider="jira",
        entity_type="project",
        entity_id="",
        title="Elsewhere",
    )
    return made.id


def make_file(tenant: Tenant) -> dict[str, object]:
    """A comment with a file, and the file."""
    comment = make_talk(tenant)
    made = discussion.attach_file(tenant.actor, comment, name="b.txt", data=b"Hello")
    return {"comment_id": comment, "attachment_id": made.id}


def make_place(tenant: Tenant) -> UUID:
    """Where the tenant's owner is in the project."""
    place = uuid4()
    discussion.be_here(tenant.actor, tenant.project_id, place)
    return place
