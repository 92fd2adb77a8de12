"""Who owns rows, what they log in with, and what they have had of what is limited."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person; ours, with a UUID, so that rows can move between installations."""

    id: models.UUIDField[uuid.UUID, uuid.UUID] = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta(AbstractUser.Meta):
        swappable: ClassVar[str] = "AUTH_USER_MODEL"


class Token(models.Model):
    """What a program or a person logs in with. The secret itself is nowhere: its sha256 recognises it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, unique=True)
    prefix = models.CharField(max_length=16)  # how the secret begins, so that people can tell their tokens apart
    scopes = models.CharField(max_length=64, db_default="read write")  # with spaces between, as in RFC 6749, 3.3
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def may(self, scope: str | None) -> bool:
        """Whether it is good for what needs this scope."""
        return scope is None or scope in self.scopes.split()


class Session(models.Model):
    """A browser that is signed in with a token; its cookie names this row, and is worth nothing without it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.token} since {self.created_at:%Y-%m-%d}"


class Ticket(models.Model):
    """Lets one WebSocket of one job in, once and soon; used up, it is gone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.ForeignKey(Token, on_delete=models.CASCADE, related_name="tickets")
    job_id = models.UUIDField()
    sha256 = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.token} for job {self.job_id}"


class GpuTime(models.Model):
    """The time that one try of a user's job had on a card; kept for the day that it counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="gpu_times")
    job_id = models.UUIDField()  # no foreign key: a job that is deleted has been had all the same
    seconds = models.FloatField()
    ended_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "ended_at"], name="gpu_window")]

    def __str__(self) -> str:
        return f"{self.seconds:.0f} s until {self.ended_at:%Y-%m-%d %H:%M:%S}"


class Grant(models.Model):
    """One piece of limited work that a user was allowed; kept as long as it counts."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="grants")
    allowance = models.CharField(max_length=32)
    job_id = models.UUIDField(null=True, blank=True)  # no foreign key: a job that is deleted has been had all the same
    taken_at = models.DateTimeField()
    expires_at = models.DateTimeField()  # when its place is free again, whether anybody has released it or not
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["user", "allowance", "-taken_at"], name="grant_window"),
            models.Index(fields=["job_id"], name="grant_job"),
        ]

    def __str__(self) -> str:
        return f"{self.allowance} {self.taken_at:%Y-%m-%d %H:%M:%S}"
