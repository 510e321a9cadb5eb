"""The policy that somebody starts from, as `br governance init` writes it in essence."""

STARTER = """\
# What a change may do, and who approves it.
version: "1"

# Paths, as in .gitignore, that need approval to change.
protected_paths:
  - .github/
  - migrations/

approvals:
  required:
    - {role: TechLead, count: 1}

secret_scan:
  enabled: true

evidence:
  mode: strict          # strict | warn | off
  counts: [ci, local]

waivers:
  max_days: 30

emergency:
  bypass_enabled: false
  bypass_roles: [PM]
"""
