"""The decision: what proves a criterion, and everything that must not."""

from hashlib import sha256
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from buildrunner.evidence.checks import checks_of, criterion_digest
from buildrunner.evidence.proof import Proof, ProofRules, prove
from buildrunner.evidence.signing import key_id, public_key
from buildrunner.workspace.content import HEADER
from kits.records import CONTENT, KEY, OTHER_KEY, check_of, plan_with, run_of, signoff_of

MS = "m1.s1.ms1"
CHECK = {"id": "c1", "criterion": 0, "kind": "command", "run": "make test", "paths": ["src"]}
PLAN = plan_with({"criteria": ["It works"], "checks": [CHECK]})
OURS = key_id(public_key(KEY))


def judge(plan: dict[str, Any], records: list[dict[str, Any]], **changes: Any) -> Proof:
    asked: dict[str, Any] = {
        "subject_digest": lambda paths: CONTENT,
        "rules": ProofRules(),
        "anchored": {OURS},
        **changes,
    }
    return prove(plan, MS, records, **asked)


def state(plan: dict[str, Any], records: list[dict[str, Any]], **changes: Any) -> str:
    return judge(plan, records, **changes).criteria[0].state


def test_a_passing_run_proves_its_criterion() -> None:
    proof = judge(PLAN, [run_of(PLAN, "c1")])
    assert proof.proven
    assert proof.label == "proven"
    assert not proof.missing
    assert proof.criteria[0].address


def test_nothing_proves_nothing() -> None:
    proof = judge(PLAN, [])
    assert not proof.proven
    assert proof.missing == [
        {
            "criterion": 0,
            "text": "It works",
            "state": "missing",
            "reason": "check c1 has not run for it",
            "next_command": f"br qa run {MS}",
        }
    ]


words = st.text(min_size=1, max_size=20)


@given(words, words)
def test_a_changed_criterion_is_not_proven(before: str, after: str) -> None:
    assume(criterion_digest(before) != criterion_digest(after))
    ran = plan_with({"criteria": [before], "checks": [CHECK]})
    now = plan_with({"criteria": [after], "checks": [CHECK]})
    assert state(now, [run_of(ran, "c1")]) == "stale"
    assert not judge(now, [run_of(ran, "c1")], subject_digest=None).proven


members = st.dictionaries(
    st.sampled_from(["run", "cwd", "timeout", "paths", "env", "expect", "kind", "note"]),
    st.one_of(st.text(max_size=5), st.integers(0, 9), st.lists(st.text(max_size=3), max_size=2)),
)


@given(members)
def test_a_changed_check_is_not_proven(changes: dict[str, Any]) -> None:
    changed = plan_with({"criteria": ["It works"], "checks": [{**CHECK, **changes}]})
    assume(check_of(changed, "c1").digest != check_of(PLAN, "c1").digest)
    assert not judge(changed, [run_of(PLAN, "c1")]).proven
    assert not judge(changed, [run_of(PLAN, "c1")], subject_digest=None).proven


@given(st.text(alphabet="0123456789abcdef", min_size=64, max_size=64))
def test_other_content_is_not_proven(digest: str) -> None:
    other = f"sha256:{digest}"
    assume(other != CONTENT)
    assert state(PLAN, [run_of(PLAN, "c1")], subject_digest=lambda _: other) == "stale"
    assert state(PLAN, [run_of(PLAN, "c1", content=other)]) == "stale"


def test_renaming_or_moving_a_check_keeps_its_evidence() -> None:
    moved = plan_with(
        {"criteria": ["New one", "It works"], "checks": [{**CHECK, "id": "other", "criterion": 1}]}
    )
    proof = judge(moved, [run_of(PLAN, "c1")])
    assert [each.state for each in proof.criteria] == ["missing", "passed"]


def test_the_newest_of_todays_content_counts() -> None:
    passed = run_of(PLAN, "c1", at="2026-01-01T10:00:00Z")
    failed = run_of(PLAN, "c1", at="2026-01-01T10:00:00.5Z", outcome="failed")
    again = run_of(PLAN, "c1", at="2026-01-01T10:00:01Z")
    assert state(PLAN, [passed, failed]) == "failed"
    assert state(PLAN, [failed, passed]) == "failed"
    assert state(PLAN, [again, failed, passed]) == "passed"
    elsewhere = run_of(
        PLAN, "c1", at="2026-01-02T00:00:00Z", outcome="failed", content="sha256:" + "d" * 64
    )
    assert state(PLAN, [passed, elsewhere]) == "passed"
    assert state(PLAN, [passed, elsewhere], subject_digest=None) == "failed"


