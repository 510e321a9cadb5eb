"""Every rule denies what it is for, and nothing where it is satisfied."""

from datetime import UTC, datetime
from typing import Any

import pytest
from policy_cases import ADA, CASES, KEY, NAMED, file, plan, votes

from buildrunner.policy.approvals import Approval
from buildrunner.policy.change import Change, ChangeError, Commit, FileChange, Hunk
from buildrunner.policy.document import load
from buildrunner.policy.judge import failing, judge, unjudged
from buildrunner.policy.rules import RULES, named
from buildrunner.policy.transitions import permitted

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def policy(text: str) -> dict[str, Any]:
    loaded = load(text.encode())
    assert loaded.ok, loaded.findings
    return loaded.policy


def rules_of(text: str, members: dict[str, Any]) -> list[str]:
    members = dict(members)
    approvals = members.pop("approvals", ())
    denials = judge(policy(text), Change(**members), approvals=approvals, now=NOW)
    for denial in denials:
        assert denial.message
        assert denial.mend
        assert denial.owner
        assert denial.clause
        assert len(denial.fingerprint) == 32
        assert denial.path == "" or denial.line
    return [denial.rule for denial in denials]


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_denies_what_it_is_for(rule: str) -> None:
    text, denied, allowed = CASES[rule]
    assert rule in rules_of(text, denied)
    assert rule not in rules_of(text, allowed)


def test_every_rule_is_tried() -> None:
    assert set(CASES) == set(RULES)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_explains_itself(rule: str) -> None:
    known = named(rule.replace("-", "_").upper())
    assert known is not None
    assert known.id == rule
    assert known.title
    assert known.why
    assert known.mend


def test_what_is_not_known_is_not_judged_but_named() -> None:
    text = "pr_requirements: {title_pattern: x, checklists: [y]}\nbranches: {main: {require_reviews: 1}}"
    assert rules_of(text, {}) == []
    assert unjudged(policy(text), Change()) == [
        ("pr_requirements.title_pattern", "title"),
        ("pr_requirements.checklists", "body"),
        ("branches", "target"),
    ]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        ("", "block"),
        ("violations: {default: alert}", "alert"),
        ("violations: {process: alert}", "alert"),
        ("violations: {process: alert, pr_title: block}", "block"),
        ("violations: {process_violation: {action: review}}", "approve"),
    ],
)
def test_the_policy_says_what_a_denial_leads_to(text: str, severity: str) -> None:
    rules = policy(f"pr_requirements: {{title_pattern: '^a'}}\n{text}")
    (denial,) = judge(rules, Change(title="b", head="h1"), now=NOW)
    assert denial.severity == severity
    assert denial.fails == (severity != "alert")


def test_an_approval_clears_what_the_policy_leaves_to_approval() -> None:
    rules = policy(
        "analytics: {max_daily_cost: 1}\nviolations: {cost: {action: approve, escalation: PM}}"
    )
    change = Change(measures={"daily_cost": 2}, head="h1")
    assert judge(rules, change, approvals=votes("QA"), now=NOW)[0].owner == "PM"
    assert judge(rules, change, approvals=votes("PM"), now=NOW) == []


def test_nothing_weakens_the_guard_of_the_policy() -> None:
    rules = policy("violations: {default: alert, policy-guard: alert, policy: alert}")
    change = Change(files=[file(".github/workflows/ci.yml", "x")])
    assert [denial.severity for denial in judge(rules, change, now=NOW)] == ["approve"]


@pytest.mark.parametrize(
    "approvals",
    [
        votes("PM", head="h0"),
        votes("PM", head=""),
        votes("PM", kind="agent"),
        votes("PM", kind="service"),
        votes("QA"),
        votes("PM", paths=["/docs/"]),
        [Approval(name="ADA", roles=["PM"], head="h1")],
        [Approval(id="x", email="ada@example.org", roles=["PM"], head="h1")],
        [Approval(id="x", name="Bob", roles=["PM"], head="h1")],
    ],
)
def test_these_approvals_do_not_count(approvals: list[Approval]) -> None:
    change = Change(
        files=[file("src/a.py", "x")],
        commits=[Commit("c", "x\n\nCo-authored-by: Bob <bob@example.org>", ADA)],
        head="h1",
    )
    rules = policy("{protected_paths: [/src/], approvals: {required: [{role: PM}]}}")
    assert failing(judge(rules, change, approvals=approvals, now=NOW))
    counted = [*approvals, *votes("PM")]
    assert not failing(judge(rules, change, approvals=counted, now=NOW))


