from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from gaussians.scenes import painted_ball

from lucida.errors import BadInput, Cancelled
from lucida.gaussians.rasteriser import render
from lucida.gaussians.scene import Gaussians, chosen
from lucida.gaussians.surface import mesh_of, virtual_cameras
from lucida.geometry.cameras import orbit
from lucida.geometry.mesh import is_watertight
from lucida.geometry.meshing import Plan
from lucida.geometry.zbuffer import seen_from

RADIUS, PLAN = 0.4, Plan(cells=96, faces=4000, texture=512)


@pytest.fixture(scope="module")
def ball() -> Gaussians:
    """Flat, nearly opaque Gaussians on a ball, coloured by where they are."""
    return painted_ball(RADIUS)


def test_a_ball_of_gaussians_becomes_a_closed_ball_of_the_same_colours(ball: Gaussians) -> None:
    told: list[tuple[float, str]] = []
    mesh = mesh_of(ball, plan=PLAN, progress=lambda fraction, stage: told.append((fraction, stage)))
    places, faces = mesh.welded()
    assert is_watertight(faces)
    assert np.abs(np.linalg.norm(places, axis=1) - RADIUS).max() < 2 * RADIUS / PLAN.cells
    for camera in orbit(3, 0.4, 1.6, 160, 190.0, first=0.7):
        drawn, splats = seen_from(camera, mesh.vertices, mesh.faces), render(ball, camera)
        inside = (drawn.face >= 0) & (splats.alpha > 0.99)
        column, row = np.moveaxis(np.minimum(drawn.interpolated(mesh.uv, mesh.faces) * 512, 511).astype(int), -1, 0)
        wrong = np.abs(mesh.texture[row, column][inside] / 255 - splats.colour[inside])
        assert np.median(wrong) < 3 / 255
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] == pytest.approx(1)
    assert {stage for _, stage in told} >= {"looking from all around", "fusing the depth maps", "baking the texture"}


def test_what_no_camera_saw_is_closed_instead_of_believed(ball: Gaussians) -> None:
    there = ball.means[:, 2] > -0.9 * RADIUS  # open below, which cameras from above do not see
    mesh = mesh_of(chosen(ball, there), orbit(12, np.radians(35), 1.6, 160, 190.0), PLAN)
    places, faces = mesh.welded()
    assert is_watertight(faces)
    assert places[:, 2].min() > -0.9 * RADIUS


def test_virtual_cameras_stay_near_those_that_were_trained_with(ball: Gaussians) -> None:
    everywhere, near = virtual_cameras(ball), virtual_cameras(ball, orbit(8, np.radians(30), 1.5, 64, 80.0))
    assert 60 <= len(near) <= 100
    assert len(everywhere) == 80
    assert min(camera.position[2] for camera in everywhere) < 0
    elevations = [np.degrees(np.arcsin(-camera.forward[2])) for camera in near]
    assert min(elevations) > 14
    assert max(elevations) < 46


def test_a_transparent_scene_has_no_surface(ball: Gaussians) -> None:
    with pytest.raises(BadInput, match="no surface"):
        mesh_of(replace(ball, opacity_logits=np.full(len(ball), -4, np.float32)))


def test_what_progress_raises_ends_the_work(ball: Gaussians) -> None:
    def stop(fraction: float, stage: str) -> None:
        if stage == "fusing the depth maps":
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        mesh_of(ball, plan=PLAN, progress=stop)
