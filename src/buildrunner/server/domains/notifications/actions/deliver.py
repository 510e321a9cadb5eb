"""Send what is due to one endpoint: claim a few messages, send them at once, note what became of
them, and again.

One look at an endpoint runs at a time (`wake`), so a slow one occupies one thread, and it gives
way to the others after a while.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from buildrunner.server.domains.notifications.actions.attempt import (
    EMAIL,
    Claimed,
    Outcome,
    mail,
    post,
)
from buildrunner.server.domains.notifications.actions.change_endpoint import switch_off
from buildrunner.server.domains.notifications.actions.create_endpoint import SEAL
from buildrunner.server.domains.notifications.actions.wake import wake_for_next
from buildrunner.server.domains.notifications.models import Attempt, Delivery, Endpoint
from buildrunner.server.domains.notifications.rules import retries
from buildrunner.server.platform.actor import SYSTEM
from buildrunner.server.platform.crypto.sealing import SealBroken, unseal
from buildrunner.server.platform.db.scope import tenant_scope
from buildrunner.server.platform.http.outbound import outbound_client

logger = logging.getLogger("buildrunner.webhooks")

WIDTH = 4  # messages to one endpoint at once
TURN = 5.0  # seconds after which another endpoint's turn comes


def deliver(org_id: UUID, endpoint_id: UUID, *, wake_at: datetime) -> None:
    """One look at an endpoint; a look that is not the one it waits for does nothing."""
    start = time.monotonic()
    while True:
        claimed = _claim(org_id, endpoint_id, wake_at)
        if claimed is None:
            return
        if claimed:
            _note(org_id, endpoint_id, _send(claimed))
        if not claimed or time.monotonic() - start > TURN:
            break
    with tenant_scope(org_id):
        endpoint = Endpoint.objects.select_for_update().filter(id=endpoint_id).first()
        if endpoint is not None and endpoint.wake_at == wake_at:
            endpoint.wake_at = None
            endpoint.save(update_fields=["wake_at", "updated_at"])
            wake_for_next(endpoint)


def _claim(org_id: UUID, endpoint_id: UUID, wake_at: datetime) -> list[Claimed] | None:
    """The messages whose turn it is, in order; `None` when somebody else looks after them."""
    with tenant_scope(org_id):
        endpoint = Endpoint.objects.select_for_update().filter(id=endpoint_id).first()
        if endpoint is None or endpoint.wake_at != wake_at:
            return None
        if not endpoint.enabled:
            return []
        now = timezone.now()
        rows = list(
            Delivery.objects.filter(endpoint_id=endpoint_id, due_at__lte=now).order_by(
                "due_at", "id"
            )[:WIDTH]
        )
        keys = _keys(endpoint, now)
        for row in rows:
            row.due_at = now + retries.LEASE
            row.attempts += 1
            row.tries += 1
        Delivery.objects.bulk_update(rows, ["due_at", "attempts", "tries"])
        Attempt.objects.bulk_create(
            [
                Attempt(
                    org_id=org_id, delivery_id=row.id, number=row.attempts, signatures=len(keys)
                )
                for row in rows
            ]
        )
        return [
            Claimed(
                row.id,
                row.attempts,
                endpoint.service,
                endpoint.url,
                row.event_id,
                row.body,
                row.person_id,
                keys,
            )
            for row in rows
        ]


def _keys(endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
    """The secrets that sign: the newest first, the one before it while it overlaps."""
    if endpoint.service == EMAIL:
        return ()
    sealed = [endpoint.secret]
    if endpoint.previous_secret and endpoint.previous_until and endpoint.previous_until > now:
        sealed.append(endpoint.previous_secret)
    try:
        return tuple(unseal(one, SEAL) for one in sealed)
    except SealBroken:
        logger.exception("the secret of webhook %s does not open", endpoint.id)
        return ()


def _send(claimed: Sequence[Claimed]) -> list[Outcome]:
    """All at once, begun in order; mails one after another, by the job's own connection."""
    if claimed[0].service == EMAIL:
        return [mail(one) for one in claimed]
    with (
        outbound_client(seconds=retries.TIMEOUT) as client,
        ThreadPoolExecutor(len(claimed), thread_name_prefix="webhook") as threads,
    ):
        return list(threads.map(lambda one: post(client, one), claimed))


def _note(org_id: UUID, endpoint_id: UUID, outcomes: Sequence[Outcome]) -> None:
    """Write down what became of the attempts, of their messages and of the endpoint."""
    with tenant_scope(org_id):
        endpoint = Endpoint.objects.select_for_update().filter(id=endpoint_id).first()
        if endpoint is None:
            return  # deleted meanwhile, and its messages with it
        for outcome in outcomes:
            outcome.count()
            _note_one(outcome)
        _judge(endpoint, outcomes)


def _note_one(outcome: Outcome) -> None:
    now = timezone.now()
    one = outcome.claimed
    Attempt.objects.filter(delivery_id=one.delivery_id, number=one.number).update(
        finished_at=now,
        status=outcome.status,
        latency_ms=outcome.latency_ms,
        trouble=outcome.trouble,
        answer=outcome.answer,
    )
    row = Delivery.objects.filter(id=one.delivery_id).first()
    if row is None or row.attempts != one.number:
        return  # its lease ran out, and a later attempt decides
    row.trouble = outcome.trouble
    if not outcome.trouble:
        row.due_at, row.delivered_at = None, now
    else:
        again = None if outcome.final else retries.pause(row.tries, wish=outcome.wish)
        row.due_at = None if again is None else now + again
    row.save(update_fields=["trouble", "due_at", "delivered_at"])


def _judge(endpoint: Endpoint, outcomes: Sequence[Outcome]) -> None:
    """Count failures in a row; an endpoint that is gone, or has failed for days, is switched off."""
    now = timezone.now()
    for outcome in outcomes:
        if outcome.trouble:
            endpoint.failures += 1
            endpoint.failing_since = endpoint.failing_since or now
        else:
            endpoint.failures, endpoint.failing_since = 0, None
    endpoint.save(update_fields=["failures", "failing_since", "updated_at"])
    if not endpoint.enabled or endpoint.service == EMAIL:
        return  # the way to people's mailboxes is the operator's to mend
    if any(outcome.status == retries.GONE for outcome in outcomes):
        switch_off(endpoint, SYSTEM, reason="gone")
    elif retries.hopeless(endpoint.failures, endpoint.failing_since, now):
        switch_off(endpoint, SYSTEM, reason="failing")
