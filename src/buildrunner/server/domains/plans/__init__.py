"""Stored Build Specs: revisions, sync, conflicts and claims."""
