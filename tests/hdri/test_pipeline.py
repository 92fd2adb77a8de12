from __future__ import annotations

import functools
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray
from photos import encode, exif_block
from PIL import Image
from scenes import outdoors, rays

from lucida.engines.painter.draft import ORDER
from lucida.engines.painter.sky import luminance
from lucida.errors import BadParameter, BadPhoto, Cancelled
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import direction, directions, look_through
from lucida.hdri.adjustment import Adjustment, SunChange
from lucida.hdri.pipeline import Panorama, photo_to_panorama
from lucida.imaging.colour import linear_to_srgb, srgb_to_linear
from lucida.imaging.read import read_photo

WIDTH = 256
CAMERA = PinholeCamera(400, 300, 2 * float(np.arctan(18 / 26)))  # 26 mm on a 36 mm wide frame
LEVEL = {"scene": "outdoor", "pitch": 0.0, "roll": 0.0}


@functools.cache
def photo() -> bytes:
    """A JPEG of a meadow whose sky is burnt out on the right, as a program writes it."""
    picture, (x, y, _) = outdoors(CAMERA), np.moveaxis(rays(CAMERA), -1, 0)
    picture[(x > 0.1) & (y > 0.02)] = 1
    code = np.round(255 * linear_to_srgb(picture)).astype(np.uint8)
    exif = exif_block(picture={0xA405: 26, 0x829A: (1, 1000), 0x829D: (2, 1), 0x8827: 100})
    return encode(code, "JPEG", quality=97, subsampling=0, exif=exif)


@functools.cache
def made() -> tuple[Panorama, list[tuple[float, str]], list[NDArray[np.uint8]]]:
    """A panorama, what was said on the way, and the pictures that were shown."""
    said: list[tuple[float, str]] = []
    shown: list[NDArray[np.uint8]] = []
    panorama = photo_to_panorama(
        photo(), width=WIDTH, seed=3, **LEVEL, progress=lambda *step: said.append(step), preview=shown.append
    )
    return panorama, said, shown


def exr(path: Path) -> tuple[NDArray[np.float32], dict[str, Any]]:
    with OpenEXR.File(str(path)) as file:
        return np.array(file.channels()["RGB"].pixels, np.float32), dict(file.header())


