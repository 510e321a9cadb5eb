"""Deferred work on a PostgreSQL queue."""