def test_an_approval_of_some_paths_must_cover_both_ends_of_a_rename() -> None:
    rules = policy("{protected_paths: [/src/], approvals: {required: [{role: PM}]}}")
    moved = FileChange("tmp/a", status="renamed", old_path="src/a", digest="d")
    change = Change(files=[moved], head="h1")
    assert judge(rules, change, approvals=votes("PM", paths=["/tmp/"]), now=NOW)
    assert not judge(rules, change, approvals=votes("PM", paths=["/tmp/", "/src/"]), now=NOW)


def test_each_end_of_a_rename_has_its_owner() -> None:
    rules = policy("branches: {main: {require_code_owner_reviews: true}}")
    moved = FileChange("tmp/a", status="renamed", old_path="src/a", digest="d")
    change = Change(files=[moved], head="h1", target="main", codeowners="/src/ @x\n/tmp/ @voter0\n")
    denials = judge(rules, change, approvals=votes("QA"), now=NOW)
    assert [denial.path for denial in denials] == ["src/a"]


def test_one_person_is_one_vote() -> None:
    rules = policy(
        "{protected_paths: [/s/], approvals: {required: [{role: PM}, {role: TechLead}]}}"
    )
    change = Change(files=[file("s/a", "x")], head="h1")
    both = Approval(id="both", roles=["PM", "TechLead"], head="h1")
    assert "1 TechLead" in judge(rules, change, approvals=[both], now=NOW)[0].message
    # A second person with one of the roles leaves the other seat to the first.
    for role in ("PM", "TechLead"):
        other = Approval(id="other", roles=[role], head="h1")
        assert judge(rules, change, approvals=[both, other], now=NOW) == []


def test_an_override_decides_for_its_path() -> None:
    rules = policy(
        "protected_paths: [/db/]\n"
        "approvals:\n  required: [{role: TechLead}]\n"
        "  protected_paths_override: {/db/migrations/: [{role: PM, count: 2}]}\n"
    )
    change = Change(files=[file("db/a.sql", "x"), file("db/migrations/1.sql", "x")], head="h1")
    first, second = judge(rules, change, now=NOW)
    assert (first.path, first.owner, first.clause) == ("db/a.sql", "TechLead", "protected_paths[0]")
    assert second.owner == "PM"
    assert second.clause == "approvals.protected_paths_override./db/migrations/"
    assert "2 PM" in second.message


def test_phases_change_the_rules() -> None:
    rules = policy(
        "quality: {min_test_coverage: 50, min_acceptance_criteria_pass_rate: 50}\n"
        "phases: {late: {phases: [qa], quality: {min_test_coverage: 90}, protected_paths: [/a]}}"
    )
    change = Change(
        measures={"test_coverage": 70, "criteria_pass_rate": 10}, files=[file("a", "x")]
    )
    assert [d.rule for d in judge(rules, change, now=NOW)] == ["quality-pass-rate"]
    change.phase = "QA"
    found = {d.rule for d in judge(rules, change, now=NOW)}
    assert found == {"quality-pass-rate", "quality-coverage", "protected-path"}


def test_older_phases_are_counted_by_the_milestone() -> None:
    rules = policy("phases: {foundation: {phases: [1], quality: {min_test_coverage: 90}}}")
    change = Change(**NAMED, plan_after=plan(), measures={"test_coverage": 70})
    assert [d.rule for d in judge(rules, change, now=NOW)] == ["quality-coverage"]


def test_a_secret_allowed_in_its_line_is_still_told() -> None:
    change = Change(files=[file("a.py", f"A = '{KEY}'  # br:allow-secret made up for a test")])
    (denial,) = judge({}, change, now=NOW)
    assert (denial.rule, denial.severity) == ("secret", "alert")
    strict = policy("secret_scan: {inline_allow: false}")
    assert judge(strict, change, now=NOW)[0].severity == "block"


