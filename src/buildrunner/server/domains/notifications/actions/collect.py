"""Mail what waited: the ends of quiet hours, and digests."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from buildrunner.server.domains.notifications.actions.post import post_mail
from buildrunner.server.domains.notifications.models import Notice
from buildrunner.server.domains.notifications.policies import demanded
from buildrunner.server.domains.notifications.queries.preferences import Wishes, under, wishes_of
from buildrunner.server.domains.tenancy.facade import who_may
from buildrunner.server.platform.db.scope import tenant_scope

KEPT: Final = timedelta(days=90)
_SWEEP: Final = 5000


def mail_waiting(now: datetime | None = None) -> int:
    """One mail for each person and organization of what has waited long enough; how many mails.

    What was read meanwhile, or may no longer be seen, is not mailed.
    """
    moment = now or timezone.now()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT org_id, person_id FROM notifications_mail_due(%s)", [moment])
        due = cursor.fetchall()
    return sum(_mail(org_id, person_id, moment) for org_id, person_id in due)


def _mail(org_id: UUID, person_id: UUID, moment: datetime) -> int:
    with tenant_scope(org_id):
        rows = list(
            Notice.objects.select_for_update()
            .filter(person_id=person_id, mail_at__lte=moment)
            .order_by("id")
        )
        Notice.objects.filter(id__in=[row.id for row in rows]).update(mail_at=None)
        wishes = wishes_of([person_id])[person_id]
        wanted = [row for row in rows if row.read_at is None and _mails(wishes, row)]
        open_to = {
            project_id: _may_see(project_id, person_id)
            for project_id in {row.project_id for row in wanted if not row.outside}
        }
        seen = [row for row in wanted if row.outside or open_to[row.project_id]]
        if seen:
            post_mail(org_id, person_id, seen)
        return 1 if seen else 0


def _mails(wishes: Wishes, row: Notice) -> bool:
    """Whether the person or the policy still wants it mailed."""
    if wishes.mails(row.kind):
        return True
    return under(demanded(row.org_id, row.project_id, row.kind), wishes).mails(row.kind)


def _may_see(project_id: UUID | None, person_id: UUID) -> bool:
    permission = "project.read" if project_id else "org.read"
    return bool(who_may(permission, project_id=project_id, among=[person_id]))


def purge_notices() -> int:
    """Delete what is older than 90 days, in batches; how many."""
    before = timezone.now() - KEPT
    total = 0
    while True:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT notifications_purge_notices(%s, %s)", [before, _SWEEP])
            count = int(cursor.fetchone()[0])
        total += count
        if count < _SWEEP:
            return total
