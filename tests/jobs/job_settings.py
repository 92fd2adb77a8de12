"""Django's settings with the tests' own kinds of work beside the real ones."""

from lucida import django_settings
from lucida.django_settings import *  # noqa: F403  all of them, as Django asks of a settings module

JOB_MODULES = (*django_settings.JOB_MODULES, "job_kinds")
