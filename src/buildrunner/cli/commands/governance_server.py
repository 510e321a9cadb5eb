"""What the linked server knows of a change: approvals and waivers come from it, the run and a
request for approval go to it.

The files and commits of the change are named to it, for approvals count for exactly that state;
lines of code go along only from CI, or with `--request`.
"""

from __future__ import annotations

import json
import os
from typing import Any

from buildrunner.cli.context import Context
from buildrunner.cli.errors import Refusal
from buildrunner.client import Client
from buildrunner.client.errors import ClientError
from buildrunner.policy.approvals import Approval
from buildrunner.policy.change import Change
from buildrunner.policy.judge import Denial, failing
from buildrunner.policy.rules import FIRM
from buildrunner.policy.waivers import Waiver
from buildrunner.workspace import git
from buildrunner.workspace.errors import WorkspaceError
from buildrunner.workspace.state import RUNNER_STATE

TIMEOUT = 15.0
LARGEST = 1_000_000
_WAIVER = (
    "rule", "fingerprint", "reason", "approver", "expires", "path", "created", "roles", "person",
    "author",
)  # fmt: skip


class Server:
    """The project on the server, for one change. `silence` says why it was not asked, "" if it was.

    Nothing that goes wrong stops the check: without the server's approvals it only denies more.
    """

    def __init__(self, context: Context, change: Change) -> None:
        self.context = context
        self.change = change
        self.approvals: list[Approval] = []
        self.waivers: list[Waiver] = []
        self.rejections: list[Denial] = []
        self.request: int | None = None
        self.passed: frozenset[str] = frozenset()
        self.run: str | None = None
        self.silence = ""
        self.address = ""
        self.project = ""
        self._client: Client | None = None
        try:
            self._open()
        except (Refusal, WorkspaceError) as problem:
            self.silence = problem.message

    @property
    def linked(self) -> bool:
        """Whether there is a server to ask at all."""
        return bool(self.project)

    def ask(self) -> None:
        """Fetch what counts for this state of the change."""
        if self._client is None:
            return
        try:
            told = self._client.policies.check(self.project, without_lines(self.change))
        except ClientError as problem:
            self._silent(problem)
            return
        self.approvals = [
            Approval(each.id, each.name, "", each.roles, head=self.change.head, paths=each.paths)
            for each in told.approvals.given
        ]
        self.waivers = [
            Waiver(**{key: each[key] for key in _WAIVER if key in each}) for each in told.waivers
        ]
        self.rejections = [_rejected(each) for each in told.denials if each["rule"] == "rejected"]
        self.request, self.passed = told.request, frozenset(told.passed)

    def pass_by(self, denials: list[Denial]) -> None:
        """Set aside what an emergency bypass of this very state saw and let through."""
        for denial in failing(denials):
            if denial.fingerprint in self.passed and denial.rule not in FIRM:
                denial.waived_by = f"emergency bypass of request {self.request}"

    def tell(self, denials: list[Denial], digest: str) -> None:
        """Send the run; with `--request` ask for approval too."""
        if self._client is None:
            return
        report = {
            "allowed": not failing(denials),
            "denials": [denial.as_dict() for denial in denials],
            "policy_digest": digest,
        }
        in_ci = os.environ.get("CI", "").lower() in ("1", "true")
        try:
            if self.context.arguments.flag("request"):
                whole = self.change.as_dict()
                self.request = self._client.change_requests.open(self.project, whole).number
            self.run = self._client.policies.record_run(
                self.project,
                _sendable(self.change) if in_ci else without_lines(self.change),
                source="ci" if in_ci else "local",
                report=report,
            ).id
        except ClientError as problem:
            if self.context.arguments.flag("request") and self.run is None:
                raise
            self.context.out.note(f"the run was not sent: {problem.message}")

    def close(self) -> None:
        """Let the connection go."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def as_dict(self) -> dict[str, Any] | None:
        """What `--json` says of it; None where no server is linked."""
        if not self.linked:
            return None
        return {
            "counted": not self.silence,
            "reason": self.silence,
            "approvals": len(self.approvals),
            "waivers": len(self.waivers),
            "request": self.request,
            "run": self.run,
        }

    def note(self) -> None:
        """Say what was counted, or why nothing was."""
        out = self.context.out
        if not self.linked:
            return
        if self.silence:
            out.note(f"approvals and waivers of the server were not counted: {self.silence}")
            return
        if self.request is not None:
            place = f"{self.address}/projects/{self.project}/governance/requests/{self.request}"
            count = len(self.approvals)
            said = f"{count} approval{'' if count == 1 else 's'} of this state"
            out.note(f"request {self.request}: {said}; {place}")

    def _open(self) -> None:
        from buildrunner.cli.remote import open_client

        settings = self.context.settings
        self.address, self.project = self._link()
        if not self.project:
            return
        if self.context.arguments.flag("offline"):
            self.silence = "--offline"
            return
        key = settings.api_key if self.address == settings.server else ""
        if not key:
            self.silence = f"not signed in to {self.address or 'a server'}"
            return
        self._client = open_client(self.address, key, timeout=TIMEOUT)

    def _link(self) -> tuple[str, str]:
        """The address and the project. A link that stands in git is the change's word, not ours."""
        settings = self.context.settings
        named = os.environ.get("BR_PROJECT", "")
        if named and settings.server:
            return settings.server, named
        workspace = self.context.workspace_or_none()
        if workspace is None:
            return "", ""
        state = workspace.state()
        server, project = state.get("server"), state.get("project_id")
        if not isinstance(server, str) or not isinstance(project, str):
            return "", ""
        path = os.path.join(workspace.state_dir, RUNNER_STATE)
        if git.run(["ls-files", "--", path], workspace.root, check=False):
            return "", ""
        return server, project

    def _silent(self, problem: ClientError) -> None:
        self.silence = problem.message
        self.close()


def without_lines(change: Change) -> dict[str, Any]:
    """The JSON form without a line of code."""
    told = change.as_dict()
    for file in told.get("files", ()):
        file.pop("hunks", None)
    for name in ("plan_before", "plan_after", "policy_after", "codeowners"):
        told.pop(name, None)
    return told


def _sendable(change: Change) -> dict[str, Any]:
    """The JSON form, without its lines where it is too large for the server to keep."""
    whole = change.as_dict()
    size = len(json.dumps(whole, ensure_ascii=False, separators=(",", ":")))
    return whole if size <= LARGEST else without_lines(change)


def _rejected(told: dict[str, Any]) -> Denial:
    return Denial(
        "approvals", "block", str(told["message"]),
        clause="", mend=str(told["mend"]), owner=str(told["owner"]),
        fingerprint=str(told["fingerprint"]),
    )  # fmt: skip
