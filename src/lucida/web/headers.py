"""Headers that every answer carries."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


def content_security_policy(files_from: str = "", script: str = "") -> str:
    """What a page may load: all of it from here, results from another origin, too, and a script of a source more."""
    # Viewers make textures and workers from blobs; the admin and the components' styles are inline.
    directives = {
        "default-src": "'self'",
        "script-src": f"'self' {script} 'wasm-unsafe-eval' blob:",
        "worker-src": "'self' blob:",
        "style-src": "'self' 'unsafe-inline'",
        "img-src": f"'self' data: blob: {files_from}",
        "media-src": f"'self' blob: {files_from}",
        "font-src": "'self' data:",
        "connect-src": f"'self' blob: data: {files_from}",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(" ".join(f"{name} {sources}".split()) for name, sources in directives.items())


_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(self), geolocation=()",
}


# A year, for this name alone: what else is served below it is not ours to decide.
ONLY_HTTPS = {"Strict-Transport-Security": "max-age=31536000"}


class SecurityHeaders:
    """Adds them where the answer has not set its own.

    With `https`, browsers are told to come by no other way; `files_from` is the origin that results are fetched from.
    """

    def __init__(self, app: ASGIApp, *, https: bool = False, files_from: str = "") -> None:
        self.app = app
        policy = {"Content-Security-Policy": content_security_policy(files_from)}
        self._headers = {**_HEADERS, **policy, **(ONLY_HTTPS if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers)
