from __future__ import annotations

import functools

import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import Scene, indoors, outdoors, rays, view_of

from lucida.engines.painter import layout as module
from lucida.engines.painter import sources
from lucida.engines.painter.layout import Layout, lay_out
from lucida.engines.painter.light_prior import COLUMNS, ROWS
from lucida.engines.painter.painting import Light
from lucida.engines.painter.sample import WIDTH, grown, on_sphere, with_photo
from lucida.engines.painter.sky import luminance
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import direction, directions, solid_angles
from lucida.hdri.lights import solid_angle

PHONE = PinholeCamera(256, 192, 1.15)


def burning(where: str, camera: PinholeCamera = PHONE) -> NDArray[np.float32]:
    """Outdoors; the right half of the sky burns, or the sun's surroundings on the right, or nothing does."""
    picture, (x, y, _) = outdoors(camera), np.moveaxis(rays(camera), -1, 0)
    hot = {"right": (x > 0.1) & (y > 0.02), "spot": np.hypot(x - 0.3, y - 0.2) < 0.08, "nowhere": x > 2}[where]
    picture[hot] = 1
    return picture


@functools.cache
def laid_out(scene: Scene, where: str, mirrored: bool = False) -> Layout:
    picture = burning(where)
    return lay_out(view_of(scene, PHONE, radiance=np.ascontiguousarray(picture[:, ::-1]) if mirrored else picture))


def azimuth(light: Light) -> float:
    return float(np.degrees(np.arctan2(light.direction[0], -light.direction[2])))


