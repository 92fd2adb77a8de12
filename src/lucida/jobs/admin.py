from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from lucida.jobs.models import Artifact, Job, Worker


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # generic for mypy only
    """Rows here belong to the workers: people look, and cancel or delete through the API, which also frees files."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Job)
class JobAdmin(ReadOnly):
    list_display = (
        "id",
        "kind",
        "title",
        "status",
        "progress",
        "stage",
        "owner",
        "created_at",
    )
    list_filter = (
        "status",
        "kind",
        "engine",
    )
    search_fields = (
        "id",
        "title",
    )


@admin.register(Artifact)
class ArtifactAdmin(ReadOnly):
    list_display = (
        "job",
        "name",
        "size",
        "content_type",
        "created_at",
    )


@admin.register(Worker)
class WorkerAdmin(ReadOnly):
    list_display = (
        "id",
        "state",
        "queues",
        "seen_at",
    )
