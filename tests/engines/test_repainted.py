from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from scenes import bracket_disagreement, outdoors, rays, view_of

from lucida.engines.diffusion.requests import RepaintRequest
from lucida.engines.painter.draft import DraftPainter
from lucida.engines.painter.painting import FACES, Painting, View
from lucida.engines.painter.picture import Preview
from lucida.engines.painter.repainted import CRUSHED, ORDER, Care, RepaintedPanoramas
from lucida.engines.progress import Progress, silent
from lucida.errors import Cancelled, PaintingFailed
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.cubemap import face_directions
from lucida.hdri.hdr_merge import develop
from lucida.imaging.exposure import encode

SIZE = 96
EVS = (-3.0, -1.0, 0.0, 1.0, 3.0)
PHONE = PinholeCamera(256, 192, 1.15)
CARE = Care(size=128, steps=4)


def scene(direction: NDArray[np.floating]) -> NDArray[np.float32]:
    """Radiance (…, 3): smooth, from 0.002 in a shadow to 7 in a glow."""
    x, y, z = np.moveaxis(direction, -1, 0)
    glow = np.exp(6 * (0.6 * x + 0.64 * y + 0.48 * z - 1))
    shadow = np.exp(6 * (-0.7 * x - 0.5 * y + 0.51 * z - 1))
    light = 0.25 * (1 + 0.3 * x + 0.3 * y - 0.2 * z) * np.exp2(-6 * shadow) + 7 * glow
    return (light[..., None] * np.array([1.0, 0.9, 0.8]) * (1 + 0.1 * direction)).astype(np.float32)


class Oracle:
    """Paints what is really there, wherever it may."""

    name, licence = "oracle", "none"

    def __init__(self) -> None:
        self.asked: list[RepaintRequest] = []
        self.rests = 0

    def repaint(self, request: RepaintRequest, progress: Progress, preview: Preview) -> NDArray[np.uint8]:
        self.asked.append(request)
        for step in range(request.steps):
            progress((step + 1) / request.steps, f"step {step + 1}/{request.steps}")
        assert request.looking is not None
        size, extent = len(request.picture), np.tan(request.looking.field_of_view / 2)
        span = ((2 * np.arange(size) + 1) / size - 1) * extent
        right, up, ahead = request.looking.axes
        ray = span[None, :, None] * right - span[:, None, None] * up + ahead
        truth = encode(scene(ray / np.linalg.norm(ray, axis=-1, keepdims=True)), request.looking.ev)
        return np.where(request.mask[..., None] > 0, truth, request.picture)

    def rest(self) -> None:
        self.rests += 1


def photographed() -> View:
    return view_of("outdoor", PHONE, cube_res=SIZE, radiance=np.minimum(scene(rays(PHONE)), 1))


def painted(view: View, oracle: Oracle, progress: Progress = silent) -> Painting:
    return RepaintedPanoramas(oracle, CARE, EVS).paint(view, progress, lambda name, face: None)


@pytest.fixture(scope="module")
def truth() -> NDArray[np.float32]:
    return np.stack([scene(face_directions(face, SIZE)) for face in range(6)])


@pytest.fixture(scope="module")
def view() -> View:
    return photographed()


@pytest.fixture(scope="module")
def oracle() -> Oracle:
    return Oracle()


@pytest.fixture(scope="module")
def painting(view: View, oracle: Oracle) -> Painting:
    return painted(view, oracle)


def exposures(painting: Painting) -> dict[float, NDArray[np.uint8]]:
    assert painting.exposures is not None
    return painting.exposures


@pytest.mark.parametrize("ev", EVS)
def test_what_the_painter_knows_is_what_every_exposure_shows(
    painting: Painting, view: View, truth: NDArray[np.float32], ev: float
) -> None:
    """No face, edge or corner is left as it was drafted, and nothing is shifted or blended out of place."""
    wanted = np.stack([encode(face, ev) for face in truth]).astype(int)
    apart = np.abs(exposures(painting)[ev].astype(int) - wanted)
    fresh = view.coverage == 0
    if ev > 0:  # what EV 0 read in 8 bits is known no finer than that
        fresh &= exposures(painting)[0.0].min(-1) > 20
    assert apart[fresh].max() <= 4


def test_exposures_agree_wherever_two_of_them_see(painting: Painting) -> None:
    """Outside what an exposure may make anew, it is EV 0 developed, to less than 2 of 255."""
    disagreement = bracket_disagreement(exposures(painting), CRUSHED)
    assert max(disagreement.values()) < 2, disagreement


