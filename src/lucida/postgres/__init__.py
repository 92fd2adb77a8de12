"""Postgres in Django's settings, from an address."""

from __future__ import annotations

from typing import Any

from lucida.errors import BadSetting

# A dead network is noticed by the system, not by whoever waits: after 10 s without an answer the connection is broken.
_PATIENCE: dict[str, Any] = {
    "connect_timeout": 10,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,
}
_WAIT_SECONDS = 4.0  # for a free connection
# The pool tries to connect in ever longer intervals for so long; after it, who next asks begins anew.
_RECONNECT_SECONDS = 1.0


def database_at(address: str, setting: str, *, connections: int = 0) -> dict[str, Any]:
    """Django's entry for `postgresql://user:password@host:port/name?sslmode=require`, with a pool of `connections`.

    A statement on one of the pool is answered in ten seconds or fails. Without connections there is no pool and no such
    limit. It works behind a transaction pooler, too: no server-side cursors, no prepared statements. Raises
    `BadSetting`, which never shows the address, for it holds a password.
    """
    try:
        from psycopg import ProgrammingError
        from psycopg.conninfo import conninfo_to_dict

        from lucida.postgres.connection import BoundedConnection
    except ImportError:
        raise BadSetting(f"{setting} needs Postgres' client: pip install 'lucida[cluster]'.") from None
    if not address.startswith(("postgresql://", "postgres://")):
        raise BadSetting(f"{setting} is no address of Postgres; write postgresql://user:password@host:port/name.")
    try:
        told: dict[str, Any] = dict(conninfo_to_dict(address))
    except ProgrammingError:
        told = {}
    if not told.get("dbname") or not str(told.get("port", "5432")).isdecimal():
        raise BadSetting(f"{setting} cannot be read; write postgresql://user:password@host:port/name.")
    entry = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": told.pop("dbname"),
        "USER": told.pop("user", ""),
        "PASSWORD": told.pop("password", ""),
        "HOST": told.pop("host", ""),
        "PORT": told.pop("port", ""),
        "DISABLE_SERVER_SIDE_CURSORS": True,
        "OPTIONS": _PATIENCE | told,
    }
    if connections:
        entry["CONN_HEALTH_CHECKS"] = True  # one that a restart has broken is replaced before it is used
        entry["OPTIONS"]["pool"] = {
            "min_size": 0,
            "max_size": connections,
            "timeout": _WAIT_SECONDS,
            "reconnect_timeout": _RECONNECT_SECONDS,
            "num_workers": 1,
            "connection_class": BoundedConnection,
        }
    return entry
