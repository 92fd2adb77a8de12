"""Django's settings, derived from ours."""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from typing import Any

from lucida.config import get_settings
from lucida.errors import BadSetting
from lucida.postgres import database_at

_settings = get_settings()


def _kept_secret(folder: Path) -> str:
    """The key of this installation: made once, readable by its owner only."""
    path = folder / "secret_key"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(48)
    with os.fdopen(descriptor, "w") as file:
        file.write(key)
    return key


DATA_DIR: Path = _settings.data_dir.expanduser().resolve()
try:
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    SECRET_KEY = _settings.secret_key.get_secret_value() if _settings.secret_key else _kept_secret(DATA_DIR)
except OSError as error:
    raise BadSetting(f"LUCIDA_DATA_DIR={DATA_DIR} cannot be written: {error.strerror}.") from error

# Modules whose import registers kinds of jobs; workers and the server read it.
JOB_MODULES: tuple[str, ...] = ("lucida.hdri.jobs", "lucida.images.jobs", "lucida.pointcloud.jobs")

DEBUG = False
ALLOWED_HOSTS = ["*"]  # lucida.web.guard has checked the host before Django sees the request
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "lucida.accounts",
    "lucida.jobs",
    "lucida.images",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
ROOT_URLCONF = "lucida.django_urls"
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
DATABASES: dict[str, dict[str, Any]] = {}
if _settings.database_url is None:
    DATABASES["default"] = {
        "ENGINE": "lucida.sqlite",
        "NAME": DATA_DIR / "lucida.sqlite3",
        "OPTIONS": {
            "timeout": 20,
            # A transaction that reads before it writes would otherwise fail with "database is locked" under load.
            "transaction_mode": "IMMEDIATE",
            # FULL: a job that was accepted survives a power cut.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        },
    }
else:
    DATABASES["default"] = database_at(
        _settings.database_url.get_secret_value(), "DATABASE_URL", connections=_settings.database_connections
    )
    # What locks for a session cannot go through a transaction pooler; a migration may take its time.
    DATABASES["direct"] = database_at(
        (_settings.database_direct_url or _settings.database_url).get_secret_value(), "DATABASE_DIRECT_URL"
    )
    # The one connection that holds the lock of lucida.jobs.duty.
    DATABASES["duty"] = database_at(_settings.database_url.get_secret_value(), "DATABASE_URL", connections=1)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
STATIC_URL = "/static/"
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _settings.https
X_FRAME_OPTIONS = "DENY"
LOGGING_CONFIG = None  # the process that runs us decides what is logged
SILENCED_SYSTEM_CHECKS = [
    # No SecurityMiddleware: lucida.web.headers sets its headers, Strict-Transport-Security among them, on every answer
    # and not only on Django's. Sending browsers from http to https is for the proxy: behind it all requests look alike.
    "security.W001",
    # No XFrameOptionsMiddleware: the same headers forbid frames.
    "security.W002",
]
if not _settings.https:
    # Browsers do not send a secure cookie to plain http, as which an installation of one's own is served.
    SILENCED_SYSTEM_CHECKS += ["security.W012", "security.W016"]
