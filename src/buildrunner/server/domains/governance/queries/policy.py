"""The policy in force, its versions, and what is wrong with a text."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from buildrunner.policy.document import Loaded, load
from buildrunner.policy.sections import proof_rules as proof_rules_of
from buildrunner.server.domains.governance.errors import PolicyAbsent
from buildrunner.server.domains.governance.models import PolicyVersion
from buildrunner.server.domains.governance.types import PolicyView, Validation
from buildrunner.server.domains.tenancy.facade import ProjectAccess

NAME = "buildrunner/governance/policy.yml"


def read_text(text: str, name: str = NAME, teams: Collection[str] | None = None) -> Loaded:
    """A text as the engine reads it; never raises. `teams` are those that it may name as roles."""
    return load(text.encode("utf-8", "replace"), name, teams=teams)


def findings_of(loaded: Loaded) -> list[dict[str, Any]]:
    """What is wrong, each with the `path` it stands in."""
    return [{**one.as_dict(), "path": loaded.name} for one in loaded.findings]


def validate(text: str, name: str = NAME) -> Validation:
    """What is wrong with a text, errors and warnings."""
    loaded = read_text(text, name or NAME)
    return Validation(loaded.ok, findings_of(loaded))


def current_policy(access: ProjectAccess) -> PolicyView | None:
    """The newest version; None where the project never had one."""
    row = _rows(access).order_by("-number").first()
    return policy_view(row) if row else None


def policy_version(access: ProjectAccess, number: int) -> PolicyView:
    """One version. Raises PolicyAbsent."""
    row = _rows(access).filter(number=number).first()
    if row is None:
        raise PolicyAbsent(f"this project has no version {number} of a policy", number=number)
    return policy_view(row)


def policy_versions(
    access: ProjectAccess, *, before: int | None = None, limit: int = 50
) -> list[PolicyView]:
    """The history, newest first."""
    rows = _rows(access).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    return [policy_view(row, read=False) for row in rows[:limit]]


def proof_rules(access: ProjectAccess) -> dict[str, Any]:
    """What counts as proof here: {"mode", "classes", "self_attested"}; strict without a policy."""
    found = current_policy(access)
    return proof_rules_of(found.policy if found else None)


def policy_view(row: PolicyVersion, *, read: bool = True) -> PolicyView:
    """A row, with what its text says unless only the history is shown."""
    return PolicyView(
        id=row.id,
        number=row.number,
        text=row.text,
        digest=row.digest,
        findings=row.findings,
        message=row.message,
        restored_from=row.restored_from,
        author={key: value for key, value in row.author.items() if key != "key"},
        created_at=row.created_at,
        policy=_stored(row.text) if read else {},
    )


@lru_cache(maxsize=32)
def _stored(text: str) -> dict[str, Any]:
    """What a stored text says: asked at every change of a status. Shared, so nobody changes it."""
    return read_text(text).policy


def _rows(access: ProjectAccess) -> Any:
    return PolicyVersion.objects.filter(org_id=access.org_id, project_id=access.project_id)
