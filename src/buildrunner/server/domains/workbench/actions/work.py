"""Start, finish, hand over and link a microstep from the Workbench."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import people_with, project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.spec.ids import resolve
from buildrunner.spec.mutate import edit_fields

_LONGEST = 2_000


def start_work(actor: Actor, project_id: UUID, *, microstep_id: str) -> plans.ClaimView:
    """Claim a microstep and set it in progress, both or neither.

    Raises ClaimHeld, EntityAbsent, TransitionRefused.
    """
    with project_scope(actor, project_id, "claim.take"):
        claim = plans.claim_microstep(actor, project_id, microstep_id=microstep_id)
        plans.set_status(actor, project_id, entity_id=claim.microstep_id, status="doing")
        return claim


def finish_work(actor: Actor, project_id: UUID, *, microstep_id: str) -> plans.SavedPlan:
    """Set a microstep done and release the claim on it, both or neither.

    Raises NotProven with what is missing and the command that would prove it.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        saved = plans.set_status(actor, project_id, entity_id=microstep_id, status="done")
        for claim in plans.list_claims(access):
            if claim.microstep_id == microstep_id and claim.person_id == actor.person_id:
                plans.release_claim(actor, project_id, microstep_id=microstep_id)
        return saved


def hand_over(
    actor: Actor, project_id: UUID, *, microstep_id: str, to: UUID | None
) -> plans.SavedPlan:
    """Release the claim and, with `to`, make somebody who may take it the owner.

    Raises ClaimAbsent only where nothing else was to do.
    """
    with project_scope(actor, project_id, "plan.write") as access:
        held = [c for c in plans.list_claims(access) if c.microstep_id == microstep_id]
        if held or to is None:
            plans.release_claim(actor, project_id, microstep_id=microstep_id)
        owner = ""
        if to is not None:
            found = [one for one in people_with(access, "claim.take") if one.person_id == to]
            if not found:
                raise Invalid("they may not take work in this project", field="to")
            owner = found[0].name

        def change(plan: dict[str, Any]) -> list[dict[str, Any]]:
            return edit_fields(plan, microstep_id, set={"owner": owner}) if owner else []

        return plans.edit_plan(actor, project_id, change=change, message=_words(owner))


def _words(owner: str) -> str:
    return f"Hand over to {owner}" if owner else ""


def add_link(
    actor: Actor, project_id: UUID, *, microstep_id: str, url: str, title: str = ""
) -> plans.SavedPlan:
    """Add the address of a branch, pull request or document to a microstep's links."""
    url, title = url.strip(), " ".join(title.split())
    if not url.lower().startswith(("https://", "http://")) or len(url) > _LONGEST or " " in url:
        raise Invalid("a link begins with https:// or http://", field="url")
    link: Any = {"url": url, "title": title[:_LONGEST]} if title else url

    def change(plan: dict[str, Any]) -> list[dict[str, Any]]:
        entity = resolve(plan, microstep_id)
        if entity is None or entity.kind != "microstep":
            raise plans.EntityAbsent(microstep_id, "microstep")
        found = entity.value.get("links")
        links = found if isinstance(found, list) else []
        known = [one.get("url") if isinstance(one, dict) else one for one in links]
        return (
            edit_fields(plan, entity.id, set={"links": [*links, link]}) if url not in known else []
        )

    return plans.edit_plan(actor, project_id, change=change, message="Add a link")
