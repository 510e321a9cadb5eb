"""BuildRunner keeps a Build Spec true while people and coding agents work on it."""

__version__ = "0.1.0"
