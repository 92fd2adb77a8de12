"""The pictures' routes on a server where nobody logs in, and on one where two people do."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from pictures import keep_one

from lucida.accounts.models import User
from lucida.accounts.owner import local_user
from lucida.accounts.people import add_user
from lucida.images.models import GeneratedImage
from lucida.storage import get_storage

HISTORY = "/api/images/history/"


def content(key: str) -> bytes:
    return get_storage().read(key)


def test_a_picture_is_shown_fetched_and_deleted(client: httpx.Client) -> None:
    image = keep_one(local_user())
    url = f"/media/generated_images/{image.created_at:%Y/%m}/{image.id}.png"
    small = f"/media/thumbnails/{image.created_at:%Y/%m}/{image.id}.webp"
    created = f"{image.created_at:%Y-%m-%dT%H:%M:%S.%fZ}"
    entry = {
        "id": str(image.id),
        "prompt": "A beautiful sunset over mountains",
        "imageUrl": url,
        "thumbnailUrl": small,
        "modelUsed": "sdxl",
        "createdAt": created,
    }
    assert client.get(HISTORY).json() == {"images": [entry], "total": 1, "page": 1, "perPage": 20}
    assert client.get(f"/api/images/{image.id}/").json() == {
        **entry,
        "negativePrompt": "blurry, low quality",
        "width": 96,
        "height": 64,
        "parameters": {"steps": 30, "cfgScale": 7.5, "sampler": "Euler", "seed": 12345},
        "generationTime": 8.5,
        "fileSize": image.file_size,
        "contentType": "image/png",
        "jobId": None,
    }
    assert client.get(url).content == content(image.image)
    assert client.get(small).content == content(image.thumbnail)
    assert client.delete(f"/api/images/{image.id}/").status_code == 204
    for gone in (f"/api/images/{image.id}/", url, small):
        answer = client.get(gone)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.delete(f"/api/images/{image.id}/").status_code == 404
    assert client.get(HISTORY).json()["total"] == 0
    assert list(get_storage().keys()) == []


def test_of_two_who_delete_a_picture_at_once_one_is_told_that_it_is_gone(client: httpx.Client) -> None:
    for _ in range(5):
        path = f"/api/images/{keep_one(local_user()).id}/"
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(client.delete, [path, path]))
        assert sorted(answer.status_code for answer in answers) == [204, 404]
    assert list(get_storage().keys()) == []


def prompts(client: httpx.Client, **query: Any) -> list[str]:
    answer = client.get(HISTORY, params=query).raise_for_status()
    return [image["prompt"] for image in answer.json()["images"]]


def test_pages_go_from_the_newest_to_the_oldest_and_miss_nothing(client: httpx.Client) -> None:
    owner = local_user()
    for number in range(7):
        image = keep_one(owner, str(number))
        # Three at the same moment: their order is any, but the same on every page.
        at = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(hours=max(number, 2))
        GeneratedImage.objects.filter(id=image.id).update(created_at=at)
    pages = [prompts(client, page=page, perPage=3) for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    shown = [prompt for page in pages for prompt in page]
    assert (shown[:4], set(shown[4:])) == (["6", "5", "4", "3"], {"0", "1", "2"})
    answer = client.get(HISTORY, params={"page": 4, "perPage": 3}).json()
    assert (answer["total"], answer["page"], answer["perPage"]) == (7, 4, 3)
    assert prompts(client) == shown


@pytest.mark.parametrize(
    "query", [{"page": 0}, {"page": -1}, {"page": 10**20}, {"perPage": 0}, {"perPage": 101}, {"search": "x" * 501}]
)
def test_pages_that_do_not_exist_are_refused(client: httpx.Client, query: dict[str, Any]) -> None:
    answer = client.get(HISTORY, params=query)
    assert (answer.status_code, answer.json()["code"], answer.json()["param"]) == (422, "bad_parameter", *query)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("", ["cat", "dog"]),
        ("  ", ["cat", "dog"]),
        ("WÜRFEL", ["cat"]),
        ("straße", ["cat"]),
        ("STRASSE", ["cat"]),
        ("ΠΌΛΗ", ["dog"]),
        ("cafe\u0301", ["dog"]),
        ("BLURRY", ["dog"]),
        ("100%", ["cat"]),
        ("1%0", []),
        ("a_d", []),
        ("%", ["cat"]),
        ("\\", ["dog"]),
        ("🌅", ["dog"]),
        ("' OR 1=1 --", []),
        ("\0", ["cat", "dog"]),
        ("horse", []),
    ],
)
def test_search_finds_in_both_prompts_whatever_the_case(client: httpx.Client, search: str, found: list[str]) -> None:
    owner = local_user()
    said = {"cat": ("Würfel 100% in der Straße", "x"), "dog": ("a dog, πόλη, café \\ 🌅", "Blurry")}
    for prompt, negative_prompt in reversed(said.values()):
        keep_one(owner, prompt, negative_prompt=negative_prompt)
    names = {prompt: name for name, (prompt, _) in said.items()}
    assert [names[prompt] for prompt in prompts(client, search=search)] == found
    assert client.get(HISTORY, params={"search": search}).json()["total"] == len(found)


def test_files_come_with_good_headers(client: httpx.Client) -> None:
    image = keep_one(local_user(), 'Über den/Wolken: "a cat; filename=evil.exe\r\nX: y"')
    answer = client.get(f"/{image.image}")
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "private, max-age=31536000, immutable"
    name = f"%C3%9Cber-den-Wolken-a-cat-filename-evil-exe-X-y-{image.id.hex[:8]}"
    assert answer.headers["content-disposition"] == f"inline; filename*=utf-8''{name}.png"
    small = client.get(f"/{image.thumbnail}")
    assert small.headers["content-type"] == "image/webp"
    assert small.headers["content-disposition"] == f"inline; filename*=utf-8''{name}-thumbnail.webp"
    assert small.headers["etag"] != answer.headers["etag"]


@pytest.mark.parametrize("prompt", ["", "🌅", " ... "])
def test_a_prompt_without_words_gives_a_name_all_the_same(client: httpx.Client, prompt: str) -> None:
    image = keep_one(local_user(), prompt, format="jpeg")
    disposition = client.get(f"/{image.image}").headers["content-disposition"]
    assert disposition == f'inline; filename="picture-{image.id.hex[:8]}.jpg"'


def test_a_download_can_be_sized_resumed_and_known(client: httpx.Client) -> None:
    image = keep_one(local_user())
    url, whole = f"/{image.image}", content(image.image)
    head = client.head(url)
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(whole)))
    assert head.headers["accept-ranges"] == "bytes"
    part = client.get(url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole[10:20])
    assert part.headers["content-range"] == f"bytes 10-19/{len(whole)}"
    assert client.get(url, headers={"Range": "bytes=-5"}).content == whole[-5:]
    resumed = client.get(url, headers={"Range": "bytes=10-", "If-Range": head.headers["etag"]})
    assert (resumed.status_code, resumed.content) == (206, whole[10:])
    assert client.get(url, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416
    for known in (head.headers["etag"], f"W/{head.headers['etag']}", "*"):
        answer = client.get(url, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    assert client.get(url, headers={"If-None-Match": '"other"'}).content == whole


def test_a_file_that_is_lost_is_not_found(client: httpx.Client) -> None:
    image = keep_one(local_user())
    get_storage().delete(image.image)
    assert client.get(f"/{image.image}").status_code == 404


def asked(address: str, path: str, **headers: str) -> tuple[int, bytes]:
    """The answer to a path that is sent exactly as it stands: clients mend it."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc)
    connection.putrequest("GET", path)
    for name, value in headers.items():
        connection.putheader(name, value)
    connection.endheaders()
    answer = connection.getresponse()
    told = answer.status, answer.read()
    connection.close()
    return told


