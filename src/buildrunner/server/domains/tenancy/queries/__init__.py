"""Reads, always inside a tenant scope or through a look-up function for one key or person."""
