"""What a person is called."""

from __future__ import annotations

from django.db import transaction

from buildrunner.server.domains.identity import events
from buildrunner.server.domains.identity.actions.create_person import LONGEST_NAME
from buildrunner.server.domains.identity.models import Person
from buildrunner.server.domains.identity.policies import own_account
from buildrunner.server.platform.actor import Actor
from buildrunner.server.platform.text import one_line


@transaction.atomic
def rename_person(actor: Actor, *, name: str) -> Person:
    """Change the actor's own name.

    Raises `Forbidden` to keys that may not do everything their person may, `Invalid` (with the
    extension `field`) for a name that is empty, too long or more than a line.
    """
    person_id = own_account(actor)
    name = one_line(name, "name", LONGEST_NAME)
    person = Person.objects.select_for_update().get(id=person_id, is_active=True)
    if person.name != name:
        person.name = name
        person.save(update_fields=["name"])
        events.record(events.ACCOUNT_RENAMED, person.id, actor=actor)
    return person
