"""The queue's tables, which pgqueuer makes and keeps, and the workers' signs of life."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from buildrunner.server.platform.db.rows import Row


class QueuedJob(models.Model):
    """A job that waits, runs or has failed; pgqueuer writes it."""

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField()
    execute_after = models.DateTimeField()
    status = models.TextField()
    entrypoint = models.TextField()
    payload = models.BinaryField(null=True)
    attempts = models.IntegerField()

    class Meta:
        managed = False
        db_table = "pgqueuer"


class JobLogEntry(models.Model):
    """What became of a job."""

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField()
    job_id = models.BigIntegerField()
    status = models.TextField()
    entrypoint = models.TextField()

    class Meta:
        managed = False
        db_table = "pgqueuer_log"


class JobStatistic(models.Model):
    """Counts of finished jobs."""

    id = models.BigAutoField(primary_key=True)
    created = models.DateTimeField()
    count = models.BigIntegerField()
    status = models.TextField()
    entrypoint = models.TextField()

    class Meta:
        managed = False
        db_table = "pgqueuer_statistics"


class Schedule(models.Model):
    """A recurring job and when it runs next."""

    id = models.BigAutoField(primary_key=True)
    expression = models.TextField()
    entrypoint = models.TextField()
    next_run = models.DateTimeField()
    last_run = models.DateTimeField(null=True)

    class Meta:
        managed = False
        db_table = "pgqueuer_schedules"


class Heartbeat(Row):
    """A worker process that was alive at `seen_at`; rows of an hour ago are swept away."""

    web_grants: ClassVar[tuple[str, ...]] = ("SELECT", "INSERT", "UPDATE", "DELETE")

    process = models.TextField(unique=True)
    seen_at = models.DateTimeField()
