"""The same words sent at once, on several connections."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

from django.db import connection

from buildrunner.server.domains.discussion import facade as discussion
from buildrunner.server.domains.discussion.models import Comment
from buildrunner.server.platform.db.scope import tenant_scope
from factories import make_tenant


def test_the_same_sent_at_once_is_one_comment(commits: None) -> None:
    tenant, mine = make_tenant(), uuid4()

    def send(_: int) -> UUID:
        try:
            return discussion.write_comment(
                tenant.actor, tenant.project_id, entity_type="project", entity_id="", body="x",
                client_id=mine,
            ).id  # fmt: skip
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        made = set(pool.map(send, range(6)))
    assert len(made) == 1
    with tenant_scope(tenant.org_id):
        assert Comment.objects.count() == 1
