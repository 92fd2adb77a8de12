"""The one ASGI application: FastAPI outside, Django's admin within, workers beside it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

import anyio.to_thread
from fastapi import APIRouter, FastAPI
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

import lucida
from lucida import database
from lucida.config import get_settings
from lucida.errors import InternalError
from lucida.web.answers import DESCRIBED_ERRORS, Faults, install_answers
from lucida.web.body_limit import BodyLimit
from lucida.web.cors import Cors, Origins
from lucida.web.guard import Guard
from lucida.web.headers import SecurityHeaders
from lucida.web.openapi import django_schema, docs_page, link_jobs, merge_schemas
from lucida.web.request_id import RequestId

if TYPE_CHECKING:
    from lucida.jobs.dispatcher import Dispatcher

log = logging.getLogger("lucida.server")

# A form around a file: its other fields and the lines between them.
_FORM_BYTES = 1 << 16
_STATIC: list[str | tuple[str, str]] = [("django.contrib.admin", "static"), ("drf_spectacular_sidecar", "static")]
_UPLOADS = ("/api/upload", "/v1/images/edits", "/generate", "/api/splats/convert")


class _WholePath:
    """Gives a mounted application the address as the client sent it: Django's routes begin with /admin themselves."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.app({**scope, "root_path": scope.get("app_root_path", "")}, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 4404})


def _common_routes() -> APIRouter:
    """Routes that belong to no studio."""
    from lucida.health import Readiness, health, live, ready
    from lucida.metrics import metrics

    router = APIRouter(tags=["server"])
    router.add_api_route("/health", health, methods=["GET"], operation_id="health")
    router.add_api_route("/health/live", live, methods=["GET"], operation_id="live")
    unfit: dict[int | str, dict[str, Any]] = {
        503: {"model": Readiness, "description": "It cannot; the reasons are in the checks."}
    }
    router.add_api_route("/health/ready", ready, methods=["GET"], operation_id="ready", responses=unfit)
    router.add_api_route("/health", health, methods=["HEAD"], include_in_schema=False)  # monitors ask so
    router.add_api_route("/metrics", metrics, methods=["GET"], operation_id="metrics", response_class=Response)
    return router


class _Described(FastAPI):
    """Describes Django's routes beside its own."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            ours, theirs = super().openapi(), django_schema()
            self.openapi_schema = merge_schemas(ours, theirs) if theirs else ours
            link_jobs(self.openapi_schema)
            if self.state.login:
                schemes = self.openapi_schema.setdefault("components", {}).setdefault("securitySchemes", {})
                schemes["token"] = {"type": "http", "scheme": "bearer"}
                self.openapi_schema["security"] = [{"token": []}]
        return self.openapi_schema


def _origin(address: str) -> str:
    """Scheme, host and port of an address; empty for an empty one."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}" if address else ""


def create_app(dispatcher: Dispatcher | None = None) -> FastAPI:
    """The application; with a dispatcher, its workers start and stop with it.

    The database must be up to date: `lucida serve` and `lucida migrate` see to that.
    """
    database.setup()
    from django.core.asgi import get_asgi_application

    from lucida.accounts.api import router as accounts
    from lucida.accounts.authentication import Authentication
    from lucida.accounts.requests import RequestLimit, configured_requests
    from lucida.hdri.api import router as hdri
    from lucida.hdri.results import router as hdri_results
    from lucida.images.api import router as images
    from lucida.images.catalogue import router as catalogue
    from lucida.images.edits import router as edits
    from lucida.images.generations import router as generations
    from lucida.images.inference import router as inference
    from lucida.jobs.api import router as jobs
    from lucida.jobs.hub import Hub
    from lucida.jobs.kinds import load_kinds
    from lucida.jobs.usage import router as usage
    from lucida.pointcloud.api import router as clouds
    from lucida.pointcloud.results import router as generations_kept
    from lucida.splats.api import router as splats
    from lucida.storage.photo_check import PhotoCheck

    load_kinds()
    settings = get_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        waiting = await database.run_db(database.unapplied_migrations)
        if waiting:
            raise InternalError(f"The database lacks {len(waiting)} migrations; run lucida migrate.")
        app.state.hub = Hub()
        polling = asyncio.create_task(app.state.hub.run())
        await anyio.to_thread.run_sync(app.state.photo_check.start)
        if dispatcher is not None:
            await anyio.to_thread.run_sync(dispatcher.start)
        try:
            yield
        finally:
            polling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await polling
            if dispatcher is not None:
                await anyio.to_thread.run_sync(dispatcher.stop)
            await anyio.to_thread.run_sync(app.state.photo_check.close)
            app.state.requests.close()

    app = _Described(
        title="Lucida",
        version=lucida.__version__,
        description="One photo becomes an HDR panorama. Errors are `{detail, code}`; docs/api.md lists the codes.",
        lifespan=lifespan,
        responses=DESCRIBED_ERRORS,
        docs_url=None,
        redoc_url=None,
    )
    app.state.photo_check = PhotoCheck()
    app.state.requests = configured_requests()
    app.state.login = login = settings.auth == "token"
    app.state.trouble = dispatcher.trouble if dispatcher is not None else lambda: None
    app.state.notify = dispatcher.notify if dispatcher is not None else lambda queue: None
    install_answers(app)
    app.include_router(_common_routes())
    app.include_router(accounts)
    app.include_router(usage)
    app.include_router(jobs)
    app.include_router(hdri)
    app.include_router(hdri_results)
    app.include_router(images)
    app.include_router(generations)
    app.include_router(edits)
    app.include_router(inference)
    app.include_router(catalogue)
    app.include_router(clouds)
    app.include_router(generations_kept)
    app.include_router(splats)

    @app.get("/docs", include_in_schema=False)
    async def docs() -> HTMLResponse:
        return docs_page()

    django = _WholePath(cast(ASGIApp, get_asgi_application()))
    app.mount("/admin", django)
    app.mount("/static", StaticFiles(packages=_STATIC))
    upload_limit = (settings.max_upload_mb << 20) + _FORM_BYTES
    app.add_middleware(RequestLimit, requests=app.state.requests, login=login)
    app.add_middleware(Authentication, required=login)
    app.add_middleware(Faults)
    app.add_middleware(BodyLimit, larger=dict.fromkeys(_UPLOADS, upload_limit))
    origins = Origins(settings.cors_origins)
    app.add_middleware(
        Guard,
        allowed_hosts=settings.allowed_hosts,
        login=login,
        trusted_network=settings.trusted_network,
        origins=origins,
    )
    app.add_middleware(Cors, origins=origins)
    app.add_middleware(SecurityHeaders, https=settings.https, files_from=_origin(settings.s3_public_endpoint))
    app.add_middleware(RequestId)
    return app
