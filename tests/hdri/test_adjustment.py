from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.painter.painting import Light, Painting
from lucida.errors import BadParameter
from lucida.geometry.projection import equirectangular_to_cube
from lucida.geometry.sphere import direction, directions, solid_angles
from lucida.hdri.adjustment import LIMITS, Adjustment, SunChange, turned
from lucida.hdri.hdr_merge import develop
from lucida.hdri.lights import solid_angle

WIDTH = 256
EVS = [-3.0, -1.0, 0.0, 1.0, 3.0]
SUN = Light("sun", (0.0, 0.6, -0.8), 0.02, (900.0, 800.0, 700.0))
LAMP = Light("lamp", (1.0, 0.0, 0.0), 0.05, (30.0, 20.0, 10.0))


def surrounding() -> NDArray[np.float32]:
    """A panorama no turn of which is the same."""
    x, y, z = np.moveaxis(directions(512, 256), -1, 0)
    return np.stack([0.4 + 0.2 * x + 0.1 * y * z, 0.4 + 0.2 * np.sin(3 * z + y), 0.3 + 0.2 * y * x], -1).astype("f4")


PAINTING = Painting(equirectangular_to_cube(surrounding(), 128), (SUN, LAMP))
UNLIT = Painting(PAINTING.faces)


def seen(painting: Painting, adjustment: Adjustment) -> NDArray[np.float32]:
    """What comes out when a painting is adjusted."""
    changed = adjustment.apply(painting)
    developed = develop(changed, WIDTH, EVS, rotation=adjustment.rotation, exposure=adjustment.exposure)
    return developed.radiance.astype(np.float32)


