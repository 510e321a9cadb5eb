"""The Workbench: what somebody works on, could take next and waits for, and who works nearby."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.qa import facade as qa
from buildrunner.server.domains.tenancy.facade import MemberView, ProjectAccess, people_with
from buildrunner.server.domains.workbench.rules.mine import branch_name, link_cards
from buildrunner.server.domains.workbench.types.mine import Bench, ItemDetail, Nearby, WorkItem
from buildrunner.spec.document import Entity, index
from buildrunner.spec.graph import Graph
from buildrunner.spec.ids import resolve

SUGGESTED = 8
_WAITING = 20
_NEARBY = 20
_CHAINS = 5
_RELATED = 12


def colleagues(access: ProjectAccess) -> list[MemberView]:
    """Those who may take work in a project, by name."""
    return sorted(people_with(access, "claim.take"), key=lambda one: one.name.casefold())


def bench_of(access: ProjectAccess, member: MemberView) -> Bench:
    """Somebody's workbench. Raises PlanAbsent."""
    stored = plans.read_plan(access)
    plan = stored.plan()
    known = {name: e for name, e in index(plan).items() if e.kind == "microstep"}
    graph = Graph(plan)
    claims = {claim.microstep_id: claim for claim in plans.list_claims(access)}
    held = {name for name, claim in claims.items() if claim.person_id == member.person_id}
    names = _names(member)
    owned = {name for name, e in known.items() if _owner(e.value) in names}
    mine = [name for name in known if _on_bench(known[name], name, held, owned)]
    ranked = [
        (entity.id, reasons)
        for entity, reasons in graph.rank_next()
        if entity.id not in claims and entity.id not in mine
    ]
    ready = len(ranked)
    ranked.sort(key=lambda one: one[0] not in owned)
    suggested = [
        (name, reasons)
        for name, reasons in ranked
        if name in owned or not _owner(known[name].value)
    ][:SUGGESTED]
    waiting = [
        name
        for name in owned
        if name not in mine
        and known[name].value.get("status") in ("todo", "blocked")
        and not graph.is_ready(name)
    ]
    return Bench(
        revision=stored.revision,
        mine=[_item(known[n], claims, _why(n, held, known), graph) for n in mine],
        suggested=[
            _item(known[n], claims, (["it is yours"] if n in owned else []) + reasons)
            for n, reasons in suggested
        ],
        waiting=[_item(known[n], claims, [], graph) for n in known if n in set(waiting[:_WAITING])],
        nearby=_nearby(known, graph, claims, held, mine),
        open_count=sum(e.value.get("status") != "done" for e in known.values()),
        ready_count=ready,
    )


def item_detail(access: ProjectAccess, microstep_id: str) -> ItemDetail:
    """One microstep as its worker sees it. Raises PlanAbsent, EntityAbsent."""
    plan = plans.read_plan(access).plan()
    entity = resolve(plan, microstep_id)
    if entity is None or entity.kind != "microstep":
        raise plans.EntityAbsent(microstep_id, "microstep")
    graph = Graph(plan)
    claims = {claim.microstep_id: claim for claim in plans.list_claims(access)}
    proof = qa.project_proof(access, microstep_id=entity.id).microsteps[0]
    return ItemDetail(
        item=_item(entity, claims, [], graph),
        proof=proof,
        links=link_cards(entity.value),
        branch=branch_name(entity.id, _text(entity.value, "title")),
        needs=_named(plan, entity),
        unblocks=[
            {"id": each.id, "title": _text(each.value, "title")}
            for each in graph.unblocks(entity.id)[:_RELATED]
        ],
    )


def _on_bench(entity: Entity, name: str, held: set[str], owned: set[str]) -> bool:
    status = entity.value.get("status")
    return name in held or (name in owned and status == "doing")


def _why(name: str, held: set[str], known: Mapping[str, Entity]) -> list[str]:
    if name in held:
        done = known[name].value.get("status") == "done"
        return ["done: the claim can be released"] if done else []
    return ["in progress, but no claim holds it: others may take it"]


