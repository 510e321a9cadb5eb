"""What people decided on the server about conflicts of this clone."""

from __future__ import annotations

from typing import Any

from buildrunner.client import Client
from buildrunner.client.errors import ClientError
from buildrunner.spec.conflicts import resolutions_from_json
from buildrunner.spec.drift import conflict_digest

# Decisions that are looked through for an answer.
_MOST_CHOICES = 1_000


def decided(
    client: Client, project_id: str, conflicts: list[dict[str, Any]]
) -> dict[tuple[str, str], Any]:
    """What people decided on the server about these conflicts; {} where it cannot be asked."""
    asked = {conflict_digest(each): each for each in conflicts}
    found: dict[tuple[str, str], Any] = {}
    try:
        for number, choice in enumerate(client.conflict_choices.list(project_id)):
            if number >= _MOST_CHOICES or len(found) == len(asked):
                break
            if choice.replaced_at is not None:
                continue
            for digest in choice.answers:
                conflict = asked.get(digest)
                place = (conflict["id"], conflict["field"]) if conflict else None
                if place is not None and place not in found:
                    found |= resolutions_from_json([choice.resolution])
    except ClientError:  # an older server: the person at this clone decides
        return {}
    return found
