"""Agents have an inbox as well."""

from __future__ import annotations

from typing import ClassVar

from django.db import migrations, models

# A person's notices go with the person; an agent is none, so the tie is that of the others alone.
TIE = """
ALTER TABLE notifications_notice DROP CONSTRAINT notifications_notice_person_id_fk;
ALTER TABLE notifications_notice ADD COLUMN known_person uuid
    GENERATED ALWAYS AS (CASE WHEN agent THEN NULL ELSE person_id END) STORED;
ALTER TABLE notifications_notice ADD CONSTRAINT notifications_notice_known_person_fk
    FOREIGN KEY (known_person) REFERENCES identity_person (id) ON DELETE CASCADE
    DEFERRABLE INITIALLY IMMEDIATE;
CREATE INDEX notifications_notice_known_person ON notifications_notice (known_person);
"""
UNTIE = """
DELETE FROM notifications_notice WHERE agent;
ALTER TABLE notifications_notice DROP COLUMN known_person;
ALTER TABLE notifications_notice ADD CONSTRAINT notifications_notice_person_id_fk
    FOREIGN KEY (person_id) REFERENCES identity_person (id) ON DELETE CASCADE
    DEFERRABLE INITIALLY IMMEDIATE;
"""


class Migration(migrations.Migration):
    """A column that tells, and the tie to people."""

    dependencies: ClassVar = [("notifications", "0002_inbox")]
    operations: ClassVar = [
        migrations.AddField(
            "notice", "agent", models.BooleanField(default=False, db_default=False)
        ),
        migrations.RunSQL(TIE, UNTIE),
    ]