@pytest.mark.parametrize("accept", ["*/*", "text/html"])
def test_no_path_leads_out_of_the_pictures(address: str, client: httpx.Client, accept: str) -> None:
    image = keep_one(local_user())
    get_storage().write("media/generated_images/2026/11/known-to-no-row.png", [b"secret"])
    get_storage().write("generations/job/panorama.exr", [b"secret"])
    rest = image.image.removeprefix("media/")
    assert asked(address, f"/{image.image}", Accept=accept) == (200, content(image.image))
    tricks = [
        "/media/",
        "/media/../lucida.sqlite3",
        "/media/..%2flucida.sqlite3",
        "/media/%2e%2e/lucida.sqlite3",
        "/media/..%5clucida.sqlite3",
        "/media/../generations/job/panorama.exr",
        "/media/generated_images/2026/11/known-to-no-row.png",
        "/media/generated_images/",
        "/media//etc/passwd",
        "/media/%00",
        f"/media/{rest}%00",
        f"/media/{rest}%00.txt",
        f"/media/{rest}/",
        f"/media//{rest}",
        f"/media/./{rest}",
        f"/media/x/../{rest}",
        f"/media/media/{rest}",
        f"/media/{rest.upper()}",
        f"/media/{rest}%0a",
        f"/media/{rest}%20",
        "/media/%ff%fe",
        f"/media/{'a/' * 3000}b",
    ]
    for trick in tricks:
        status, body = asked(address, trick, Accept=accept)
        assert status == 404, trick
        assert b"not_found" in body


