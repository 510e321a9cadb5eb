"""The door to people."""

from buildrunner.server.domains.identity.actions.create_person import create_person
from buildrunner.server.domains.identity.models import Person

__all__ = ["Person", "create_person"]
