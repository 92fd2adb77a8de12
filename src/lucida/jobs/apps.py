from django.apps import AppConfig


class JobsConfig(AppConfig):
    name = "lucida.jobs"
    label = "jobs"
    verbose_name = "Jobs"
