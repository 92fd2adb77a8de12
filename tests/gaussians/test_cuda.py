"""gsplat's calls are ours: on a card where there is one, and anywhere with gsplat's formulas in plain torch."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from gaussians.scenes import ball_views, camera, scene

from lucida.errors import BadParameter, ModelUnavailable
from lucida.gaussians import cuda
from lucida.gaussians.choice import choose_rasteriser
from lucida.gaussians.rasteriser import Drawing, Gradients, render
from lucida.gaussians.training import Recipe, train

NAMES = ("means", "quaternions", "log_scales", "opacity_logits", "harmonics", "pose")


def rasterization(
    means: Any, quats: Any, scales: Any, opacities: Any, colors: Any, viewmats: Any, Ks: Any, width: int, height: int,
    near_plane: float, eps2d: float, packed: bool,
) -> tuple[Any, Any, dict[str, Any]]:  # fmt: skip
    """gsplat's, with its projection in torch and a blending of all Gaussians over all pixels."""
    import torch
    from gsplat.cuda import _torch_impl as impl
    from gsplat.utils import normalized_quat_to_rotmat

    assert not packed
    axes = normalized_quat_to_rotmat(quats) * scales[:, None]
    radii, centres, depths, conics, _ = impl._fully_fused_projection(
        means, axes @ axes.mT, viewmats, Ks, width, height, eps2d=eps2d, near_plane=near_plane
    )
    order = depths[0].argsort()
    order = order[(radii[0][order] > 0).all(-1)]
    y, x = torch.meshgrid(torch.arange(height) + 0.5, torch.arange(width) + 0.5, indexing="ij")
    dx, dy = x[..., None] - centres[0, order, 0], y[..., None] - centres[0, order, 1]
    a, b, c = conics[0, order].unbind(1)
    alpha = opacities[order] * (-0.5 * (a * dx * dx + c * dy * dy) - b * dx * dy).exp()
    alpha = torch.where(alpha >= 1 / 255, alpha.clamp_max(0.999), 0)
    clear = torch.cumprod(1 - alpha, -1)
    weights = alpha * torch.cat([torch.ones_like(clear[..., :1]), clear[..., :-1]], -1)
    return (weights @ colors[order])[None], (1 - clear[..., -1:])[None], {"radii": radii}


@pytest.fixture
def in_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """gsplat's calls without its kernels, which need a card."""
    pytest.importorskip("torch", reason="torch is not installed (./start.sh --models)")
    impl = pytest.importorskip("gsplat.cuda._torch_impl", reason="gsplat is not here (pip install --no-deps gsplat)")
    gsplat = SimpleNamespace(rasterization=rasterization, spherical_harmonics=impl._spherical_harmonics)
    monkeypatch.setattr(cuda, "DEVICE", "cpu")
    monkeypatch.setattr(cuda, "_gsplat", lambda: gsplat)
    monkeypatch.setattr(cuda, "missing", lambda: None)


def check_alike() -> None:
    gaussians, seen_from = scene(150, 3, degree=3, size=0.03), camera(60, 44)
    rng = np.random.default_rng(1)
    by_planes, by_shapes = rng.standard_normal((2, 5, 44, 60)).astype(np.float32)
    one, other = cuda.Drawing(gaussians, seen_from), Drawing(gaussians, seen_from)
    for a, b in ((one.planes(), other.planes()), (one.shapes(), other.shapes())):
        assert np.abs(a - b).mean() < 2e-4
        assert np.abs(a - b).max() < 0.02
    assert (one.median_depth() == other.median_depth()).all()
    for shapes in (None, by_shapes):
        theirs, ours = one.gradient(by_planes, shapes), other.gradient(by_planes, shapes)
        assert_near(theirs, ours)
    assert (theirs.seen == ours.seen).mean() > 0.9  # by a box around three standard deviations
    pictures = cuda.render(gaussians, seen_from, (1, 0, 0)), render(gaussians, seen_from, (1, 0, 0))
    assert np.abs(pictures[0].colour - pictures[1].colour).mean() < 2e-4


def assert_near(theirs: Gradients, ours: Gradients) -> None:
    for name in NAMES:
        a, b = getattr(theirs, name), getattr(ours, name)
        assert a.shape == b.shape
        assert np.linalg.norm(a - b) < 0.02 * np.linalg.norm(b), name


@pytest.mark.usefixtures("in_torch")
def test_its_formulas_draw_and_descend_as_the_cpu_does() -> None:
    check_alike()


def test_a_card_draws_and_descends_as_the_cpu_does() -> None:
    if reason := cuda.missing():
        pytest.skip(f"nothing is drawn on a card here: {reason}")
    check_alike()
    assert choose_rasteriser("auto").name == "gsplat"


@pytest.mark.usefixtures("in_torch")
def test_auto_takes_gsplat_where_it_draws_alike_and_trains_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    choice = choose_rasteriser()
    assert (choice.name, choice.draw) == ("gsplat", cuda.Drawing)
    views, recipe = ball_views(4, size=24), Recipe(iterations=12, limit=150, densify_every=5)
    one, other = train(views, recipe, draw=choice.draw), train(views, recipe)
    assert len(one) == len(other)
    assert np.abs(one.means - other.means).mean() < 1e-3

    def unlike(*arguments: Any, **options: Any) -> tuple[Any, Any, dict[str, Any]]:
        colours, alphas, told = rasterization(*arguments, **options)
        return colours * 1.2, alphas, told

    def broken(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("no kernel image is available for execution on the device\nmore")

    for call, words in ((unlike, "away from the CPU's"), (broken, "does not start (no kernel image")):
        monkeypatch.setattr(cuda._gsplat(), "rasterization", call)
        choice = choose_rasteriser()
        assert choice.name == "cpu"
        assert words in choice.reason
        with pytest.raises(ModelUnavailable, match="gsplat cannot draw here"):
            choose_rasteriser("gsplat")


def test_why_it_is_the_cpu_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cuda, "missing", lambda: "there is no NVIDIA card that torch can use")
    assert choose_rasteriser().reason == "there is no NVIDIA card that torch can use"
    assert choose_rasteriser("cpu").reason == "asked for by name"
    with pytest.raises(ModelUnavailable, match="no NVIDIA card"):
        choose_rasteriser("gsplat")
    with pytest.raises(BadParameter, match="There is no rasteriser metal"):
        choose_rasteriser("metal")
