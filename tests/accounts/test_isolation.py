"""Every route there is, asked by nobody, by another user, by its owner and by a superuser: each sees what is theirs.

And by two more tokens of the owner's: one that may only read, and one that is for monitors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute
from live_server import listening
from starlette.routing import Mount, Route
from uploads import photo, upload
from waiting import wait_until
from websockets.sync.client import connect

from lucida.accounts.models import User
from lucida.accounts.people import add_user
from lucida.accounts.tokens import make_token
from lucida.config import get_settings
from lucida.jobs.embedded import EmbeddedDispatcher
from lucida.jobs.models import Job
from lucida.server import create_app
from lucida.storage import get_storage

pytestmark = pytest.mark.slow

PEOPLE = ("other", "owner", "admin")
TOKENS = {"reader": "read", "monitor": "metrics"}  # more of the owner's, and their scopes
ROLES = ("nobody", *PEOPLE, *TOKENS)
PLY = """ply
format ascii 1.0
element vertex 1
property float x
property float y
property float z
property float f_dc_0
property float f_dc_1
property float f_dc_2
property float opacity
property float scale_0
property float scale_1
property float scale_2
property float rot_0
property float rot_1
property float rot_2
property float rot_3
end_header
0 0 0 1 1 1 1 -3 -3 -3 1 0 0 0
"""
SMALL = {"prompt": "a lake", "model": "draft", "size": "64x64"}
CLOUD = {"prompt": "a lake", "width": 64, "height": 64}


@dataclass
class World:
    """What the owner has, and how each of the four asks."""

    address: str
    clients: dict[str, httpx.Client]
    tokens: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    secrets: list[str] = field(default_factory=list)  # what nobody else may read in any answer


Ask = Callable[[World], tuple[str, dict[str, Any]]]


def at(path: str, **how: Any) -> Ask:
    """A request, with the owner's ids put into its path."""
    return lambda world: (path.format(**world.ids), how)


# Who may: everybody; everybody who has logged in; the owner alone, and others hear that there is no such thing. What a
# token's scopes do not cover it hears by itself, whoever's it is.
FOR_ALL = dict.fromkeys(ROLES, 200)
FOR_TOKENS = FOR_ALL | {"nobody": 401}
READS = FOR_TOKENS | {"monitor": 403}
WRITES = READS | {"reader": 403}
READS_ONES_OWN = READS | {"other": 404, "admin": 404}
WRITES_ONES_OWN = WRITES | {"other": 404, "admin": 404}
FOR_MONITORS = dict.fromkeys(ROLES, 403) | {"nobody": 401, "monitor": 200}

