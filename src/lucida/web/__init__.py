"""Serves the built front end."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

BUILT = Path(__file__).parent / "static"

# Their names change with their content.
_FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_ANEW = {"Cache-Control": "no-cache"}
_NOT_BUILT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Lucida</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:1.1rem/1.6 system-ui;max-width:34rem;margin:15vh auto;padding:0 1rem;color-scheme:light dark}
code{background:#8882;padding:.1em .3em;border-radius:.3em}</style></head>
<body><h1>Lucida is running, but its pages are not built.</h1>
<p>Run <code>./start.sh</code>, which builds them, or <code>npm ci &amp;&amp; npm run build</code> in <code>web/</code>,
then load this page again. The API works meanwhile: see <a href="/docs">/docs</a>.</p></body></html>
"""

# Where the front end has a page; at any other address it says that there is none.
_PAGES = ("/", "/images", "/clouds", "/splats")

# What belongs to the programs: an unknown address below is an error and never a page.
_NOT_PAGES = (
    "/api",
    "/v1",
    "/inference",
    "/generate",
    "/generations",
    "/ws",
    "/media",
    "/admin",
    "/static",
    "/health",
    "/metrics",
    "/docs",
    "/openapi.json",
    "/assets",
)


def is_built() -> bool:
    """Whether there are pages to serve."""
    return (BUILT / "index.html").is_file()


def front_end_answer(request: Request) -> Response | None:
    """The page or file of the front end at an address that no route has; None where it has none either."""
    path = request.url.path
    if request.method not in ("GET", "HEAD"):
        return None
    file = (BUILT / path.lstrip("/")).resolve()
    if path != "/" and file.is_file() and file.is_relative_to(BUILT.resolve()):
        return FileResponse(file, headers=_FOR_EVER if path.startswith("/assets/") else _ASK_ANEW)
    if any(path == prefix or path.startswith(f"{prefix}/") for prefix in _NOT_PAGES):
        return None
    known = (path.rstrip("/") or "/") in _PAGES
    if path != "/" and "text/html" not in request.headers.get("accept", ""):
        return None
    if is_built():
        return FileResponse(BUILT / "index.html", status_code=200 if known else 404, headers=_ASK_ANEW)
    return HTMLResponse(_NOT_BUILT, status_code=503 if known else 404, headers=_ASK_ANEW)
