"""The fast rasteriser against the slow reference, by itself with any number of threads, and gsplat's own formulas."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from gaussians.scenes import camera, scene
from hypothesis import given, settings
from hypothesis import strategies as st

from lucida.gaussians import reference, tiling
from lucida.gaussians.blending import CONIC_A, CONIC_B, CONIC_C, CUTOFF, REACH, RECORD, TILE, U, V
from lucida.gaussians.harmonics import basis
from lucida.gaussians.rasteriser import TRANSMITTANCE, Drawing, Workspace, render
from lucida.gaussians.scene import Gaussians

CODE = 1 / 255
NAMES = ("means", "quaternions", "log_scales", "opacity_logits", "harmonics")


@settings(max_examples=25)
@given(
    seed=st.integers(0, 2**32 - 1),
    count=st.integers(0, 300),
    degree=st.integers(0, 3),
    size=st.floats(1e-3, 0.5),
    width=st.integers(1, 70),
    height=st.integers(1, 70),
)
def test_fast_is_slow(seed: int, count: int, degree: int, size: float, width: int, height: int) -> None:
    gaussians, seen_from = scene(count, seed, degree=degree, size=size), camera(width, height)
    drawing = Drawing(gaussians, seen_from)
    fast, shapes, slow = drawing.planes(), drawing.shapes(), reference.render(gaussians, seen_from)
    # A splat whose alpha is 1/255 to the last digit may be seen by one and not by the other: colours may be above 1.
    brightest = max(1.0, float(reference.project(gaussians, seen_from).colour.max(initial=0)))
    colour = np.abs(np.moveaxis(fast[:3], 0, -1) - slow.colour)
    assert colour.max() <= CODE * brightest
    assert colour.mean() <= 1e-4
    assert np.abs(fast[TRANSMITTANCE] - slow.transmittance).max() <= CODE
    assert np.abs(fast[3] - slow.depth).max() <= CODE * 3
    assert np.abs(np.moveaxis(shapes[:3], 0, -1) - slow.normal).max() <= CODE * 2
    assert np.abs(shapes[3] - slow.depth_squared).max() <= CODE * 9


def test_the_median_depth_is_where_half_of_the_light_is_stopped() -> None:
    gaussians, seen_from = scene(200, 3, size=0.1), camera()
    splats = reference.project(gaussians, seen_from)
    median = render(gaussians, seen_from).median_depth
    rng = np.random.default_rng(0)
    for y, x in zip(rng.integers(0, 40, 60), rng.integers(0, 48, 60), strict=True):
        clear, expected = 1.0, 0.0
        for n in range(len(splats.number)):
            offset = np.array([x + 0.5, y + 0.5]) - splats.centre[n]
            power = -0.5 * offset @ np.linalg.inv(splats.covariance[n]) @ offset
            alpha = min(0.99, splats.opacity[n] * np.exp(power))
            if alpha >= CODE:
                clear *= 1 - alpha
            if clear < 0.5:
                expected = splats.depth[n]
                break
        assert median[y, x] == pytest.approx(expected, abs=1e-5)


def test_a_plane_is_drawn_where_it_is_with_its_normal_and_colour() -> None:
    seen_from = camera(64, 64)
    side = np.linspace(-0.6, 0.6, 60)
    x, y = (each.ravel() for each in np.meshgrid(side, side))
    right, down, away = seen_from.world_to_camera[:, :3]
    means = (x[:, None] * right + y[:, None] * down).astype(np.float32)
    turned = np.tile(_quaternion(away), (len(means), 1)).astype(np.float32)
    gaussians = Gaussians(
        means, turned, np.tile(np.log([0.015, 0.015, 0.001]), (len(means), 1)).astype(np.float32),
        np.full(len(means), 4.0, np.float32), np.zeros((len(means), 1, 3), np.float32),
    )  # fmt: skip
    seen = render(gaussians, seen_from, (1, 0, 0))
    middle = slice(24, 40)
    assert np.abs(seen.alpha[middle, middle] - 1).max() < 0.01
    assert np.abs(seen.depth[middle, middle] - 1.5 * np.linalg.norm([0.9, 0.43])).max() < 5e-3
    assert np.abs(seen.median_depth[middle, middle] - seen.depth[middle, middle]).max() < 5e-3
    assert (seen.normal[middle, middle] @ -away).min() > 0.999
    np.testing.assert_allclose(seen.colour[middle, middle], 0.5, atol=0.01)


def _quaternion(direction: np.ndarray) -> np.ndarray:
    """Turns z onto a unit vector."""
    x, y, z = direction
    turned = np.array([1 + z, -y, x, 0.0])
    return turned / np.linalg.norm(turned)


def test_one_thread_and_all_give_the_same_bytes() -> None:
    gaussians, seen_from = scene(3000, 7, degree=2, size=0.02), camera(128, 96)

    def drawn() -> list[bytes]:
        drawing = Drawing(gaussians, seen_from)
        planes = drawing.planes()
        gradient = drawing.gradient(planes, drawing.shapes())
        return [planes.tobytes(), *(getattr(gradient, name).tobytes() for name in (*NAMES, "pose"))]

    everywhere = drawn()
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        assert drawn() == everywhere
    finally:
        numba.set_num_threads(threads)


def test_memory_that_is_used_again_changes_nothing() -> None:
    workspace, seen_from = Workspace(), camera(50, 30)
    for seed, count in ((1, 500), (2, 40), (3, 900)):
        gaussians = scene(count, seed)
        again = Drawing(gaussians, seen_from, workspace).planes()
        np.testing.assert_array_equal(again, Drawing(gaussians, seen_from).planes())


def test_nothing_is_drawn_of_nothing() -> None:
    seen = render(scene(0), camera(9, 5), (0.2, 0.4, 0.6))
    np.testing.assert_allclose(seen.colour, np.broadcast_to([0.2, 0.4, 0.6], (5, 9, 3)), atol=1e-7)
    assert seen.alpha.max() == seen.depth.max() == seen.median_depth.max() == 0


def test_projection_and_harmonics_are_gsplat_s() -> None:
    """gsplat's own formulas in plain torch, which run without a GPU."""
    torch = pytest.importorskip("torch", reason="torch is not installed (./start.sh --models)")
    impl = pytest.importorskip("gsplat.cuda._torch_impl", reason="gsplat is not here (pip install --no-deps gsplat)")
    gaussians, seen_from = scene(500, 11, degree=3, dtype=np.float64), camera(200, 150)
    means = torch.tensor(gaussians.means)
    axes = torch.tensor(reference.rotations(gaussians.quaternions)) * torch.tensor(gaussians.scales)[:, None]
    pose = torch.eye(4, dtype=torch.float64)[None]
    pose[0, :3] = torch.tensor(seen_from.world_to_camera)
    _, centres, depths, conics, _ = impl._fully_fused_projection(
        means, axes @ axes.transpose(1, 2), pose, torch.tensor(seen_from.intrinsics)[None], 200, 150
    )
    splats = reference.project(gaussians, seen_from)
    np.testing.assert_allclose(splats.centre, centres[0].numpy()[splats.number], atol=1e-9)
    np.testing.assert_allclose(splats.depth, depths[0].numpy()[splats.number], atol=1e-12)
    inverse = np.linalg.inv(splats.covariance)
    ours = np.stack([inverse[:, 0, 0], inverse[:, 0, 1], inverse[:, 1, 1]], 1)
    np.testing.assert_allclose(ours, conics[0].numpy()[splats.number], rtol=1e-6, atol=1e-9)
    away = gaussians.means - seen_from.position
    theirs = impl._spherical_harmonics(3, torch.tensor(away), torch.tensor(gaussians.harmonics)).numpy()
    unit = away / np.linalg.norm(away, axis=1, keepdims=True)
    np.testing.assert_allclose(np.einsum("nk,nkc->nc", basis(unit, 3), gaussians.harmonics), theirs, atol=1e-6)