WITHOUT_WAITING = {"Prefer": "respond-async"}
MATRIX: dict[str, tuple[dict[str, int], Ask]] = {
    "GET /openapi.json": (FOR_ALL, at("/openapi.json")),
    "HEAD /openapi.json": (FOR_ALL, at("/openapi.json")),
    "GET /docs": (FOR_ALL, at("/docs")),
    "GET /health": (FOR_ALL, at("/health")),
    "GET /health/live": (FOR_ALL, at("/health/live")),
    "GET /health/ready": (FOR_ALL, at("/health/ready")),
    "HEAD /health": (FOR_ALL, at("/health")),
    "MOUNT /static": (FOR_ALL, at("/static/admin/css/base.css")),
    "GET /metrics": (FOR_MONITORS, at("/metrics")),
    "MOUNT /admin": (READS | dict.fromkeys((*PEOPLE, "reader"), 302), at("/admin/")),
    "GET /api/session": (FOR_TOKENS, at("/api/session")),
    "POST /api/session": (FOR_TOKENS, at("/api/session")),
    "DELETE /api/session": (dict.fromkeys(ROLES, 204), at("/api/session")),
    "GET /api/usage": (READS, at("/api/usage")),
    "GET /api/jobs": (READS, at("/api/jobs")),
    "GET /api/jobs/{job_id}": (READS_ONES_OWN, at("/api/jobs/{panorama}")),
    "DELETE /api/jobs/{job_id}": (WRITES_ONES_OWN | {"owner": 204}, at("/api/jobs/{spare}")),
    "GET /api/jobs/{job_id}/events": (READS_ONES_OWN, at("/api/jobs/{panorama}/events")),
    "POST /api/jobs/{job_id}/ticket": (READS_ONES_OWN, at("/api/jobs/{panorama}/ticket")),
    # This one waits for its picture; those that come after leave jobs behind.
    "POST /inference/images/generations": (WRITES, at("/inference/images/generations", json=SMALL)),
    "POST /api/upload": (
        WRITES,
        lambda world: ("/api/upload", {"files": {"file": ("a.jpg", photo())}, "data": {"width": "256"}}),
    ),
    "GET /api/status/{job_id}": (READS_ONES_OWN, at("/api/status/{panorama}")),
    "POST /api/result/{job_id}/adjust": (WRITES_ONES_OWN, at("/api/result/{panorama}/adjust", json={"yaw": 1.0})),
    "GET /api/result/{job_id}/hdr": (READS_ONES_OWN, at("/api/result/{panorama}/hdr")),
    "HEAD /api/result/{job_id}/hdr": (READS_ONES_OWN, at("/api/result/{panorama}/hdr")),
    "GET /api/result/{job_id}/preview": (READS_ONES_OWN, at("/api/result/{panorama}/preview")),
    "HEAD /api/result/{job_id}/preview": (READS_ONES_OWN, at("/api/result/{panorama}/preview")),
    "GET /api/result/{job_id}/{asset}": (READS_ONES_OWN, at("/api/result/{panorama}/report.json")),
    "HEAD /api/result/{job_id}/{asset}": (READS_ONES_OWN, at("/api/result/{panorama}/report.json")),
    "GET /api/images/history/": (READS, at("/api/images/history/")),
    "GET /api/images/{image_id}/": (READS_ONES_OWN, at("/api/images/{image}/")),
    "DELETE /api/images/{image_id}/": (WRITES_ONES_OWN | {"owner": 204}, at("/api/images/{spare_image}/")),
    "GET /api/images/previews/{job_id}": (READS_ONES_OWN, at("/api/images/previews/{drawing}")),
    "GET /media/{path}": (READS_ONES_OWN, at("/media/{file}")),
    "HEAD /media/{path}": (READS_ONES_OWN, at("/media/{file}")),
    "POST /v1/images/generations": (WRITES, at("/v1/images/generations", json=SMALL, headers=WITHOUT_WAITING)),
    "POST /v1/images/edits": (
        WRITES,
        lambda world: (
            "/v1/images/edits",
            {"files": {"image": ("a.jpg", photo())}, "data": {"prompt": "a lake"}, "headers": WITHOUT_WAITING},
        ),
    ),
    "GET /v1/models": (READS, at("/v1/models")),
    "GET /v1/models/{name}": (READS, at("/v1/models/draft")),
    "POST /generate": (WRITES, at("/generate", json=CLOUD, headers=WITHOUT_WAITING)),
    "GET /generations": (READS, at("/generations")),
    "GET /generations/{generation_id}": (READS_ONES_OWN, at("/generations/{cloud}")),
    "GET /generations/{generation_id}/{asset}": (READS_ONES_OWN, at("/generations/{cloud}/image.png")),
    "HEAD /generations/{generation_id}/{asset}": (READS_ONES_OWN, at("/generations/{cloud}/image.png")),
    "POST /api/splats/convert": (
        WRITES,
        lambda world: ("/api/splats/convert", {"files": {"file": ("a.ply", PLY.encode())}, "data": {"format": ".ply"}}),
    ),
    "SOCKET /ws/jobs/{job_id}": (
        {"nobody": 401, "other": 4404, "owner": 1000, "admin": 4404, "reader": 1000, "monitor": 403},
        at("/ws/jobs/{panorama}"),
    ),
}


def every_route(app: FastAPI) -> set[str]:
    """What the application answers, described in its schema or not."""
    found: set[str] = set()

    def walk(routes: list[Any]) -> None:
        for route in routes:
            if isinstance(route, APIWebSocketRoute):
                found.add(f"SOCKET {route.path}")
            elif isinstance(route, APIRoute | Route):
                found.update(f"{method} {route.path}" for method in route.methods or ())
            elif isinstance(route, Mount):
                found.add(f"MOUNT {route.path}")
            else:
                walk(route.original_router.routes)

    walk(list(app.routes))
    for path, operations in app.openapi()["paths"].items():
        found.update(f"{method.upper()} {path}" for method in operations)
    return {route.replace("{path:path}", "{path}") for route in found}


