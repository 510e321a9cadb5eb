"""Reads, in the scope of a tenant."""
