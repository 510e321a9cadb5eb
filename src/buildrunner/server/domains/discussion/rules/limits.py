"""Bounds and spellings."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.platform.errors import Invalid

LONGEST_BODY = 20_000
LONGEST_ID = 512
EMOJI = ("👍", "👎", "🎉", "❤️", "👀", "🚀")
PROVIDERS = ("jira", "linear", "github", "asana", "gitlab", "custom")
ENTITY_TYPES = ("project", "milestone", "step", "microstep", "check_run", "finding", "revision")


def checked_body(body: str) -> str:
    """The words of a comment. Raises Invalid naming the field."""
    kept = body.replace("\r\n", "\n").strip()
    if not kept or len(kept) > LONGEST_BODY:
        raise Invalid(f"A comment has 1 to {LONGEST_BODY:,} characters.", field="body")
    if "\x00" in kept or any(0xD800 <= ord(char) <= 0xDFFF for char in kept):
        raise Invalid("A comment holds text that can be stored.", field="body")
    return kept


def checked_entity(entity_type: str, entity_id: str) -> tuple[str, str]:
    """What is commented on. Raises Invalid naming the field."""
    if entity_type not in ENTITY_TYPES:
        raise Invalid(f"entity_type is one of {', '.join(ENTITY_TYPES)}.", field="entity_type")
    name = entity_id.strip()
    if entity_type != "project" and not name:
        raise Invalid("entity_id names what is meant.", field="entity_id")
    if len(name) > LONGEST_ID or "\x00" in name:
        raise Invalid(f"entity_id has at most {LONGEST_ID} characters.", field="entity_id")
    return entity_type, name


def subject_of(project_id: UUID, entity_type: str, entity_id: str) -> str:
    """What is talked about, as those who follow it name it."""
    return f"{entity_type}:{project_id if entity_type == 'project' else entity_id}"[:300]