def energy(radiance: NDArray[np.float32]) -> NDArray[np.float64]:
    """Radiance times steradians (3,) over the whole sphere."""
    return (radiance.astype(np.float64).sum(1) * solid_angles(WIDTH, WIDTH // 2)[:, None]).sum(0)


def brightest(radiance: NDArray[np.float32]) -> NDArray[np.float64]:
    """Direction of the brightest pixel."""
    row, column = np.unravel_index(radiance.sum(-1).argmax(), radiance.shape[:2])
    return directions(WIDTH, WIDTH // 2)[row, column]


def degrees_apart(a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
    return float(np.degrees(np.arccos(np.clip(np.dot(a, b), -1, 1))))


@pytest.mark.parametrize("quarters", [-1, 1, 2])
def test_a_quarter_turn_moves_the_picture_a_quarter_to_the_right(quarters: int) -> None:
    straight, turned_round = seen(UNLIT, Adjustment()), seen(UNLIT, Adjustment(yaw=90.0 * quarters))
    assert np.allclose(turned_round, np.roll(straight, quarters * WIDTH // 4, axis=1), atol=2e-3)
    assert not np.allclose(turned_round, straight, atol=0.05)


def test_pitch_lifts_the_picture_and_roll_turns_it_clockwise() -> None:
    sun = Painting(
        np.full((6, 32, 32, 3), 0.1, np.float32), (Light("sun", (0.0, 0.0, -1.0), 0.03, (99.0, 99.0, 99.0)),)
    )
    assert degrees_apart(brightest(seen(sun, Adjustment(pitch=30))), direction(0.0, np.radians(30))) < 2
    above = Painting(sun.faces, (Light("sun", (0.0, 0.5, -np.sqrt(0.75)), 0.03, (99.0, 99.0, 99.0)),))
    assert brightest(seen(above, Adjustment(roll=40)))[0] > 0.2


@pytest.mark.parametrize("exposure", [-2.0, 1.0, 3.0])
def test_exposure_scales_every_radiance_by_a_power_of_two(exposure: float) -> None:
    straight, exposed = seen(PAINTING, Adjustment()), seen(PAINTING, Adjustment(exposure=exposure))
    assert np.allclose(exposed, straight * 2**exposure, rtol=2e-3, atol=1e-4)


def test_a_sun_taken_away_takes_its_energy_and_nothing_else() -> None:
    with_sun, without = seen(PAINTING, Adjustment()), seen(PAINTING, Adjustment(sun=SunChange(0, 0, remove=True)))
    own = solid_angle(SUN) * np.array(SUN.radiance)
    assert np.allclose(energy(with_sun) - energy(without), own, rtol=0.01)
    far = directions(WIDTH, WIDTH // 2) @ np.array(SUN.direction) < 0.99
    assert np.array_equal(with_sun[far], without[far])
    assert degrees_apart(brightest(without), np.array(LAMP.direction)) < 4  # the lamp shines on


@pytest.mark.parametrize(("azimuth", "altitude"), [(120.0, 15.0), (-60.0, 70.0), (180.0, -30.0)])
def test_a_sun_that_is_moved_shines_from_there_with_the_same_energy(azimuth: float, altitude: float) -> None:
    straight, moved = seen(PAINTING, Adjustment()), seen(PAINTING, Adjustment(sun=SunChange(azimuth, altitude)))
    put = direction(np.radians(azimuth), np.radians(altitude))
    assert degrees_apart(brightest(moved), put) < 2
    assert np.allclose(energy(moved), energy(straight), rtol=0.005)


def test_a_sun_that_is_moved_in_a_turned_panorama_is_turned_with_it() -> None:
    moved = seen(PAINTING, Adjustment(yaw=90, sun=SunChange(30, 20)))
    assert degrees_apart(brightest(moved), direction(np.radians(120), np.radians(20))) < 2


@pytest.mark.parametrize("stops", [-3.0, 2.0])
def test_a_dimmed_sun_has_so_many_stops_less_of_its_own_energy(stops: float) -> None:
    azimuth, altitude = 0.0, float(np.degrees(np.arcsin(0.6)))
    dimmed = seen(PAINTING, Adjustment(sun=SunChange(azimuth, altitude, stops)))
    without = seen(PAINTING, Adjustment(sun=SunChange(0, 0, remove=True)))
    own = solid_angle(SUN) * np.array(SUN.radiance) * 2**stops
    assert np.allclose(energy(dimmed) - energy(without), own, rtol=0.03)


def test_only_the_main_light_is_changed() -> None:
    changed = Adjustment(sun=SunChange(90, 10, 1)).apply(PAINTING)
    assert changed.lights[1:] == (LAMP,)
    assert changed.lights[0].kind == "sun"
    assert changed.faces is PAINTING.faces
    assert Adjustment(sun=SunChange(90, 10, 1)).apply(UNLIT).lights == ()


def test_a_light_that_was_turned_is_reported_where_it_is_seen() -> None:
    adjustment = Adjustment(yaw=-35, pitch=20, roll=10)
    light = turned(SUN, adjustment.rotation)
    assert degrees_apart(brightest(seen(PAINTING, adjustment)), np.array(light.direction)) < 2
    assert light.radiance == SUN.radiance


numbers = {name: st.floats(-limit, limit) | st.integers(-int(limit), int(limit)) for name, limit in LIMITS.items()}
suns = st.fixed_dictionaries(
    {}, optional={name: numbers[name] for name in ("azimuth", "altitude", "stops")} | {"remove": st.booleans()}
)
requests = st.fixed_dictionaries(
    {},
    optional={name: numbers[name] | st.none() for name in ("yaw", "pitch", "roll", "exposure")}
    | {"sun": suns | st.none()},
)


@given(requests)
def test_a_request_is_read_as_it_stands(request_: dict[str, Any]) -> None:
    adjustment = Adjustment.parse(json.loads(json.dumps(request_)))
    assert adjustment is not None
    for name in ("yaw", "pitch", "roll", "exposure"):
        assert getattr(adjustment, name) == (request_.get(name) or 0)
    sun = request_.get("sun")
    assert (adjustment.sun is None) == (sun is None)
    if sun is not None and adjustment.sun is not None:
        for name in ("azimuth", "altitude", "stops"):
            assert getattr(adjustment.sun, name) == sun.get(name, 0)
        assert adjustment.sun.remove is sun.get("remove", False)


def test_no_request_is_no_adjustment() -> None:
    assert Adjustment.parse(None) is None
    assert Adjustment.parse({}) == Adjustment()


no_number = (
    st.text(max_size=4)
    | st.booleans()
    | st.lists(st.integers(), max_size=2)
    | st.sampled_from([np.nan, np.inf, -np.inf])
)


@given(st.sampled_from(sorted(LIMITS)), no_number | st.floats(min_value=1e3) | st.floats(max_value=-1e3))
def test_what_is_no_angle_and_no_exposure_is_refused_by_name(name: str, value: object) -> None:
    request_ = {"sun": {name: value}} if name in ("azimuth", "altitude", "stops") else {name: value}
    with pytest.raises(BadParameter, match=f"^{name} is a number from") as refused:
        Adjustment.parse(request_)
    assert refused.value.param == name


@pytest.mark.parametrize("sun", ["noon", 3, [1, 2], True])
def test_a_sun_that_is_no_object_is_refused(sun: object) -> None:
    with pytest.raises(BadParameter) as refused:
        Adjustment.parse({"sun": sun})
    assert refused.value.param == "sun"


@pytest.mark.parametrize("remove", ["false", 1, [True]])
def test_removing_is_yes_or_no(remove: object) -> None:
    with pytest.raises(BadParameter) as refused:
        Adjustment.parse({"sun": {"remove": remove}})
    assert refused.value.param == "remove"
