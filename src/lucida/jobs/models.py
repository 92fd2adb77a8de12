"""The rows of long work. The job's row is the truth; everything else is a hint."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class Status(models.TextChoices):
    QUEUED = "queued"
    PROCESSING = "processing"
    DONE = "done"
    ERROR = "error"
    CANCELLED = "cancelled"


FINISHED = (Status.DONE, Status.ERROR, Status.CANCELLED)


class Job(models.Model):
    """One piece of long work, from the request that was accepted to its result or its reason."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=64)
    queue = models.CharField(max_length=32, default="cpu")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jobs")
    title = models.CharField(max_length=255, blank=True)
    params = models.JSONField(default=dict)
    inputs = models.JSONField(default=dict)  # name -> storage key
    seed = models.BigIntegerField()  # uint32
    engine = models.CharField(max_length=64, blank=True)
    engine_reason = models.TextField(blank=True)
    engine_licence = models.CharField(max_length=128, blank=True)

    status = models.CharField(max_length=16, choices=Status.choices, default=Status.QUEUED)
    progress = models.FloatField(default=0.0)
    stage = models.CharField(max_length=255, blank=True)
    last_seq = models.PositiveIntegerField(default=0)
    result = models.JSONField(default=dict)
    error_code = models.CharField(max_length=64, blank=True)
    error_message = models.TextField(blank=True)

    priority = models.IntegerField(default=0)  # higher first
    not_before = models.DateTimeField(null=True, blank=True)
    attempt = models.PositiveIntegerField(default=0)  # tries that failed for a passing reason
    worker_deaths = models.PositiveIntegerField(default=0)
    shrink = models.PositiveIntegerField(default=0)  # times it ran out of memory and must do with less
    lease_owner = models.CharField(max_length=128, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)  # grows with every claim; a late worker's writes carry an old one
    cancel_requested_at = models.DateTimeField(null=True, blank=True)

    idempotency_endpoint = models.CharField(max_length=64, blank=True)
    idempotency_key = models.CharField(max_length=255, blank=True)
    request_hash = models.CharField(max_length=64, blank=True)

    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["status", "queue", "-priority", "created_at"], name="job_claim"),
            models.Index(fields=["owner", "-created_at", "-id"], name="job_history"),
            models.Index(fields=["owner", "-started_at"], name="job_fairness"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["owner", "idempotency_endpoint", "idempotency_key"],
                condition=~models.Q(idempotency_key=""),
                name="job_idempotency",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id} {self.status}"

    @property
    def finished(self) -> bool:
        return self.status in FINISHED


class JobEvent(models.Model):
    """What happened to a job, numbered from 1 without gaps as long as the job runs; never changed."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="events")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=16)  # status, preview, done, error
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["job", "seq"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "seq"], name="event_seq")]

    def __str__(self) -> str:
        return f"{self.job_id} #{self.seq} {self.kind}"


class Artifact(models.Model):
    """A file that a job made; the row comes after the bytes."""

    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="artifacts")
    name = models.CharField(max_length=64)
    key = models.CharField(max_length=255, unique=True)
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    content_type = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["job", "name"], name="artifact_name")]

    def __str__(self) -> str:
        return f"{self.job_id}/{self.name}"


class Input(models.Model):
    """A file that came with a request: whose it is, and how large. Jobs know it by its key, and may share it."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="inputs")
    key = models.CharField(max_length=255, unique=True)
    size = models.BigIntegerField()

    def __str__(self) -> str:
        return self.key


class Worker(models.Model):
    """A worker's heartbeat: who it is and what it has loaded."""

    id = models.CharField(primary_key=True, max_length=128)
    queues = models.JSONField(default=list)
    engines = models.JSONField(default=dict)
    state = models.CharField(max_length=16, default="starting")  # starting, idle, busy
    started_at = models.DateTimeField(auto_now_add=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id
