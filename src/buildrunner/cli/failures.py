"""Turning whatever went wrong into a Refusal: nobody is shown a traceback."""

from __future__ import annotations

import os
import sys

from buildrunner.cli.errors import (
    CONFLICT,
    NO_WORKSPACE,
    NOT_ALLOWED,
    REFUSED,
    UNREACHABLE,
    Refusal,
)
from buildrunner.spec.errors import PlanSyntaxError, SpecError
from buildrunner.workspace.errors import WorkspaceError, from_os


def explain(error: Exception) -> Refusal:
    """The Refusal for any exception a command let through."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, WorkspaceError):
        return Refusal(
            error.code,
            error.message,
            hint=error.hint,
            missing=error.missing,
            next_command=error.next_command,
            exit_code=error.exit_code,
            extra=getattr(error, "extra", None),
        )
    if isinstance(error, PlanSyntaxError):
        return unreadable(error, os.path.join("buildrunner", "specs", "plan.json"))
    if isinstance(error, SpecError):
        hint = error.hint or ""
        # Engine errors name a command in their hint where one helps.
        command = hint.partition(" drops ")[0] if hint.startswith("br ") else ""
        return Refusal(
            error.code,
            error.message,
            hint="" if command == hint else hint,
            missing=getattr(error, "ids", ()),
            next_command=command,
        )
    if type(error).__module__ == "buildrunner.evidence.errors":
        return Refusal(
            getattr(error, "code", "evidence"), str(error), hint=getattr(error, "hint", "")
        )
    remote = _from_client(error)
    if remote is not None:
        return remote
    if isinstance(error, OSError):
        return from_workspace(from_os(error, "use", str(error.filename or "a file")))
    return _unforeseen(error)


def from_workspace(error: WorkspaceError) -> Refusal:
    """A WorkspaceError as a Refusal."""
    return explain(error)


def unreadable(error: PlanSyntaxError, path: str) -> Refusal:
    """The refusal for a file that holds no plan (exit code 3)."""
    place = f"{path}:{error.line}:{error.column}" if error.line is not None else path
    return Refusal(
        "plan_unreadable",
        f"{place}: {error.message}",
        hint=error.hint or "",
        next_command="br lint",
        exit_code=NO_WORKSPACE,
    )


def _from_client(error: Exception) -> Refusal | None:
    """The refusal for an error of the API client, if it is one (then it is imported already)."""
    errors = sys.modules.get("buildrunner.client.errors")
    if errors is None or not isinstance(error, errors.ClientError):
        return None
    exit_code, next_command = REFUSED, ""
    if isinstance(error, errors.Unreachable):
        exit_code = UNREACHABLE
    elif isinstance(error, errors.NotSignedIn):
        exit_code, next_command = NOT_ALLOWED, "br login"
    elif isinstance(error, errors.NotAllowed):
        exit_code = NOT_ALLOWED
    elif isinstance(error, (errors.Conflict, errors.PreconditionFailed)):
        exit_code = CONFLICT
    return Refusal(error.code, str(error), exit_code=exit_code, next_command=next_command)


def _unforeseen(error: Exception) -> Refusal:
    """A defect of ours: say so, keep the traceback in a file the user can send."""
    import tempfile
    import traceback

    text = "".join(traceback.format_exception(error))
    from buildrunner.cli.masking import mask

    if os.environ.get("BR_DEBUG"):
        sys.stderr.write(mask(text))
    kept = ""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="br-defect-", suffix=".txt", delete=False, encoding="utf-8"
        ) as file:
            file.write(mask(text))
            kept = file.name
    except OSError:
        pass
    return Refusal(
        "defect",
        f"a defect in br, not in your plan: {type(error).__name__}: {mask(str(error))}",
        hint=f"the details are in {kept}; nothing was half written" if kept else "",
    )
