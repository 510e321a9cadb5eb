"""Stars for a blueprint that was applied."""

from __future__ import annotations

from uuid import UUID

from buildrunner.server.domains.blueprints import events
from buildrunner.server.domains.blueprints.errors import NotApplied
from buildrunner.server.domains.blueprints.models import Figure, Rating
from buildrunner.server.domains.blueprints.queries.gallery import detail
from buildrunner.server.domains.blueprints.queries.installations import was_applied
from buildrunner.server.domains.blueprints.types import BlueprintDetail
from buildrunner.server.domains.tenancy.facade import project_scope
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.errors import Invalid
from buildrunner.server.platform.events.emit import emit


def rate(actor: Actor, project_id: UUID, blueprint_id: UUID, *, stars: int) -> BlueprintDetail:
    """One to five; a person has one word in an organization, and the last one counts.

    Raises NotApplied where the project does not have it, BlueprintAbsent.
    """
    if not 1 <= stars <= 5:
        raise Invalid("stars are a whole number from 1 to 5", field="stars")
    with project_scope(actor, project_id, "plan.write") as access:
        found = detail(access, blueprint_id)
        if not was_applied(access, blueprint_id):
            raise NotApplied(f"Apply {found.view.title} to this project, then rate it.")
        person_id = actor.person_id
        if person_id is None:
            raise Invalid("only people rate")
        figure = figure_of(blueprint_id)
        rows = Rating.objects.select_for_update()
        own = rows.filter(org_id=access.org_id, blueprint_id=blueprint_id, person_id=person_id)
        before = own.first()
        previous = before.stars if before else None
        if before is None:
            Rating.objects.create(
                org_id=access.org_id,
                blueprint_id=blueprint_id,
                person_id=person_id,
                stars=stars,
                actor=actor.record(),
            )
        else:
            before.stars = stars
            before.save(update_fields=["stars"])
        figure.ratings += before is None
        figure.stars += stars - (previous or 0)
        figure.save(update_fields=["ratings", "stars"])
        emit(
            events.RATED,
            actor=actor,
            org_id=access.org_id,
            project_id=project_id,
            subject=str(blueprint_id),
            data={"name": found.view.name, "stars": stars, "previous": previous},
        )
        return detail(access, blueprint_id, person_id=person_id)


def figure_of(blueprint_id: UUID) -> Figure:
    """The row that counts, locked until the transaction ends."""
    Figure.objects.bulk_create([Figure(blueprint_id=blueprint_id)], ignore_conflicts=True)
    return Figure.objects.select_for_update().get(blueprint_id=blueprint_id)
