"""Leases as commands take them: in the clone always, on the server too where there is one.

The lease in the clone comes first: it keeps two agents of one name, working in one clone, apart,
whom the server would take for the same.
"""

from __future__ import annotations

from buildrunner.cli.errors import UNREACHABLE, Refusal
from buildrunner.workspace import claims
from buildrunner.workspace.errors import WorkspaceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from buildrunner.cli.context import Context


def ttl_of(context: Context) -> int:
    """How long a lease lasts: --ttl, the settings, two hours; in seconds."""
    if context.arguments.text("ttl") is None and context.settings.ttl:
        context.arguments.values["ttl"] = [context.settings.ttl]
    return context.arguments.seconds("ttl", claims.DEFAULT_TTL, claims.MAX_TTL)


def is_linked(context: Context) -> bool:
    """Whether a server keeps the leases of this clone."""
    if context.arguments.flag("local"):
        return False
    state = context.workspace.state()
    return isinstance(state.get("project_id"), str) and isinstance(state.get("server"), str)


def take(context: Context, identifier: str, *, renew: bool = False) -> dict[str, Any]:
    """Take the lease of a microstep. An agent that names itself renews its own.

    Raises WorkspaceError or Refusal `claim_held` (exit code 5), and a Refusal with exit code 6
    where the server that keeps the leases does not answer.
    """
    workspace, holder, ttl = context.workspace, context.actor(), ttl_of(context)
    before = claims.active(workspace).get(identifier)
    lease = claims.claim(
        workspace,
        identifier,
        holder=holder,
        ttl=ttl,
        renew=renew or bool(context.named_actor()),
    )
    if not is_linked(context):
        return lease
    try:
        return _take_there(context, identifier, lease, ttl)
    except BaseException as error:
        if before is None:
            claims.release(workspace, identifier, holder=holder)
        if _is_unreachable(error):
            raise Refusal(
                "server_unreachable",
                f"the server keeps the leases of this clone and does not answer: {error}",
                hint="--local takes a lease that only this clone knows of",
                missing=[str(workspace.state().get("server"))],
                next_command=f"br {context.arguments.command} {identifier} --local",
                exit_code=UNREACHABLE,
            ) from None
        raise


def _take_there(
    context: Context, identifier: str, lease: dict[str, Any], ttl: int
) -> dict[str, Any]:
    from buildrunner.cli import remote_claims

    try:
        taken = remote_claims.claim(
            context.workspace, context.settings, identifier, ttl, lease["holder"]
        )
    except Refusal as refusal:
        if refusal.code != "not_on_server":
            raise
        return lease  # added here and not synced yet: nobody else can want it
    return claims.annotate(context.workspace, identifier, {**lease, **taken, "on_server": True})


def _is_unreachable(error: BaseException) -> bool:
    if isinstance(error, Refusal):
        return error.exit_code == UNREACHABLE
    from buildrunner.client import Unreachable

    return isinstance(error, Unreachable)


def give_back(context: Context, identifier: str, *, force: bool = False) -> dict[str, Any] | None:
    """Release a lease here and on the server; None where there was none here.

    The server's answer is not waited for in vain: a lease ends by itself.
    """
    workspace = context.workspace
    lease = claims.release(workspace, identifier, holder=context.actor(), force=force)
    if lease is not None and lease.get("on_server") and is_linked(context):
        from buildrunner.cli import remote_claims
        from buildrunner.client import ClientError

        try:
            remote_claims.release(workspace, context.settings, identifier)
        except (ClientError, Refusal) as error:
            context.out.note(f"the server still holds the lease until it expires: {error}")
    return lease


def check_holder(context: Context, identifier: str) -> None:
    """Refuse to touch what somebody else holds."""
    held = claims.active(context.workspace).get(identifier)
    if held is not None and held["holder"] != context.actor():
        raise claims.held_error(identifier, held, context.actor())


def take_first(
    context: Context, candidates: list[dict[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """(candidate, {"claim", "started"}) for the first candidate that can be had.

    With `--start` it is set to doing as well. Several agents may run this at once: each gets
    another one.
    """
    from buildrunner.spec.ids import resolve

    start = context.arguments.flag("start")
    for row in candidates:
        identifier = str(row["id"])
        try:
            lease = take(context, identifier)
        except (WorkspaceError, Refusal) as error:
            if error.code == "claim_held":
                continue
            raise
        # Somebody may have begun or finished it between the ranking and the lease.
        entity = resolve(context.workspace.read()[1], identifier)
        if entity is None or entity.value.get("status", "todo") != "todo":
            give_back(context, identifier)
            continue
        if start:
            from buildrunner.cli.commands.work import begin

            begin(context, identifier)
            row = {**row, "status": "doing"}
        return row, {"claim": lease, "started": start}
    raise Refusal(
        "all_claimed",
        "every ready microstep is held by somebody",
        missing=["a ready microstep that nobody holds"],
        next_command="br list --ready",
    )
