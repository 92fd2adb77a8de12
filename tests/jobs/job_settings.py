"""Django's settings with the tests' own kinds of work beside the real ones."""

from lucida.django_settings import *  # noqa: F403

JOB_MODULES = ("lucida.hdri.jobs", "job_kinds")
