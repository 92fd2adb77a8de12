"""How files are sent, on a server without workers: what a job made is put there by the test."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest
from uploads import photo, upload

from lucida.errors import BadPhoto
from lucida.jobs.files import download_name, plain_name
from lucida.jobs.lease import claim, fail, finish
from lucida.jobs.models import Artifact
from lucida.jobs.running import version_tag
from lucida.storage import get_storage


def with_preview(client: httpx.Client, name: str = "IMG_0042.HEIC") -> tuple[str, str]:
    """A job that has made its first preview: the preview's address and its version tag."""
    job_id = upload(client, name=name).json()["job_id"]
    stored = get_storage().write(f"generations/{job_id}/preview.jpg", [photo()])
    Artifact.objects.create(
        job_id=job_id,
        name="preview.jpg",
        key=stored.key,
        sha256=stored.sha256,
        size=stored.size,
        content_type="image/jpeg",
    )
    return f"/api/result/{job_id}/preview", version_tag(stored.sha256)


def finish_waiting(job_id: str) -> None:
    job = claim("w", ["cpu"])
    assert job is not None
    assert str(job.id) == job_id
    assert finish(job.id, job.fence, {})


def test_an_address_with_its_tag_is_kept_for_ever_and_any_other_is_asked_for_anew(client: httpx.Client) -> None:
    path, tag = with_preview(client)
    assert "immutable" in client.get(f"{path}?v={tag}").headers["cache-control"]
    for other in (path, f"{path}?v=000000000000"):
        assert client.get(other).headers["cache-control"] == "private, no-cache"


def test_a_file_that_is_known_is_not_sent_again(client: httpx.Client) -> None:
    path, _ = with_preview(client)
    etag = client.get(path).headers["etag"]
    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = client.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert client.get(path, headers={"If-None-Match": '"other"'}).content == photo()


def test_a_jobs_addresses_are_shown_as_soon_as_they_are_good(client: httpx.Client) -> None:
    path, tag = with_preview(client)
    job_id = path.split("/")[3]
    assert client.get(f"/api/status/{job_id}").json()["preview_url"] == f"{path}?v={tag}"
    # The panorama's file is there before the job's other files are: its address comes with the end.
    preview = Artifact.objects.get()
    Artifact.objects.create(job_id=job_id, name="panorama.exr", key="generations/a/b", sha256=preview.sha256, size=1)
    assert client.get(f"/api/jobs/{job_id}").json()["hdr_url"] is None
    finish_waiting(job_id)
    assert client.get(f"/api/jobs/{job_id}").json()["hdr_url"] == f"/api/result/{job_id}/hdr"


def test_a_file_that_goes_while_it_is_asked_for_is_not_found(client: httpx.Client) -> None:
    path, _ = with_preview(client)
    get_storage().delete(Artifact.objects.get().key)
    answer = client.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert answer.json()["detail"].endswith("ask again.")


def test_what_a_failed_job_never_made_is_refused_with_its_reason(client: httpx.Client) -> None:
    job_id = upload(client).json()["job_id"]
    fail(UUID(job_id), {}, BadPhoto("The photo is odd."))
    answer = client.get(f"/api/result/{job_id}/hdr")
    assert (answer.status_code, answer.json()["code"]) == (409, "not_ready")
    assert "The photo is odd." in answer.json()["detail"]


def test_a_download_is_named_after_its_photo_and_nothing_else_gets_into_the_header(client: httpx.Client) -> None:
    path, _ = with_preview(client, "a; filename=evil.exe.jpg")
    disposition = client.get(path).headers["content-disposition"]
    assert disposition == "inline; filename*=utf-8''a%3B_filename%3Devil.exe-preview.jpg"


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("IMG_0042.HEIC", "IMG_0042-panorama.exr"),
        ("../../etc/pass wd", "pass_wd-panorama.exr"),
        ("C:\\photos\\a:b?.jpg", "a_b_-panorama.exr"),
        ("", "lucida-panorama.exr"),
        ("x" * 180 + ".jpg", "x" * 100 + "-panorama.exr"),
    ],
)
def test_names_of_downloads_are_ones_that_every_file_system_takes(title: str, name: str) -> None:
    assert download_name(title, "-panorama.exr") == name


def test_a_name_without_a_letter_left_is_another() -> None:
    assert [plain_name(name) for name in (None, "", "...", " . ", "\x00\x1f", "/")] == ["photo"] * 6
