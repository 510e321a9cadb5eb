"""Pages that take projects and organizations out as files, in again, beside, and away."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import timedelta
from typing import IO, Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from buildrunner.server.domains.tenancy import facade as tenancy
from buildrunner.server.domains.tenancy.web.asking import back_to, refused
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.db.archive_file import MEDIA_TYPE, MOST_BYTES
from buildrunner.server.platform.errors import Conflict, Invalid
from buildrunner.server.platform.ui.visitor import signed_in

_IN_MEMORY = 8 * 1024 * 1024


@require_safe
@never_cache
def export_project(request: HttpRequest, project_id: UUID) -> Any:
    """The project's archive, as a download."""
    actor = signed_in(request)
    return _download(
        lambda target: tenancy.export_project(actor, project_id, target=target),
        f"project-{project_id}.zip",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def duplicate_project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A form with the copy's title; POST makes the copy and goes there."""
    actor = signed_in(request)
    with tenancy.project_scope(actor, project_id, "plan.read") as access:
        title = access.title
    context: dict[str, Any] = {"project_id": project_id, "project_title": title}
    status = 200
    if request.method == "POST":
        try:
            copy = tenancy.duplicate_project(actor, project_id, title=request.POST.get("title", ""))
            messages.success(request, f"{copy.title} is ready.")
            return back_to(f"/projects/{copy.id}/plan")
        except Invalid as error:
            status = error.status
            context |= refused(error, "duplicate", request)
    return render(request, "tenancy/duplicate_project.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def import_project(request: HttpRequest) -> HttpResponse:
    """A form with a file; POST imports it and goes to the project."""
    actor = signed_in(request)
    organizations = tenancy.organizations_for(actor)
    context: dict[str, Any] = {"organizations": organizations}
    status = 200
    if request.method == "POST":
        try:
            done = _imported(request, actor)
        except (Invalid, Conflict) as error:
            status = error.status
            context |= refused(error, "import", request)
        else:
            words = "was imported." if done.created else "stood here already; nothing was changed."
            messages.success(request, f"{done.project.title} {words}")
            return back_to(f"/projects/{done.project.id}/plan")
    return render(request, "tenancy/import_project.html", context, status=status)


def _imported(request: HttpRequest, actor: Actor) -> tenancy.ImportedProject:
    file = request.FILES.get("file")
    if file is None or isinstance(file, list) or file.file is None:
        raise Invalid("Choose the file of an export.", code="file_missing", field="file")
    if (file.size or 0) > MOST_BYTES:
        raise Invalid("The file is larger than 64 MB.", code="file_too_large", field="file")
    try:
        org_id = UUID(request.POST.get("org_id", ""))
    except ValueError:
        org_id = None
    return tenancy.import_project(
        actor, file.file, org_id=org_id, as_copy=request.POST.get("as_copy") == "on"
    )


@require_safe
@never_cache
def export_organization(request: HttpRequest, org_id: UUID) -> Any:
    """Everything of the organization, as a download."""
    actor = signed_in(request)
    return _download(
        lambda target: tenancy.export_organization(actor, org_id, target=target),
        f"organization-{org_id}.zip",
    )


@never_cache
@require_http_methods(["GET", "POST"])
def delete_organization(request: HttpRequest, org_id: UUID) -> HttpResponse:
    """What goes, and the name to type; POST deletes it."""
    actor = signed_in(request)
    with tenancy.organization_scope(actor, org_id, "org.own"):
        receipt = tenancy.latest_export(org_id, since=timezone.now() - timedelta(hours=24))
        name = tenancy.Organization.objects.get(id=org_id).name
    context: dict[str, Any] = {"org_id": org_id, "name": name, "exported": receipt is not None}
    status = 200
    if request.method == "POST":
        try:
            tenancy.delete_organization(
                actor,
                org_id,
                name=request.POST.get("name", ""),
                receipt=receipt or UUID(int=0),
            )
            messages.success(request, f"{name} is deleted.")
            return back_to("/projects")
        except (Invalid, Conflict) as error:
            status = error.status
            context |= refused(error, "delete", request)
    return render(request, "tenancy/delete_organization.html", context, status=status)


def _download(write: Callable[[IO[bytes]], object], name: str) -> FileResponse:
    """Complete before the first byte is sent: a slow reader holds no transaction open."""
    file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 (the answer closes it)
    write(file)
    file.seek(0)
    return FileResponse(file, as_attachment=True, filename=name, content_type=MEDIA_TYPE)
