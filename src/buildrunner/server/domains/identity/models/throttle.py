"""Counters that slow down guessing, shared by all processes."""

from __future__ import annotations

from django.db import models

from buildrunner.server.platform.db.rows import Row


class Throttle(Row):
    """How often something was tried in the running window. `bucket` is a hash: no address is kept."""

    bucket = models.BinaryField(max_length=32, unique=True)
    count = models.PositiveIntegerField()
    window_ends_at = models.DateTimeField()
