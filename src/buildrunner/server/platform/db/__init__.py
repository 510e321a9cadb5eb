"""Tenant scope, row-level security, roles and base rows."""
