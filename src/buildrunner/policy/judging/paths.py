"""Rules about the files a change touches: the policy's own, and protected ones."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence
from typing import Any

from buildrunner.policy import patterns, roles
from buildrunner.policy.case import ONE_PM, Case
from buildrunner.policy.change import LINK, SUBMODULE, FileChange

POLICY_FILES = ("/buildrunner/governance/policy.yml", "/governance/policy.yml")
WAIVER_FILES = ("/buildrunner/governance/waivers.json", "/governance/waivers.json")
# What decides which rules hold and who may say so.
GUARDED = (
    *POLICY_FILES, *WAIVER_FILES, "**/governance/policy.yml", "**/governance/waivers.json",
    "/buildrunner/keys.json", "**/buildrunner/keys.json",
    "/buildrunner/governance/scan-baseline.json", "**/buildrunner/governance/scan-baseline.json",
    "/CODEOWNERS", "/.github/CODEOWNERS", "/.gitlab/CODEOWNERS", "/docs/CODEOWNERS",
    "/.github/workflows/", "/.github/actions/", "/.gitlab-ci.yml", "/.githooks/", "/.husky/",
    "/.pre-commit-config.yaml", "/lefthook.yml",
)  # fmt: skip
_PLAN = "**/buildrunner/specs/plan.json"


class Protected:
    """One clause that protects paths. `approvals` is its own list of who approves, or None."""

    __slots__ = ("approvals", "clause", "pattern", "reason")

    def __init__(self, pattern: str, clause: str, reason: str, approvals: Any) -> None:
        self.pattern = pattern
        self.clause = clause
        self.reason = reason
        self.approvals = approvals if isinstance(approvals, list) and approvals else None


def protected(policy: dict[str, Any]) -> list[Protected]:
    """The clauses of a policy that protect paths, overrides last."""
    found = []
    listed = policy.get("protected_paths")
    for number, entry in enumerate(listed if isinstance(listed, list) else ()):
        clause = f"protected_paths[{number}]"
        if isinstance(entry, str):
            found.append(Protected(entry, clause, "", None))
        elif isinstance(entry, dict) and isinstance(entry.get("path"), str):
            reason = str(entry.get("reason", ""))
            found.append(Protected(entry["path"], clause, reason, entry.get("approvals")))
    approvals = policy.get("approvals")
    override = approvals.get("protected_paths_override") if isinstance(approvals, dict) else None
    for path, wanted in (override if isinstance(override, dict) else {}).items():
        clause = f"approvals.protected_paths_override.{path}"
        found.append(Protected(path, clause, "", wanted))
    return found


def touches(pattern: str, file: FileChange) -> str | None:
    """How a change of a file touches what a pattern names, in words; None if it does not."""
    for path in file.paths:
        if patterns.path_matches(pattern, path):
            how = _verb(file) if path == file.path else f"is renamed to {file.path}"
            return f"{path} {how}{_spelt(pattern, path)}"
        # Whatever stands where a folder stood hides everything in it.
        if patterns.covers_below(pattern, path) and (path != file.path or file.status != "deleted"):
            return f"{path} takes the place of a folder above {pattern}"
    if file.mode_after == LINK:
        target = _link_target(file)
        if target and (
            patterns.path_matches(pattern, target) or patterns.covers_below(pattern, target)
        ):
            return f"{file.path} links to {target}, at {pattern}"
    return None


def _verb(file: FileChange) -> str:
    if file.mode_after == SUBMODULE:
        return "is a submodule that changes"
    if file.status == "modified" and not file.hunks and not file.binary and not file.truncated:
        return f"changes its mode from {file.mode_before} to {file.mode_after}"
    if file.mode_after == LINK and file.mode_before != LINK:
        return "becomes a link"
    return {
        "added": "is added", "deleted": "is deleted", "renamed": "is renamed from elsewhere",
        "copied": "is copied from elsewhere", "typechange": "changes its type",
    }.get(file.status, "changes")  # fmt: skip


def _spelt(pattern: str, path: str) -> str:
    """What to say of a path that only another spelling of it matches."""
    if patterns.canonical(path) == path.lower():
        return ""
    return f" (on some systems the same as {patterns.canonical(path)}, see {pattern})"


def _link_target(file: FileChange) -> str | None:
    lines = [text for _, text in file.added()]
    if len(lines) != 1 or lines[0].startswith("/"):
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(file.path), lines[0]))


def content_of(file: FileChange) -> list[Any]:
    """What identifies the state a file is brought to."""
    state = file.digest or [[list(hunk.added), list(hunk.removed)] for hunk in file.hunks]
    return [file.status, file.mode_after, file.old_path, state]


def guard(case: Case) -> None:
    """`policy-guard`: the policy protects itself."""
    wanted = guardians(case.policy)
    for file in _candidates(case, GUARDED):
        for pattern in GUARDED:
            how = touches(pattern, file)
            if how is None:
                continue
            lacking = case.lacking(wanted, file.paths)
            if lacking:
                case.deny(
                    "policy-guard",
                    f"{how}; it belongs to the rules themselves and lacks approval by "
                    f"{_joined(lacking)}",
                    content=content_of(file),
                    clause=guardian_clause(case.policy),
                    file=file,
                    owner=_joined(_roles(wanted)),
                    needs=wanted,
                )
            break
    _plan_guard(case, wanted)


def _plan_guard(case: Case, wanted: list[Any]) -> None:
    """A plan that is gone, or elsewhere, or a link, would be judged no more."""
    for file in case.change.files:
        lost = [path for path in file.paths if patterns.path_matches(_PLAN, path)]
        stays = file.path in lost and file.status != "deleted" and file.mode_after != LINK
        if not lost or stays or file.status == "copied":
            continue
        lacking = case.lacking(wanted, file.paths)
        if lacking:
            case.deny(
                "policy-guard",
                f"{lost[0]} is there no more: nothing would tell what becomes done; it lacks "
                f"approval by {_joined(lacking)}",
                content=content_of(file),
                clause=guardian_clause(case.policy),
                file=file,
                owner=_joined(_roles(wanted)),
                needs=wanted,
            )


def _candidates(case: Case, listed: Sequence[str]) -> list[FileChange]:
    """The files of the change that may touch what the patterns name, links always."""
    watch = patterns.Paths(listed)
    return [
        file
        for file in case.change.files
        if file.mode_after == LINK or any(watch.may_touch(path) for path in file.paths)
    ]


def guardians(policy: dict[str, Any]) -> list[Any]:
    """Who approves changes of the policy itself."""
    approvals = policy.get("approvals")
    said = approvals.get("policy") if isinstance(approvals, dict) else None
    if isinstance(said, list) and said:
        return said
    for place in POLICY_FILES:
        override = _override(policy, place.lstrip("/"))
        if override is not None and override.approvals:
            return override.approvals
    required = approvals.get("required") if isinstance(approvals, dict) else None
    return required if isinstance(required, list) and required else ONE_PM


def guardian_clause(policy: dict[str, Any]) -> str:
    """The clause that says who approves changes of the policy."""
    approvals = policy.get("approvals")
    said = approvals if isinstance(approvals, dict) else {}
    return "approvals.policy" if said.get("policy") or not said else "approvals.required"


def _override(policy: dict[str, Any], path: str) -> Protected | None:
    """The override for a path; of several the one with the longest pattern."""
    fitting = [
        entry
        for entry in protected(policy)
        if entry.clause.startswith("approvals.") and patterns.path_matches(entry.pattern, path)
    ]
    return max(fitting, key=lambda entry: len(entry.pattern), default=None)


def judge_protected(case: Case) -> None:
    """`protected-path`: one denial a file, however many clauses protect it."""
    clauses = protected(case.policy)
    security = case.part("security")
    severity = "alert" if security.get("require_approval_for_sensitive_changes") is False else None
    extra = [{"role": "TechLead"}] if security.get("require_security_review") is True else []
    for file in _candidates(case, [entry.pattern for entry in clauses]):
        hits = [(entry, how) for entry in clauses if (how := touches(entry.pattern, file))]
        if not hits:
            continue
        entry, wanted = _deciding([entry for entry, _ in hits], case)
        lacking = case.lacking([*wanted, *extra], file.paths)
        if not lacking:
            continue
        how = next(how for each, how in hits if each is entry)
        reason = f" ({entry.reason})" if entry.reason else ""
        case.deny(
            "protected-path",
            f"{how}, which {entry.pattern} protects{reason}; it lacks approval by "
            f"{_joined(lacking)}",
            content=content_of(file),
            clause=entry.clause,
            file=file,
            owner=_joined(_roles([*wanted, *extra])),
            severity=severity,
            needs=[*wanted, *extra],
        )


def _deciding(entries: list[Protected], case: Case) -> tuple[Protected, list[Any]]:
    """Who says who approves: the longest override, else the clauses' own lists, else `required`."""
    overrides = [entry for entry in entries if entry.clause.startswith("approvals.")]
    if overrides:
        longest = max(overrides, key=lambda entry: len(entry.pattern))
        return longest, longest.approvals or case.required
    own = [entry for entry in entries if entry.approvals]
    if own:
        return own[0], list(_merged(own))
    return entries[0], case.required


def _merged(entries: list[Protected]) -> Iterator[Any]:
    """Of several clauses for one role the largest count."""
    most: dict[str, int] = {}
    for entry in entries:
        for wanted in entry.approvals or ():
            role, count = wanted.get("role", ""), int(wanted.get("count", 1))
            most[role] = max(count, most.get(role, 0))
    for role, count in most.items():
        yield {"role": role, "count": count}


def _roles(wanted: list[Any]) -> list[str]:
    return list(dict.fromkeys(roles.shown(str(entry.get("role", ""))) for entry in wanted))


def _joined(names: list[str]) -> str:
    *first, last = names or ["nobody"]
    return f"{', '.join(first)} and {last}" if first else last
