"""Sections about a change: what it touches, who approves it, what it must say."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct

from buildrunner.policy.shape.kinds import (
    Branch,
    Count,
    Hours,
    Money,
    Names,
    Path,
    Paths,
    Pattern,
    Patterns,
    Requirements,
    Rise,
    RiskName,
    Roles,
    Said,
    StatusName,
    Text,
    Votes,
)


class ProtectedPath(Struct):
    """A path with what there is to say about it."""

    path: Annotated[Path, Meta(description="A path or pattern, as in .gitignore.")]
    reason: Said[Annotated[Text, Meta(description="Why it is protected; shown in denials.")]] = (
        UNSET
    )
    approvals: Said[
        Annotated[Requirements, Meta(description="Who approves it, in place of others.")]
    ] = UNSET


class Above(Struct):
    """One reason to ask for an approval."""

    daily_cost_above: Said[Annotated[Money, Meta(description="Dollars a day.")]] = UNSET
    monthly_cost_above: Said[Annotated[Money, Meta(description="Dollars a month.")]] = UNSET
    cost_spike_above: Said[Annotated[Rise, Meta(description="Rise of cost.")]] = UNSET
    quality_drop_above: Said[Annotated[Rise, Meta(description="Fall of quality.")]] = UNSET
    test_failure_rate_above: Said[Annotated[Rise, Meta(description="Tests failing.")]] = UNSET
    unresolved_count_above: Said[Annotated[Count, Meta(description="Open anomalies.")]] = UNSET
    severity: Said[Annotated[list[RiskName], Meta(description="Severities of anomalies.")]] = UNSET


class Workflow(Struct):
    """An approval that cost, quality or an anomaly makes necessary."""

    required_for: Said[Annotated[list[Above], Meta(description="Any of these asks for it.")]] = (
        UNSET
    )
    approvers: Said[Annotated[Roles, Meta(description="One of these approves.")]] = UNSET
    timeout_hours: Said[Annotated[Hours, Meta(description="Until the request lapses.")]] = UNSET


class Approvals(Struct):
    """Who has to approve. Authors and agents never count, nor approvals of an earlier push."""

    required: Said[Annotated[Requirements, Meta(description="For every protected path.")]] = UNSET
    applies_to: Said[
        Annotated[
            Literal["protected", "all"],
            Meta(description="`all`: `required` holds for every change; `protected` if absent."),
        ]
    ] = UNSET
    protected_paths_override: Said[
        Annotated[
            dict[Path, Requirements],
            Meta(description="Path → who approves it instead of `required`; protects it too."),
        ]
    ] = UNSET
    policy: Said[
        Annotated[
            Requirements,
            Meta(
                description="Who approves changes of the policy, waivers, CODEOWNERS, workflows and hooks; if absent the override of the policy's path, else `required`, else one PM."
            ),
        ]
    ] = UNSET
    cost_approval: Said[
        Annotated[Workflow, Meta(description="When spending asks for approval.")]
    ] = UNSET
    anomaly_approval: Said[Annotated[Workflow, Meta(description="When an anomaly does.")]] = UNSET
    quality_approval: Said[Annotated[Workflow, Meta(description="When quality does.")]] = UNSET


class PullRequest(Struct):
    """What a pull request must say."""

    title_pattern: Said[Annotated[Pattern, Meta(description="Found in the title.")]] = UNSET
    title_min_length: Said[Annotated[Count, Meta(description="Characters.")]] = UNSET
    title_max_length: Said[Annotated[Count, Meta(description="Characters.")]] = UNSET
    microstep_id: Said[
        Annotated[bool, Meta(description="The title or branch names a microstep.")]
    ] = UNSET
    microstep_id_pattern: Said[
        Annotated[
            Pattern, Meta(description="How an id is written; if absent any id of the plan will do.")
        ]
    ] = UNSET
    checklists: Said[
        Annotated[Names, Meta(description="Items the description must have, ticked.")]
    ] = UNSET
    description_min_length: Said[
        Annotated[Count, Meta(description="Characters, comments and checklist not counted.")]
    ] = UNSET
    description_max_length: Said[Annotated[Count, Meta(description="Characters.")]] = UNSET
    branch_pattern: Said[Annotated[Pattern, Meta(description="Found in the branch's name.")]] = (
        UNSET
    )
    max_files: Said[Annotated[Count, Meta(description="Most files one change may touch.")]] = UNSET


class SecretScan(Struct):
    """What the scan of added lines looks for."""

    enabled: Said[Annotated[bool, Meta(description="Scan at all; true if absent.")]] = UNSET
    block_on_detection: Said[
        Annotated[bool, Meta(description="false: a secret is only an alert.")]
    ] = UNSET
    deny_patterns: Said[
        Annotated[Patterns, Meta(description="Secrets beside those known to the scanner.")]
    ] = UNSET
    allowed_patterns: Said[
        Annotated[Patterns, Meta(description="Text that is no secret where it is the match.")]
    ] = UNSET
    exclude_files: Said[Annotated[Paths, Meta(description="Files that are not scanned.")]] = UNSET
    built_in: Said[
        Annotated[bool, Meta(description="Use the scanner's own rules; true if absent.")]
    ] = UNSET
    entropy: Said[
        Annotated[bool, Meta(description="Report random-looking text; true if absent.")]
    ] = UNSET
    pii: Said[
        Annotated[
            bool | Names,
            Meta(description="Look for personal data too: all kinds, or those named."),
        ]
    ] = UNSET
    inline_allow: Said[
        Annotated[
            bool,
            Meta(
                description="`br:allow-secret REASON` in a line makes it an alert; true if absent."
            ),
        ]
    ] = UNSET


class RiskLevel(Struct):
    """What work of one risk level needs."""

    require_rollback: Said[Annotated[bool, Meta(description="A `rollback_plan`.")]] = UNSET
    require_post_check: Said[Annotated[bool, Meta(description="A `post_check`.")]] = UNSET
    require_staging_test: Said[
        Annotated[bool, Meta(description="The status check `staging` has passed.")]
    ] = UNSET
    auto_merge_allowed: Said[Annotated[bool, Meta(description="May be merged by a machine.")]] = (
        UNSET
    )
    additional_approvals: Said[
        Annotated[Votes, Meta(description="Approvals beyond all others, of any role.")]
    ] = UNSET


class RiskLevels(Struct):
    """The four levels of a microstep's `risk_level`."""

    low: Said[RiskLevel] = UNSET
    medium: Said[RiskLevel] = UNSET
    high: Said[RiskLevel] = UNSET
    critical: Said[RiskLevel] = UNSET


