"""`POST /api/splats/convert`: what goes in comes out turned, scaled, in another format; nothing stays behind."""

from __future__ import annotations

from pathlib import Path

import httpx
import numpy as np
import pytest
from splat_scenes import read_ply, write_ply
from waiting import wait_until

from lucida.gaussians.files import FORMATS, read
from lucida.storage import get_storage

QUARTER = "0.7071067811865476,0,0,0.7071067811865476"  # about z


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    random = np.random.default_rng(5)
    means, colours = random.normal(size=(300, 3)), random.uniform(0, 255, (300, 3))
    path = tmp_path_factory.mktemp("scenes") / "My chair.ply"
    return write_ply(path, means, colours, random.uniform(0.01, 0.1, (300, 3)), 0.8)


def convert(client: httpx.Client, path: Path, format: str = ".ply", name: str = "", **fields: str) -> httpx.Response:
    files = {"file": (name or path.name, path.read_bytes())}
    return client.post("/api/splats/convert", files=files, data={"format": format, **fields})


def refused(answer: httpx.Response, status: int, code: str, param: str | None = None) -> str:
    """The sentence of a refusal after which nothing is left."""
    told = answer.json()
    assert (answer.status_code, told["code"], told.get("param")) == (status, code, param), told
    assert nothing_is_left()
    return str(told["detail"])


def nothing_is_left() -> bool:
    """Whether the store is empty: nothing kept, nothing on its way."""
    return not [*get_storage().keys(), *get_storage().temporary.glob("*")]


def test_a_quarter_turn_and_a_scale_are_in_the_file(client: httpx.Client, scene: Path, tmp_path: Path) -> None:
    answer = convert(client, scene, rotation=QUARTER, scale="2")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="My_chair.ply"'
    assert answer.headers["cache-control"] == "private, no-store"
    (tmp_path / "turned.ply").write_bytes(answer.content)
    before, after = read_ply(scene), read_ply(tmp_path / "turned.ply")
    np.testing.assert_allclose(after["x"], -2 * before["y"], atol=1e-5)  # counter-clockwise, seen from above
    np.testing.assert_allclose(after["y"], 2 * before["x"], atol=1e-5)
    np.testing.assert_allclose(after["z"], 2 * before["z"], atol=1e-5)
    np.testing.assert_allclose(after["scale_0"], before["scale_0"] + np.log(2), atol=1e-5)
    np.testing.assert_allclose(np.abs([after["rot_0"], after["rot_3"]]), np.sqrt(0.5), atol=1e-5)
    np.testing.assert_allclose(after["f_dc_1"], before["f_dc_1"], atol=1e-6)
    wait_until(nothing_is_left, "what was sent goes after its last byte")


def test_every_format_is_written_and_read(client: httpx.Client, scene: Path, tmp_path: Path) -> None:
    before = read(scene)
    for suffix in FORMATS:
        answer = convert(client, scene, suffix)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-disposition"] == f'attachment; filename="My_chair{suffix}"'
        path = tmp_path / f"chair{suffix}"
        path.write_bytes(answer.content)
        back = convert(client, path)
        assert back.status_code == 200, back.text
        again = tmp_path / "again.ply"
        again.write_bytes(back.content)
        after = read(again)
        assert len(after) == 300
        order = [np.argsort(each.means[:, 0]) for each in (before, after)]  # some formats have an order of their own
        np.testing.assert_allclose(after.means[order[1]].mean(0), before.means[order[0]].mean(0), atol=0.01)
        np.testing.assert_allclose(after.colours.mean(0), before.colours.mean(0), atol=0.02)
    wait_until(nothing_is_left, "what was sent goes after its last byte")


def test_what_cannot_be_is_said_in_a_sentence(client: httpx.Client, scene: Path, tmp_path: Path) -> None:
    cut = tmp_path / "cut.ply"
    cut.write_bytes(scene.read_bytes()[:2000])
    empty = tmp_path / "empty.ply"
    empty.touch()
    assert "cut.ply" in refused(convert(client, cut), 422, "bad_splats")
    assert "empty" in refused(convert(client, empty), 422, "bad_splats", "file")
    assert ".splat" in refused(convert(client, scene, ".obj"), 422, "bad_parameter", "format")
    assert "chair.obj" in refused(convert(client, scene, name="chair.obj"), 422, "bad_parameter", "file")
    for rotation in ("up", "1,0,0", "0,0,0,0", "nan,0,0,1", "inf,0,0,1", "1,0,0,0,0"):
        assert "quaternion" in refused(convert(client, scene, rotation=rotation), 422, "bad_parameter", "rotation")
    for scale in ("0", "-1", "nan", "1e9"):
        assert "0.000001" in refused(convert(client, scene, scale=scale), 422, "bad_parameter", "scale")
    refused(client.post("/api/splats/convert", data={"format": ".ply"}), 422, "bad_parameter", "file")


def test_a_file_is_as_large_as_the_setting_allows(client: httpx.Client, scene: Path, tmp_path: Path) -> None:
    large = tmp_path / "large.ply"
    large.write_bytes(bytes((100 << 20) + (1 << 17)))
    told = refused(convert(client, large), 413, "upload_too_large")
    assert "100 MB" in told
    almost = tmp_path / "almost.ply"
    almost.write_bytes(bytes(3 << 20))  # far above what other routes take
    assert "almost.ply" in refused(convert(client, almost), 422, "bad_splats")