def test_a_photo_becomes_a_panorama() -> None:
    panorama, _, _ = made()
    assert panorama.radiance.shape == (WIDTH // 2, WIDTH, 3)
    assert panorama.proxy.shape == (WIDTH // 2, WIDTH, 3)
    for radiance in (panorama.radiance, panorama.proxy):
        assert np.isfinite(radiance).all()
        assert radiance.min() >= 0
    assert panorama.radiance.dtype in (np.float16, np.float32)
    assert panorama.proxy.dtype == np.float32


def test_the_photo_is_seen_again_where_it_was_taken() -> None:
    panorama, _, _ = made()
    x, y = np.meshgrid(np.arange(400) + 0.5, np.arange(300) + 0.5)
    seen = look_through(panorama.radiance.astype(np.float32), CAMERA.directions(x, y))
    own = srgb_to_linear(np.asarray(Image.open(io.BytesIO(photo()))).astype(np.float32) / 255)
    sky = (rays(CAMERA)[..., 1] > 0.05) & (rays(CAMERA)[..., 0] < 0.05)
    sky[:20], sky[:, :20] = False, False
    difference = np.abs(linear_to_srgb(np.clip(seen, 0, 1)) - linear_to_srgb(np.clip(own, 0, 1)))[sky]
    assert np.median(difference) < 2 / 255


def test_the_sun_that_burnt_out_is_brighter_than_any_bracket_holds_and_stands_where_it_burnt() -> None:
    panorama, _, _ = made()
    light = luminance(panorama.radiance.astype(np.float32))
    assert light.max() > 50
    brightest = directions(WIDTH, WIDTH // 2)[np.unravel_index(light.argmax(), light.shape)]
    sun = panorama.lights[0]
    assert np.dot(brightest, sun.direction) > np.cos(np.radians(2))
    x, y, inside = CAMERA.project(np.array(sun.direction))
    assert inside
    own = np.asarray(Image.open(io.BytesIO(photo())))
    assert own[int(y), int(x)].min() > 250


def test_the_proxy_is_the_panorama_without_its_lights() -> None:
    panorama, _, _ = made()
    whole = panorama.radiance.astype(np.float32)
    away = directions(WIDTH, WIDTH // 2) @ np.array(panorama.lights[0].direction) < 0.95
    assert panorama.proxy.max() < 0.5 * whole.max()
    ratio = luminance(panorama.proxy)[away] / luminance(whole)[away]
    assert np.median(ratio) == pytest.approx(1, abs=0.02)
    assert panorama.proxy[away].mean() == pytest.approx(whole[away].mean(), rel=0.03)


def test_the_report_tells_all() -> None:
    panorama, _, _ = made()
    report = json.loads(json.dumps(panorama.report, allow_nan=False))
    assert report["engine"] == "draft"
    assert report["engine_reason"]
    assert report["licence"] == "Apache-2.0"
    assert report["scene"]["type"] == "outdoor"
    assert report["scene"]["reason"] == "chosen by hand"
    assert report["camera"]["horizontal_fov_deg"] == pytest.approx(np.degrees(CAMERA.horizontal_fov), abs=0.1)
    assert "FocalLengthIn35mmFilm" in report["camera"]["source"]
    assert (report["camera"]["pitch_deg"], report["camera"]["roll_deg"]) == (0, 0)
    assert report["camera"]["level_source"] == "given"
    assert report["headroom"] is None
    assert "sRGB" in report["color_profile"]
    assert report["exposure_scale"] == 1
    assert sorted(report["ev_offsets"]) == [-3, -1, 0, 1, 3]
    assert report["ev_offsets"][0] == 0
    assert report["seed"] == 3
    assert report["size"] == [WIDTH, WIDTH // 2]
    assert all(isinstance(note, str) and note.endswith(".") for note in report["notes"])
    assert all(seconds >= 0 for seconds in report["seconds"].values())
    assert len(report["lights"]) == len(panorama.lights) == 1


def test_a_reported_light_says_the_same_in_angles_and_as_a_vector() -> None:
    panorama, _, _ = made()
    (told,), (light,) = panorama.report["lights"], panorama.lights
    angles = np.radians([told["azimuth_deg"], told["altitude_deg"]])
    assert np.allclose(direction(angles[0], angles[1]), told["direction"], atol=1e-3)
    assert tuple(told["direction"]) == light.direction
    assert tuple(told["radiance"]) == light.radiance
    assert np.radians(told["angular_radius_deg"]) == pytest.approx(light.angular_radius, rel=1e-2)
    assert told["kind"] == "sun"


def test_every_file_of_a_panorama_opens_in_another_reader(tmp_path: Path) -> None:
    panorama, _, _ = made()
    files = panorama.files()
    assert set(files) == {"panorama.exr", "light.hdr", "backplate.jpg"}
    for name, write in files.items():
        write(tmp_path / name)
    radiance, header = exr(tmp_path / "panorama.exr")
    assert np.allclose(radiance, panorama.radiance, rtol=1e-3, atol=1e-6)  # stored as halves where these hold the peak
    assert header["chromaticities"] == pytest.approx((0.64, 0.33, 0.3, 0.6, 0.15, 0.06, 0.3127, 0.329))
    assert header["envmap"] == OpenEXR.ENVMAP_LATLONG
    assert header["lucida:engine"] == "draft"
    assert header["lucida:seed"] == 3
    assert header["lucida:exposure_scale"] == 1
    assert set(header["lucida:ev_offsets"].split(", ")) == {"-3", "-1", "+0", "+1", "+3"}
    assert len(header["lucida:source_sha256"]) == 64
    light = cv2.imread(str(tmp_path / "light.hdr"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    assert np.abs(light - panorama.proxy).max() <= panorama.proxy.max() / 200
    with Image.open(tmp_path / "backplate.jpg") as picture:
        picture.load()
        assert (picture.size, picture.mode) == ((WIDTH, WIDTH // 2), "RGB")
    with Image.open(io.BytesIO(panorama.preview)) as picture:
        assert picture.format == "JPEG"
        assert picture.size == (WIDTH, WIDTH // 2)
        assert b"equirectangular" in picture.info["xmp"]


@pytest.mark.parametrize("name", ["a.exr", "a.hdr", "a.jpg", "a.JPEG", "a.png"])
def test_a_panorama_is_saved_as_its_name_says(name: str, tmp_path: Path) -> None:
    panorama, _, _ = made()
    panorama.save(tmp_path / name)
    if name == "a.exr":
        assert np.allclose(exr(tmp_path / name)[0], panorama.radiance, rtol=1e-3, atol=1e-6)
    elif name == "a.hdr":
        whole = cv2.imread(str(tmp_path / name), cv2.IMREAD_UNCHANGED)[..., ::-1]
        assert np.allclose(whole, panorama.radiance, rtol=0.01, atol=panorama.radiance.max() / 200)
    else:
        with Image.open(tmp_path / name) as picture:
            assert picture.format == ("PNG" if name == "a.png" else "JPEG")
            assert picture.size == (WIDTH, WIDTH // 2)


@pytest.mark.parametrize("name", ["a.tif", "a", "exr", "a.exr.txt"])
def test_a_name_that_says_no_format_is_refused_and_leaves_nothing(name: str, tmp_path: Path) -> None:
    with pytest.raises(BadParameter, match=r"name it \.exr, \.hdr, \.jpg or \.png") as refused:
        made()[0].save(tmp_path / name)
    assert refused.value.param == "output"
    assert not list(tmp_path.iterdir())


def test_previews_show_the_photo_first_and_then_face_after_face() -> None:
    _, _, shown = made()
    assert len(shown) == 1 + len(ORDER)
    for picture in shown:
        assert picture.shape == (512, 1024, 3)
        assert picture.dtype == np.uint8
    grey = shown[0][256, 5]
    unpainted = [(picture == grey).all(-1).mean() for picture in shown]
    assert unpainted[0] > 0.5
    assert unpainted == sorted(unpainted, reverse=True)
    assert unpainted[-1] < 0.01
    final = Image.open(io.BytesIO(made()[0].preview)).convert("L")
    last = Image.fromarray(shown[-1]).convert("L").resize(final.size)
    assert np.corrcoef(np.asarray(last).ravel(), np.asarray(final).ravel())[0, 1] > 0.9
    middle = (slice(200, 240), slice(420, 500))
    assert np.abs(shown[0][middle].astype(int) - shown[-1][middle]).mean() < 25  # the tones move, the picture stays


def test_progress_names_the_specification_s_steps_in_order() -> None:
    _, said, _ = made()
    fractions = [fraction for fraction, _ in said]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert 0.95 < fractions[-1] <= 1
    stages = list(dict.fromkeys(stage.split(":")[0] for _, stage in said))
    assert stages == [
        "Loading image",
        "Reading EXIF + scene inference",
        "Projecting into cubemap",
        "Preparing AI generation",
        *(f"EV +0, face {face}" for face in ORDER),
        "Merging HDR stack",
        "Tone mapping",
        "Saving",
    ]


def test_a_photo_that_was_read_already_makes_the_same_panorama() -> None:
    panorama = photo_to_panorama(read_photo(photo()), width=WIDTH, seed=3, **LEVEL)
    assert np.array_equal(panorama.radiance, made()[0].radiance)
    assert panorama.report["source_sha256"] == made()[0].report["source_sha256"]


def test_a_preview_that_nobody_watched_for_is_made_when_it_is_asked_for() -> None:
    said: list[str] = []
    panorama = photo_to_panorama(
        photo(), width=WIDTH, seed=3, **LEVEL, progress=lambda fraction, stage: said.append(stage)
    )
    assert "Tone mapping" not in said
    assert "preview" not in panorama.report["seconds"]
    assert panorama.preview == made()[0].preview


def test_the_same_seed_makes_the_same_file_to_the_byte(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(photo())
    again = photo_to_panorama(str(tmp_path / "photo.jpg"), width=WIDTH, seed=3, **LEVEL)
    other = photo_to_panorama(tmp_path / "photo.jpg", width=WIDTH, seed=4, **LEVEL)
    for name, panorama in (("one", made()[0]), ("again", again), ("other", other)):
        panorama.save(tmp_path / f"{name}.exr")
    one = (tmp_path / "one.exr").read_bytes()
    assert (tmp_path / "again.exr").read_bytes() == one
    assert (tmp_path / "other.exr").read_bytes() != one
    assert not np.allclose(other.radiance, again.radiance, rtol=0.05)


def test_an_adjustment_turns_exposes_and_moves_what_would_be_made_without_it() -> None:
    change = Adjustment(yaw=90, exposure=-1, sun=SunChange(-60, 40, stops=1))
    adjusted, plain = photo_to_panorama(photo(), width=WIDTH, seed=3, **LEVEL, adjustment=change), made()[0]
    before, after = (luminance(panorama.radiance.astype(np.float32)) for panorama in (plain, adjusted))
    brightest = directions(WIDTH, WIDTH // 2)[np.unravel_index(after.argmax(), after.shape)]
    assert np.dot(brightest, direction(np.radians(30), np.radians(40))) > np.cos(np.radians(2))
    ratio = after / np.roll(before, WIDTH // 4, axis=1)
    assert np.median(ratio) == pytest.approx(0.5, rel=0.01)
    assert adjusted.report["exposure_scale"] == 0.5
    (light,), (was,) = adjusted.lights, plain.lights
    assert np.allclose(light.direction, direction(np.radians(30), np.radians(40)), atol=1e-6)
    assert np.allclose(light.radiance, was.radiance, rtol=1e-5)  # a stop up for the sun, one down for all
    assert adjusted.report["lights"][0]["azimuth_deg"] == pytest.approx(30, abs=0.01)


@pytest.mark.parametrize("width", [0, -256, 255, 258, 1 << 15])
def test_a_width_that_cannot_be_is_refused(width: int) -> None:
    with pytest.raises(BadParameter) as refused:
        photo_to_panorama(photo(), width=width)
    assert refused.value.param == "width"


def test_unknown_scenes_engines_and_photos_are_refused() -> None:
    with pytest.raises(BadParameter):
        photo_to_panorama(photo(), width=WIDTH, scene="underwater")
    with pytest.raises(BadParameter):
        photo_to_panorama(photo(), width=WIDTH, engine="oil")
    with pytest.raises(BadPhoto):
        photo_to_panorama(b"not a photo", width=WIDTH)


@pytest.mark.parametrize("stage", ["Projecting into cubemap", "EV +0, face px", "Merging HDR stack", "Saving"])
def test_work_stops_at_the_step_where_progress_raises(stage: str) -> None:
    def stop(fraction: float, now: str) -> None:
        if now.startswith(stage):
            raise Cancelled("Stopped by the test.")

    with pytest.raises(Cancelled):
        photo_to_panorama(photo(), width=WIDTH, **LEVEL, progress=stop)


def test_without_exif_the_defaults_are_said() -> None:
    picture = np.asarray(Image.open(io.BytesIO(photo())).resize((64, 48)))
    report = photo_to_panorama(encode(picture, "PNG"), width=WIDTH).report
    assert report["camera"]["horizontal_fov_deg"] == pytest.approx(69, abs=5)
    assert report["camera"]["source"].startswith("assumed")
    assert any("how wide it sees" in note for note in report["notes"])
    assert report["seed"] == 0


def test_the_library_needs_no_web_framework_and_no_database() -> None:
    program = (
        "import sys, lucida.hdri.pipeline\n"
        "print([name for name in ('fastapi', 'starlette', 'django', 'uvicorn', 'lucida.jobs') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
