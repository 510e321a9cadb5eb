"""A policy file is read whatever it holds, and what is wrong with it has a place."""

import json
import math
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from buildrunner.policy import schema
from buildrunner.policy.document import load
from buildrunner.policy.findings import RULES
from buildrunner.policy.reference import keys, rules
from buildrunner.policy.rules import RULES as JUDGES
from buildrunner.policy.sections import proof_rules

REFERENCE = Path(__file__).parents[2] / "docs" / "reference"
BOMB = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join([f'*{chr(97 + n)}'] * 10)}]\n" for n in range(8)
)

# (text, code, line, column)
WRONG = [
    ("a: [1, 2\nb: 3\n", "GP101", 2, 2),
    ("a: 'x\n", "GP101", 2, 1),
    ("approvals:\n\trequired: []\n", "GP102", 2, 1),
    (b"version: \xff\n", "GP103", 1, 10),
    ("---\nversion: '1'\n---\nversion: '2'\n", "GP104", 3, 1),
    ("version: '1'\nversion: '2'\n", "GP105", 2, 1),
    (BOMB, "GP106", 5, 20),
    ("a: " + "[" * 200 + "]" * 200, "GP106", 1, 35),
    ("? [a, b]\n: 1\n", "GP107", 1, 3),
    ("a: !!python/object/apply:os.system [ls]\n", "GP108", 1, 4),
    ("- protected_paths\n", "GP109", 1, 1),
    ("", "GP110", 1, 1),
    ("# nothing but a comment\n", "GP110", 1, 1),
    ("a: \x07\n", "GP111", 1, 4),
    ("a: *nowhere\n", "GP112", 1, 4),
    ("a: &itself [*itself]\n", "GP112", 1, 13),
    ("protected_paths: /src\n", "GP201", 1, 18),
    ("secret_scan:\n  enabled: 'yes'\n", "GP201", 2, 12),
    ("approvals:\n  required:\n    - {role: PM, count: 0}\n", "GP202", 3, 25),
    ("analytics: {alert_threshold: 80}\n", "GP202", 1, 30),
    ("budget: {daily: .nan}\n", "GP202", 1, 17),
    ("evidence: {mode: stict}\n", "GP203", 1, 18),
    ("pr_requirements:\n  title_pattern: '(?=x)'\n", "GP204", 2, 18),
    ("protected_paths: ['[z-a]']\n", "GP204", 1, 19),
    ("protected_paths: ['!docs']\n", "GP205", 1, 19),
    ("protected_paths: ['a/../b']\n", "GP205", 1, 19),
    ("version: latest\n", "GP205", 1, 10),
    ("approvals: {required: [{count: 1}]}\n", "GP206", 1, 24),
    ("pr_requirements: {checklist: [x]}\n", "GP301", 1, 19),
    ("approvals: {required: [{role: Wizard}]}\n", "GP302", 1, 31),
    ("design_system: {design_token_threshold: 0.95}\n", "GP303", 1, 41),
    (
        "integrations: {require_preview_for_phase: [QA]}\nrequire_preview_for_phase: [Beta]\n",
        "GP304", 2, 1,
    ),
    ("protected_paths: [/src/]\n", "GP305", 1, 19),
    ("global: {quality: {min_test_coverage: 70}}\nquality: {min_test_coverage: 80}\n", "GP306", 1, 20),
    ("protected_paths: ['*']\napprovals: {required: [{role: PM}]}\n", "GP307", 1, 19),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "line", "column"), WRONG)
def test_what_is_wrong_has_a_code_and_a_place(
    text: str | bytes, code: str, line: int, column: int
) -> None:
    data = text if isinstance(text, bytes) else text.encode()
    loaded = load(data, "policy.yml")
    places = [(finding.code, finding.line, finding.column) for finding in loaded.findings]
    assert (code, line, column) in places, loaded.findings
    assert loaded.ok == all(RULES[each][0] == "warning" for each, _, _ in places)
    assert all(finding.message and finding.hint for finding in loaded.findings)


def test_every_code_is_tried() -> None:
    assert {code for _, code, _, _ in WRONG} == set(RULES)


@given(st.binary(max_size=300))
def test_any_bytes_are_read(data: bytes) -> None:
    loaded = load(data)
    assert loaded.ok or loaded.findings


SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 10**6), st.floats(), st.text(max_size=8),
    st.sampled_from(["PM", "block", "done", "*", "(", "/src/"]),
)  # fmt: skip
KEYS = st.sampled_from(
    sorted({key for part in schema.schema()["$defs"].values() for key in part["properties"]})
)
TREES = st.dictionaries(
    KEYS,
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
        max_leaves=12,
    ),
    max_size=6,
)
VALIDATOR = jsonschema_rs.validator_for(schema.schema(), validate_formats=False)


@given(TREES)
def test_findings_agree_with_the_published_schema(tree: dict[str, Any]) -> None:
    """What our checks call right is right by the schema, whoever checks by it."""
    loaded = load(yaml.safe_dump(tree, allow_unicode=True).encode())
    assert isinstance(loaded.policy, dict)
    if loaded.ok and not _has_words_yaml_reads_otherwise(tree):
        assert [error.message for error in VALIDATOR.iter_errors(_without_none(tree))] == []


def _without_none(tree: Any) -> Any:
    """An empty section is as good as none."""
    if isinstance(tree, dict):
        return {key: _without_none(value) for key, value in tree.items() if value is not None}
    return [_without_none(value) for value in tree] if isinstance(tree, list) else tree


def _has_words_yaml_reads_otherwise(tree: Any) -> bool:
    if isinstance(tree, dict):
        return any(map(_has_words_yaml_reads_otherwise, [*tree, *tree.values()]))
    if isinstance(tree, list):
        return any(map(_has_words_yaml_reads_otherwise, tree))
    return tree is None or (isinstance(tree, float) and not math.isfinite(tree))


