"""Keeps other web sites' pages from driving a visitor's Lucida."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from lucida.errors import BadSetting, Forbidden, HostRefused, LucidaError
from lucida.web.answers import error_response
from lucida.web.cors import Origins, is_open

_READING = {"GET", "HEAD", "OPTIONS"}


def host_name(netloc: str) -> str:
    """The host of `host:port`, in lower case; `[::1]` keeps its brackets, a final dot goes."""
    netloc = netloc.strip().lower()
    if netloc.startswith("["):
        return netloc.partition("]")[0] + "]"
    return netloc.partition(":")[0].rstrip(".")


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check_bind(host: str, *, login: bool, trusted_network: bool) -> None:
    """Refuse an address that other machines reach, unless one has to log in or their network is said to be trusted."""
    if not is_loopback(host) and not login and not trusted_network:
        raise BadSetting(
            f"{host} can be reached by other machines and nobody has to log in: set LUCIDA_AUTH=token to ask for a "
            "token, LUCIDA_TRUSTED_NETWORK=1 if everybody there may use this Lucida, or serve on 127.0.0.1."
        )


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True


def ticket_in(scope: Scope) -> str | None:
    """The ticket in a WebSocket's address; nothing else has one."""
    return QueryParams(scope["query_string"]).get("ticket") if scope["type"] == "websocket" else None


class Guard:
    """Checks Host on every request, Origin on every write and WebSocket; `origins` may write where Cors lets them.

    Where one has to log in they may not do so by a cookie: what is on the same host has the same cookies, whatever its
    port.

    Where one has to log in, a request that has an Authorization header may come from anywhere: no browser adds that by
    itself, as it adds cookies, nor lets another site's page add it. So may a WebSocket that has a ticket: a page that
    knows one was given it. Neither is made good by a cookie.
    """

    def __init__(
        self,
        app: ASGIApp,
        allowed_hosts: Iterable[str],
        *,
        login: bool,
        trusted_network: bool,
        origins: Origins | None = None,
    ) -> None:
        self.app = app
        self._origins = origins or Origins(())
        self._allowed = {host_name(host) for host in allowed_hosts}
        self._login = login
        self._open_to_others = login or trusted_network
        if self._open_to_others:
            name = socket.gethostname().lower()
            self._allowed |= {name, f"{name}.local"}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": refusal.code})
        else:
            await error_response(refusal, scope["path"])(scope, receive, send)

    def _refusal(self, scope: Scope) -> LucidaError | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self._is_ours(host_name(host)):
            return HostRefused(
                f"This Lucida does not answer to the name {host_name(host)[:100]!r}; add it to LUCIDA_ALLOWED_HOSTS."
            )
        if scope["type"] == "http" and scope["method"] in _READING:
            return None
        if self._login and ("authorization" in headers or ticket_in(scope) is not None):
            return None
        origin = headers.get("origin")
        if origin is not None:
            if urlsplit(origin).netloc.lower() == host.strip().lower():
                return None
            if is_open(scope["path"]) and origin in self._origins and not (self._login and "cookie" in headers):
                return None
            return Forbidden("The request comes from a page of another web site.")
        if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
            return Forbidden("The request comes from a page of another web site.")
        return None

    def _is_ours(self, host: str) -> bool:
        # A page that rebinds its own name to our address sends that name, never an address.
        return host in self._allowed or (self._open_to_others and _is_address(host))