def test_the_package_needs_no_torch(repository: Path) -> None:
    code = "import sys, lucida.gaussians.training; sys.exit('torch' in sys.modules or 'django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=repository, check=False).returncode == 0


def test_what_is_counted_is_listed() -> None:
    """Ellipses of all kinds, some of which end at a tile's first pixel but for a rounding: none is counted in vain."""
    rng, count = np.random.default_rng(0), 200_000
    for border in (False, True) * 5:
        turn, (one, other) = rng.uniform(0, np.pi, count), np.exp(rng.uniform(-1, [[3.5], [2]], (2, count)))
        cos, sin = np.cos(turn), np.sin(turn)
        p, q, r = cos**2 * one**2 + sin**2 * other**2, cos * sin * (one**2 - other**2), 0.3
        p, r = p + 0.3, r + sin**2 * one**2 + cos**2 * other**2
        u, v = rng.uniform(-10, 266, (2, count)).astype(np.float32)
        a, b, c = (np.float32(each / (p * r - q * q)) for each in (r, -q, p))
        cutoff = np.float32(2 * np.log(255 * rng.uniform(0.01, 1, count)))
        if border:
            dx, dy = (np.float32(np.ceil(each / TILE) * TILE + 0.5) - each for each in (u, v))
            cutoff = a * dx * dx + np.float32(2) * b * dx * dy + c * dy * dy
        records = np.zeros((count, RECORD), np.float32)
        for column, values in ((U, u), (V, v), (CONIC_A, a), (CONIC_B, b), (CONIC_C, c), (CUTOFF, cutoff)):
            records[:, column] = values
        records[:, REACH] = np.sqrt(cutoff * r)
        offsets = np.zeros(count + 1, np.int64)
        tiling._count(records.ravel(), 32, 32, offsets[1:])
        np.cumsum(offsets, out=offsets)
        tiles = np.full(offsets[-1] + 1, 0xFFFFFFFF, np.uint32)
        tiling._list(records.ravel(), 32, 32, offsets, tiles)
        assert tiles[:-1].max() < 32 * 32
        assert tiles[-1] == 0xFFFFFFFF