def energy(layout: Layout) -> float:
    """Luminance times steradians of the whole, lights included."""
    soft = (luminance(layout.radiance) * solid_angles(WIDTH, WIDTH // 2)[:, None]).sum()
    hard = [solid_angle(light) * float(luminance(np.array(light.radiance))) for light in layout.lights]
    return float(soft + sum(hard))


@pytest.mark.parametrize("scene", ["outdoor", "night"])
def test_a_sky_that_burns_on_the_right_has_its_light_on_the_right(scene: Scene) -> None:
    (light,) = laid_out(scene, "right").lights
    assert light.kind == "sun"
    assert 5 < azimuth(light) < 120
    assert light.direction[1] > 0


@pytest.mark.parametrize("scene", ["outdoor", "night", "indoor"])
@pytest.mark.parametrize("where", ["right", "spot"])
def test_a_mirrored_photo_has_mirrored_light(scene: Scene, where: str) -> None:
    layout, mirrored = laid_out(scene, where), laid_out(scene, where, True)
    assert np.allclose(mirrored.radiance, layout.radiance[:, ::-1], rtol=0.02, atol=0.005)
    assert len(mirrored.lights) == len(layout.lights)
    for light, other in zip(layout.lights, mirrored.lights, strict=True):
        x, y, z = light.direction
        assert np.allclose(other.direction, (-x, y, z), atol=0.02)
        assert np.allclose(other.radiance, light.radiance, rtol=0.02)


@pytest.mark.parametrize("scene", ["outdoor", "night", "indoor"])
@pytest.mark.parametrize("where", ["right", "spot", "nowhere"])
def test_radiance_is_finite_positive_and_without_a_seam(scene: Scene, where: str) -> None:
    radiance = laid_out(scene, where).radiance
    assert radiance.shape == (WIDTH // 2, WIDTH, 3)
    assert np.isfinite(radiance).all()
    assert radiance.min() > 0
    stops = np.log2(radiance)
    steps = np.abs(np.diff(stops, axis=1, append=stops[:, :1])).mean((0, 2))
    assert steps[-1] <= 1.02 * steps[:-1].max()


@pytest.mark.parametrize("pitch", [-0.3, 0.0, 0.4, 0.9, 1.3])
@pytest.mark.parametrize("scene", ["outdoor", "night", "indoor"])
def test_no_light_stands_before_something_that_the_photo_shows(scene: Scene, pitch: float) -> None:
    camera = PinholeCamera(256, 192, 1.5, pitch)
    picture = indoors(camera) if scene == "indoor" else burning("spot", camera)
    view = view_of(scene, camera, radiance=picture)
    for light in lay_out(view).lights:
        x, y, inside = camera.project(np.array(light.direction))
        assert not inside or view.clipped[min(int(y), 191), min(int(x), 255)]
        assert np.linalg.norm(light.direction) == pytest.approx(1)


def test_the_sun_stands_where_time_place_and_compass_say() -> None:
    sun = (0.6, 0.64, 0.48)
    layout = lay_out(view_of("outdoor", PHONE, radiance=burning("right"), sun=sun))
    assert layout.lights[0].direction == pytest.approx(sun)
    assert "compass" in layout.notes[0]


@pytest.mark.parametrize("altitude", [8.0, -10.0])
def test_a_compass_that_errs_puts_no_sun_before_the_photo_nor_under_the_ground(altitude: float) -> None:
    x, y, z = (float(c) for c in direction(np.radians(-20), np.radians(altitude)))
    view = view_of("outdoor", PHONE, radiance=burning("right"), sun=(x, y, z))
    light = lay_out(view).lights[0]
    column, row, inside = PHONE.project(np.array(light.direction))
    assert light.direction[1] > 0
    assert not inside or view.clipped[min(int(row), 191), min(int(column), 255)]


def test_a_small_burnt_out_disc_in_the_sky_is_the_sun() -> None:
    light = laid_out("outdoor", "spot").lights[0]
    assert np.array(light.direction) @ direction(np.radians(17), np.radians(11)) > np.cos(np.radians(8))


@pytest.mark.parametrize("scene", ["outdoor", "night"])
def test_light_that_no_source_takes_is_spread_and_none_is_lost(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sharper peaks move energy from the spread light into the source; the whole stays."""
    weights = module._weights()["open"]
    found = []
    for shift in (-9.0, -1.0, 0.0, 2.0):
        monkeypatch.setattr(module, "_weights", lambda s=shift: {"open": weights | {"peak_shift": s}})
        found.append(lay_out(view_of(scene, PHONE, radiance=burning("right"))))
    assert not found[0].lights
    assert found[-1].lights
    assert [energy(layout) for layout in found] == pytest.approx([energy(found[0])] * 4, rel=0.02)


@pytest.mark.parametrize("where", ["right", "spot", "nowhere"])
def test_lights_are_finite_and_brighter_than_what_is_lit(where: str) -> None:
    for light in laid_out("outdoor", where).lights:
        assert np.isfinite(light.radiance).all()
        assert min(light.radiance) > 4
        assert 0 < solid_angle(light) < 0.1


def test_a_brighter_photo_is_no_darker_place() -> None:
    layouts = [
        lay_out(view_of("outdoor", PHONE, radiance=burning("nowhere") * np.float32(gain))) for gain in (0.25, 0.5, 1)
    ]
    base = [float(np.median(luminance(layout.radiance))) for layout in layouts]
    assert base == pytest.approx([base[2] / 4, base[2] / 2, base[2]], rel=0.5)


def test_the_sphere_s_cells_see_the_photo_where_it_is() -> None:
    sample = on_sphere(burning("right"), burning("right").min(-1) >= 1, PHONE)
    assert sample.cells.shape == (ROWS, COLUMNS, 3)
    around = directions(COLUMNS, ROWS)
    assert (PHONE.project(around)[2] | ~sample.seen).mean() > 0.98
    assert sample.seen.sum() / sample.seen.size == pytest.approx(sample.coverage.mean(), rel=0.2)
    burnt = sample.clipped & sample.seen
    assert burnt.any()
    assert (around[burnt][:, 0] > 0).all() and (around[burnt][:, 1] > 0).all()
    blue = sample.cells[sample.seen & ~burnt & (around[..., 1] > 0.1)]
    assert (blue[:, 2] > blue[:, 0]).all()


def test_the_photo_stands_in_the_layout_but_for_what_is_burnt_out() -> None:
    picture = burning("right")
    sample = on_sphere(picture, picture.min(-1) >= 1, PHONE)
    whole = with_photo(np.full((WIDTH // 2, WIDTH, 3), 7, np.float32), sample)
    x, y, inside = PHONE.project(directions(WIDTH, WIDTH // 2))
    hot = np.zeros(inside.shape, bool)
    hot[inside] = (picture.min(-1) >= 1)[np.minimum(y[inside].astype(int), 191), np.minimum(x[inside].astype(int), 255)]
    assert (whole[~inside] == 7).all()
    assert (whole[hot] > 6).mean() > 0.9
    assert (whole[inside & ~hot] < 1).mean() > 0.95


def test_cells_grow_into_a_panorama_that_meets_itself() -> None:
    cells = np.random.default_rng(0).random((ROWS, COLUMNS, 3), dtype=np.float32)
    panorama = grown(cells)
    assert panorama.shape == (WIDTH // 2, WIDTH, 3)
    turned = grown(np.roll(cells, 5, axis=1))
    assert np.allclose(turned, np.roll(panorama, 5 * WIDTH // COLUMNS, axis=1), atol=1e-5)
    centres = slice(WIDTH // COLUMNS // 2 - 1, None, WIDTH // COLUMNS)
    assert np.abs(panorama[centres, centres] - cells).max() < 0.1


def test_light_that_no_lamp_takes_hides_far_from_what_the_photo_shows(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = indoors(PHONE) * np.float32(0.25)
    view = view_of("indoor", PHONE, radiance=picture)
    shown = on_sphere(picture, np.zeros(picture.shape[:2], bool), PHONE)
    top = np.flatnonzero(shown.coverage[:, WIDTH // 2] > 0.5)[0]
    weights, found = module._weights()["room"], []
    for shift in (-20.0, 3.0):
        monkeypatch.setattr(module, "_weights", lambda s=shift: {"room": weights | {"excess_shift": s}})
        found.append(luminance(lay_out(view).radiance))
    more = found[1] - found[0]
    beside = more[top - 24 : top - 8, WIDTH // 2 - 40 : WIDTH // 2 + 40].mean()
    assert beside < 0.25 * more[top - 24 : top - 8].mean()


def test_a_room_with_more_light_than_a_lamp_gives_has_lamps_overhead_and_no_glowing_ceiling(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    view = view_of("indoor", PHONE, radiance=indoors(PHONE))
    weights = module._weights()["room"] | {"excess_shift": 0.5, "peak_shift": 0.0}
    monkeypatch.setattr(module, "_weights", lambda: {"room": weights})
    lamps = lay_out(view)
    monkeypatch.setattr(sources, "_OTHER_LAMPS", 0)
    alone = lay_out(view)
    assert len(alone.lights) == 1
    assert len(lamps.lights) == 3
    assert "2 more hang overhead" in lamps.notes[1]
    towards = np.array([light.direction for light in lamps.lights])
    assert (towards @ towards.T)[np.triu_indices(3, 1)].max() < np.cos(np.radians(20))
    assert towards[1:, 1].min() >= 0.5
    assert energy(lamps) == pytest.approx(energy(alone), rel=0.02)
    assert luminance(lamps.radiance).max() < 0.9 * luminance(alone.radiance).max()


def test_the_light_of_a_sky_never_stands_below_the_horizon(monkeypatch: pytest.MonkeyPatch) -> None:
    weights = module._weights()["open"] | {"rise": -5.0}
    monkeypatch.setattr(module, "_weights", lambda: {"open": weights})
    layout = lay_out(view_of("outdoor", PHONE, radiance=burning("nowhere")))
    assert all(light.direction[1] > 0 for light in layout.lights)