def test_the_scan_cannot_be_switched_off_where_security_asks_for_it() -> None:
    text = "secret_scan: {enabled: false}\nsecurity: {require_security_scan: true}"
    assert "secret" in rules_of(text, {"files": [file("a.py", f"AWS = '{KEY}'")]})
    assert rules_of("secret_scan: {enabled: false}", {"files": [file("a.py", f"A='{KEY}'")]}) == []


def test_binary_data_under_the_name_of_text_is_told() -> None:
    hidden = FileChange("settings.py", digest="d", binary=True)
    picture = FileChange("logo.png", digest="d", binary=True)
    assert [d.path for d in judge({}, Change(files=[hidden, picture]), now=NOW)] == ["settings.py"]


@pytest.mark.parametrize("member", ["title", "body", "commits"])
def test_a_secret_in_what_is_said_of_a_change_is_found(member: str) -> None:
    said: Any = [Commit("c1", f"use {KEY}")] if member == "commits" else f"use {KEY}"
    (denial,) = judge({}, Change(**{member: said}), now=NOW)
    assert (denial.rule, denial.path) == ("secret", "")


def test_a_secret_has_the_line_of_the_file_and_never_its_text() -> None:
    hunks = [Hunk(added=[(3, "x")]), Hunk(added=[(40, "y"), (41, f"  AWS = '{KEY}'")])]
    (denial,) = judge({}, Change(files=[file("a.py", hunks=hunks)]), now=NOW)
    assert (denial.line, denial.column) == (41, 10)
    assert KEY not in str(denial.as_dict())


def test_json_goes_there_and_back() -> None:
    for text, denied, _ in CASES.values():
        members = {key: value for key, value in denied.items() if key != "approvals"}
        change = Change(**members)
        again = Change.from_dict(change.as_dict())
        rules = policy(text)
        first = [denial.as_dict() for denial in judge(rules, change, now=NOW)]
        assert [denial.as_dict() for denial in judge(rules, again, now=NOW)] == first


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ([], ""),
        ({"files": {}}, "/files"),
        ({"files": [{}]}, "/files/0/path"),
        ({"files": [{"path": 3}]}, "/files/0/path"),
        ({"files": [{"path": "a", "status": "gone"}]}, "/files/0/status"),
        ({"files": [{"path": "a", "hunks": [{"added": [[0, "x"]]}]}]}, "/files/0/hunks/0/added/0"),
        ({"files": [{"path": "a", "binary": 1}]}, "/files/0/binary"),
        ({"commits": [{"id": "c", "author": []}]}, "/commits/0/author"),
        ({"commits": [{"id": "c", "parents": -1}]}, "/commits/0/parents"),
        ({"title": 3}, "/title"),
        ({"event": "merge"}, "/event"),
        ({"checks": {"QA": "ok"}}, "/checks/QA"),
        ({"measures": {"x": float("nan")}}, "/measures/x"),
        ({"measures": {"x": True}}, "/measures/x"),
        ({"plan_after": []}, "/plan_after"),
        ({"unproven": [{}]}, "/unproven"),
        ({"previews": [1]}, "/previews"),
        ({"author": {"kind": "robot"}}, "/author/kind"),
        ({"policy_after": {"path": 1}}, "/policy_after/path"),
    ],
)
def test_a_change_that_is_none_is_refused_with_its_place(value: Any, pointer: str) -> None:
    with pytest.raises(ChangeError) as caught:
        Change.from_dict(value)
    assert caught.value.pointer == pointer


def test_a_branch_may_bring_several_moves_in_a_row() -> None:
    """Started and finished within one branch: the policy that `init` writes allows each."""
    table = {"todo": ["doing"], "doing": ["done", "blocked"], "blocked": ["doing"], "done": []}
    policy = {"microsteps": {"allowed_transitions": table}}
    assert permitted(policy, "todo", "done", through=True) is None
    assert permitted(policy, "todo", "done") == ["doing"]
    assert permitted(policy, "done", "todo", through=True) == []
    assert permitted(policy, None, "doing") is None
