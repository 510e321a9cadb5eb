"""What the worker does by the clock: look after what was left lying, sweep away what is old."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.notifications.actions.wake import wake
from buildrunner.server.domains.notifications.models import Endpoint
from buildrunner.server.domains.notifications.rules.retries import RETENTION
from buildrunner.server.platform.db.scope import tenant_scope

# A look that has not come (to an end) for so long will not: its job is lost.
_PATIENCE: Final = timedelta(minutes=3)
_SWEEP: Final = 5000


def wake_overdue(*, patience: timedelta = _PATIENCE) -> int:
    """Queue a look at every endpoint whose messages are due while nobody looks; how many."""
    late = timezone.now() - patience
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT org_id, endpoint_id FROM notifications_overdue(%s)", [late])
        found = cursor.fetchall()
    for org_id, endpoint_id in found:
        with tenant_scope(org_id):
            endpoint = Endpoint.objects.select_for_update().filter(id=endpoint_id).first()
            if endpoint and endpoint.enabled:
                wake(endpoint, anew=True)
    return len(found)


def purge_deliveries() -> int:
    """Delete messages that are settled and older than retention, in batches; how many."""
    before = timezone.now() - RETENTION
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT notifications_purge(%s, %s)", [before, _SWEEP])
            count = int(cursor.fetchone()[0])
        total += count
        if count < _SWEEP:
            return total
