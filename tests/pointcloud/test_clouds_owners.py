"""Whose a generation is: to everybody else it does not exist."""

from __future__ import annotations

import json

import httpx
import numpy as np
import pytest

from lucida.accounts.models import User
from lucida.accounts.people import add_user
from lucida.jobs.models import Artifact, Job, Status
from lucida.jobs.submission import submit
from lucida.pointcloud.asked import Asked
from lucida.pointcloud.files import CLOUD, CONTENT_TYPES, METADATA, metadata_json, pictures_of
from lucida.pointcloud.generation import generated
from lucida.pointcloud.jobs import KIND
from lucida.storage import get_storage
from lucida.storage.keys import make_key

NOBODY = "6f1c1a52-0f0e-4c55-9a3e-0d3b7b8f2a11"


@pytest.fixture(scope="module")
def address(login_address: str) -> str:
    return login_address


def bearer(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def generation_of(owner: User, prompt: str) -> str:
    """A cloud as a worker leaves it."""
    asked = Asked(prompt=prompt, width=64, height=64)
    job, _ = submit(KIND, owner, params={"asked": asked.model_dump(mode="json")}, inputs={}, title=prompt, seed=1)
    made = generated(asked, 1, str(job.id))
    files = {**pictures_of(made.kept), CLOUD: bytes(made.cloud), METADATA: metadata_json(made.metadata)}
    for name, content in files.items():
        key = make_key("generations", str(job.id), name)
        stored = get_storage().write(key, [content])
        columns = {"key": key, "sha256": stored.sha256, "size": stored.size, "content_type": CONTENT_TYPES[name]}
        Artifact.objects.create(job=job, name=name, **columns)
    Job.objects.filter(id=job.id).update(status=Status.DONE)
    return str(job.id)


def test_two_users_see_fetch_and_delete_their_own_only(client: httpx.Client) -> None:
    (anna, _, hers), (ben, _, his) = add_user("anna"), add_user("ben")
    name, other = generation_of(anna, "a lake"), generation_of(ben, "a forest")
    listed = client.get("/generations", headers=bearer(hers)).json()["generations"]
    assert [(each["id"], each["prompt"]) for each in listed] == [(name, "a lake")]
    for asset in ("", *(f"/{each}" for each in CONTENT_TYPES), "/cloud.bin?stride=2"):
        path = f"/generations/{name}{asset}"
        assert client.get(path, headers=bearer(hers)).status_code == 200
        assert client.get(path, headers=bearer(his)).status_code == 404
        assert client.get(path).status_code == 401
    assert client.delete(f"/api/jobs/{name}", headers=bearer(his)).status_code == 404
    assert client.delete(f"/api/jobs/{name}", headers=bearer(hers)).status_code == 204
    assert client.get(f"/generations/{name}", headers=bearer(hers)).status_code == 404
    assert client.get(f"/generations/{other}", headers=bearer(his)).status_code == 200


def test_a_job_of_another_kind_is_no_generation(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    name = generation_of(anna, "a lake")
    Job.objects.filter(id=name).update(kind="hdri")
    for asset in ("", "/image.png", "/cloud.bin"):
        assert client.get(f"/generations/{name}{asset}", headers=bearer(hers)).status_code == 404


def test_the_list_goes_on_where_it_was(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    names = [generation_of(anna, f"lake {number}") for number in range(3)]
    first = client.get("/generations", params={"limit": 2}, headers=bearer(hers)).json()
    assert [each["id"] for each in first["generations"]] == names[:0:-1]
    rest = client.get("/generations", params={"limit": 2, "before": first["next"]}, headers=bearer(hers)).json()
    assert ([each["id"] for each in rest["generations"]], rest["next"]) == ([names[0]], None)


def test_the_list_goes_on_though_the_last_of_its_page_was_deleted(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    names = [generation_of(anna, f"lake {number}") for number in range(4)]
    first = client.get("/generations", params={"limit": 2}, headers=bearer(hers)).json()
    assert client.delete(f"/api/jobs/{names[2]}", headers=bearer(hers)).status_code == 204
    rest = client.get("/generations", params={"before": first["next"]}, headers=bearer(hers)).json()
    assert [each["id"] for each in rest["generations"]] == names[1::-1]


@pytest.mark.parametrize(
    "before",
    ["x", "_", "2026-11-22T10:00:00+00:00", NOBODY, f"yesterday_{NOBODY}", "2026-11-22T10:00:00+00:00_7",
     f"9999-12-31T23:59:59-23:59_{NOBODY}"],
)  # fmt: skip
def test_a_page_after_nothing_is_refused_with_a_sentence(client: httpx.Client, before: str) -> None:
    _, _, hers = add_user("anna")
    answer = client.get("/generations", params={"before": before}, headers=bearer(hers))
    assert (answer.status_code, answer.json()["param"]) == (422, "before")
    assert answer.json()["detail"] == "before must be what an earlier answer had as its next."


def test_a_generation_is_as_old_as_its_job_in_the_list_and_alone(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    name = generation_of(anna, "a lake")
    (listed,) = client.get("/generations", headers=bearer(hers)).json()["generations"]
    alone = client.get(f"/generations/{name}", headers=bearer(hers)).json()
    assert listed["created_at"] == alone["created_at"] == Job.objects.get(id=name).created_at.isoformat()
    assert {field: alone[field] for field in listed} == listed
    for url in alone["urls"].values():
        assert client.get(url, headers=bearer(hers)).status_code == 200


def test_who_has_the_points_is_told_so_in_every_form(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    name = generation_of(anna, "a lake")
    path = f"/generations/{name}/cloud.bin"
    tags = set()
    for accept in ("gzip", "identity"):
        for form in ({}, {"stride": 2}, {"format": "ply"}):
            headers = {**bearer(hers), "Accept-Encoding": accept}
            whole = client.get(path, params=form, headers=headers)
            tags.add(whole.headers["etag"])
            again = client.get(path, params=form, headers={**headers, "If-None-Match": whole.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
            assert all(again.headers[header] == whole.headers[header] for header in ("etag", "vary", "cache-control"))
            other = client.get(path, params=form, headers={**headers, "If-None-Match": '"another"'})
            assert (other.status_code, other.content) == (200, whole.content)
    assert len(tags) == 6


def test_headers_alone_need_no_points(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    name = generation_of(anna, "a lake")
    path = f"/generations/{name}/cloud.bin"
    for accept in ("gzip", "identity"):
        headers = {**bearer(hers), "Accept-Encoding": accept}
        for form in ({"stride": 2}, {"format": "glb"}) if accept == "identity" else ({}, {"stride": 2}):
            whole = client.get(path, params=form, headers=headers)
            alone = client.head(path, params=form, headers=headers)
            assert (alone.status_code, alone.content) == (200, b"")
            assert alone.headers.get("content-length") in (None, whole.headers.get("content-length"))
            for header in ("etag", "content-type", "content-disposition", "vary"):
                assert alone.headers[header] == whole.headers[header]
    get_storage().delete(*(each.key for each in Artifact.objects.filter(job_id=name)))
    assert client.head(path, headers={**bearer(hers), "Accept-Encoding": "gzip"}).status_code == 200
    assert client.get(path, headers={**bearer(hers), "Accept-Encoding": "gzip"}).status_code == 404


@pytest.mark.parametrize(
    ("title", "saved"),
    [
        ("a lake", "filename*=utf-8''a%20lake{}"),
        ("lake", 'filename="lake{}"'),
        ('Bergsee "im" Grünen', "filename*=utf-8''Bergsee%20%22im%22%20Gr%C3%BCnen{}"),
    ],
)
def test_points_are_saved_under_their_title(client: httpx.Client, title: str, saved: str) -> None:
    anna, _, hers = add_user("anna")
    path = f"/generations/{generation_of(anna, title)}/cloud.bin"
    for accept in ("gzip", "identity"):
        for form, suffix in (({}, ".bin"), ({"format": "glb"}, ".glb"), ({"format": "ply"}, ".ply")):
            answer = client.get(path, params=form, headers={**bearer(hers), "Accept-Encoding": accept})
            assert answer.headers["content-disposition"] == f"attachment; {saved.format(suffix)}"


def test_a_file_that_was_lost_is_said_and_not_a_fault(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    name = generation_of(anna, "a lake")
    get_storage().delete(Artifact.objects.get(job_id=name, name="depth.png").key)
    answer = client.get(f"/generations/{name}/cloud.bin", params={"stride": 2}, headers=bearer(hers))
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    whole = client.get(f"/generations/{name}/cloud.bin", headers=bearer(hers)).content
    length = int(np.frombuffer(whole, "<u4", 1)[0])
    assert json.loads(whole[4 : 4 + length])["point_count"] == 64 * 64


def test_points_come_compressed_to_those_who_take_them_so(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    path = f"/generations/{generation_of(anna, 'a lake')}/cloud.bin"

    def get(accept: str, **more: str) -> httpx.Response:
        return client.get(path, headers={**bearer(hers), "Accept-Encoding": accept, **more})

    plain = get("identity")
    assert "content-encoding" not in plain.headers
    for accept in ("gzip", "br;q=1, gzip;q=0.5"):
        squeezed = get(accept)
        assert squeezed.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in squeezed.headers["vary"]
        assert squeezed.content == plain.content
        assert squeezed.headers["x-content-type"] == "shader-visuals/pointcloud"
    assert "content-encoding" not in get("gzip;q=0").headers
    some = get("gzip", Range="bytes=4-11")
    assert (some.status_code, some.content) == (206, plain.content[4:12])
    stride = {"params": {"stride": 2}}
    one = client.get(path, headers={**bearer(hers), "Accept-Encoding": "gzip"}, **stride)
    other = client.get(path, headers={**bearer(hers), "Accept-Encoding": "identity"}, **stride)
    assert one.content == other.content != plain.content


def test_damaged_metadata_hide_one_generation_and_no_other(client: httpx.Client) -> None:
    anna, _, hers = add_user("anna")
    names = [generation_of(anna, f"lake {number}") for number in range(3)]
    for name, content in zip(names, (b"{", b'{"id": 7}'), strict=False):
        get_storage().path(Artifact.objects.get(job_id=name, name=METADATA).key).write_bytes(content)
    listed = client.get("/generations", headers=bearer(hers)).json()["generations"]
    assert [each["id"] for each in listed] == names[2:]
