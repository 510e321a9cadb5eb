"""Add, change and remove sources of usage; ask for a collection."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.utils import IntegrityError

from buildrunner.server.domains.analytics import events
from buildrunner.server.domains.analytics.errors import (
    UsageSourceAbsent,
    UsageSourceInvalid,
    UsageSourceStands,
)
from buildrunner.server.domains.analytics.models import Source
from buildrunner.server.domains.analytics.queries import sources as queries
from buildrunner.server.domains.analytics.rules.collecting import MOST_DAYS
from buildrunner.server.domains.analytics.rules.kinds import KINDS
from buildrunner.server.domains.analytics.types.watching import SourceView
from buildrunner.server.domains.entitlements.facade import require_feature
from buildrunner.server.domains.tenancy.facade import (
    default_organization,
    organization_scope,
    project_scope,
)
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.crypto.sealing import seal
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit
from buildrunner.server.platform.http.outbound import url_fault
from buildrunner.server.platform.jobs.defer import defer
from buildrunner.server.platform.text import one_line

JOB: Final = "analytics.collect_source"
MANAGE: Final = "budget.manage"
COLLECT: Final = "usage.write"
MOST_SOURCES: Final = 50
_LONGEST_NAME: Final = 60
_LONGEST_KEY: Final = 500
_LONGEST_SETTING: Final = 200
_MOST_KEYS: Final = 50


def add_source(
    actor: Actor,
    *,
    kind: str,
    name: str,
    org_id: UUID | None = None,
    project_id: UUID | None = None,
    api_key: str = "",
    base_url: str = "",
    settings: Mapping[str, Any] | None = None,
) -> SourceView:
    """Read a provider's usage every day, for a project or for the whole organization. The key is
    sealed and never shown again. Needs `budget.manage`."""
    if kind not in KINDS:
        raise UsageSourceInvalid(f"kind is one of {', '.join(KINDS)}.", field="kind")
    name, key = one_line(name, "name", _LONGEST_NAME), _checked_key(kind, api_key)
    url = _checked_url(kind, base_url)
    wanted = _checked_settings(kind, settings or {})
    if project_id is not None:
        with project_scope(actor, project_id, MANAGE) as inside:
            return _add(actor, inside.org_id, project_id, kind, name, key, url, wanted)
    if org_id is None:
        raise Invalid("Say whose: `project_id` or `org_id`.", field="project_id")
    with organization_scope(actor, org_id, MANAGE):
        return _add(actor, org_id, None, kind, name, key, url, wanted)


def _add(
    actor: Actor,
    org_id: UUID,
    project_id: UUID | None,
    kind: str,
    name: str,
    key: str,
    url: str,
    settings: dict[str, Any],
) -> SourceView:
    require_feature(org_id, "analytics")
    if Source.objects.filter(org_id=org_id).count() >= MOST_SOURCES:
        raise UsageSourceStands(f"An organization has at most {MOST_SOURCES} sources.")
    row = Source(
        org_id=org_id,
        project_id=project_id,
        kind=kind,
        name=name,
        base_url=url,
        settings=settings,
        api_key=seal(key, queries.SEAL) if key else "",
        key_hint=_hint(key),
    )
    _keep(row)
    _tell(events.SOURCE_ADDED, actor, row)
    _queue(row)
    return queries.view_of(row)


def change_source(actor: Actor, source_id: UUID, **changes: Any) -> SourceView:
    """Change what is given of name, base_url, api_key, settings, enabled; then it is read anew.

    A new address needs the key again: a key never goes where its owner did not send it.
    """
    with queries.source_scope(actor, source_id, MANAGE) as row:
        before = (row.name, row.base_url, row.api_key, row.settings, row.enabled)
        if changes.get("name") is not None:
            row.name = one_line(changes["name"], "name", _LONGEST_NAME)
        key = changes.get("api_key")
        if changes.get("base_url") is not None:
            url = _checked_url(row.kind, changes["base_url"])
            if url != row.base_url and row.api_key and key is None:
                raise UsageSourceInvalid(
                    "Another address needs the key again: send api_key with base_url.",
                    field="api_key",
                )
            row.base_url = url
        if key is not None:
            key = _checked_key(row.kind, key)
            row.api_key, row.key_hint = seal(key, queries.SEAL) if key else "", _hint(key)
        if changes.get("settings") is not None:
            row.settings = _checked_settings(row.kind, changes["settings"])
        if changes.get("enabled") is not None:
            row.enabled = changes["enabled"]
        if before != (row.name, row.base_url, row.api_key, row.settings, row.enabled):
            row.failures, row.retry_at, row.last_error = 0, None, ""
            _keep(row)
            _tell(events.SOURCE_CHANGED, actor, row)
            _queue(row)
        return queries.view_of(row)


def remove_source(actor: Actor, source_id: UUID) -> None:
    """Nothing is read any more and the key is forgotten; what was counted stays."""
    with queries.source_scope(actor, source_id, MANAGE) as row:
        _tell(events.SOURCE_REMOVED, actor, row)
        row.delete()


def ask_collection(
    actor: Actor,
    *,
    org_id: UUID | None = None,
    project_id: UUID | None = None,
    source_id: UUID | None = None,
    since: date | None = None,
    until: date | None = None,
) -> list[SourceView]:
    """Have sources read at once: one, or all of a project or organization, by default the actor's
    own. Days that were read before are read again and count once. Needs `usage.write`."""
    today = datetime.now(UTC).date()
    if until is not None and until > today:
        raise Invalid("`until` lies ahead: only days that are over are read.", field="until")
    last = until or today
    if since is not None and not timedelta() < last - since <= timedelta(days=MOST_DAYS):
        raise Invalid(f"From `since` up to `until` are 1 to {MOST_DAYS} days.", field="since")
    days = {"since": str(since or ""), "until": str(until or "")}
    if source_id is not None:
        with queries.source_scope(actor, source_id, COLLECT) as row:
            return _ask(actor, [row], days)
    if project_id is not None:
        with project_scope(actor, project_id, COLLECT) as inside:
            rows = Source.objects.filter(org_id=inside.org_id, project_id=project_id)
            return _ask(actor, list(rows.filter(enabled=True).order_by("id")), days)
    org_id = org_id or default_organization(actor)
    with organization_scope(actor, org_id, COLLECT):
        rows = Source.objects.filter(org_id=org_id, enabled=True)
        return _ask(actor, list(rows.order_by("id")), days)


def _ask(actor: Actor, rows: list[Source], days: dict[str, str]) -> list[SourceView]:
    if not rows:
        raise UsageSourceAbsent(
            "No source stands here. Add one with POST /api/analytics/sources.",
            next_command="POST /api/analytics/sources",
        )
    for row in rows:
        if not row.enabled:
            raise UsageSourceInvalid("The source is switched off; switch it on first.")
        _tell(events.SOURCE_ASKED, actor, row, **days)
        _queue(row, **days)
    return [queries.view_of(row) for row in rows]


def _queue(row: Source, **days: str) -> None:
    if row.enabled:
        payload = {"org_id": str(row.org_id), "source_id": str(row.id), **days, "asked": True}
        defer(JOB, payload, once=f"{JOB}:{row.id}:{days.get('since')}:{days.get('until')}")


def _checked_key(kind: str, key: str) -> str:
    key = key.strip()
    if not key and not KINDS[kind].key_optional:
        raise UsageSourceInvalid(f"A key is needed. {KINDS[kind].key_words}.", field="api_key")
    if len(key) > _LONGEST_KEY or not key.isascii() or any(one.isspace() for one in key):
        raise UsageSourceInvalid("That is no key: it has spaces or is too long.", field="api_key")
    return key


def _checked_url(kind: str, base_url: str) -> str:
    url = base_url.strip().rstrip("/") or KINDS[kind].base_url
    if not url:
        raise UsageSourceInvalid("A source of one's own needs its base_url.", field="base_url")
    fault = url_fault(url, own=True)
    if fault:
        words = fault.replace("BR_OUTBOUND_ALLOW", "BR_ALLOW_PRIVATE_ADDRESSES=1")
        words = words.replace("BR_OUTBOUND_HTTP", "BR_ALLOW_PRIVATE_ADDRESSES=1")
        raise UsageSourceInvalid(words, code="url_refused", field="base_url")
    return url


def _checked_settings(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    about = KINDS[kind]
    known = {*about.needs, *about.takes}
    for name, value in given.items():
        if name not in known:
            said = f"it has {', '.join(sorted(known))}" if known else "it has none"
            raise UsageSourceInvalid(f"{name[:40]!r} is no setting of {kind}; {said}.", field=name)
        listed = value if name == "skip_keys" else [value]
        if not isinstance(listed, list) or len(listed) > _MOST_KEYS:
            raise UsageSourceInvalid(f"{name} is a list of at most {_MOST_KEYS} ids.", field=name)
        if not all(isinstance(one, str) and 0 < len(one) <= _LONGEST_SETTING for one in listed):
            raise UsageSourceInvalid(f"{name} is made of texts.", field=name)
    for name in about.needs:
        if not given.get(name):
            raise UsageSourceInvalid(f"{about.title} needs the setting {name}.", field=name)
    return dict(given)


def _hint(key: str) -> str:
    return key[-4:] if len(key) >= 12 else ""


def _keep(row: Source) -> None:
    taken = Source.objects.filter(org_id=row.org_id, name=row.name).exclude(id=row.id)
    if taken.exists():
        raise UsageSourceStands(f"Another source is called {row.name}.", field="name")
    try:
        row.save()
    except IntegrityError:
        raise UsageSourceStands(f"Another source is called {row.name}.", field="name") from None


def _tell(kind: str, actor: Actor, row: Source, **more: Any) -> None:
    emit(
        kind,
        actor=actor,
        org_id=row.org_id,
        project_id=row.project_id,
        subject=str(row.id),
        data={
            "kind": row.kind,
            "name": row.name,
            "base_url": row.base_url,
            "settings": row.settings,
            "enabled": row.enabled,
            "key_hint": row.key_hint,
            **more,
        },
    )
