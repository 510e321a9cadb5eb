"""Where a comment stands: its project, and what it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from uuid import UUID

from django.db import connection

from buildrunner.server.domains.discussion import policies
from buildrunner.server.domains.discussion.errors import CommentAbsent, CommentedAbsent
from buildrunner.server.domains.discussion.models import Comment
from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.scope import open_scope
from buildrunner.server.platform.errors import NotFound
from buildrunner.spec.ids import aliases, resolve

_IN_PLAN = ("milestone", "step", "microstep")


@contextmanager
def comment_scope(
    actor: Actor, comment_id: UUID, permission: str
) -> Iterator[tuple[ProjectAccess, Comment]]:
    """The scope of a comment's project, with its row locked. Absent to strangers, CommentAbsent."""
    with open_scope(), connection.cursor() as cursor:
        cursor.execute("SELECT discussion_project_of(%s)", [comment_id])
        (project_id,) = cursor.fetchone()
    absent = CommentAbsent(f"There is no comment {comment_id}.")
    if project_id is None:
        raise absent
    with ExitStack() as stack:
        try:
            access = stack.enter_context(project_scope(actor, project_id, policies.READ))
        except NotFound:
            raise absent from None
        found = Comment.objects.select_for_update().filter(id=comment_id).first()
        if found is None or found.deleted_at is not None:
            raise absent
        access.require(permission)
        yield access, found


def place_of(access: ProjectAccess, entity_type: str, entity_id: str) -> str:
    """The id under which something is talked about today. Raises CommentedAbsent."""
    if entity_type == "project":
        return ""
    if entity_type in _IN_PLAN:
        head = plans.read_head(access)
        plan = plans.read_plan(access).plan() if head.revision else {}
        entity = resolve(plan, entity_id)
        if entity is not None and entity.kind == entity_type:
            return entity.id
    elif entity_type == "revision":
        if entity_id.isdigit() and 0 < int(entity_id) <= plans.read_head(access).revision:
            return str(int(entity_id))
    elif policies.stands_elsewhere(access, entity_type, entity_id) is not None:
        return entity_id
    words = entity_type.replace("_", " ")
    raise CommentedAbsent(f"There is no {words} {entity_id} in this project.")


def names_of(access: ProjectAccess, entity_type: str, entity_id: str) -> list[str]:
    """The id of something and its former ones: talk follows what was renamed."""
    if entity_type == "project":
        return [""]
    if entity_type in _IN_PLAN and plans.read_head(access).revision:
        entity = resolve(plans.read_plan(access).plan(), entity_id)
        if entity is not None:
            return [entity.id, *aliases(entity.value)]
    return [entity_id]