class Risk(Struct):
    """What risky work needs. A level that is named here decides alone for its microsteps."""

    require_rollback: Said[Annotated[bool, Meta(description="For levels not named.")]] = UNSET
    require_post_check: Said[Annotated[bool, Meta(description="For levels not named.")]] = UNSET
    risk_levels: Said[Annotated[RiskLevels, Meta(description="By level.")]] = UNSET


class Transitions(Struct):
    """Status → statuses that may follow. A status that is not named may become any."""

    todo: Said[list[StatusName]] = UNSET
    doing: Said[list[StatusName]] = UNSET
    blocked: Said[list[StatusName]] = UNSET
    done: Said[list[StatusName]] = UNSET


class Microsteps(Struct):
    """How a change and the plan belong together."""

    enforce_in_commits: Said[
        Annotated[bool, Meta(description="Every commit names a microstep.")]
    ] = UNSET
    enforce_in_pr_title: Said[Annotated[bool, Meta(description="The title does.")]] = UNSET
    enforce_in_pr_description: Said[Annotated[bool, Meta(description="The description does.")]] = (
        UNSET
    )
    require_acceptance_criteria: Said[
        Annotated[bool, Meta(description="A microstep in work or done has criteria.")]
    ] = UNSET
    require_testing_evidence: Said[
        Annotated[bool, Meta(description="One that becomes done is proven.")]
    ] = UNSET
    blocked_statuses: Said[
        Annotated[Names, Meta(description="A change may name no microstep of these statuses.")]
    ] = UNSET
    allowed_transitions: Said[Annotated[Transitions, Meta(description="What may follow what.")]] = (
        UNSET
    )


class BranchRules(Struct):
    """What holds for changes into one branch."""

    require_pr: Said[Annotated[bool, Meta(description="No push without a pull request.")]] = UNSET
    require_reviews: Said[Annotated[Votes, Meta(description="Approvals of any role.")]] = UNSET
    dismiss_stale_reviews: Said[
        Annotated[bool, Meta(description="For the git host; here a new push always does.")]
    ] = UNSET
    require_code_owner_reviews: Said[
        Annotated[bool, Meta(description="An owner of each file by CODEOWNERS approves.")]
    ] = UNSET
    require_status_checks: Said[
        Annotated[bool, Meta(description="Those named must have passed.")]
    ] = UNSET
    required_status_checks: Said[Annotated[Names, Meta(description="Names of status checks.")]] = (
        UNSET
    )
    restrict_pushes: Said[Annotated[bool, Meta(description="Only those named may push.")]] = UNSET
    allowed_push_users: Said[Annotated[Names, Meta(description="Who may push.")]] = UNSET


BranchTable = dict[Branch, BranchRules]