def test_known_pixels_are_the_photo_s_in_every_exposure(painting: Painting, view: View) -> None:
    known = (view.coverage == 1) & (view.faces.max(-1) < 0.99)
    assert known.mean() > 0.05
    for ev, codes in exposures(painting).items():
        held = known & (view.faces.min(-1) > 0.002)
        assert np.array_equal(codes[held], encode(view.faces, ev)[held])
    assert np.array_equal(painting.faces[known], view.faces[known])


def test_merged_it_is_the_scene(painting: Painting, truth: NDArray[np.float32]) -> None:
    """Without a seam, and bright where only the darkest exposure sees."""
    merged = develop(painting, 256, EVS, lights=False).radiance.astype(np.float32)
    wanted = develop(Painting(truth), 256, EVS).radiance.astype(np.float32)
    stops = np.abs(np.log2(merged / wanted))
    assert np.median(stops) < 0.03
    assert np.quantile(stops, 0.95) < 0.2


def test_faces_grow_outward_and_the_poles_are_last(painting: Painting, oracle: Oracle) -> None:
    assert painting is not None
    ahead = [request.looking.axes[2] for request in oracle.asked if request.looking and request.looking.ev == 0]
    named = {(0, 0, -1): "nz", (1, 0, 0): "px", (-1, 0, 0): "nx", (0, 0, 1): "pz", (0, 1, 0): "py", (0, -1, 0): "ny"}
    assert tuple(named[tuple(int(c) for c in axis)] for axis in ahead) == ORDER
    assert oracle.rests == len(oracle.asked)


def test_strength_falls_with_what_the_photo_covers(painting: Painting, oracle: Oracle) -> None:
    assert painting is not None
    first = {name: request.strength for name, request in zip(ORDER, oracle.asked, strict=False)}
    assert first["pz"] == pytest.approx(CARE.strength_new)
    assert CARE.strength_original <= first["nz"] < first["px"] <= CARE.strength_new + 1e-6
    assert {request.strength for request in oracle.asked[6:]} == {CARE.strength_original}


def test_faces_are_painted_at_their_own_size_and_memory_is_given_back_after_each(
    painting: Painting, oracle: Oracle
) -> None:
    assert {request.picture.shape for request in oracle.asked} == {(CARE.size, CARE.size, 3)}
    assert {(request.mask.shape, request.mask.dtype.name) for request in oracle.asked} == {((CARE.size,) * 2, "uint8")}
    assert all(face.shape[:3] == (6, SIZE, SIZE) for face in exposures(painting).values())
    assert oracle.rests == len(oracle.asked)


def test_a_face_where_nothing_is_clipped_is_not_painted_again() -> None:
    dim = view_of("outdoor", PHONE, cube_res=SIZE, radiance=np.minimum(0.3 * outdoors(PHONE), 0.5))
    oracle = Oracle()
    result = painted(dim, oracle)
    for ev in (-3.0, -1.0):
        again = [r for r in oracle.asked if r.looking is not None and r.looking.ev == ev]
        clipped = exposures(result)[0.0].max((1, 2, 3)) == 255
        assert len(again) <= 6
        assert len(again) < 6 or clipped.all()


def test_lights_and_notes_are_the_draft_s(painting: Painting, view: View) -> None:
    draft = DraftPainter().paint(view, silent, lambda name, face: None)
    assert painting.lights == draft.lights
    assert painting.notes == draft.notes


def test_every_step_of_every_face_and_exposure_is_told(view: View) -> None:
    told: list[tuple[float, str]] = []
    painted(view, Oracle(), lambda fraction, stage: told.append((fraction, stage)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[0] >= 0
    assert fractions[-1] == pytest.approx(1)
    stages = [stage for _, stage in told]
    for name in FACES:
        assert f"EV +0, face {name}: step 2/4" in stages
    assert any(re.match(r"EV -3, face \w\w: (step|nothing)", stage) for stage in stages)


def failing(error: Exception) -> Callable[..., NDArray[np.uint8]]:
    def repaint(request: RepaintRequest, progress: Progress, preview: Preview) -> NDArray[np.uint8]:
        raise error

    return repaint


def test_a_model_that_fails_says_at_which_face(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    oracle = Oracle()
    monkeypatch.setattr(oracle, "repaint", failing(RuntimeError("CUDA error: an illegal memory access")))
    with pytest.raises(PaintingFailed, match=r"oracle failed at EV \+0, face nz"):
        painted(view, oracle)


def test_being_stopped_is_not_failing(view: View, monkeypatch: pytest.MonkeyPatch) -> None:
    oracle = Oracle()
    monkeypatch.setattr(oracle, "repaint", failing(Cancelled("Stopped.")))
    with pytest.raises(Cancelled):
        painted(view, oracle)
