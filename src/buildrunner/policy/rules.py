"""The catalogue of rules: what each denies, why, and how a change mends it."""

from __future__ import annotations

from typing import NamedTuple

BLOCK, ALERT, APPROVE = "block", "alert", "approve"


class Rule(NamedTuple):
    """One rule. `group` is what `violations` may also call it by; `action` holds where the policy
    says nothing; `clause` is where the policy asks for it."""

    id: str
    group: str
    action: str
    title: str
    clause: str
    why: str
    mend: str


_TABLE = """
policy-guard | policy | approve | A change of the rules themselves
  clause: approvals.policy
  why: The policy, waivers, CODEOWNERS, workflows, hooks and trusted keys decide what may be merged. Whoever can change them unseen can merge anything, so they need the policy's own approvers: `approvals.policy`, else the override of the policy's path, else `approvals.required`, else one PM. The rules of the base branch judge the change, not those it brings. This rule can be neither waived nor lowered.
  mend: Ask the people named to approve this very state of the change, or take the file out of it.
policy-invalid | policy | block | The policy would no longer be readable
  clause: protected_paths
  why: A policy with errors judges nothing; merging it would leave the branch without rules.
  mend: Run `br governance validate` and mend what it names.
protected-path | security | approve | A protected path changes without its approvals
  clause: protected_paths
  why: The path stands in `protected_paths` or in an override of approvals. Renaming a file away, replacing a folder by a link or submodule, another case or spelling of the name and a change of mode alone all count as changes. Approvals count for exactly the state they were given for; authors, agents and services never count.
  mend: Ask the people named to approve, or leave the path as it is.
approvals | process | approve | The change lacks approvals
  clause: approvals.required
  why: With `applies_to: all` every change needs `approvals.required`.
  mend: Ask the people named to approve.
pr-title | process | block | The title is not of the agreed form
  clause: pr_requirements.title_pattern
  why: Tools and people read titles; the policy gives a pattern for them.
  mend: Change the title so that the pattern is found in it.
pr-title-length | process | block | The title is too short or too long
  clause: pr_requirements.title_min_length
  why: The policy bounds the length of titles.
  mend: Change the title.
pr-microstep | process | block | No microstep is named
  clause: pr_requirements.microstep_id
  why: Each change belongs to a microstep of the plan, so that evidence, cost and history find each other.
  mend: Put the id of a microstep into the title or the name of the branch, such as `m1.s2.ms3: …`.
pr-checklist | process | block | An item of the checklist is missing or open
  clause: pr_requirements.checklists
  why: The policy lists what has to be ticked before a change is merged.
  mend: Add `- [x] ` and the item to the description once it is true.
pr-description | process | block | The description is too short or too long
  clause: pr_requirements.description_min_length
  why: Reviewers need to know what changes and why. Comments and the checklist are not counted.
  mend: Say what changes and why.
pr-branch | process | block | The branch is not named as agreed
  clause: pr_requirements.branch_pattern
  why: The policy gives a pattern for names of branches.
  mend: Rename it: `git branch -m NEW-NAME`, push again.
pr-size | process | block | The change touches too many files
  clause: pr_requirements.max_files
  why: Small changes are reviewed, large ones are waved through.
  mend: Split the change.
secret | security | block | A secret stands in an added line
  clause: secret_scan
  why: Whatever was pushed once is known: scanners watch public repositories, and history keeps it after the line is gone.
  mend: Revoke it where it was issued, take it out of the history of the branch, and read it from the environment. A stand-in belongs into `secret_scan.allowed_patterns`.
personal-data | security | alert | Personal data stands in an added line
  clause: secret_scan.pii
  why: Addresses and numbers of people do not belong into a repository, which cannot forget.
  mend: Use made-up data, such as addresses at example.org.
not-scanned | security | alert | A file could not be scanned
  clause: secret_scan
  why: What is not looked at may hold anything.
  mend: Run `br governance scan` on the file, or list it in `secret_scan.exclude_files`.
risk-too-high | security | block | The work is riskier than the policy allows
  clause: security.max_risk_level
  why: A microstep that the change names has a higher `risk_level` than `security.max_risk_level`.
  mend: Split off the risky part, or reduce the risk and say so in the plan.
risk-rollback | process | block | Risky work without a way back
  clause: risk.risk_levels
  why: Work of this risk level needs a `rollback_plan` in its microstep.
  mend: Say how to get back: `br plan edit ID --set rollback_plan=…`.
risk-post-check | process | block | Risky work without a look afterwards
  clause: risk.risk_levels
  why: Work of this risk level needs a `post_check` in its microstep.
  mend: Say what to look at: `br plan edit ID --set post_check=…`.
risk-staging | process | block | Risky work without a test on staging
  clause: risk.risk_levels
  why: Work of this risk level needs the status check `staging`.
  mend: Deploy to staging and report the check `staging`.
risk-approvals | process | approve | Risky work lacks further approvals
  clause: risk.risk_levels
  why: Work of this risk level needs approvals beyond those other clauses ask for.
  mend: Ask more people to approve.
commit-microstep | process | block | A commit names no microstep
  clause: microsteps.enforce_in_commits
  why: Each commit belongs to a microstep of the plan; merge commits do not count.
  mend: Reword the commit: `git rebase -i`, and put the id into its subject.
title-microstep | process | block | The title names no microstep
  clause: microsteps.enforce_in_pr_title
  why: Each change belongs to a microstep of the plan.
  mend: Put the id of a microstep into the title.
description-microstep | process | block | The description names no microstep
  clause: microsteps.enforce_in_pr_description
  why: Each change belongs to a microstep of the plan.
  mend: Put the id of a microstep into the description.
microstep-unknown | process | block | The plan has no such microstep
  clause: pr_requirements.microstep_id
  why: What is named looks like an id, but the plan does not have it.
  mend: Correct the id; `br list` shows those of the plan.
microstep-blocked | process | block | Work on a microstep that is blocked
  clause: microsteps.blocked_statuses
  why: The plan says that this microstep waits for something.
  mend: Unblock it first: `br todo ID`.
microstep-transition | process | block | A status changes in a way that is not allowed
  clause: microsteps.allowed_transitions
  why: The policy says which status may follow which.
  mend: Go through the statuses in between, or undo the change of the plan.
microstep-criteria | quality | block | A microstep without acceptance criteria
  clause: microsteps.require_acceptance_criteria
  why: Without criteria nothing can be proven.
  mend: Say what must be true: `br plan edit ID --criterion TEXT`.
not-proven | quality | block | Done without proof
  clause: evidence.mode
  why: A microstep becomes done on evidence for this content, or on a sign-off.
  mend: Run `br qa run ID`, or have it signed off.
push-without-request | process | block | A push without a pull request
  clause: branches
  why: Changes of this branch come by pull request.
  mend: Push a branch of your own and open a pull request.
push-restricted | security | block | A push by somebody who may not
  clause: branches
  why: The policy names who may push to this branch.
  mend: Ask one of those named to push.
branch-reviews | process | approve | Too few reviews for this branch
  clause: branches
  why: Changes into this branch need so many approvals of any role.
  mend: Ask more people to approve.
code-owners | process | approve | An owner of a file has not approved
  clause: branches
  why: CODEOWNERS names who answers for the file; one of them has to approve.
  mend: Ask one of the owners.
status-checks | quality | block | A status check has not passed
  clause: branches
  why: The policy names status checks that must pass.
  mend: Wait for the check, or mend what it found.
peer-review | quality | approve | Nobody else has looked
  clause: quality.require_peer_review
  why: Somebody besides the author has to approve.
  mend: Ask somebody.
architecture-review | quality | approve | No TechLead has looked
  clause: quality.require_architecture_review
  why: The policy asks for a review by a TechLead.
  mend: Ask a TechLead to approve.
quality-coverage | quality | block | Test coverage is too low
  clause: quality.min_test_coverage
  why: The policy sets a least coverage.
  mend: Test what the change adds.
quality-pass-rate | quality | block | Too few criteria hold
  clause: quality.min_acceptance_criteria_pass_rate
  why: The policy sets how many criteria must hold.
  mend: Run `br qa run`, and mend what fails.
quality-failures | quality | block | Too many failures in a row
  clause: quality.max_consecutive_failures
  why: The policy bounds how often checks may fail in a row.
  mend: Find out why before trying again.
cost-daily | cost | block | More was spent today than allowed
  clause: analytics.max_daily_cost
  why: The policy sets a daily limit.
  mend: Wait for tomorrow, or have the limit raised.
cost-budget | cost | alert | The monthly budget is used up
  clause: analytics.budget_alert_threshold
  why: A soft limit; hard ones stand in `budget`.
  mend: Look at what the money went for.
anomaly-open | anomaly | block | An anomaly waits for review
  clause: analytics.require_anomaly_review
  why: The policy asks that anomalies are reviewed before work goes on.
  mend: Review it.
design-tokens | quality | block | Design tokens differ from the design
  clause: design_system.design_token_threshold
  why: The policy sets how many tokens must agree.
  mend: Run `br design:sync`.
design-visual | quality | block | Pages look different
  clause: design_system.visual_regression.similarity_threshold
  why: The policy sets how alike pictures must be.
  mend: Mend the page, or accept the new picture.
design-drift | quality | block | Components drift from the design
  clause: design_system.component_parity.allowed_drift_percentage
  why: The policy sets how far components may drift.
  mend: Bring the components back.
preview-required | process | block | The phase needs a preview
  clause: require_preview_for_phase
  why: In this phase a change is looked at in a preview environment.
  mend: Deploy a preview of the branch.
"""


def _read() -> dict[str, Rule]:
    table: dict[str, Rule] = {}
    lines = iter(_TABLE.strip().splitlines())
    for head in lines:
        name, group, action, title = (part.strip() for part in head.split("|"))
        said = [next(lines).strip().partition(": ")[2] for _ in range(3)]
        table[name] = Rule(name, group, action, title, *said)
    return table


RULES = _read()
GROUPS = tuple(dict.fromkeys(rule.group for rule in RULES.values()))
# These protect the policy itself: no waiver and no `violations` entry weakens them.
FIRM = frozenset({"policy-guard", "policy-invalid"})
# What an approval is missing for: given, they are gone.
BY_APPROVAL = frozenset(rule.id for rule in RULES.values() if rule.action == APPROVE)


def named(name: str) -> Rule | None:
    """The rule of an id, written with `-` or `_`; None where there is none."""
    return RULES.get(name.strip().lower().replace("_", "-"))
