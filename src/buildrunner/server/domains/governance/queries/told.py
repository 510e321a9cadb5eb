"""What was judged, by its name, for who speaks of it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.governance.models import ChangeRequest, CheckRun
from buildrunner.server.domains.governance.types import FoundJudgement
from buildrunner.server.domains.tenancy.facade import ProjectAccess


def find_told(access: ProjectAccess, kind: str, name: str) -> FoundJudgement | None:
    """A `check_run` by its id, a `change_request` by its number, a `finding` by the fingerprint that
    a run or request of the project has it under. In the project's scope."""
    here: dict[str, Any] = {"org_id": access.org_id, "project_id": access.project_id}
    if kind == "change_request":
        if not name.isascii() or not name.isdigit() or len(name) > 9:
            return None
        request = ChangeRequest.objects.filter(**here, number=int(name)).defer("change").first()
        if request is None:
            return None
        state = request.state if request.state != "open" else _word(allowed=request.allowed)
        return FoundJudgement(f"#{request.number} {request.title}", f"/requests/{name}", state)
    if kind == "check_run":
        wanted_id = _id(name)
        runs = CheckRun.objects.filter(**here).defer("change")
        run = runs.filter(id=wanted_id).first() if wanted_id else None
        if run is None:
            return None
        title = f"Policy check of {run.title or run.branch or run.head[:12] or 'a change'}"
        return FoundJudgement(title, "", _word(allowed=run.allowed))
    wanted = [{"fingerprint": name}]
    for model in (ChangeRequest, CheckRun):
        rows = model._default_manager.filter(**here, denials__contains=wanted).order_by("-id")
        denials = rows.values_list("denials", flat=True).first()
        for one in denials or ():
            if one.get("fingerprint") == name:
                said = str(one.get("message") or one.get("rule") or "A finding")
                return FoundJudgement(said[:200], "", str(one.get("severity") or ""))
    return None


def _word(*, allowed: bool) -> str:
    return "allowed" if allowed else "denied"


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None
