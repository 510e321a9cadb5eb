"""A project's policy, changes judged by it, approvals and waivers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
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


class Policies(Resource):
    """`/api/projects/{project_id}/policy` and `/api/governance`."""

    def get(self, project_id: str) -> PolicyText:
        """The policy in force; `NotFound` where there is none."""
        return self._transport.get(f"{_base(project_id)}/policy", PolicyText)

    def save(
        self, project_id: str, text: str, *, message: str = "", etag: str | None = None
    ) -> PolicyText:
        """The next version; `etag` is that of the one in force, required once there is one."""
        body = {"text": text, "message": message}
        answer = self._transport.request(
            "PUT",
            f"{_base(project_id)}/policy",
            json=body,
            keyed=True,
            headers={"If-Match": etag} if etag else None,
        )
        return wire.decode(answer, PolicyText)

    def versions(self, project_id: str) -> Iterator[PolicyVersion]:
        """Newest first."""
        return self._transport.pages(f"{_base(project_id)}/policy/versions", PolicyVersion)

    def version(self, project_id: str, number: int) -> PolicyText:
        """One version with its text."""
        path = f"{_base(project_id)}/policy/versions/{number}"
        return self._transport.get(path, PolicyText)

    def restore(self, project_id: str, number: int, *, etag: str | None = None) -> PolicyText:
        """A version anew, as the next one; `etag` is that of the one in force."""
        path = f"{_base(project_id)}/policy/versions/{number}/restore"
        answer = self._transport.request(
            "POST", path, keyed=True, headers={"If-Match": etag} if etag else None
        )
        return wire.decode(answer, PolicyText)

    def validate(self, text: str) -> PolicyValidation:
        """What is wrong with a policy; nothing is saved."""
        body = {"text": text}
        return self._transport.send("POST", "/api/governance/validate", PolicyValidation, body)

    def check(
        self, project_id: str, change: dict[str, Any], *, policy: str | None = None
    ) -> JudgedChange:
        """Judge a change (`buildrunner.policy.change`) by the policy in force, or by a text."""
        body: dict[str, Any] = {"project_id": project_id, "change": change}
        if policy is not None:
            body["policy"] = policy
        return self._transport.send("POST", "/api/governance/check", JudgedChange, body)

    def simulate(self, project_id: str, policy: str, *, days: int = 90) -> Simulation:
        """What a policy would have made of the changes that were recorded."""
        path = f"{_base(project_id)}/governance/simulate"
        return self._transport.send("POST", path, Simulation, {"policy": policy, "days": days})

    def record_run(
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
        return self._transport.send("POST", path, CheckRun, body)

    def runs(self, project_id: str, *, rule: str | None = None) -> Iterator[CheckRun]:
        """What was recorded, newest first; with `rule` what it denied."""
        return self._transport.pages(f"{_base(project_id)}/governance/runs", CheckRun, rule=rule)


class ChangeRequests(Resource):
    """`/api/projects/{project_id}/change-requests`: votes and bypasses need a session, a key is
    refused (`in_person_only`)."""

    def list(self, project_id: str, *, state: str | None = None) -> Iterator[ChangeRequest]:
        """Newest first."""
        path = f"{_base(project_id)}/change-requests"
        return self._transport.pages(path, ChangeRequest, state=state)

    def open(self, project_id: str, change: dict[str, Any]) -> ChangeRequest:
        """Ask for approval of a change, or renew the request of its branch after a push."""
        path = f"{_base(project_id)}/change-requests"
        return self._transport.send("POST", path, ChangeRequest, {"change": change})

    def get(self, project_id: str, number: int) -> ChangeRequestDetail:
        """One with its votes."""
        return self._transport.get(_request(project_id, number), ChangeRequestDetail)

    def withdraw(self, project_id: str, number: int) -> ChangeRequest:
        """Ask no longer."""
        path = f"{_request(project_id, number)}/withdraw"
        return self._transport.send("POST", path, ChangeRequest)

    def vote(
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
        return self._transport.send("POST", path, ChangeRequest, body)

    def take_back(self, project_id: str, number: int) -> ChangeRequest:
        """Take one's own vote back."""
        path = f"{_request(project_id, number)}/votes/mine"
        answer = self._transport.request("DELETE", path, keyed=True)
        return wire.decode(answer, ChangeRequest)

    def bypass(
        self, project_id: str, number: int, *, head: str, justification: str
    ) -> ChangeRequest:
        """Pass in an emergency; a review falls due."""
        body = {"head": head, "justification": justification}
        path = f"{_request(project_id, number)}/bypass"
        return self._transport.send("POST", path, ChangeRequest, body)

    def reviews(self, project_id: str) -> Iterator[PostReview]:
        """Reviews that bypasses left, due ones first."""
        return self._transport.pages(f"{_base(project_id)}/post-reviews", PostReview)

    def review(
        self, project_id: str, post_review_id: str, *, outcome: str, note: str
    ) -> PostReview:
        """Say afterwards what came of a bypass: `accepted` or `follow_up`."""
        path = f"{_base(project_id)}/post-reviews/{wire.segment(post_review_id)}"
        body = {"outcome": outcome, "note": note}
        return self._transport.send("POST", path, PostReview, body)


class Waivers(Resource):
    """`/api/projects/{project_id}/waivers`: changing them needs a session, a key is refused."""

    def list(self, project_id: str) -> Iterator[Waiver]:
        """Newest first, expired and revoked ones too."""
        return self._transport.pages(f"{_base(project_id)}/waivers", Waiver)

    def grant(
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
        return self._transport.send("POST", f"{_base(project_id)}/waivers", Waiver, body)

    def revoke(self, project_id: str, waiver_id: str) -> Waiver:
        """Let the denial hold again."""
        path = f"{_base(project_id)}/waivers/{wire.segment(waiver_id)}"
        answer = self._transport.request("DELETE", path, keyed=True)
        return wire.decode(answer, Waiver)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}"


def _request(project_id: str, number: int) -> str:
    return f"{_base(project_id)}/change-requests/{number}"
