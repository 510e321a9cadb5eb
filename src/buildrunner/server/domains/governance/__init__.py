"""Governance: the policy of a project, who approved what, and what was set aside and why."""
