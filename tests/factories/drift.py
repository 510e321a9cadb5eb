"""Reports of clones whose plan and the server's stand apart."""

from __future__ import annotations

from typing import Any

from buildrunner.server.domains.workbench import facade as workbench
from buildrunner.spec.drift import conflict_digest
from factories.tenants import Tenant

CLONE = "8c5f2a90d1e3b746"


def conflict(
    theirs: Any = "T", ours: Any = "Ours", base: Any = "Before", **members: Any
) -> dict[str, Any]:
    """Both sides changed the title of `m1.s1.ms1`; the plan of `small_plan` holds theirs."""
    return {
        "id": "m1.s1.ms1",
        "kind": "field",
        "field": "title",
        "base": base,
        "ours": ours,
        "theirs": theirs,
        "title": "T",
        **members,
    }


def finding(code: str = "microstep_unknown", **members: Any) -> dict[str, Any]:
    """A finding as `br drift --json` has it."""
    return {
        "code": code,
        "level": "warning",
        "where": "commit 5e1c0f1a2b3c",
        "what": "a commit names m1.s1.ms9, which no plan has",
        "command": "git show 5e1c0f1a2b3c",
        **members,
    }


def overlap(first: str = "gauge", second: str = "radio") -> dict[str, Any]:
    """Two branches that retitle one microstep, and commits of both that name it."""
    words = {"words": ["m1.s1.ms1 “T”: title: T → U"]}
    return {
        "branches": [first, second],
        "meetings": [
            {"id": "m1.s1.ms1", "title": "T", "conflict": True, "fields": ["title"],
             "ours": words, "theirs": words}
        ],
        "commits": [
            {"id": "m1.s1.ms1", "title": "T", "ours": ["feat: a"], "theirs": ["fix: b"]}
        ],
    }  # fmt: skip


def report(**members: Any) -> dict[str, Any]:
    """The body of a report."""
    return {"clone": CLONE, "label": "ines@harbour:tide", "branch": "main", **members}


def make_drift_rows(tenant: Tenant) -> dict[str, object]:
    """A row in every table of Reconcile; the names that addresses take of them."""
    gone = conflict(kind="entity", field="entity")  # decided without looking at the plan
    told = workbench.ReportIn(
        clone=CLONE, findings=[finding()], conflicts=[gone], overlaps=[overlap()]
    )
    made = workbench.report_drift(tenant.actor, tenant.project_id, report=told)
    digest = conflict_digest(gone)
    workbench.choose_side(tenant.actor, tenant.project_id, digest=digest, choice="theirs")
    return {"drift_report_id": made.id, "conflict_digest": digest}