def test_a_tie_proves_nothing() -> None:
    both = [run_of(PLAN, "c1"), run_of(PLAN, "c1", outcome="failed")]
    assert state(PLAN, both) == state(PLAN, both[::-1]) == "failed"


def test_classes_that_do_not_count() -> None:
    only_ci = ProofRules(classes={"ci"})
    proof = judge(PLAN, [run_of(PLAN, "c1")], rules=only_ci)
    assert proof.criteria[0].state == "not_counted"
    assert "counts ci" in proof.missing[0]["reason"]
    assert state(PLAN, [run_of(PLAN, "c1", runner="ci")], rules=only_ci) == "passed"
    late = run_of(PLAN, "c1", outcome="failed", at="2026-02-01T00:00:00Z")
    assert state(PLAN, [run_of(PLAN, "c1", runner="ci"), late], rules=only_ci) == "passed"


def test_a_key_nobody_knows_does_not_count() -> None:
    record = run_of(PLAN, "c1", key=OTHER_KEY)
    proof = judge(PLAN, [record])
    assert proof.criteria[0].state == "not_counted"
    assert "not anchored" in proof.missing[0]["reason"]
    assert judge(PLAN, [record], anchored=None).proven


def test_a_machines_key_speaks_neither_for_ci_nor_for_people() -> None:
    known = {OURS: "local"}
    claimed = run_of(PLAN, "c1", runner="ci")
    assert state(PLAN, [claimed], anchored=known) == "passed"  # as a local run, which it is
    only_ci = judge(PLAN, [claimed], anchored=known, rules=ProofRules(classes={"ci"}))
    assert only_ci.criteria[0].state == "not_counted"
    assert "ran as `local`" in only_ci.missing[0]["reason"]
    assert state(PLAN, [signoff_of(PLAN)], anchored=known) == "missing"
    assert state(PLAN, [signoff_of(PLAN)], anchored={OURS: "server"}) == "signed_off"
    assert state(PLAN, [run_of(PLAN, "c1", runner="ci")], anchored={OURS: "ci"}) == "passed"


def test_another_project_and_another_microstep_prove_nothing() -> None:
    elsewhere = {**PLAN, "projectId": "p-2"}
    assert not judge(PLAN, [run_of(elsewhere, "c1")]).proven
    assert not judge(PLAN, [run_of(PLAN, "c1", microstep=MS)], anchored=()).proven
    foreign = run_of(PLAN, "c1")
    assert not judge(PLAN, [{**foreign, "microstep": "m9.s9.ms9"}]).proven


def test_a_former_id_still_speaks() -> None:
    renamed = plan_with({"id": MS, "criteria": ["It works"], "checks": [CHECK], "aliases": ["old"]})
    old = plan_with({"id": "old", "criteria": ["It works"], "checks": [CHECK]})
    assert judge(renamed, [run_of(old, "c1", microstep="old")]).proven


def test_an_alias_takes_nothing_from_whoever_has_the_id() -> None:
    words = {"criteria": ["It works"], "checks": [CHECK]}
    plan = plan_with({**words, "aliases": ["theirs"]})
    owner = {**words, "id": "theirs", "title": "Two", "status": "doing"}
    plan["milestones"][0]["steps"][0]["microsteps"].append(owner)
    for record in (run_of(plan, "c1", microstep="theirs"), signoff_of(plan, microstep="theirs")):
        assert not judge(plan, [record], anchored=None).proven
        proof = prove(
            plan, "theirs", [record], subject_digest=None, rules=ProofRules(), anchored=None
        )
        assert proof.proven


def test_every_check_of_a_criterion_is_needed() -> None:
    second = {"id": "c2", "kind": "command", "run": "make lint"}
    plan = plan_with({"criteria": ["It works", "It is tidy"], "checks": [CHECK]}, checks=[second])
    assert [check.origin for check in checks_of(plan, MS)] == [MS, "m1.s1"]
    first = run_of(plan, "c1")
    assert [each.state for each in judge(plan, [first]).criteria] == ["missing", "missing"]
    tidy = run_of(plan, "c2", 1)
    assert [each.state for each in judge(plan, [first, tidy]).criteria] == ["missing", "passed"]
    assert judge(plan, [first, tidy, run_of(plan, "c2", 0)]).proven


