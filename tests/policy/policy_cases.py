"""For every rule a policy, what it denies and what it does not; and parts of changes."""

from typing import Any

from buildrunner.policy.approvals import Approval
from buildrunner.policy.change import Commit, FileChange, Hunk, Person
from kits.workspaces import make_plan

KEY = "AKIAQYLPMN5HFIQR7XYA"


def file(path: str, *lines: str, **more: Any) -> FileChange:
    hunks = [Hunk(added=list(enumerate(lines, 1)))] if lines else []
    return FileChange(path, **{"status": "modified", "digest": "d1", "hunks": hunks, **more})


def plan(**fields: Any) -> dict[str, Any]:
    """Three steps in milestone m1; `fields` are set on m1.s1.ms1."""
    made = make_plan()
    made["milestones"][0]["phase"] = "QA"
    made["milestones"][0]["steps"][0]["microsteps"][0].update(fields)
    return made


def votes(*roles: str, head: str = "h1", **more: Any) -> list[Approval]:
    return [
        Approval(id=f"voter{n}", roles=[role], head=head, **more) for n, role in enumerate(roles)
    ]


ADA = Person(id="ada", name="Ada", email="ada@example.org")
NAMED = {"title": "m1.s1.ms1: sign in", "head": "h1"}
# rule → (policy, what is denied, what is not denied; both as members of a change)
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "policy-guard": (
        "{}",
        {"files": [file("buildrunner/governance/policy.yml", "x")]},
        {"files": [file("buildrunner/governance.md", "x")]},
    ),
    "policy-invalid": (
        "{}",
        {"policy_after": {"path": "governance/policy.yml", "text": "a: [\n"}},
        {"policy_after": {"path": "governance/policy.yml", "text": "a: []\n"}},
    ),
    "protected-path": (
        "{protected_paths: [/src/], approvals: {required: [{role: TechLead}]}}",
        {"files": [file("src/a.py", "x")]},
        {"files": [file("lib/src/a.py", "x")]},
    ),
    "approvals": (
        "approvals: {applies_to: all, required: [{role: TechLead}]}",
        {"head": "h1", "approvals": votes("QA")},
        {"head": "h1", "approvals": votes("TechLead")},
    ),
    "pr-title": ("pr_requirements: {title_pattern: '^feat: '}", {"title": "x"}, {"title": "feat: x"}),
    "pr-title-length": (
        "pr_requirements: {title_max_length: 5}", {"title": "123456"}, {"title": "12345"},
    ),
    "pr-microstep": (
        "pr_requirements: {microstep_id: true}",
        {"title": "sign in", "branch": "work", "plan_after": plan()},
        {"title": "sign in", "branch": "feature/m1.s1.ms1-sign-in", "plan_after": plan()},
    ),
    "microstep-unknown": (
        "pr_requirements: {microstep_id: true}",
        {"title": "m1.s1.ms9: x", "branch": "m1.s1.ms1", "plan_after": plan()},
        {"title": "m1.s1.ms2: x", "plan_after": plan()},
    ),
    "pr-checklist": (
        "pr_requirements: {checklists: [I have tested it]}",
        {"body": "- [ ] I have tested it"},
        {"body": "* [X]  i have  TESTED it thoroughly"},
    ),
    "pr-description": (
        "pr_requirements: {description_min_length: 10, checklists: []}",
        {"body": "short<!-- a long comment that nobody sees -->\n- [x] and a long task, ticked"},
        {"body": "long enough to be read"},
    ),
    "pr-branch": (
        "pr_requirements: {branch_pattern: '^feature/'}", {"branch": "x"}, {"branch": "feature/x"},
    ),
    "pr-size": (
        "pr_requirements: {max_files: 1}",
        {"files": [file("a"), file("b")]},
        {"files": [file("a")]},
    ),
    "secret": (
        "{}",
        {"files": [file("a.py", "x = 1", f"AWS = '{KEY}'")]},
        {"files": [file("a.py", hunks=[Hunk(removed=[(1, f"AWS = '{KEY}'")])])]},
    ),
    "personal-data": (
        "secret_scan: {pii: true}",
        {"files": [file("a.csv", "jane.miller@acme-mail.com,4556737586899855")]},
        {"files": [file("a.csv", "name,number")]},
    ),
    "not-scanned": (
        "{}", {"files": [file("big.sql", truncated=True)]}, {"files": [file("big.sql")]},
    ),
    "risk-too-high": (
        "security: {max_risk_level: medium}",
        {**NAMED, "plan_after": plan(risk_level="high")},
        {**NAMED, "plan_after": plan(risk_level="medium")},
    ),
    "risk-rollback": (
        "risk: {risk_levels: {high: {require_rollback: true}}}",
        {**NAMED, "plan_after": plan(risk_level="high")},
        {**NAMED, "plan_after": plan(risk_level="high", rollback_plan="revert it")},
    ),
    "risk-post-check": (
        "risk: {require_post_check: true}",
        {**NAMED, "plan_after": plan()},
        {**NAMED, "plan_after": plan(post_check="look at the log")},
    ),
    "risk-staging": (
        "risk: {risk_levels: {critical: {require_staging_test: true}}}",
        {**NAMED, "plan_after": plan(risk_level="critical"), "checks": {}},
        {**NAMED, "plan_after": plan(risk_level="critical"), "checks": {"staging": "passed"}},
    ),
    "risk-approvals": (
        "risk: {risk_levels: {high: {additional_approvals: 1}}}\nbranches: {main: {require_reviews: 1}}",
        {**NAMED, "plan_after": plan(risk_level="high"), "target": "main", "approvals": votes("QA")},
        {**NAMED, "plan_after": plan(risk_level="high"), "target": "main", "approvals": votes("QA", "PM")},
    ),
    "commit-microstep": (
        "microsteps: {enforce_in_commits: true}",
        {"commits": [Commit("c1", "fix it")], "plan_after": plan()},
        {
            "commits": [Commit("c1", "fix m1.s1.ms1"), Commit("c2", "Merge x", parents=2)],
            "plan_after": plan(),
        },
    ),
    "title-microstep": (
        "microsteps: {enforce_in_pr_title: true}", {"title": "x"}, {"title": "m1.s1.ms1: x"},
    ),
    "description-microstep": (
        "microsteps: {enforce_in_pr_description: true}", {"body": "x"}, {"body": "see m1.s1.ms1."},
    ),
    "microstep-blocked": (
        "microsteps: {blocked_statuses: [blocked]}",
        {**NAMED, "plan_after": plan(status="blocked")},
        {**NAMED, "plan_after": plan(status="doing")},
    ),
    "microstep-transition": (
        "microsteps: {allowed_transitions: {todo: [doing], doing: [todo]}}",
        {"plan_before": plan(), "plan_after": plan(status="done")},
        {"plan_before": plan(), "plan_after": plan(status="doing")},
    ),
    "microstep-criteria": (
        "microsteps: {require_acceptance_criteria: true}",
        {**NAMED, "plan_after": plan(criteria=[" "])},
        {**NAMED, "plan_after": plan()},
    ),
    "not-proven": ("{}", {"unproven": [{"id": "m1.s1.ms1", "missing": ["it holds"]}]}, {"unproven": []}),
    "push-without-request": (
        "branches: {main: {require_pr: true}}",
        {"target": "main", "event": "push"},
        {"target": "main", "event": "pull_request"},
    ),
    "push-restricted": (
        "branches: {'release/*': {restrict_pushes: true, allowed_push_users: [grace]}}",
        {"target": "release/1", "event": "push", "author": ADA},
        {"target": "release/1", "event": "push", "author": Person(id="grace")},
    ),
    "branch-reviews": (
        "branches: {main: {require_reviews: 2}, '*': {require_reviews: 5}}",
        {"target": "main", "head": "h1", "approvals": votes("QA")},
        {"target": "main", "head": "h1", "approvals": votes("QA", "Viewer")},
    ),
    "code-owners": (
        "branches: {main: {require_code_owner_reviews: true}}",
        {"target": "main", "head": "h1", "codeowners": "* @grace\n/docs/", "files": [file("a.py")]},
        {"target": "main", "head": "h1", "codeowners": "* @voter0\n", "files": [file("a.py")],
         "approvals": votes("QA")},
    ),
    "status-checks": (
        "branches: {main: {required_status_checks: [QA]}}",
        {"target": "main", "checks": {"QA": "pending"}},
        {"target": "main", "checks": {"QA": "passed"}},
    ),
    "peer-review": (
        "quality: {require_peer_review: true}",
        {"head": "h1", "author": ADA, "approvals": [Approval(id="ada", head="h1")]},
        {"head": "h1", "author": ADA, "approvals": votes("Viewer")},
    ),
    "architecture-review": (
        "quality: {require_architecture_review: true}",
        {"head": "h1", "approvals": votes("PM")},
        {"head": "h1", "approvals": votes("tech_lead")},
    ),
    "quality-coverage": (
        "quality: {min_test_coverage: 80}",
        {"measures": {"test_coverage": 79.9}},
        {"measures": {"test_coverage": 80}},
    ),
    "quality-pass-rate": (
        "quality: {min_acceptance_criteria_pass_rate: 80}",
        {"measures": {"criteria_pass_rate": 10}},
        {"measures": {"criteria_pass_rate": 100}},
    ),
    "quality-failures": (
        "quality: {max_consecutive_failures: 3}",
        {"measures": {"consecutive_failures": 4}},
        {"measures": {"consecutive_failures": 3}},
    ),
    "cost-daily": (
        "analytics: {max_daily_cost: 50}",
        {"measures": {"daily_cost": 50.01}},
        {"measures": {"daily_cost": 50}},
    ),
    "cost-budget": (
        "analytics: {budget_alert_threshold: 500}",
        {"measures": {"monthly_cost": 501}},
        {"measures": {"monthly_cost": 1}},
    ),
    "anomaly-open": (
        "analytics: {require_anomaly_review: true}",
        {"measures": {"open_anomalies": 1}},
        {"measures": {"open_anomalies": 0}},
    ),
    "design-tokens": (
        "design_system: {design_token_threshold: 95}",
        {"measures": {"design_token_parity": 94}},
        {"measures": {"design_token_parity": 95}},
    ),
    "design-visual": (
        "design_system: {visual_regression: {similarity_threshold: 0.95}}",
        {"measures": {"visual_similarity": 0.9}},
        {"measures": {"visual_similarity": 0.99}},
    ),
    "design-drift": (
        "design_system: {component_parity: {allowed_drift_percentage: 5}}",
        {"measures": {"component_drift": 6}},
        {"measures": {"component_drift": 5}},
    ),
    "preview-required": (
        "integrations: {require_preview_for_phase: [QA]}",
        {**NAMED, "plan_after": plan(), "previews": ["Beta"]},
        {**NAMED, "plan_after": plan(), "previews": ["qa"]},
    ),
}  # fmt: skip