@pytest.mark.parametrize("image_id", ["history", "1", "x", "00000000-0000-0000-0000-00000000000g"])
def test_what_is_no_id_is_refused(client: httpx.Client, image_id: str) -> None:
    assert client.delete(f"/api/images/{image_id}/").status_code in (405, 422)


class Person:
    """A user with a client that sends their token."""

    def __init__(self, name: str, address: str) -> None:
        self.user: User
        self.user, _, text = add_user(name)
        self.client = httpx.Client(base_url=address, headers={"Authorization": f"Bearer {text}"}, timeout=60)


@pytest.fixture
def people(login_address: str, database: Path) -> Iterator[tuple[Person, Person]]:
    anna, bob = Person("anna", login_address), Person("bob", login_address)
    yield anna, bob
    anna.client.close()
    bob.client.close()


def test_two_people_never_meet_each_others_pictures(people: tuple[Person, Person]) -> None:
    anna, bob = people
    theirs = {person: keep_one(person.user, f"for {person.user.username}") for person in people}
    for person, other in ((anna, bob), (bob, anna)):
        image, foreign = theirs[person], theirs[other]
        assert prompts(person.client) == prompts(person.client, search="FOR") == [f"for {person.user.username}"]
        assert prompts(person.client, search=f"for {other.user.username}") == []
        own = f"/api/images/{image.id}/"
        assert person.client.get(own).status_code == 200
        strange = [f"/api/images/{foreign.id}/", f"/{foreign.image}", f"/{foreign.thumbnail}"]
        never = f"/api/images/{'0' * 8}-0000-4000-8000-{'0' * 12}/"
        for path in strange:
            answer = person.client.get(path)
            assert answer.status_code == person.client.head(path).status_code or path.startswith("/api")
            assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert person.client.get(strange[0]).json() == person.client.get(never).json()
        assert person.client.get(strange[1], headers={"If-None-Match": "*"}).status_code == 404
        assert person.client.delete(strange[0]).status_code == 404
        assert person.client.get(f"/{image.image}").content == content(image.image)
    assert GeneratedImage.objects.count() == 2
    assert len(list(get_storage().keys())) == 4


def test_without_a_token_there_is_nothing(login_address: str, people: tuple[Person, Person]) -> None:
    image = keep_one(people[0].user)
    for path in (HISTORY, f"/api/images/{image.id}/", f"/{image.image}", "/media/x/y"):
        for accept in ("*/*", "text/html"):
            answer = httpx.get(f"{login_address}{path}", headers={"Accept": accept})
            assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert httpx.delete(f"{login_address}/api/images/{image.id}/").status_code == 401


def test_the_description_has_the_routes_and_their_names(client: httpx.Client) -> None:
    described = client.get("/openapi.json").json()
    names = {parameter["name"] for parameter in described["paths"][HISTORY]["get"]["parameters"]}
    assert names == {"page", "perPage", "search", "job"}
    for view in ("HistoryImage", "ImageView", "History"):
        assert all(
            re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name)
            for name in described["components"]["schemas"][view]["properties"]
        )
    assert set(described["paths"]["/media/{path}"]) == {"get"}
