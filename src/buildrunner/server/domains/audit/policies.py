"""What the room asks of higher or neighbouring ones."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from buildrunner.server.domains.audit.types import ProjectPrivacy
from buildrunner.server.platform.gates import Gate

COMPLIANCE = "compliance"


@Gate
def require_feature(org_id: UUID, feature: str) -> None:
    """Raise unless the organization in scope may use a feature; where nobody answers it may."""


@Gate
def project_privacy(org_id: UUID, project_ids: Collection[UUID]) -> dict[UUID, ProjectPrivacy]:  # noqa: ARG001
    """What projects of the organization in scope call personal; where nobody answers, nothing."""
    return {}
