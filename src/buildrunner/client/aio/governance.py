"""A project's policy, changes judged by it, approvals and waivers."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.aio.resource import AsyncResource
from buildrunner.client.models.governance import (
    ChangeRequest,
    ChangeRequestDetail,
    CheckRun,
    JudgedChange,
    PolicyText,
    PolicyValidation,
    PolicyVersion,
    PostReview,
    Simulation,
    Waiver,
)


class AsyncPolicies(AsyncResource):
    """`/api/projects/{project_id}/policy` and `/api/governance`."""

    async def get(self, project_id: str) -> PolicyText:
        """The policy in force; `NotFound` where there is none."""
        return await self._transport.get(f"{_base(project_id)}/policy", PolicyText)

    async def save(
        self, project_id: str, text: str, *, message: str = "", etag: str | None = None
    ) -> PolicyText:
        """The next version; `etag` is that of the one in force, required once there is one."""
        body = {"text": text, "message": message}
        answer = await self._transport.request(
            "PUT",
            f"{_base(project_id)}/policy",
            json=body,
            keyed=True,
            headers={"If-Match": etag} if etag else None,
        )
        return wire.decode(answer, PolicyText)

    def versions(self, project_id: str) -> AsyncIterator[PolicyVersion]:
        """Newest first."""
        return self._transport.pages(f"{_base(project_id)}/policy/versions", PolicyVersion)

    async def version(self, project_id: str, number: int) -> PolicyText:
        """One version with its text."""
        path = f"{_base(project_id)}/policy/versions/{number}"
        return await self._transport.get(path, PolicyText)

    async def restore(self, project_id: str, number: int, *, etag: str | None = None) -> PolicyText:
        """A version anew, as the next one; `etag` is that of the one in force."""
        path = f"{_base(project_id)}/policy/versions/{number}/restore"
        answer = await self._transport.request(
            "POST", path, keyed=True, headers={"If-Match": etag} if etag else None
        )
        return wire.decode(answer, PolicyText)

    async def validate(self, text: str) -> PolicyValidation:
        """What is wrong with a policy; nothing is saved."""
        body = {"text": text}
        return await self._transport.send(
            "POST", "/api/governance/validate", PolicyValidation, body
        )

    async def check(
        self, project_id: str, change: dict[str, Any], *, policy: str | None = None
    ) -> JudgedChange:
        """Judge a change (`buildrunner.policy.change`) by the policy in force, or by a text."""
        body: dict[str, Any] = {"project_id": project_id, "change": change}
        if policy is not None:
            body["policy"] = policy
        return await self._transport.send("POST", "/api/governance/check", JudgedChange, body)

    async def simulate(self, project_id: str, policy: str, *, days: int = 90) -> Simulation:
        """What a policy would have made of the changes that were recorded."""
        path = f"{_base(project_id)}/governance/simulate"
        return await self._transport.send(
            "POST", path, Simulation, {"policy": policy, "days": days}
        )

    async def record_run(
        self,
        project_id: str,
        change: dict[str, Any],
        *,
        source: str = "ci",
        report: dict[str, Any] | None = None,
    ) -> CheckRun:
        """Keep what a check found, of `ci` or `local`."""
        body: dict[str, Any] = {"change": change, "source": source}
        if report is not None:
            body["report"] = report
        path = f"{_base(project_id)}/governance/runs"
        return await self._transport.send("POST", path, CheckRun, body)

    def runs(self, project_id: str, *, rule: str | None = None) -> AsyncIterator[CheckRun]:
        """What was recorded, newest first; with `rule` what it denied."""
        return self._transport.pages(f"{_base(project_id)}/governance/runs", CheckRun, rule=rule)


class AsyncChangeRequests(AsyncResource):
    """`/api/projects/{project_id}/change-requests`: votes and bypasses need a session, a key is
    refused (`in_person_only`)."""

    def list(self, project_id: str, *, state: str | None = None) -> AsyncIterator[ChangeRequest]:
        """Newest first."""
        path = f"{_base(project_id)}/change-requests"
        return self._transport.pages(path, ChangeRequest, state=state)

    async def open(self, project_id: str, change: dict[str, Any]) -> ChangeRequest:
        """Ask for approval of a change, or renew the request of its branch after a push."""
        path = f"{_base(project_id)}/change-requests"
        return await self._transport.send("POST", path, ChangeRequest, {"change": change})

    async def get(self, project_id: str, number: int) -> ChangeRequestDetail:
        """One with its votes."""
        return await self._transport.get(_request(project_id, number), ChangeRequestDetail)

    async def withdraw(self, project_id: str, number: int) -> ChangeRequest:
        """Ask no longer."""
        path = f"{_request(project_id, number)}/withdraw"
        return await self._transport.send("POST", path, ChangeRequest)

    async def vote(
        self,
        project_id: str,
        number: int,
        *,
        verdict: str,
        head: str,
        note: str = "",
        paths: Sequence[str] | None = None,
    ) -> ChangeRequest:
        """`approve` or `reject` what was seen at `head`, of `paths` or of all."""
        body: dict[str, Any] = {"verdict": verdict, "head": head, "note": note}
        if paths is not None:
            body["paths"] = [*paths]
        path = f"{_request(project_id, number)}/votes"
        return await self._transport.send("POST", path, ChangeRequest, body)

    async def take_back(self, project_id: str, number: int) -> ChangeRequest:
        """Take one's own vote back."""
        path = f"{_request(project_id, number)}/votes/mine"
        answer = await self._transport.request("DELETE", path, keyed=True)
        return wire.decode(answer, ChangeRequest)

    async def bypass(
        self, project_id: str, number: int, *, head: str, justification: str
    ) -> ChangeRequest:
        """Pass in an emergency; a review falls due."""
        body = {"head": head, "justification": justification}
        path = f"{_request(project_id, number)}/bypass"
        return await self._transport.send("POST", path, ChangeRequest, body)

    def reviews(self, project_id: str) -> AsyncIterator[PostReview]:
        """Reviews that bypasses left, due ones first."""
        return self._transport.pages(f"{_base(project_id)}/post-reviews", PostReview)

    async def review(
        self, project_id: str, post_review_id: str, *, outcome: str, note: str
    ) -> PostReview:
        """Say afterwards what came of a bypass: `accepted` or `follow_up`."""
        path = f"{_base(project_id)}/post-reviews/{wire.segment(post_review_id)}"
        body = {"outcome": outcome, "note": note}
        return await self._transport.send("POST", path, PostReview, body)


class AsyncWaivers(AsyncResource):
    """`/api/projects/{project_id}/waivers`: changing them needs a session, a key is refused."""

    def list(self, project_id: str) -> AsyncIterator[Waiver]:
        """Newest first, expired and revoked ones too."""
        return self._transport.pages(f"{_base(project_id)}/waivers", Waiver)

    async def grant(
        self,
        project_id: str,
        *,
        rule: str,
        fingerprint: str,
        reason: str,
        expires_at: str,
        path: str = "",
    ) -> Waiver:
        """Let one denial pass until a time (RFC 3339)."""
        body = {
            "rule": rule,
            "fingerprint": fingerprint,
            "reason": reason,
            "expires_at": expires_at,
            "path": path,
        }
        return await self._transport.send("POST", f"{_base(project_id)}/waivers", Waiver, body)

    async def revoke(self, project_id: str, waiver_id: str) -> Waiver:
        """Let the denial hold again."""
        path = f"{_base(project_id)}/waivers/{wire.segment(waiver_id)}"
        answer = await self._transport.request("DELETE", path, keyed=True)
        return wire.decode(answer, Waiver)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}"


def _request(project_id: str, number: int) -> str:
    return f"{_base(project_id)}/change-requests/{number}"
