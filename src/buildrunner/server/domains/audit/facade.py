"""The door to the ledger."""

from buildrunner.server.domains.audit.actions.seal_events import seal_committed, seal_events
from buildrunner.server.domains.audit.queries.tree import size_of

__all__ = ["seal_committed", "seal_events", "size_of"]
