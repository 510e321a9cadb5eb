"""Who may tell and do what on the pages of this room."""

from __future__ import annotations

from buildrunner.server.domains.tenancy.facade import ProjectAccess


def may_report(access: ProjectAccess) -> None:
    """Those who sync, and CI that brings evidence. Raises Forbidden."""
    if "evidence.write" not in access.permissions:
        access.require("plan.write")
