"""Blueprints: choosing, applying, publishing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.client import wire
from buildrunner.client.blocking.resource import Resource
from buildrunner.client.models.blueprints import (
    AppliedBlueprints,
    Blueprint,
    BlueprintDetail,
    BlueprintFindings,
    BlueprintInstallation,
    MarketplaceEntry,
)


class Blueprints(Resource):
    """`/api/projects/{project_id}/blueprints` and `/api/orgs/{org_id}/blueprints`.

    What to apply is a list of objects with `id`, `name` (and `version`), `url` or `document`, and
    `values` by parameter; resolutions are `{"id", "field", "choice"}`.
    """

    def list(
        self,
        project_id: str,
        *,
        search: str | None = None,
        tag: str | None = None,
        source: str | None = None,
        sort: str | None = None,
    ) -> Iterator[Blueprint]:
        """Those to choose from; `sort` is popular, rating, newest or title."""
        path = f"{_project(project_id)}/blueprints"
        return self._transport.pages(
            path, Blueprint, search=search, tag=tag, source=source, sort=sort
        )

    def get(
        self, project_id: str, blueprint_id: str, *, version: str | None = None
    ) -> BlueprintDetail:
        """One with its versions and the document of one of them."""
        path = f"{_project(project_id)}/blueprints/{wire.segment(blueprint_id)}"
        return self._transport.get(path, BlueprintDetail, version=version)

    def preview(
        self,
        project_id: str,
        blueprints: Sequence[dict[str, Any]],
        *,
        resolutions: Sequence[dict[str, Any]] = (),
    ) -> AppliedBlueprints:
        """What applying would do; nothing is written."""
        body = {"blueprints": [*blueprints], "resolutions": [*resolutions]}
        path = f"{_project(project_id)}/blueprints/preview"
        return self._transport.send("POST", path, AppliedBlueprints, body)

    def apply(
        self,
        project_id: str,
        blueprints: Sequence[dict[str, Any]],
        *,
        resolutions: Sequence[dict[str, Any]] = (),
        expected_revision: int | None = None,
        message: str = "",
    ) -> AppliedBlueprints:
        """As one revision; `Conflict` while a choice is open, `Forbidden` where the policy stands
        against it."""
        body: dict[str, Any] = {"blueprints": [*blueprints], "resolutions": [*resolutions]}
        if expected_revision is not None:
            body["expected_revision"] = expected_revision
        if message:
            body["message"] = message
        path = f"{_project(project_id)}/blueprints/apply"
        return self._transport.send("POST", path, AppliedBlueprints, body)

    def applied(self, project_id: str) -> Iterator[BlueprintInstallation]:
        """What was applied, newest first."""
        path = f"{_project(project_id)}/blueprints/applied"
        return self._transport.pages(path, BlueprintInstallation)

    def marketplace(self, project_id: str) -> Iterator[MarketplaceEntry]:
        """What the operator's index lists."""
        path = f"{_project(project_id)}/blueprints/marketplace"
        return self._transport.pages(path, MarketplaceEntry)

    def rate(self, project_id: str, blueprint_id: str, stars: int) -> BlueprintDetail:
        """One to five stars for what was applied."""
        path = f"{_project(project_id)}/blueprints/{wire.segment(blueprint_id)}/rating"
        return self._transport.send("PUT", path, BlueprintDetail, {"stars": stars})

    def published(self, org_id: str) -> Iterator[Blueprint]:
        """Those of an organization."""
        return self._transport.pages(f"{_org(org_id)}/blueprints", Blueprint)

    def publish(
        self,
        org_id: str,
        *,
        document: str = "",
        url: str = "",
        visibility: str | None = None,
        project_id: str | None = None,
    ) -> BlueprintDetail:
        """Publish the version that a text, or an address, holds."""
        body: dict[str, Any] = {"document": document} if document else {"url": url}
        if visibility is not None:
            body["visibility"] = visibility
        if project_id is not None:
            body["project_id"] = project_id
        path = f"{_org(org_id)}/blueprints"
        return self._transport.send("POST", path, BlueprintDetail, body)

    def show(self, org_id: str, blueprint_id: str, visibility: str) -> BlueprintDetail:
        """Make it private, organization or public."""
        path = f"{_org(org_id)}/blueprints/{wire.segment(blueprint_id)}"
        return self._transport.send("PATCH", path, BlueprintDetail, {"visibility": visibility})

    def withdraw(self, org_id: str, blueprint_id: str) -> None:
        """Let nobody find it any more."""
        self._transport.delete(f"{_org(org_id)}/blueprints/{wire.segment(blueprint_id)}")

    def export(
        self,
        project_id: str,
        name: str,
        *,
        ids: Sequence[str] = (),
        title: str | None = None,
        version: str | None = None,
        summary: str | None = None,
    ) -> dict[str, Any]:
        """A blueprint of parts of the plan, without their progress; nothing is saved."""
        path = f"{_project(project_id)}/blueprints/export"
        body: dict[str, Any] = self._transport.get(
            path,
            dict,
            name=name,
            ids=",".join(ids) or None,
            title=title,
            version=version,
            summary=summary,
        )
        document: dict[str, Any] = body["document"]
        return document

    def validate(self, document: str) -> BlueprintFindings:
        """Everything wrong with a text; nothing is saved."""
        return self._transport.send(
            "POST", "/api/blueprints/validate", BlueprintFindings, {"document": document}
        )


def _project(project_id: str) -> str:
    return f"/api/projects/{wire.segment(project_id)}"


def _org(org_id: str) -> str:
    return f"/api/orgs/{wire.segment(org_id)}"
