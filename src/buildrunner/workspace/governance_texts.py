"""The files `br governance init` writes. They teach: each line says what it is for."""

from __future__ import annotations

POLICY = """\
# What a change to this repository may do, and who has to approve it.
#
#   br governance validate     is this file right?
#   br governance check        what does it say of this branch?
#   br governance simulate     what would it have said of the last 90 days?
#   br governance explain RULE why is that denied, and what to do?
#
# A change is always judged by the policy of the branch it goes into. Every key is described in
# docs/reference/policy-keys.md of BuildRunner; delete what you do not need.

version: "1.0"

# Paths as in .gitignore: /name is at the root, folder/ is all below it, *.ext is anywhere.
protected_paths:
  - path: "**/migrations/"
    reason: what a migration deletes is gone
  # - /infra/prod/
  # - /buildrunner/specs/plan.json # then finishing a microstep needs approval too

approvals:
  # Who approves changes of protected paths. Roles: PM, TechLead, QA, Contributor, Viewer, Owner,
  # Admin, or a team on the server. Authors and agents never count; a new push asks again.
  required:
    - {role: TechLead, count: 1}
  # Other approvers for some paths.
  # protected_paths_override:
  #   /infra/prod/: [{role: TechLead, count: 2}]
  # Who approves changes of this file, waivers, CODEOWNERS, workflows and hooks.
  policy:
    - {role: PM, count: 1}
  # `all` asks for `required` on every change, not only on protected paths.
  applies_to: protected

# Without a server: who has which role, by GitHub handle or e-mail address.
# people:
#   PM: [ada]
#   TechLead: [grace, linus]

pr_requirements:
  # Patterns are RE2. In double quotes each backslash is written twice.
  # title_pattern: '^(m[0-9]+\\.s[0-9]+\\.ms[0-9]+|feat|fix|docs)(\\(.+\\))?: '
  microstep_id: true # the title or the branch names a microstep of the plan
  title_max_length: 120
  description_min_length: 30
  checklists:
    - I have tested it

microsteps:
  enforce_in_commits: false # true: every commit names a microstep
  require_acceptance_criteria: true
  allowed_transitions:
    todo: [doing, blocked]
    doing: [done, blocked, todo]
    blocked: [todo, doing]
    done: [doing] # work may be opened again

# What counts as proof that a microstep is done.
evidence:
  mode: strict # strict refuses, warn lets it through and says so, off does neither
  counts: [ci, local]
  self_attested: true

secret_scan:
  enabled: true
  # deny_patterns: ['INTERNAL-[0-9]{8}']
  # allowed_patterns: ['placeholder']
  # exclude_files: ['*.lock']

risk:
  risk_levels:
    high: {require_rollback: true, additional_approvals: 1}
    critical: {require_rollback: true, require_post_check: true, additional_approvals: 2}

branches:
  MAIN_BRANCH:
    require_pr: true
    # require_reviews: 1 # approvals of any role, on every change
    # require_code_owner_reviews: true
    # required_status_checks: [governance]

# What differs in some phases: labels of milestones.
# phases:
#   QA:
#     quality: {min_test_coverage: 80}
#     require_preview: true

# What a denial leads to: block, approve (an approval clears it) or alert (only told); by rule, or
# by group: security, quality, process, cost, anomaly. `br governance explain` lists them.
# violations:
#   pr-description: alert

emergency:
  bypass_enabled: false
  bypass_roles: [Owner]
  bypass_requires_justification: true
  bypass_requires_post_review: true

audit:
  retention_days: 365
  redact_pii: true
"""

CODEOWNERS = """\
# Who answers for which path; the last line that matches decides. Written by `br governance init`.
# Put the handle of a person or of a team where OWNER stands, and take the `#` away.

# *                          @OWNER
# The rules themselves:
# /buildrunner/governance/   @OWNER
# /.github/                  @OWNER
# /.githooks/                @OWNER
"""

REQUEST = """\
<!-- The title names the microstep, such as: m1.s2.ms3: sign in with a passkey -->

## What changes, and why


## Before it is merged

- [ ] I have tested it
"""

ACTION = """\
# Judges each pull request by the policy of the branch it goes into.
#
# `pull_request_target` runs this file as it stands on that branch, so a pull request cannot change
# it. Nothing of the pull request is executed: `br` only reads its commits.
name: Governance
on:
  pull_request_target:
    types: [opened, synchronize, reopened, edited]
permissions:
  contents: read
  pull-requests: read
concurrency:
  group: governance-${{ github.event.pull_request.number }}
  cancel-in-progress: true
jobs:
  governance:
    name: governance
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@v4
        with:
          fetch-depth: 0
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: pip install buildrunner
      - name: Fetch what is proposed
        run: git fetch --no-tags origin "+refs/pull/${NUMBER}/head:refs/heads/under-review"
        env:
          NUMBER: ${{ github.event.pull_request.number }}
      - name: Fetch the reviews
        run: gh api --paginate "repos/${GITHUB_REPOSITORY}/pulls/${NUMBER}/reviews" > "${RUNNER_TEMP}/reviews.json"
        env:
          GH_TOKEN: ${{ github.token }}
          NUMBER: ${{ github.event.pull_request.number }}
      - name: Judge it
        run: br governance check --base HEAD --head under-review --approvals "${RUNNER_TEMP}/reviews.json" --format github
"""

_HOOK = """\
#!/bin/sh
# BuildRunner: {what} (br governance init)
if command -v br >/dev/null 2>&1; then
  {command} || exit $?
else
  echo "br is not on the PATH: {skipped}" >&2
fi
chained="$(git rev-parse --git-common-dir)/hooks/{name}"
if [ -x "$chained" ]; then exec "$chained" "$@"; fi
exit 0
"""
PRE_COMMIT = _HOOK.format(
    what="no secret gets into a commit",
    command="br governance scan --staged",
    skipped="the commit was not scanned for secrets",
    name="pre-commit",
)
COMMIT_MESSAGE = _HOOK.format(
    what="commits name their microstep where the policy asks for it",
    command='br governance commit-msg "$1"',
    skipped="the message of the commit was not checked",
    name="commit-msg",
)
