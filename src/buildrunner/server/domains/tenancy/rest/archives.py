"""Projects and organizations as files, copies of projects, and the end of an organization."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Callable
from typing import IO, Annotated, Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router, Schema, Status
from pydantic import ConfigDict, Field

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.rest.organizations import router as organization
from buildrunner.server.domains.tenancy.rest.schemas import ProjectOut
from buildrunner.server.platform.db.archive_file import MEDIA_TYPE, MOST_BYTES
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import Body, Title, read_body

router = Router()

_FILE = {
    "content": {
        MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}, "example": "PK\u0003\u0004…"}
    }
}
_IN_MEMORY = 8 * 1024 * 1024


class ImportOut(Schema):
    """What an import led to; `created` is false where the project stood here already."""

    created: bool
    rows: int = Field(description="Rows written; 0 when nothing changed")
    project: ProjectOut

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "created": True,
                    "rows": 212,
                    "project": ProjectOut.model_config["json_schema_extra"]["examples"][0],  # type: ignore[index]
                }
            ]
        }
    )


class DuplicateIn(Body):
    """The copy's own title."""

    title: Title | None = Field(None, description="Without it the old one with ` (copy)`")

    model_config = ConfigDict(json_schema_extra={"examples": [{"title": "Engine, second attempt"}]})


@router.get(
    "/projects/{uuid:project_id}/export",
    operation_id="exportProject",
    tags=["projects"],
    summary="Export a project",
    response={200: None},
    openapi_extra={"responses": {200: {"description": "A zip archive", **_FILE}}},
)
def export_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The project with its plan, every revision and what happened, as one file that
    `importProject` takes. Needs `plan.read` and `event.read`."""
    actor = actor_of(request)
    return _file(
        lambda target: tenancy.export_project(actor, project_id, target=target),
        f"project-{project_id}.zip",
    )


@router.post(
    "/projects/import",
    operation_id="importProject",
    tags=["projects"],
    summary="Import a project",
    response={200: ImportOut, 201: ImportOut},
    openapi_extra={"requestBody": {"required": True, **_FILE}},
)
def import_project(
    request: HttpRequest,
    response: HttpResponse,
    org_id: Annotated[UUID | None, Query(description="Where to; as in createProject")] = None,
    as_copy: Annotated[bool, Query(description="With ids of its own")] = False,
) -> Status[Any]:
    """The project keeps its id, its revisions and their history; the caller is its PM. The same
    archive again changes nothing (200, `created` false). Where the project has gone another way
    since, 409 `archive_differs`; where the ids cannot be kept, 409 `copy_needed`. What happened
    before is history: no subscriber is told again. Needs `project.create`."""
    done = tenancy.import_project(
        actor_of(request),
        io.BytesIO(read_body(request, limit=MOST_BYTES)),
        org_id=org_id,
        as_copy=as_copy,
    )
    response["Location"] = f"/api/projects/{done.project.id}"
    shown = {"created": done.created, "rows": done.rows, "project": ProjectOut.of(done.project)}
    return Status(201 if done.created else 200, shown)


@router.post(
    "/projects/{uuid:project_id}/duplicate",
    operation_id="duplicateProject",
    tags=["projects"],
    summary="Duplicate a project",
    response={201: ProjectOut},
)
def duplicate_project(
    request: HttpRequest, response: HttpResponse, project_id: UUID, payload: DuplicateIn
) -> Status[Any]:
    """A project beside it with the same plan and revisions. Claims, people and events stay where
    they are. Needs `plan.read` and, in the organization, `project.create`."""
    view = tenancy.duplicate_project(actor_of(request), project_id, title=payload.title)
    response["Location"] = f"/api/projects/{view.id}"
    return Status(201, ProjectOut.of(view))


@router.get(
    "/orgs/{uuid:org_id}/export",
    operation_id="exportOrganization",
    tags=["organizations"],
    summary="Export an organization",
    response={200: None},
    openapi_extra={
        "responses": {
            200: {
                "description": "A zip archive",
                "headers": {
                    "BR-Export-Receipt": {
                        "schema": {"type": "string", "format": "uuid"},
                        "description": "What deleteOrganization asks for; it holds for 24 hours",
                    }
                },
                **_FILE,
            }
        }
    },
)
def export_organization(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """Every row of the organization but its secrets. Needs `org.own`."""
    actor = actor_of(request)
    done: list[tenancy.OrganizationExport] = []
    answer = _file(
        lambda target: done.append(tenancy.export_organization(actor, org_id, target=target)),
        f"organization-{org_id}.zip",
    )
    answer["BR-Export-Receipt"] = str(done[0].receipt)
    return answer


# ninja gives one address to one router: this one already answers it.
@organization.delete(
    "/orgs/{uuid:org_id}",
    operation_id="deleteOrganization",
    tags=["organizations"],
    summary="Delete an organization",
    response={204: None},
)
def delete_organization(
    request: HttpRequest,
    org_id: UUID,
    name: Annotated[str, Query(description="The organization's name, typed", max_length=120)],
    receipt: Annotated[UUID, Query(description="`BR-Export-Receipt` of an export")],
) -> Status[None]:
    """All of its rows are gone and its keys dead; there is no way back but the export. Needs
    `org.own`."""
    tenancy.delete_organization(actor_of(request), org_id, name=name, receipt=receipt)
    return Status(204, None)


def _file(write: Callable[[IO[bytes]], object], name: str) -> HttpResponse:
    """What `write` writes, as a download. It is complete before the first byte is sent: a slow
    reader holds no transaction open."""
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as file:
        write(file)
        file.seek(0)
        answer = HttpResponse(file.read(), content_type=MEDIA_TYPE)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
