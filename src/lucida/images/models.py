"""The rows of pictures that are kept."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models


class GeneratedImage(models.Model):
    """A picture that was made from words. The row comes after its files and goes before them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="images")
    job = models.ForeignKey("jobs.Job", on_delete=models.SET_NULL, null=True, blank=True, related_name="images")
    prompt = models.TextField()
    negative_prompt = models.TextField(blank=True)
    searched = models.TextField(blank=True, editable=False)  # both prompts, folded: databases fold no more than ASCII
    model_used = models.CharField(max_length=100)
    parameters = models.JSONField(default=dict)  # steps, cfg_scale, sampler, seed … as they were asked for; notes

    image = models.CharField(max_length=255, unique=True)  # storage keys
    thumbnail = models.CharField(max_length=255, unique=True)
    content_type = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    file_size = models.PositiveIntegerField()  # of the picture, in bytes
    generation_time = models.FloatField()  # seconds
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [models.Index(fields=["user", "-created_at", "-id"], name="image_history")]

    def __str__(self) -> str:
        return f"{self.model_used} {self.id}"
