"""API keys: one's own, and those of organizations and their service accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import Key, NewKey


class Keys(Resource):
    """`/api/keys` without `org_id`, `/api/orgs/{org_id}/api-keys` with it."""

    def list(self, *, org_id: str | None = None) -> Iterator[Key]:
        """The caller's personal keys, or those of an organization."""
        return self._transport.pages(_base(org_id), Key)

    def create(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        org_id: str | None = None,
        project_id: str | None = None,
        service_id: str | None = None,
        expires_at: str | None = None,
    ) -> NewKey:
        """Make a key; its secret is told this once. `expires_at` is RFC 3339.

        `project_id` binds it to one project, `service_id` makes it a service account's; both need
        `org_id`.
        """
        body: dict[str, Any] = {"name": name, "scopes": list(scopes)}
        optional = {"project_id": project_id, "service_id": service_id, "expires_at": expires_at}
        body |= {key: value for key, value in optional.items() if value is not None}
        return self._transport.send("POST", _base(org_id), NewKey, body)

    def rotate(
        self, key_id: str, *, org_id: str | None = None, grace_hours: int | None = None
    ) -> NewKey:
        """A new key in place of an old one, which works on for `grace_hours`."""
        body = {} if grace_hours is None else {"grace_hours": grace_hours}
        path = f"{_base(org_id)}/{wire.segment(key_id)}/rotate"
        return self._transport.send("POST", path, NewKey, body)

    def revoke(self, key_id: str, *, org_id: str | None = None) -> None:
        """End a key at once."""
        self._transport.delete(f"{_base(org_id)}/{wire.segment(key_id)}")


def _base(org_id: str | None) -> str:
    return "/api/keys" if org_id is None else f"/api/orgs/{wire.segment(org_id)}/api-keys"