def test_schema_and_reference_are_generated_from_the_types() -> None:
    made = schema.generate()
    assert schema.schema() == made
    assert json.loads((REFERENCE / "policy.schema.json").read_text()) == made
    assert (REFERENCE / "policy-keys.md").read_text() == keys(made)
    assert (REFERENCE / "policy-rules.md").read_text() == rules()


def test_every_rule_stands_on_a_clause_of_the_schema() -> None:
    definitions = schema.schema()["$defs"]
    for rule in JUDGES.values():
        node = definitions["Policy"]
        for key in rule.clause.split("."):
            node = node["properties"][key]
            while "$ref" in node:
                node = definitions[node["$ref"].rpartition("/")[2]]


NEWER = """
protected_paths: [/buildrunner/specs/plan.json, /db/migrations/, "*.pem"]
approvals:
  required: [{role: tech_lead, count: 1}, {role: QA}]
  protected_paths_override:
    /db/migrations/: [{role: PM, count: 1}, {role: techlead, count: 2}]
analytics:
  budget_alert_threshold: 500.00
  cost_spike_threshold: 50
  quality_drop_threshold: 20
  require_anomaly_review: true
  max_daily_cost: 50.00
integrations:
  integrations_allowed: [jira, linear, vercel]
  external_sync_required: true
  require_preview_for_phase: [QA, Beta]
  max_integrations_per_project: 10
  preview_environments:
    required_for_phases: [QA, Beta]
    providers_allowed: [vercel, render, netlify]
    auto_deploy_branches: [main, develop, "feature/*"]
    retention_days: 7
design_system:
  design_parity_required: true
  design_token_threshold: 95
  visual_regression: {similarity_threshold: 0.95, pixel_diff_threshold: 100}
  component_parity: {enforce_figma_mapping: true, allowed_drift_percentage: 5}
  token_sync: {auto_sync_enabled: false, require_manual_approval: true}
"""
OLDER = """
version: "1.0"
global:
  quality: {min_test_coverage: 75, require_peer_review: true}
  security: {max_risk_level: medium}
  analytics: {max_daily_cost: 50.00, cost_spike_threshold: 50}
phases:
  foundation:
    phases: [1, 2]
    quality: {min_test_coverage: 90}
violations:
  quality_violation: {action: block, notification: required}
  cost_violation: alert
  anomaly_violation: {action: review}
"""


@pytest.mark.parametrize("text", [NEWER, OLDER])
def test_both_shapes_are_accepted_without_a_word(text: str) -> None:
    assert load(text.encode()).findings == []


def test_violations_of_unknown_rules_are_told() -> None:
    text = (
        b"violations: {default: block, quality_violation: alert, pr_title: alert, pr_titel: alert}"
    )
    (finding,) = load(text).findings
    assert finding.code == "GP301"
    assert "did you mean pr-title?" in finding.message
    (finding,) = load(b"waivers: {never: [secret, secrt]}").findings
    assert (finding.clause, finding.column) == ("waivers.never[1]", 27)


def test_the_older_shape_becomes_the_newer_one() -> None:
    loaded = load(OLDER.encode())
    assert loaded.policy["quality"] == {"min_test_coverage": 75, "require_peer_review": True}
    assert loaded.policy["analytics"]["max_daily_cost"] == 50
    assert loaded.policy["violations"]["anomaly"]["action"] == "approve"
    assert loaded.policy["violations"]["cost"] == {"action": "alert"}
    assert "global" not in loaded.policy
    assert loaded.places["quality.min_test_coverage"] == (4, 13)


def test_previews_required_twice_are_united() -> None:
    text = (
        "integrations: {require_preview_for_phase: [QA]}\nrequire_preview_for_phase: [beta, qa]\n"
    )
    loaded = load(text.encode())
    assert loaded.ok
    assert loaded.policy["require_preview_for_phase"] == ["QA", "beta"]


@pytest.mark.parametrize("name", ["PM", "pm", "Tech_Lead", "techlead", "TECH-LEAD", "qa", "owner"])
def test_roles_are_known_in_any_spelling(name: str) -> None:
    text = f"approvals: {{required: [{{role: {name}}}]}}"
    assert load(text.encode()).findings == []


def test_a_team_is_as_good_as_a_role_where_teams_are_known() -> None:
    text = b"approvals: {required: [{role: database_admins}]}"
    assert load(text, teams=["Database Admins"]).findings == []
    assert [finding.code for finding in load(text, teams=[]).findings] == ["GP302"]
    assert load(text).ok


def test_unknown_keys_name_the_nearest_known_one_and_stay() -> None:
    loaded = load(b"protectd_paths: [/x]\n")
    assert loaded.ok
    assert "did you mean protected_paths?" in loaded.findings[0].message
    assert loaded.policy == {"protectd_paths": ["/x"]}


@pytest.mark.parametrize(
    ("text", "rules"),
    [
        (b"", ("strict", {"ci", "local"}, True)),
        (b"evidence: {mode: warn}", ("warn", {"ci", "local"}, True)),
        (b"evidence: {counts: [ci], self_attested: false}", ("strict", {"ci"}, False)),
        (b"evidence: {mode: nonsense, counts: []}", ("strict", set(), True)),
    ],
)
def test_what_counts_as_proof(text: bytes, rules: tuple[str, set[str], bool]) -> None:
    told = proof_rules(load(text).policy)
    assert (told["mode"], told["classes"], told["self_attested"]) == rules


def test_no_policy_is_strict() -> None:
    assert proof_rules(None)["mode"] == "strict"
