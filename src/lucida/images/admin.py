from __future__ import annotations

from django.contrib import admin

from lucida.images.models import GeneratedImage
from lucida.jobs.admin import ReadOnly


@admin.register(GeneratedImage)
class GeneratedImageAdmin(ReadOnly):
    list_display = (
        "id",
        "prompt",
        "model_used",
        "width",
        "height",
        "file_size",
        "user",
        "created_at",
    )
    list_filter = ("model_used",)
    search_fields = (
        "id",
        "prompt",
    )
