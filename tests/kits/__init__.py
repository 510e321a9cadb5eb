"""Kits that tests share: clones of a repository, random edits."""
