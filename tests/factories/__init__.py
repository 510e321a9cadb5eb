"""Real rows for tests, made through the rooms' own doors."""

from factories.api import Api
from factories.tenants import (
    Tenant,
    add_person,
    make_key,
    make_org,
    make_person,
    make_project,
    make_tenant,
    small_plan,
)

__all__ = [
    "Api",
    "Tenant",
    "add_person",
    "make_key",
    "make_org",
    "make_person",
    "make_project",
    "make_tenant",
    "small_plan",
]
