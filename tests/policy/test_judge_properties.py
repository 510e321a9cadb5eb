"""What holds for any change: the judgement is repeatable, approvals only help, waivers stay put."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from policy_cases import CASES

from buildrunner.policy import waivers as waiving
from buildrunner.policy.approvals import Approval
from buildrunner.policy.change import Change, FileChange, Hunk, Person
from buildrunner.policy.document import load
from buildrunner.policy.judge import failing, judge, unjudged
from buildrunner.policy.patterns import canonical, path_matches
from buildrunner.policy.schema import schema as published
from buildrunner.policy.waivers import Waiver

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
RULES = load(
    b"""
protected_paths: [/src/, {path: "*.sql", approvals: [{role: QA, count: 2}]}]
approvals:
  applies_to: all
  required: [{role: PM}, {role: TechLead}]
  protected_paths_override: {/src/core/: [{role: TechLead, count: 2}]}
pr_requirements: {title_pattern: "^feat", description_min_length: 5, max_files: 3}
branches: {main: {require_reviews: 3, require_code_owner_reviews: true}}
quality: {require_peer_review: true, require_architecture_review: true}
violations: {pr_size: approve}
"""
).policy
ROLES = st.sampled_from(["PM", "TechLead", "QA", "Viewer"])
PATHS = st.sampled_from(
    ["src/a.py", "src/core/b.py", "db/c.sql", "README", "buildrunner/governance/policy.yml"]
)
FILES = st.builds(
    lambda path, text: FileChange(path, digest=text, hunks=[Hunk(added=[(1, text)])]),
    PATHS,
    st.sampled_from(["one", "two", "key = 'AKIAQYLPMN5HFIQR7XYA'"]),
)
CHANGES = st.builds(
    Change,
    files=st.lists(FILES, max_size=5),
    title=st.sampled_from(["feat: x", "fix: x"]),
    body=st.sampled_from(["", "long enough"]),
    target=st.sampled_from(["main", "other"]),
    head=st.just("h1"),
    author=st.just(Person(id="p0")),
    codeowners=st.just("/src/ @p1 @p2\n"),
)
APPROVALS = st.lists(
    st.builds(
        Approval,
        id=st.sampled_from([f"p{n}" for n in range(6)]),
        roles=st.lists(ROLES, max_size=3),
        kind=st.sampled_from(["person", "person", "agent"]),
        head=st.sampled_from(["h1", "h1", "h0"]),
        paths=st.sampled_from([None, None, ["/src/"]]),
    ),
    max_size=8,
)


def told(denials: list[Any]) -> list[dict[str, Any]]:
    return [denial.as_dict() for denial in denials]


@given(CHANGES, APPROVALS)
def test_the_judgement_is_the_same_each_time(change: Change, approvals: list[Approval]) -> None:
    first = told(judge(RULES, change, approvals=approvals, now=NOW))
    assert told(judge(RULES, change, approvals=reversed(approvals), now=NOW)) == first
    again = Change.from_dict(change.as_dict())
    assert told(judge(RULES, again, approvals=approvals, now=NOW)) == first


@given(CHANGES, APPROVALS, APPROVALS)
def test_more_approvals_never_deny_more(
    change: Change, some: list[Approval], more: list[Approval]
) -> None:
    before = {d.fingerprint for d in failing(judge(RULES, change, approvals=some, now=NOW))}
    after = {d.fingerprint for d in failing(judge(RULES, change, approvals=some + more, now=NOW))}
    assert after <= before


def waiver_of(denial: Any, **more: Any) -> Waiver:
    return replace(
        Waiver(denial.rule, denial.fingerprint, "known", "grace", "2026-12-01", denial.path),
        **more,
    )


@given(CHANGES, st.data())
def test_a_waiver_silences_its_own_denial_alone(change: Change, data: st.DataObject) -> None:
    denials = failing(judge(RULES, change, now=NOW))
    if not denials:
        return
    chosen = data.draw(st.sampled_from(denials))
    rest = failing(judge(RULES, change, waivers=[waiver_of(chosen)], now=NOW))
    silent = {d.fingerprint for d in denials} - {d.fingerprint for d in rest}
    assert silent == (set() if chosen.rule == "policy-guard" else {chosen.fingerprint})


@given(CHANGES, st.integers(0, 400))
def test_an_expired_waiver_silences_nothing(change: Change, days: int) -> None:
    denials = failing(judge(RULES, change, now=NOW))
    waivers = [waiver_of(denial) for denial in denials]
    later = datetime(2026, 12, 2, tzinfo=UTC) + timedelta(days=days)
    assert len(failing(judge(RULES, change, waivers=waivers, now=later))) == len(denials)
    for denial in judge(RULES, change, waivers=waivers, now=later):
        assert "does not count" in denial.mend


SECRET = Change(files=[FileChange("a.py", hunks=[Hunk(added=[(1, "k = 'AKIAQYLPMN5HFIQR7XYA'")])])])


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"expires": "2026-11-22"}, "expired"),
        ({"expires": "2026-11-23T11:59:59Z"}, "expired"),
        ({"expires": "2027-11-22"}, "longer than 90 days"),
        ({"expires": "2027-11-22", "created": "2027-11-01"}, "longer than 90 days"),
        ({"approver": "P0"}, "author"),
        ({"reason": " "}, "no reason"),
    ],
)
def test_these_waivers_do_not_count(more: dict[str, str], why: str) -> None:
    change = replace(SECRET, author=Person(id="p0"))
    (denial,) = judge({}, change, now=NOW)
    (after,) = judge({}, change, waivers=[waiver_of(denial, **more)], now=NOW)
    assert after.fails
    assert why in after.mend


def test_a_waiver_counts_to_the_end_of_its_day() -> None:
    (denial,) = judge({}, SECRET, now=NOW)
    waiver = waiver_of(denial, expires="2026-11-23")
    night = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)
    assert judge({}, SECRET, waivers=[waiver], now=night)[0].waived_by is not None
    assert judge({}, SECRET, waivers=[waiver], now=night + timedelta(seconds=1))[0].fails


def test_the_policy_bounds_waivers() -> None:
    (denial,) = judge({}, SECRET, now=NOW)
    never = load(b"waivers: {never: [secret]}").policy
    short = load(b"waivers: {max_days: 3}").policy
    for rules in (never, short):
        assert failing(judge(rules, SECRET, waivers=[waiver_of(denial)], now=NOW))


def test_another_content_is_denied_again() -> None:
    rules = load(b"{protected_paths: [/src/], approvals: {required: [{role: PM}]}}").policy
    change = Change(files=[FileChange("src/a", digest="one", hunks=[Hunk(added=[(1, "x")])])])
    (denial,) = judge(rules, change, now=NOW)
    waiver = waiver_of(denial)
    assert not failing(judge(rules, change, waivers=[waiver], now=NOW))
    change.files[0].digest = "two"
    assert failing(judge(rules, change, waivers=[waiver], now=NOW))


def test_a_change_cannot_bring_its_own_waiver() -> None:
    (denial,) = judge({}, SECRET, now=NOW)
    waiver = waiver_of(denial, proposed=True)
    place = FileChange("buildrunner/governance/waivers.json", digest="w", status="added")
    change = replace(SECRET, files=[*SECRET.files, place], head="h1")
    assert len(failing(judge({}, change, waivers=[waiver], now=NOW))) == 2
    approved = [Approval(id="grace", roles=["PM"], head="h1")]
    assert failing(judge({}, change, waivers=[waiver], approvals=approved, now=NOW)) == []


def test_waivers_are_written_and_read() -> None:
    (denial,) = judge({}, SECRET, now=NOW)
    waivers = [waiver_of(denial, created="2026-11-23"), waiver_of(denial, reason='ümlaut "q"')]
    assert waiving.load(waiving.dump(waivers)) == waivers
    assert waiving.load(b"") == []


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"[]", 1),
        (b'{"waivers": {}}', 1),
        (b'{"waivers": [\n3]}', 2),
        (b'{"waivers": [\n{"rule": "secret"}]}', 2),
        (
            b'{"waivers": [{"rule": "a", "fingerprint": "b", "reason": "c", "approver": "d",\n"expires": "soon"}]}',
            1,
        ),
        (b'{"waivers": [{"rule": [\n1]}]}', 1),
        (b"\xff", 1),
        (b"{", 1),
    ],
)
def test_a_broken_file_of_waivers_is_told_with_its_line(data: bytes, line: int) -> None:
    with pytest.raises(waiving.WaiverError) as caught:
        waiving.load(data)
    assert caught.value.line == line


def valid(schema: dict[str, Any]) -> Any:
    """Values that a part of the policy's schema takes."""
    if "$ref" in schema:
        return valid(published()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "anyOf" in schema:
        return st.one_of([valid(option) for option in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    kind = schema["type"]
    if kind == "boolean":
        return st.booleans()
    if kind in ("integer", "number"):
        return st.integers(int(schema.get("minimum", 1)), int(schema.get("maximum", 100)))
    if kind == "string":
        words = ["PM", "a", "/src/", "*.py", "main", "QA", "^m1", "**", "todo"]
        return st.just("1.0") if "pattern" in schema else st.sampled_from(words)
    if kind == "array":
        return st.lists(valid(schema["items"]), max_size=2)
    if "properties" not in schema:
        names = st.sampled_from(["main", "/src/", "QA", "secret", "process", "default", "1"])
        return st.dictionaries(names, valid(schema["additionalProperties"]), max_size=2)
    needed = schema.get("required", ())
    parts = {key: valid(value) for key, value in schema["properties"].items()}
    return st.fixed_dictionaries(
        {key: parts[key] for key in needed},
        optional={key: part for key, part in parts.items() if key not in needed},
    )


def everything() -> Change:
    """One change with whatever any rule asks about."""
    members: dict[str, Any] = {}
    for _, denied, _ in CASES.values():
        members |= {key: value for key, value in denied.items() if key != "approvals"}
    return Change(**members)


@given(valid({"$ref": "#/$defs/Policy"}))
def test_any_right_policy_judges_any_change(policy: dict[str, Any]) -> None:
    loaded = load(yaml.safe_dump(policy).encode())
    if loaded.ok:
        told(judge(loaded.policy, everything(), now=NOW))
        unjudged(loaded.policy, everything())


@given(st.text(max_size=30))
def test_canonical_paths_are_settled(path: str) -> None:
    once = canonical(path)
    assert canonical(once) == once
    assert ".." not in once.split("/")


@given(
    st.text(alphabet="ab/*?[]!.^$(){}|+\\é\u200b", min_size=1, max_size=12), st.text(max_size=12)
)
def test_any_path_pattern_is_judged_or_refused_beforehand(pattern: str, path: str) -> None:
    text = f"protected_paths: [{pattern!r}]".encode()
    loaded = load(text)
    for entry in loaded.policy.get("protected_paths", ()):
        path_matches(entry, path)
