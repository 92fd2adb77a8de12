"""One description of all routes: FastAPI's own, and Django REST framework's where it has any."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import HTMLResponse

from lucida.web.headers import content_security_policy

_SWAGGER = "/static/drf_spectacular_sidecar/swagger-ui-dist"

_METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def operations(schema: Mapping[str, Any]) -> dict[str, str]:
    """`operationId` of each operation, with its method and path."""
    return {
        operation["operationId"]: f"{method.upper()} {path}"
        for path, item in schema.get("paths", {}).items()
        for method, operation in item.items()
        if method in _METHODS and "operationId" in operation
    }


# Where an answer that names a job leads to: the names of the links, and what they ask.
_OF_A_JOB = {
    "job": "GET /api/jobs/{job_id}",
    "cancelOrDelete": "DELETE /api/jobs/{job_id}",
    "events": "GET /api/jobs/{job_id}/events",
}
_OF_A_PANORAMA = {
    "status": "GET /api/status/{job_id}",
    "panorama": "GET /api/result/{job_id}/hdr",
    "preview": "GET /api/result/{job_id}/preview",
    "file": "GET /api/result/{job_id}/{asset}",
    "adjust": "POST /api/result/{job_id}/adjust",
}
_OF_A_CLOUD = {
    "generation": "GET /generations/{generation_id}",
    "file": "GET /generations/{generation_id}/{asset}",
}
_OF_A_PICTURE = {"preview": "GET /api/images/previews/{job_id}"}
# The answers that name one: OpenAPI 3.1 section 4.8.20.
LINKS = {
    ("POST /api/upload", "200"): _OF_A_JOB | _OF_A_PANORAMA,
    ("POST /api/result/{job_id}/adjust", "200"): _OF_A_JOB | _OF_A_PANORAMA,
    ("POST /v1/images/generations", "202"): _OF_A_JOB | _OF_A_PICTURE,
    ("POST /v1/images/edits", "202"): _OF_A_JOB | _OF_A_PICTURE,
    ("POST /generate", "202"): _OF_A_JOB | _OF_A_CLOUD,
}


def link_jobs(schema: dict[str, Any]) -> None:
    """Say in the description what may be asked of a job by the `job_id` of the answer that it was accepted with."""
    names = {operation: name for name, operation in operations(schema).items()}
    for (operation, status), leads in LINKS.items():
        method, _, path = operation.partition(" ")
        answer = schema["paths"][path][method.lower()]["responses"][status]
        answer["links"] = {
            name: {
                "operationId": names[target],
                "parameters": {"generation_id" if "generation_id" in target else "job_id": "$response.body#/job_id"},
            }
            for name, target in leads.items()
        }


def merge_schemas(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Both descriptions as one; ValueError where a path, a component or an operation's name is in both."""
    clashes = sorted(set(first.get("paths", {})) & set(second.get("paths", {})))
    clashes += sorted(set(operations(first)) & set(operations(second)))
    components: dict[str, dict[str, Any]] = {}
    for schema in (first, second):
        for group, members in schema.get("components", {}).items():
            known = components.setdefault(group, {})
            clashes += [f"{group}/{name}" for name in members if name in known and known[name] != members[name]]
            known.update(members)
    if clashes:
        raise ValueError(f"two descriptions of {', '.join(clashes)}")
    merged = {**first, "paths": {**first.get("paths", {}), **second.get("paths", {})}}
    if components:
        merged["components"] = components
    return merged


def django_schema() -> dict[str, Any] | None:
    """What Django REST framework describes; None while it has no routes."""
    from django.apps import apps

    if not apps.is_installed("drf_spectacular"):
        return None
    from drf_spectacular.generators import SchemaGenerator

    described: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]  # theirs
    return described


def docs_page() -> HTMLResponse:
    """Swagger UI from our own files, so that it works without a network; its one script is allowed by a nonce."""
    page = get_swagger_ui_html(
        openapi_url="/openapi.json",
        title="Lucida: API",
        swagger_js_url=f"{_SWAGGER}/swagger-ui-bundle.js",
        swagger_css_url=f"{_SWAGGER}/swagger-ui.css",
        swagger_favicon_url=f"{_SWAGGER}/favicon-32x32.png",
    )
    nonce = secrets.token_urlsafe(16)
    html = bytes(page.body).decode().replace("<script>", f'<script nonce="{nonce}">')
    policy = content_security_policy(script=f"'nonce-{nonce}'")
    return HTMLResponse(html, headers={"Content-Security-Policy": policy})
