from __future__ import annotations

import functools
from dataclasses import replace

import numba
import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import Scene, noise, view_of

from lucida.engines.painter.layout import lay_out
from lucida.engines.painter.painting import FACES, View
from lucida.engines.painter.place import Place, plan_place
from lucida.engines.painter.place_rows import PlaceRows, painted_reference
from lucida.geometry.cameras import PinholeCamera
from lucida.imaging.kernels import cores

SIZE = 96
PHONE = PinholeCamera(320, 240, 1.15)
# Scene, camera, seed: every way of standing that makes another kind of place.
CASES: dict[str, tuple[Scene, PinholeCamera, int]] = {
    "outdoors": ("outdoor", PHONE, 0),
    "another outdoors": ("outdoor", PHONE, 4_000_000_000),
    "indoors": ("indoor", PHONE, 7),
    "at night": ("night", PHONE, 3),
    "looks down": ("indoor", replace(PHONE, pitch=np.radians(-35)), 1),
    "looks up and leans": ("outdoor", replace(PHONE, pitch=np.radians(30), roll=0.2), 2),
    "looks at the zenith": ("outdoor", replace(PHONE, pitch=np.radians(85)), 5),
    "narrow": ("outdoor", PinholeCamera(320, 240, np.radians(12)), 6),
    "wide": ("indoor", PinholeCamera(320, 240, np.radians(110), pitch=np.radians(-20)), 8),
}


PLAIN = ("outdoors", "indoors", "looks down", "looks at the zenith")
every_case = pytest.mark.parametrize(
    "case", [case if case in PLAIN else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)


@functools.cache
def placed(case: str) -> tuple[View, Place]:
    scene, camera, seed = CASES[case]
    view = view_of(scene, camera, cube_res=SIZE, seed=seed)
    # A border that is burnt out here and there meets the place softly.
    burnt = view.clipped | (noise(camera.height, camera.width, seed % 97) > 1.2)
    view = replace(view, clipped=burnt)
    return view, plan_place(view, lay_out(view).radiance)


def painted(view: View, place: Place, step: int = SIZE) -> NDArray[np.float32]:
    """All faces, `step` rows at a time."""
    rows = PlaceRows(view, place)
    faces = np.full_like(view.faces, np.nan)
    for face in range(6):
        for top in range(0, SIZE, step):
            band = slice(top, min(top + step, SIZE))
            rows.paint(face, band, faces[face, band])
    return faces


@every_case
def test_rows_are_what_the_reference_paints(case: str) -> None:
    """Against a pixel's largest channel. The reference rounds positions to float32 before it looks there, the kernel
    does not: ten-thousandths of a pixel, which weigh most at hard edges and far out on a plane."""
    view, place = placed(case)
    faces = painted(view, place)
    for face, name in enumerate(FACES):
        wanted = painted_reference(view, place, face)
        apart = np.abs(faces[face] - wanted).max(-1) / np.maximum(wanted.max(-1), 1e-4)
        assert np.quantile(apart, 0.99) < 1e-4, name
        assert apart.max() < 5e-3, name


def test_the_photo_stays_bit_for_bit_where_it_covers_all_and_is_not_burnt_out() -> None:
    view = view_of("outdoor", PHONE, cube_res=SIZE)
    assert not view.clipped.any()
    faces = painted(view, plan_place(view, lay_out(view).radiance))
    covered = view.coverage == 1
    assert covered.mean() > 0.05
    assert np.array_equal(faces[covered], view.faces[covered])


def test_threads_and_steps_do_not_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    view, place = placed("outdoors")
    whole = painted(view, place)
    for threads, step in ((1, SIZE), (2, 37), (5, 50)):
        monkeypatch.setattr(numba.config, "NUMBA_NUM_THREADS", threads)
        assert cores() == threads
        assert np.array_equal(painted(view, place, step), whole)


def test_rows_of_any_size_of_face_are_the_same_place() -> None:
    """What a face shows does not depend on its size: a finer one, averaged, is nearly the coarser one."""
    view, place = placed("indoors")
    fine = view_of("indoor", PHONE, cube_res=2 * SIZE)
    fine = replace(fine, coverage=np.zeros_like(fine.coverage))
    coarse = replace(view, coverage=np.zeros_like(view.coverage))
    face = FACES.index("pz")
    small, large = np.empty((SIZE, SIZE, 3), np.float32), np.empty((2 * SIZE, 2 * SIZE, 3), np.float32)
    PlaceRows(coarse, place).paint(face, slice(0, SIZE), small)
    PlaceRows(fine, place).paint(face, slice(0, 2 * SIZE), large)
    mean = large.reshape(SIZE, 2, SIZE, 2, 3).mean((1, 3))
    assert np.median(np.abs(mean - small) / small) < 0.05
