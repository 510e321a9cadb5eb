"""Evidence, what it proves, and what people say to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import (
    EvidenceDetail,
    EvidenceRecord,
    Proof,
    Quarantine,
    Rerun,
    SignOff,
    TakenEvidence,
)


class Evidence(Resource):
    """Signed records of checks, and the state of the criteria they prove."""

    def upload(
        self, project_id: str, records: Sequence[dict[str, Any]], *, run: str = ""
    ) -> TakenEvidence:
        """Send up to 100 records; each is kept once. `run` groups them, such as a build."""
        body: dict[str, Any] = {"records": list(records)}
        if run:
            body["run"] = run
        return self._transport.send("POST", f"{_base(project_id)}/evidence", TakenEvidence, body)

    def list(
        self, project_id: str, *, microstep_id: str | None = None, state: str | None = None
    ) -> Iterator[EvidenceRecord]:
        """What was uploaded, newest first; `state` is passed, failed or error."""
        path = f"{_base(project_id)}/evidence"
        return self._transport.pages(path, EvidenceRecord, microstep_id=microstep_id, state=state)

    def get(self, project_id: str, address: str) -> EvidenceDetail:
        """A record whole."""
        path = f"{_base(project_id)}/evidence/{wire.segment(address)}"
        return self._transport.get(path, EvidenceDetail)

    def proof(
        self, project_id: str, *, microstep_id: str | None = None, state: str | None = None
    ) -> Proof:
        """What is proven, of the whole plan or of one microstep."""
        path = f"{_base(project_id)}/proof"
        return self._transport.get(path, Proof, microstep_id=microstep_id, state=state)

    def rerun(
        self, project_id: str, microstep_ids: Sequence[str], *, check_id: str | None = None
    ) -> Rerun:
        """Ask those who run checks to run some again; the answer holds the command."""
        body: dict[str, Any] = {"microstep_ids": list(microstep_ids)}
        if check_id is not None:
            body["check_id"] = check_id
        path = f"{_base(project_id)}/checks/rerun-requests"
        return self._transport.send("POST", path, Rerun, body)


class SignOffs(Resource):
    """People who vouch for criteria. Signing and revoking need a session: a key is refused."""

    def list(self, project_id: str, *, microstep_id: str | None = None) -> Iterator[SignOff]:
        """Newest first, revoked ones too."""
        path = f"{_base(project_id)}/sign-offs"
        return self._transport.pages(path, SignOff, microstep_id=microstep_id)

    def create(
        self,
        project_id: str,
        microstep_id: str,
        *,
        criterion: int | None = None,
        note: str = "",
        seen: str | None = None,
    ) -> SignOff:
        """Sign a criterion off; `Forbidden` with `in_person_only` or `author_alone`."""
        body: dict[str, Any] = {"microstep_id": microstep_id, "criterion": criterion, "note": note}
        if seen is not None:
            body["seen"] = seen
        return self._transport.send("POST", f"{_base(project_id)}/sign-offs", SignOff, body)

    def revoke(self, project_id: str, sign_off_id: str) -> None:
        """Take a sign-off back."""
        self._transport.delete(f"{_base(project_id)}/sign-offs/{wire.segment(sign_off_id)}")


class Quarantines(Resource):
    """Flaky checks set aside. Changing them needs a session: a key is refused."""

    def list(self, project_id: str) -> Iterator[Quarantine]:
        """Those in force."""
        return self._transport.pages(f"{_base(project_id)}/quarantines", Quarantine)

    def create(self, project_id: str, check_digest: str, *, reason: str, until: str) -> Quarantine:
        """Set a check aside until a time (RFC 3339); `Conflict` where it is not flaky."""
        body = {"check_digest": check_digest, "reason": reason, "until": until}
        path = f"{_base(project_id)}/quarantines"
        return self._transport.send("POST", path, Quarantine, body)

    def lift(self, project_id: str, quarantine_id: str) -> None:
        """Let the check count again."""
        path = f"{_base(project_id)}/quarantines/{wire.segment(quarantine_id)}"
        self._transport.delete(path)


def _base(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}"
