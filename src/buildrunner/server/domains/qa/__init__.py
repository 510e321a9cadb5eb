"""Proof: evidence of checks, sign-offs, flaky checks and their quarantine."""
