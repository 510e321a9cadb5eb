"""Who did the work of a microstep, and who else may vouch for it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from buildrunner.server.domains.plans import facade as plans
from buildrunner.server.domains.tenancy.facade import ProjectAccess, people_with

# Planning is no work on it: a title, a priority or a place makes nobody its author.
_WORK = frozenset({"status", "criteria", "checks"})
_LOOK_BACK = 500


def authorship(
    access: ProjectAccess, names: Sequence[str], *, finishing: bool = True
) -> dict[UUID, str]:
    """The authors of a microstep by person, each with what they did, in words that follow "You".

    `names` are its id and its former ones. An author is whoever held a claim on it, moved its
    status, or wrote its criteria or checks after it was there. Without `finishing` a move to done
    makes nobody one: whoever signed may say that it is finished.
    """
    found = dict.fromkeys(plans.claimants(access, names), "held the claim on it")
    wanted = set(names)
    history = plans.touching(access, names, limit=_LOOK_BACK)
    taken_out = [
        summary.revision
        for summary, operations in history
        if any(one["op"] == "remove" for one in operations)
    ]
    for summary, operations in history:
        person = summary.author.get("id")
        fields = {
            one["field"]
            for one in operations
            if one["op"] in ("set", "unset")
            and one["id"] in wanted
            and one["field"] in _WORK
            and (finishing or (one["field"], one.get("value")) != ("status", "done"))
        }
        # Taken out and put back it may say anything else.
        if any(one["op"] == "add" for one in operations) and any(
            number <= summary.revision for number in taken_out
        ):
            fields |= {"criteria", "checks"}
        if person and fields and summary.author.get("kind") != "service":
            what = " and ".join(sorted(fields))
            found.setdefault(UUID(person), f"changed its {what} (revision {summary.revision})")
    return found


def others_who_may_sign(
    access: ProjectAccess, authors: Sequence[UUID], *, most: int = 5
) -> list[dict[str, str]]:
    """Some who hold `evidence.sign_off` and are no authors: `{"name", "role"}`."""
    mighty = people_with(access, "evidence.sign_off")
    return [
        {"name": one.name, "role": one.role} for one in mighty if one.person_id not in set(authors)
    ][:most]