def _names(member: MemberView) -> set[str]:
    """How an `owner` field may name somebody."""
    email = member.email.casefold()
    name = member.name.casefold()
    local = email.partition("@")[0]
    return {each for each in (email, name, local, f"@{local}", f"@{name}") if each.strip("@")}


def _owner(value: Mapping[str, Any]) -> str:
    return _text(value, "owner").strip().casefold()


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name)
    return found if isinstance(found, str) else ""


def _item(
    entity: Entity,
    claims: Mapping[str, plans.ClaimView],
    reasons: list[str],
    graph: Graph | None = None,
) -> WorkItem:
    step = entity.above
    milestone = step.above if step is not None else None
    claim = claims.get(entity.id)
    return WorkItem(
        id=entity.id,
        title=_text(entity.value, "title"),
        status=_text(entity.value, "status") or "todo",
        step=_text(step.value, "title") if step is not None else "",
        milestone=_text(milestone.value, "title") if milestone is not None else "",
        milestone_id=milestone.id if milestone is not None else "",
        value=entity.value,
        reasons=reasons,
        waits_for=graph.blocked_by(entity.id, _CHAINS) if graph is not None else [],
        holder=claim.holder if claim else "",
        expires_at=claim.expires_at if claim else None,
        claim_id=claim.id if claim else None,
    )


def _named(plan: dict[str, Any], entity: Entity) -> list[dict[str, str]]:
    """What it and what it stands in depend on, each with where it stands."""
    found: dict[str, dict[str, str]] = {}
    at: Entity | None = entity
    while at is not None and at.kind != "root":
        needs = at.value.get("depends_on")
        for need in needs if isinstance(needs, list) else ():
            target = resolve(plan, need) if isinstance(need, str) else None
            if target is not None and target.kind != "root":
                status = _text(target.value, "status")
                found.setdefault(
                    target.id,
                    {
                        "id": target.id,
                        "title": _text(target.value, "title"),
                        "status": status if target.kind == "microstep" else "",
                        "kind": target.kind,
                    },
                )
        at = at.above
    return list(found.values())[:_RELATED]


def _nearby(
    known: Mapping[str, Entity],
    graph: Graph,
    claims: Mapping[str, plans.ClaimView],
    held: set[str],
    mine: Collection[str],
) -> list[Nearby]:
    """Claims of others, the closest first."""
    after = {name: {e.id for e in graph.affected_by(name)} for name in mine}
    found: list[tuple[int, Nearby]] = []
    for name, claim in claims.items():
        if name in held or name not in known:
            continue
        rank, relation = _relation(known, name, mine, after, graph)
        view = Nearby(
            microstep_id=name,
            title=_text(known[name].value, "title"),
            holder=claim.holder,
            person_id=claim.person_id,
            expires_at=claim.expires_at,
            relation=relation,
            agent=claim.agent,
        )
        found.append((rank, view))
    found.sort(key=lambda one: (one[0], one[1].microstep_id))
    return [view for _, view in found[:_NEARBY]]


def _relation(
    known: Mapping[str, Entity],
    name: str,
    mine: Collection[str],
    after: Mapping[str, set[str]],
    graph: Graph,
) -> tuple[int, str]:
    waiting = {each.id for each in graph.affected_by(name)} if mine else set()
    for own in mine:
        if own in waiting:
            return 0, f"{own} waits for it"
        if name in after[own]:
            return 0, f"it waits for {own}"
    entity = known[name]
    for own in mine:
        if known[own].above is not None and entity.above is not None:
            if known[own].above.id == entity.above.id:  # type: ignore[union-attr]
                return 1, f"same step as {own}"
            if _milestone(known[own]) == _milestone(entity):
                return 2, f"same milestone as {own}"
    return 3, "elsewhere in the plan"


def _milestone(entity: Entity) -> str:
    return entity.above.above.id if entity.above and entity.above.above else ""
