"""The policy of a project: its text, its versions, and whether a text is one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Status
from pydantic import ValidationError

from buildrunner.server.domains.governance import facade as governance
from buildrunner.server.domains.governance.rest import schemas
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.http import etags
from buildrunner.server.platform.http.acting import actor_of
from buildrunner.server.platform.http.bodies import read_body, read_object
from buildrunner.server.platform.http.pagination import Page, PagingQuery, decode_cursor, page

router = Router(tags=["governance"])
_BASE = "/projects/{uuid:project_id}/policy"
_YAML = ("text/yaml", "application/yaml", "application/x-yaml", "text/x-yaml", "text/plain")
_EXAMPLE = "protected_paths: [migrations/]\n"
_BODY: dict[str, Any] = {
    "parameters": [
        {
            "in": "header",
            "name": "If-Match",
            "schema": {"type": "string"},
            "description": "The `ETag` of the version that was changed; needed once there is one",
        }
    ],
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/PolicyIn"},
                "example": {"text": _EXAMPLE, "message": "Migrations need approval"},
            },
            "text/yaml": {"schema": {"type": "string"}, "example": _EXAMPLE},
        },
    },
    "responses": {
        412: {"description": "`policy_moved`: somebody saved a newer version"},
        422: {"description": "`policy_invalid`: `findings` say what is wrong, by line and column"},
        428: {"description": "`precondition_required`: send `If-Match`"},
    },
}


@router.get(_BASE, response=schemas.PolicyOut, operation_id="getPolicy", summary="Read the policy")
def get_policy(request: HttpRequest, response: HttpResponse, project_id: UUID) -> Any:
    """The version in force, with its `ETag`; 404 `policy_absent` where there is none, and the
    defaults hold."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = governance.current_policy(access)
    if found is None:
        raise governance.PolicyAbsent(
            "This project has no policy yet: the defaults hold. Save one with PUT, or on the page "
            f"/projects/{project_id}/settings/governance"
        )
    response["ETag"] = f'"{found.etag}"'
    response["Cache-Control"] = "private, no-cache"
    return Status(304, None) if etags.unchanged(request, found.etag) else Status(200, found)


@router.put(
    _BASE,
    response=schemas.PolicyOut,
    operation_id="putPolicy",
    summary="Save the policy",
    openapi_extra=_BODY,
)
def put_policy(request: HttpRequest, response: HttpResponse, project_id: UUID) -> Any:
    """As the next version, in force at once. Errors refuse it; warnings are told. Needs
    `policy.manage`."""
    text, message = _read(request)
    saved = governance.save_policy(
        actor_of(request), project_id, text=text, message=message, expected=_expected(request)
    )
    response["ETag"] = f'"{saved.etag}"'
    return saved


@router.get(
    f"{_BASE}/versions",
    response=Page[schemas.PolicyVersionOut],
    operation_id="listPolicyVersions",
    summary="List the versions of the policy",
)
def list_policy_versions(
    request: HttpRequest, response: HttpResponse, project_id: UUID, paging: PagingQuery
) -> dict[str, Any]:
    """Newest first."""
    before = None if paging.cursor is None else decode_cursor(paging.cursor, int)[0]
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        found = governance.policy_versions(access, before=before, limit=paging.limit + 1)
    return page(request, response, paging, found, lambda view: [view.number])


@router.get(
    f"{_BASE}/versions/{{int:number}}",
    response=schemas.PolicyOut,
    operation_id="getPolicyVersion",
    summary="Read a version of the policy",
)
def get_policy_version(request: HttpRequest, project_id: UUID, number: int) -> Any:
    """Its text, and who saved it."""
    with project_scope(actor_of(request), project_id, "plan.read") as access:
        return governance.policy_version(access, number)


@router.post(
    f"{_BASE}/versions/{{int:number}}/restore",
    response=schemas.PolicyOut,
    operation_id="restorePolicyVersion",
    summary="Put an earlier policy in force again",
    openapi_extra={"parameters": _BODY["parameters"]},
)
def restore_policy_version(
    request: HttpRequest, response: HttpResponse, project_id: UUID, number: int
) -> Any:
    """As a new version with the same text; nothing of the history goes. Needs `policy.manage`."""
    saved = governance.restore_policy(
        actor_of(request), project_id, number=number, expected=_expected(request)
    )
    response["ETag"] = f'"{saved.etag}"'
    return saved


@router.post(
    "/governance/validate",
    response=schemas.ValidationOut,
    operation_id="validatePolicy",
    summary="Check the text of a policy",
)
def validate_policy(request: HttpRequest, payload: schemas.PolicyIn) -> Any:
    """What is wrong with it, by line and column, and how to mend it. Nothing is stored."""
    actor_of(request)
    return governance.validate(payload.text, payload.name)


def _read(request: HttpRequest) -> tuple[str, str]:
    limit = governance.LONGEST + 64 * 1024
    if request.content_type in _YAML:
        data = read_body(request, limit=limit)
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            raise Invalid(f"byte {error.start} is not UTF-8", field="text") from None
        return text, ""
    try:
        body = schemas.PolicyIn.model_validate(read_object(request, limit=limit))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{where}: {first['msg']}", field=where) from None
    return body.text, body.message


def _expected(request: HttpRequest) -> list[str] | None:
    header = request.headers.get("If-Match")
    if header is None:
        return None
    found = etags.tags(header)
    return [governance.ANY] if found is None else found
