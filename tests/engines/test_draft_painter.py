from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import indoors, outdoors, rays, view_of

from lucida.engines.painter.draft import ORDER, DraftPainter
from lucida.engines.painter.painting import FACES, Painting, View
from lucida.engines.painter.sky import luminance
from lucida.engines.progress import silent
from lucida.errors import Cancelled
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.projection import cube_to_equirectangular, photo_to_cube

PHONE = PinholeCamera(256, 192, 1.15)


def flat(level: float, width: int = 64, height: int = 48) -> NDArray[np.float32]:
    return np.full((height, width, 3), level, np.float32)


def with_sun(camera: PinholeCamera) -> NDArray[np.float32]:
    """Outdoors, the sun's surroundings burnt out."""
    picture, (x, y, _) = outdoors(camera), np.moveaxis(rays(camera), -1, 0)
    picture[np.hypot(x - 0.3, y - 0.2) < 0.1] = 1
    return picture


SMALL = PinholeCamera(64, 48, 1.15)
CASES = {
    "outdoors": lambda: view_of("outdoor", PHONE, radiance=with_sun(PHONE)),
    "indoors": lambda: view_of("indoor", PHONE),
    "at night": lambda: view_of("night", PHONE),
    "narrow": lambda: view_of("outdoor", PinholeCamera(256, 192, np.radians(20))),
    "narrow room": lambda: view_of("indoor", PinholeCamera(256, 192, np.radians(20))),
    "wide": lambda: view_of("outdoor", PinholeCamera(256, 192, np.radians(100))),
    "wide room": lambda: view_of("indoor", PinholeCamera(256, 192, np.radians(100))),
    "upright": lambda: view_of("outdoor", PinholeCamera(192, 256, 0.9)),
    "looks up": lambda: view_of("outdoor", PinholeCamera(256, 192, 1.15, np.radians(30))),
    "looks down": lambda: view_of("indoor", PinholeCamera(256, 192, 1.15, np.radians(-30))),
    "looks at the zenith": lambda: view_of("outdoor", PinholeCamera(256, 192, 1.15, np.radians(85))),
    "leans": lambda: view_of("outdoor", PinholeCamera(256, 192, 1.15, 0.1, np.radians(25))),
    "tiny": lambda: view_of("outdoor", SMALL),
    "black": lambda: view_of("night", SMALL, radiance=flat(0)),
    "black room": lambda: view_of("indoor", SMALL, radiance=flat(0)),
    "white": lambda: view_of("outdoor", SMALL, radiance=flat(1)),
    "white room": lambda: view_of("indoor", SMALL, radiance=flat(1)),
    "brighter than white": lambda: view_of("outdoor", SMALL, radiance=flat(6)),
}
PLAIN = ("outdoors", "indoors", "at night")
every_case = pytest.mark.parametrize(
    "case", [case if case in PLAIN else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)


@dataclass(frozen=True)
class Painted:
    view: View
    painting: Painting
    said: tuple[tuple[float, str], ...]
    shown: tuple[str, ...]


def paint(view: View) -> Painted:
    said: list[tuple[float, str]] = []
    shown: list[tuple[str, NDArray[np.float32]]] = []
    painting = DraftPainter().paint(
        view, lambda fraction, stage: said.append((fraction, stage)), lambda name, face: shown.append((name, face))
    )
    for name, face in shown:
        assert np.array_equal(face, painting.faces[FACES.index(name)])
    return Painted(view, painting, tuple(said), tuple(name for name, _ in shown))


@functools.cache
def painted(case: str) -> Painted:
    return paint(CASES[case]())


def steps(lines: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean absolute difference, in the cube root of luminance as eyes see it, between neighbouring lines (n, m, 3)."""
    light = np.cbrt(luminance(lines))
    return np.abs(np.diff(light, axis=0)).mean(1)


@every_case
def test_the_surrounding_is_whole_finite_and_not_negative(case: str) -> None:
    here = painted(case)
    faces = here.painting.faces
    assert faces.shape == here.view.faces.shape
    assert faces.dtype == np.float32
    assert np.isfinite(faces).all()
    assert faces.min() >= 0
    if here.view.radiance.max() > 0:
        assert faces.min(-1)[here.view.coverage == 0].mean() > 0
    for light in here.painting.lights:
        assert np.isfinite(light.radiance).all() and min(light.radiance) >= 0
        assert light.angular_radius > 0
    assert here.painting.notes


def known(view: View) -> NDArray[np.bool_]:
    """Where the photo covers all of a face's pixel (6, N, N) and nothing near by is burnt out."""
    burnt = photo_to_cube(view.clipped[..., None].repeat(3, -1).astype(np.float32), view.camera, view.faces.shape[1])[0]
    near = np.stack([cv2.dilate((face[..., 0] > 0).astype(np.uint8), np.ones((7, 7), np.uint8)) for face in burnt])
    return (view.coverage == 1) & (near == 0)


@every_case
def test_what_the_photo_shows_stays(case: str) -> None:
    here = painted(case)
    stays = known(here.view)
    assert stays.any() or here.view.clipped.mean() > 0.9
    assert np.array_equal(here.painting.faces[stays], here.view.faces[stays])


@every_case
def test_what_is_burnt_out_never_gets_darker(case: str) -> None:
    here = painted(case)
    whole = here.view.coverage == 1
    light, seen = luminance(here.painting.faces)[whole], luminance(here.view.faces)[whole]
    assert (light >= seen - 1e-5 * np.maximum(seen, 1)).all()


@every_case
def test_faces_are_shown_outward_from_the_photo_and_progress_only_rises(case: str) -> None:
    here = painted(case)
    assert here.shown == ORDER
    fractions = [fraction for fraction, _ in here.said]
    assert fractions == sorted(fractions)
    assert fractions[0] == 0
    assert 0.9 < fractions[-1] <= 1


def test_stages_say_which_face_and_how_far() -> None:
    stages = [stage for _, stage in painted("outdoors").said]
    assert stages[0] == "Preparing AI generation"
    assert "EV +0, face nz: step 2/4 (50%)" in stages
    steps_said = [re.fullmatch(r"EV \+0, face (\w\w): step (\d+)/(\d+) \((\d+)%\)", stage) for stage in stages]
    found = [match.groups() for match in steps_said if match]
    assert list(dict.fromkeys(face for face, *_ in found)) == list(ORDER)
    assert all(round(100 * int(step) / int(count)) == int(percent) for _, step, count, percent in found)
    assert len(found) >= len(stages) - 3


@pytest.mark.parametrize("at", [0.0, 0.1, 0.5])
def test_work_stops_where_progress_raises(at: float) -> None:
    shown: list[str] = []

    def stop(fraction: float, stage: str) -> None:
        if fraction >= at:
            raise Cancelled("Stopped by the test.")

    with pytest.raises(Cancelled):
        DraftPainter().paint(painted("outdoors").view, stop, lambda name, face: shown.append(name))
    assert len(shown) < 6


def test_a_seed_decides_the_picture() -> None:
    view = painted("indoors").view
    again, other = paint(view), paint(replace(view, seed=1))
    assert np.array_equal(again.painting.faces, painted("indoors").painting.faces)
    assert again.painting.lights == painted("indoors").painting.lights
    around = view.coverage == 0
    assert np.abs(other.painting.faces - again.painting.faces)[around].mean() > 0.005
    assert np.array_equal(other.painting.faces[known(view)], again.painting.faces[known(view)])


@every_case
def test_the_panorama_meets_itself_at_180_degrees(case: str) -> None:
    columns = cube_to_equirectangular(painted(case).painting.faces, 256).swapaxes(0, 1)
    between = steps(columns)
    behind = np.concatenate([between[:40], between[-40:]])
    across = steps(np.stack([columns[-1], columns[0]]))[0]
    assert across <= 1.5 * np.percentile(behind, 90) + 1e-4


@every_case
def test_no_edge_of_the_cube_shows(case: str) -> None:
    """Beside every edge the painting changes no more than between other lines near by."""
    faces = painted(case).painting.faces
    near = faces.shape[1] // 4
    px, nx, py, ny, pz, nz = faces
    left, right = (lambda face: face.swapaxes(0, 1)), (lambda face: face.swapaxes(0, 1)[::-1])
    meetings = (  # lines of pixels by their distance from the edge, on either side of it
        (right(nz), left(px)),
        (right(px), left(pz)),
        (right(pz), left(nx)),
        (right(nx), left(nz)),
        (nz, py[::-1]),
        (nz[::-1], ny),
        (pz[:, ::-1], py),
        (pz[::-1, ::-1], ny[::-1]),
    )
    for one, other in meetings:
        between = steps(np.concatenate([one[:near][::-1], other[:near]]))
        assert between[near - 1] <= 2 * np.percentile(between, 90) + 1e-4


@pytest.mark.parametrize("case", PLAIN)
def test_the_photo_s_border_does_not_show_as_a_frame(case: str) -> None:
    """Just outside, the painting is as bright as the photo is just inside."""
    here = painted(case)
    panorama = cube_to_equirectangular(here.painting.faces, 256)
    covered = cube_to_equirectangular(here.view.coverage[..., None].repeat(3, -1), 256)[..., 0]
    inside, outside = covered > 0.99, covered < 0.01
    light = np.log2(np.maximum(luminance(panorama), 1e-3))
    jumps = []
    for axis in (0, 1):
        for distance in (2, -2):
            over = inside & np.roll(outside, distance, axis)
            jumps.append((np.roll(light, distance, axis) - light)[over])
    assert abs(np.median(np.concatenate(jumps))) < 0.35


def test_a_room_has_a_calm_ceiling_and_a_floor_of_its_own_colour() -> None:
    here = painted("indoors")
    above, below = here.painting.faces[FACES.index("py")], here.painting.faces[FACES.index("ny")]
    assert np.log2(luminance(above)).std() < 0.8
    red_over_blue = np.log2(below[..., 0] / below[..., 2])
    assert np.median(red_over_blue) > 0.4  # the floor that the photo shows is of wood


def test_outdoors_the_sky_is_blue_and_the_ground_is_not() -> None:
    above, below = (painted("outdoors").painting.faces[FACES.index(name)] for name in ("py", "ny"))
    assert np.median(above[..., 2] / above[..., 0]) > 1.3
    assert np.median(below[..., 2] / below[..., 0]) < 1.1
    assert np.median(luminance(above)) > 1.5 * np.median(luminance(below))


def test_pictures_of_other_rooms_make_other_places() -> None:
    first = view_of("indoor", PHONE, radiance=indoors(PHONE, 0))
    second = view_of("indoor", PHONE, radiance=indoors(PHONE, 5) * np.array([0.5, 0.8, 1.0], np.float32))
    around = first.coverage == 0
    one, other = (DraftPainter().paint(view, silent, lambda name, face: None).faces[around] for view in (first, second))
    assert np.log2(other[:, 2] / other[:, 0]).mean() - np.log2(one[:, 2] / one[:, 0]).mean() > 0.5
