"""Claims of a linked clone: the server decides who holds a microstep."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from buildrunner.cli.config import Settings
from buildrunner.cli.errors import CONFLICT, Refusal
from buildrunner.cli.remote import connect
from buildrunner.cli.syncing.records import link_of
from buildrunner.client import Conflict, NotFound
from buildrunner.workspace.folder import Workspace


def claim(
    workspace: Workspace, settings: Settings, identifier: str, ttl: int, holder: str
) -> dict[str, Any]:
    """Take or renew the lease: `{"microstep_id", "holder", "expires_at"}`.

    Raises Refusal `claim_held` (exit code 5) when another holds it.
    """
    link = link_of(workspace)
    with connect(settings) as client:
        try:
            taken = client.claims.take(link.project_id, identifier, holder=holder, ttl_seconds=ttl)
        except Conflict as refusal:
            if refusal.code != "claim_held":
                raise
            raise Refusal(
                refusal.code,
                refusal.message,
                hint="its lease ends by itself; take another microstep meanwhile",
                next_command="br next",
                exit_code=CONFLICT,
                extra={
                    "holder": refusal.problem.get("holder"),
                    "expires_at": refusal.problem.get("expires_at"),
                },
            ) from None
        except NotFound:
            raise Refusal(
                "not_on_server",
                f"the server does not know {identifier} yet",
                missing=[identifier],
                next_command="br sync",
            ) from None
    return {
        "microstep_id": taken.microstep_id,
        "holder": taken.holder,
        "expires_at": taken.expires_at,
    }


def release(workspace: Workspace, settings: Settings, identifier: str) -> None:
    """Give the lease back; one that is gone already is no error."""
    link = link_of(workspace)
    with connect(settings) as client, suppress(NotFound):
        client.claims.release(link.project_id, identifier)


def in_force(workspace: Workspace, settings: Settings) -> list[dict[str, Any]]:
    """The leases that the server knows of, whoever took them."""
    link = link_of(workspace)
    with connect(settings) as client:
        return [
            {
                "microstep_id": each.microstep_id,
                "holder": each.holder,
                "expires_at": each.expires_at,
            }
            for each in client.claims.list(link.project_id)
        ]


def release_elsewhere(
    workspace: Workspace, settings: Settings, identifier: str, *, holder: str, force: bool
) -> bool:
    """Give back a lease that another clone took; False where there is none.

    Raises Refusal `claim_held` (exit code 5) when it is another's and `force` is not given.
    """
    held = [each for each in in_force(workspace, settings) if each["microstep_id"] == identifier]
    if not held:
        return False
    if held[0]["holder"] != holder and not force:
        raise Refusal(
            "claim_held",
            f"{identifier} is held by {held[0]['holder']} until {held[0]['expires_at']}",
            missing=[f"the lease of {identifier}"],
            next_command=f"br release {identifier} --force",
            exit_code=CONFLICT,
            extra={key: held[0][key] for key in ("holder", "expires_at")},
        )
    release(workspace, settings, identifier)
    return True