@pytest.fixture(scope="module")
def app(migrated_database: Path) -> Iterator[FastAPI]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LUCIDA_AUTH", "token")
        patch.setenv("LUCIDA_IMAGES_AT_ONCE", "0")
        get_settings.cache_clear()
        yield create_app(EmbeddedDispatcher(1))
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def world(app: FastAPI) -> Iterator[World]:
    with listening(app) as address:
        tokens = {role: add_user(role)[2] for role in PEOPLE}
        owner = User.objects.get(username="owner")
        tokens |= {role: make_token(owner, scopes=[scope])[1] for role, scope in TOKENS.items()}
        User.objects.filter(username="admin").update(is_superuser=True, is_staff=True)
        clients = {role: httpx.Client(base_url=address, timeout=180) for role in ROLES}
        for role, token in tokens.items():
            clients[role].headers["Authorization"] = f"Bearer {token}"
        world = World(address, clients, tokens)
        with ExitStack() as open_clients:
            for client in clients.values():
                open_clients.enter_context(client)
            furnish(world)
            yield world
    User.objects.all().delete()
    get_storage().delete(*list(get_storage().keys()))


def furnish(world: World) -> None:
    """Give the owner one of everything, made as people make it."""
    owner = world.clients["owner"]
    drawn = [owner.post("/v1/images/generations", json=SMALL).raise_for_status() for _ in range(2)]
    world.ids["panorama"] = upload(owner, name="secret-place.jpg").json()["job_id"]
    world.ids["spare"] = upload(owner, name="secret-spare.jpg").json()["job_id"]
    cloud = owner.post("/generate", json=CLOUD, headers=WITHOUT_WAITING).raise_for_status()
    world.ids["cloud"] = cloud.json()["job_id"]
    for name in ("panorama", "spare", "cloud"):
        job = Job.objects.get(id=world.ids[name])

        def done(job: Job = job) -> bool:
            job.refresh_from_db()
            return bool(job.status == "done")

        wait_until(done, f"the owner's {name}")
    world.ids["drawing"] = drawn[0].headers["x-lucida-job"]
    pictures = owner.get("/api/images/history/").json()["images"]
    world.ids |= {"image": pictures[0]["id"], "spare_image": pictures[1]["id"]}
    world.ids["file"] = owner.get(f"/api/images/{world.ids['image']}/").json()["imageUrl"].split("/media/")[1]
    world.secrets = ["secret-", *world.ids.values()]


def test_every_route_is_in_the_matrix_and_no_other(app: FastAPI) -> None:
    assert set(MATRIX) == every_route(app)


@pytest.mark.parametrize("route", sorted(MATRIX, key=lambda route: route.startswith("DELETE")))
def test_each_sees_what_is_theirs(world: World, route: str) -> None:
    method, _, _ = route.partition(" ")
    expected, ask = MATRIX[route]
    url, how = ask(world)
    for role in sorted(ROLES, key=lambda role: role == "owner"):  # last, for it may delete
        status, said = answer(world, role, method, url, how)
        assert status == expected[role], (role, said[:500])
        if role not in ("owner", "reader"):
            assert not [secret for secret in world.secrets if secret in said], role


def answer(world: World, role: str, method: str, url: str, how: dict[str, Any]) -> tuple[int, str]:
    """The status, or how a socket was closed, and what was said; any success counts as 200, but for 204."""
    if method == "SOCKET":
        return socket_answer(world, role, url)
    found = world.clients[role].request("GET" if method == "MOUNT" else method, url, **how)
    world.clients[role].cookies.clear()
    status = 200 if found.status_code in (200, 201, 202) else found.status_code
    return status, found.text


def socket_answer(world: World, role: str, url: str) -> tuple[int, str]:
    from websockets.exceptions import ConnectionClosed, InvalidStatus

    token = world.tokens.get(role)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    said = []
    try:
        with connect(f"ws{world.address.removeprefix('http')}{url}", additional_headers=headers) as socket:
            while True:
                said.append(str(socket.recv(timeout=20)))
    except InvalidStatus as refused:
        return refused.response.status_code, ""
    except ConnectionClosed as closed:
        return (closed.rcvd.code if closed.rcvd else 0), "".join(said)
