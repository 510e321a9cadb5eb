"""A clone of a plan that syncs through the API as `br` does."""

from __future__ import annotations

import copy
from typing import Any, Protocol
from uuid import UUID, uuid4

from buildrunner.spec.diff import apply, diff
from buildrunner.spec.document import document_hash, index

Plan = dict[str, Any]


class Caller(Protocol):
    """What a clone needs of the API."""

    def get(self, path: str, **headers: str) -> Any: ...

    def post(self, path: str, body: object = None, **headers: str) -> Any: ...


class Refused(Exception):
    """The problem document of a refusal."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem['status']} {problem['code']}: {problem['detail']}")
        self.problem = problem
        self.code: str = problem["code"]


class Clone:
    """One working copy: `plan` is edited freely, `base` is what was last agreed on."""

    def __init__(self, api: Caller, project_id: UUID) -> None:
        self.api = api
        self.path = f"/api/projects/{project_id}"
        self.revision = 0
        self.base: Plan = {}
        self.plan: Plan = {}

    def pull(self) -> Clone:
        """Take the server's plan whole."""
        answer = self.api.get(f"{self.path}/plan")
        assert answer.status_code == 200, answer.content
        self.plan = answer.json()
        self.base = copy.deepcopy(self.plan)
        self.revision = int(answer["BR-Revision"])
        return self

    def find(self, entity_id: str) -> Plan:
        """An entity of the working copy, to be edited in place."""
        return index(self.plan)[entity_id].value

    def request(self, **members: Any) -> dict[str, Any]:
        """The body of a sync of what changed here."""
        return {
            "base_revision": self.revision,
            "operations": diff(self.base, self.plan),
            "document_hash": document_hash(self.plan),
            "idempotency_key": str(uuid4()),
            **members,
        }

    def send(self, body: dict[str, Any]) -> dict[str, Any]:
        """One sync request; raises Refused."""
        answer = self.api.post(f"{self.path}/sync", body)
        if answer.status_code != 200:
            raise Refused(answer.json())
        told: dict[str, Any] = answer.json()
        return told

    def take(self, told: dict[str, Any]) -> dict[str, Any]:
        """Apply an answer; both sides must now hold the same document."""
        self.plan = apply(self.plan, told["operations"])
        assert document_hash(self.plan) == told["document_hash"]
        self.base = copy.deepcopy(self.plan)
        self.plan = copy.deepcopy(self.plan)
        self.revision = told["revision"]
        return told

    def sync(self, **members: Any) -> dict[str, Any]:
        """Send, receive and take; raises Refused and leaves the clone as it was."""
        return self.take(self.send(self.request(**members)))