def test_a_narrower_subject_does_not_pass_for_the_whole() -> None:
    narrow = run_of(PLAN, "c1", subject={"paths": ["LICENSE"], "digest": CONTENT})
    assert state(PLAN, [narrow]) == "stale"
    assert state(PLAN, [narrow], subject_digest=None) == "stale"


@pytest.mark.parametrize(("kind", "proven"), [("command", False), ("file", True)])
def test_evidence_about_no_file_proves_nothing_but_its_absence(kind: str, proven: bool) -> None:
    plan = plan_with({"criteria": ["It works"], "checks": [{**CHECK, "kind": kind}]})
    empty = f"sha256:{sha256(HEADER).hexdigest()}"
    for today in (lambda paths: empty, None):
        proof = judge(plan, [run_of(plan, "c1", content=empty)], subject_digest=today)
        assert proof.proven == proven


def test_quarantine_neither_blocks_nor_proves() -> None:
    flaky = [check_of(PLAN, "c1").digest]
    assert state(PLAN, [run_of(PLAN, "c1")], quarantined=flaky) == "missing"
    failed = run_of(PLAN, "c1", outcome="failed")
    assert state(PLAN, [failed, signoff_of(PLAN)], quarantined=flaky) == "signed_off"


@pytest.mark.parametrize(
    ("role", "expected"),
    [("QA", "signed_off"), ("tech_lead", "signed_off"), ("PM", "signed_off")]
    + [(role, "not_counted") for role in ("Contributor", "Viewer", "agent", "")],
)
def test_roles_that_may_sign(role: str, expected: str) -> None:
    plain = plan_with({"criteria": ["It works"]})
    assert state(plain, [signoff_of(plain, role=role)]) == expected


def test_self_attested_is_told_apart() -> None:
    plain = plan_with({"criteria": ["It works"]})
    signed = signoff_of(plain, role="author", self_attested=True)
    proof = judge(plain, [signed])
    assert proof.proven
    assert proof.label == "self-attested"
    assert state(plain, [signed], rules=ProofRules(self_attested=False)) == "not_counted"
    by_agent = signoff_of(plain, role="agent", self_attested=True)
    assert state(plain, [by_agent]) == "not_counted"


def test_a_self_attestation_does_not_outweigh_a_failure_nor_other_content() -> None:
    subject = {"paths": ["src"], "digest": CONTENT}
    signed = signoff_of(PLAN, role="author", self_attested=True, subject=subject)
    failed = run_of(PLAN, "c1", outcome="failed")
    assert state(PLAN, [signed]) == "self_attested"
    assert state(PLAN, [signed, failed]) == "failed"
    assert state(PLAN, [signoff_of(PLAN), failed]) == "signed_off"
    assert state(PLAN, [signed], subject_digest=lambda _: "sha256:" + "e" * 64) != "self_attested"
    unbound = signoff_of(PLAN, role="author", self_attested=True)
    assert state(PLAN, [unbound]) != "self_attested"


def test_without_criteria_only_a_person_can_vouch() -> None:
    empty = plan_with({"criteria": [], "checks": [{"id": "c1", "kind": "command", "run": "true"}]})
    proof = judge(empty, [])
    assert proof.criteria[0].index is None
    assert not proof.proven
    assert "br plan edit" in proof.next_command
    assert judge(empty, [signoff_of(empty, None)]).proven


def test_a_manual_check_waits_for_a_person() -> None:
    plan = plan_with({"criteria": ["Looks right"], "checks": [{"id": "m", "kind": "manual"}]})
    assert judge(plan, []).next_command == f"br qa signoff {MS} --criterion 0"
    assert judge(plan, [signoff_of(plan)]).proven


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(json_values, json_values, st.lists(json_values, max_size=3))
def test_malformed_plans_and_records_are_judged_not_raised(
    criteria: Any, checks: Any, records: list[Any]
) -> None:
    plan = plan_with({"criteria": criteria, "checks": checks})
    assert not judge(plan, [*records, {**run_of(PLAN, "c1"), "check": 3}]).proven
