"""Which events a reader may see."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

from buildrunner.server.platform.events.stream import Record

# What is told to the people named in `data["people"]` alone; readers get it without its data.
PERSONAL = frozenset({"notification.created", "notification.read"})


class Audience(NamedTuple):
    """What one reader sees: everything of some organizations, some projects of others.

    `only` narrows it to one project. `principals` are the ids (person, key, session) whose
    revocation ends or changes it.
    """

    organizations: frozenset[UUID] = frozenset()
    projects: frozenset[UUID] = frozenset()
    project_homes: frozenset[UUID] = frozenset()
    only: UUID | None = None
    principals: frozenset[str] = frozenset()

    def sees(self, record: Record) -> bool:
        """Whether an event may reach this reader."""
        if record.kind in PERSONAL:
            here = self.only is None or record.project_id == self.only
            return here and not self.principals.isdisjoint(record.data.get("people", ()))
        return self.reads(record.org_id, record.project_id)

    def reads(self, org_id: UUID, project_id: UUID | None) -> bool:
        """Whether what happens there may reach this reader."""
        if self.only is not None and project_id != self.only:
            return False
        return org_id in self.organizations or (
            project_id is not None and project_id in self.projects
        )

    def homes(self) -> frozenset[UUID]:
        """Every organization of which anything may be seen."""
        return self.organizations | self.project_homes
