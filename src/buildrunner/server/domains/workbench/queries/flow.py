"""The dependency graph of a project, with what is known of proof and drift."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess
from buildrunner.server.domains.workbench.queries.reports import list_reports
from buildrunner.server.domains.workbench.rules.flow import flow_of
from buildrunner.server.domains.workbench.rules.flow_picture import dot, svg
from buildrunner.server.domains.workbench.types.flow import Flow
from buildrunner.spec.document import CollectorPaused, microsteps
from buildrunner.spec.ids import resolve


def read_flow(access: ProjectAccess) -> Flow:
    """The plan as it stands; an empty graph before the first push."""
    access.require("plan.read")
    try:
        stored = plans.read_plan(access)
    except plans.PlanAbsent:
        return flow_of({})
    with CollectorPaused():
        plan = stored.plan()
        return flow_of(
            plan,
            revision=stored.revision,
            proof=_proof(access, plan),
            told=_told(access, plan),
        )


def _proof(access: ProjectAccess, plan: plans.Plan) -> dict[str, str]:
    done = [
        (entity.value, entity.above.value)
        for entity in microsteps(plan)
        if entity.value.get("status") == "done" and entity.above is not None
    ]
    marks = plans.proof_marks(access, plan.get("projectId"), done)
    return {name: mark for name, (mark, _) in marks.marks.items()} if marks else {}


def _told(access: ProjectAccess, plan: plans.Plan) -> dict[str, set[str]]:
    """What clones report and claims tell, by id."""
    told: dict[str, set[str]] = {}
    for report in list_reports(access):
        for finding in report.findings:
            told.setdefault(finding.get("id", ""), set()).add(finding["code"])
        for conflict in report.conflicts:
            told.setdefault(conflict["id"], set()).add("field_contested")
    for claim in plans.lapsed_claims(access):
        entity = resolve(plan, claim.microstep_id)
        if entity is not None and entity.value.get("status") == "doing":
            told.setdefault(entity.id, set()).add("claim_expired")
    return told


def flow_json(flow: Flow) -> bytes:
    """The graph as JSON."""
    return msgspec.json.encode(flow)


def flow_svg(
    flow: Flow, colours: Mapping[str, tuple[str, str]], collapsed: Collection[str] = ()
) -> str:
    """The graph as a picture of its own; these groups are closed."""
    return svg(flow, colours, collapsed)


def flow_dot(flow: Flow) -> str:
    """The graph for Graphviz."""
    return dot(flow)
