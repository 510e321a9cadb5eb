"""Opening a project costs one statement beside the transaction's own, whatever is demanded."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from buildrunner.server.domains.tenancy import facade as tenancy
from factories import make_tenant

TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.mark.parametrize("archived", [False, True])
def test_one_statement_opens_a_project(commits: None, archived: bool) -> None:
    tenant = make_tenant()
    if archived:
        tenancy.archive_project(tenant.actor, tenant.project_id)
    with (
        CaptureQueriesContext(connection) as asked,
        tenancy.project_scope(tenant.actor, tenant.project_id),
    ):
        pass
    own = [one["sql"] for one in asked if not one["sql"].startswith(TRANSACTION)]
    assert len(own) == 1, own
    assert "tenancy_locate_project" in own[0]
