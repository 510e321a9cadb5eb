"""Projects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models import ImportedProject, Project


class Projects(Resource):
    """`/api/projects`."""

    def create(self, title: str, *, org_id: str | None = None) -> Project:
        """Make a project; without `org_id` in the caller's default organization."""
        body = {"title": title} | ({"org_id": org_id} if org_id else {})
        return self._transport.send("POST", "/api/projects", Project, body)

    def list(self, *, org_id: str | None = None, archived: bool | None = None) -> Iterator[Project]:
        """Every project the key may see, newest first, fetched page by page as you read.

        Those in the archive come only where `archived` is true, and then alone.
        """
        only = None if archived is None else str(archived).lower()
        return self._transport.pages("/api/projects", Project, org_id=org_id, archived=only)

    def get(self, project_id: str) -> Project:
        """One project."""
        return self._transport.get(f"/api/projects/{wire.segment(project_id)}", Project)

    def rename(self, project_id: str, title: str) -> Project:
        """Change the title."""
        path = f"/api/projects/{wire.segment(project_id)}"
        return self._transport.send("PATCH", path, Project, {"title": title})

    def flow(self, project_id: str) -> dict[str, Any]:
        """The dependency graph of the plan, placed: nodes, edges, groups, critical path, flags."""
        answer = self._transport.request("GET", _flow(project_id))
        found: dict[str, Any] = answer.json()
        return found

    def flow_picture(
        self, project_id: str, *, form: Literal["svg", "dot"] = "svg", collapsed: Sequence[str] = ()
    ) -> str:
        """The same as a picture (SVG) or for Graphviz; the milestones `collapsed` are closed."""
        asked = {"format": form, "collapsed": list(collapsed)}
        return (self._transport.request("GET", _flow(project_id), params=asked)).text

    def archive(self, project_id: str) -> Project:
        """Put a project away: it can be read, not changed."""
        path = f"/api/projects/{wire.segment(project_id)}/archive"
        return self._transport.send("POST", path, Project)

    def unarchive(self, project_id: str) -> Project:
        """Take it out of the archive."""
        path = f"/api/projects/{wire.segment(project_id)}/unarchive"
        return self._transport.send("POST", path, Project)

    def export(self, project_id: str) -> bytes:
        """The project with its plan, revisions and events, as a zip file for `import_archive`."""
        path = f"/api/projects/{wire.segment(project_id)}/export"
        return (self._transport.request("GET", path)).content

    def import_archive(
        self, data: bytes, *, org_id: str | None = None, as_copy: bool = False
    ) -> ImportedProject:
        """Take in what `export` gave; the same archive again changes nothing."""
        answer = self._transport.request(
            "POST",
            "/api/projects/import",
            content=data,
            headers={"Content-Type": "application/zip"},
            params={"org_id": org_id, "as_copy": "true" if as_copy else None},
            keyed=True,
        )
        return wire.decode(answer, ImportedProject)

    def duplicate(self, project_id: str, *, title: str | None = None) -> Project:
        """A project beside it with the same plan and revisions."""
        path = f"/api/projects/{wire.segment(project_id)}/duplicate"
        return self._transport.send("POST", path, Project, {"title": title} if title else {})


def _flow(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}/flow"
