"""Reads, always inside a tenant scope."""
