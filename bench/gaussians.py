"""Gaussians: forward and backward in milliseconds, beside a tiled implementation in torch on the same processor.

    python bench/gaussians.py [--quick]

Both draw the same scene in the same run, and their pictures and gradients are compared first. Then what threads and the
number of Gaussians do to the time, and what a step of training takes.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numba
import numpy as np
from numpy.typing import NDArray

from lucida.gaussians import cuda
from lucida.gaussians.rasteriser import Draw, Drawing, Workspace
from lucida.gaussians.scene import Gaussians
from lucida.geometry.cameras import Camera, orbit

TILES = (8, 16, 32, 64)  # pixels a side, of torch's; the fastest counts


def ball(count: int, seed: int = 0) -> Gaussians:
    """Flat Gaussians on a ball, small enough for their number to cover it some four times."""
    rng = np.random.default_rng(seed)
    means = rng.standard_normal((count, 3))
    means *= 0.45 / np.linalg.norm(means, axis=1, keepdims=True)
    scales = np.log(0.9 / np.sqrt(count)) + 0.3 * rng.standard_normal((count, 3))
    return Gaussians(
        means.astype(np.float32),
        rng.standard_normal((count, 4)).astype(np.float32),
        scales.astype(np.float32),
        (1 + rng.standard_normal(count)).astype(np.float32),
        (0.4 * rng.standard_normal((count, 1, 3))).astype(np.float32),
    )


def in_torch(
    gaussians: Gaussians, camera: Camera, tile: int
) -> Callable[[NDArray[np.float32]], tuple[float, float, list[object]]]:
    """The same picture by tensors alone, tile by tile; a run gives seconds forward and backward, and what came out."""
    import torch

    parameters = [
        torch.tensor(each).requires_grad_()
        for each in (
            gaussians.means,
            gaussians.quaternions,
            gaussians.log_scales,
            gaussians.opacity_logits,
            gaussians.harmonics,
        )
    ]
    pose = torch.tensor(camera.world_to_camera, dtype=torch.float32)

    def forward() -> torch.Tensor:
        means, quaternions, log_scales, logits, harmonics = parameters
        x, y, z = (means @ pose[:, :3].T + pose[:, 3]).unbind(1)
        w, i, j, k = torch.nn.functional.normalize(quaternions, dim=1).unbind(1)
        axes = torch.stack([
            1 - 2 * (j * j + k * k), 2 * (i * j - w * k), 2 * (i * k + w * j),
            2 * (i * j + w * k), 1 - 2 * (i * i + k * k), 2 * (j * k - w * i),
            2 * (i * k - w * j), 2 * (j * k + w * i), 1 - 2 * (i * i + j * j),
        ], 1).view(-1, 3, 3)  # fmt: skip
        spread = pose[:, :3] @ (axes * log_scales.exp()[:, None])
        first = camera.fx / z[:, None] * (spread[:, 0] - (x / z)[:, None] * spread[:, 2])
        second = camera.fy / z[:, None] * (spread[:, 1] - (y / z)[:, None] * spread[:, 2])
        p, q, r = (first * first).sum(1) + 0.3, (first * second).sum(1), (second * second).sum(1) + 0.3
        determinant = p * r - q * q
        a, b, c = r / determinant, -q / determinant, p / determinant
        u, v = camera.fx * x / z + camera.cx, camera.fy * y / z + camera.cy
        opacity, colour = logits.sigmoid(), (0.5 + 0.28209479177387814 * harmonics[:, 0]).clamp(min=0)
        with torch.no_grad():
            reach = 2 * (opacity * 255).clamp(min=1).log()
            across, down = (reach * p).sqrt(), (reach * r).sqrt()
            order = z.argsort()
            corners = [torch.stack(each, 1)[order] for each in ((u - across, v - down), (u + across, v + down))]
        picture = []
        for top in range(0, camera.height, tile):
            row = []
            rows = (corners[0][:, 1] < top + tile) & (corners[1][:, 1] > top)
            for left in range(0, camera.width, tile):
                touched = rows & (corners[0][:, 0] < left + tile) & (corners[1][:, 0] > left)
                n = order[touched]
                dy, dx = torch.meshgrid(
                    torch.arange(top, top + tile) + 0.5, torch.arange(left, left + tile) + 0.5, indexing="ij"
                )
                dx, dy = dx.reshape(-1, 1) - u[n], dy.reshape(-1, 1) - v[n]
                alpha = (opacity[n] * (-0.5 * (a[n] * dx * dx + c[n] * dy * dy) - b[n] * dx * dy).exp()).clamp(max=0.99)
                alpha = torch.where(alpha >= 1 / 255, alpha, torch.zeros_like(alpha))
                clear = torch.cumprod(1 - alpha, 1)
                before = torch.cat([torch.ones_like(clear[:, :1]), clear[:, :-1]], 1)
                row.append(((alpha * before) @ colour[n]).view(tile, tile, 3))
            picture.append(torch.cat(row, 1))
        return torch.cat(picture, 0)

    def run(weights: NDArray[np.float32]) -> tuple[float, float, list[object]]:
        for each in parameters:
            each.grad = None
        began = time.perf_counter()
        picture = forward()
        middle = time.perf_counter()
        (picture * torch.tensor(weights)).sum().backward()
        ended = time.perf_counter()
        grads = [each.grad.numpy() for each in parameters if each.grad is not None]
        return middle - began, ended - middle, [picture.detach().numpy(), *grads]

    return run


def ours(
    gaussians: Gaussians,
    camera: Camera,
    weights: NDArray[np.float32],
    workspace: Workspace,
    rounds: int,
    draw: Draw = Drawing,
) -> tuple[float, float]:
    """Least seconds forward and backward, numpy in and out."""
    by_planes = np.zeros((5, camera.height, camera.width), np.float32)
    by_planes[:3] = np.moveaxis(weights, -1, 0)
    forward, backward = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        drawing = draw(gaussians, camera, workspace)
        drawing.planes()
        middle = time.perf_counter()
        drawing.gradient(by_planes)
        ended = time.perf_counter()
        forward.append(middle - began)
        backward.append(ended - middle)
    return min(forward), min(backward)


def agree(gaussians: Gaussians, camera: Camera, weights: NDArray[np.float32], theirs: list[NDArray[np.float32]]) -> str:
    """How far the two are apart: the picture's mean, and the gradients' directions."""
    drawing = Drawing(gaussians, camera)
    by_planes = np.zeros((5, camera.height, camera.width), np.float32)
    by_planes[:3] = np.moveaxis(weights, -1, 0)
    gradients = drawing.gradient(by_planes)
    picture = np.moveaxis(drawing.planes()[:3], 0, -1)
    found = [
        gradients.means,
        gradients.quaternions,
        gradients.log_scales,
        gradients.opacity_logits,
        gradients.harmonics,
    ]
    apart = [np.linalg.norm(one - other) / np.linalg.norm(other) for one, other in zip(found, theirs[1:], strict=True)]
    return f"pictures differ by {np.abs(picture - theirs[0]).mean():.1e} in the mean, gradients by {max(apart):.1e}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the 20,000 of 256 × 256 alone")
    quick = parser.parse_args().quick
    workspace, rng = Workspace(), np.random.default_rng(1)
    sizes = [(20_000, 256)] if quick else [(n, size) for size in (256, 512) for n in (5_000, 20_000, 90_000)]
    print(f"threads: {numba.get_num_threads()}")
    print(f"{'Gaussians':>10} {'pixels':>7} {'forward':>9} {'backward':>9} {'each':>9} {'torch':>16} {'ratio':>6}")
    for count, size in sizes:
        gaussians, camera = ball(count), orbit(1, 0.5, 1.5, size, 1.1 * size)[0]
        weights = rng.standard_normal((size, size, 3)).astype(np.float32)
        ours(gaussians, camera, weights, workspace, 2)
        forward, backward = ours(gaussians, camera, weights, workspace, 20)
        each = forward + backward
        told = f"{count:>10} {size:>7} {1e3 * forward:>6.1f} ms {1e3 * backward:>6.1f} ms {1e6 * each / count:>6.2f} µs"
        if (count, size) in ((20_000, 256), (5_000, 256)):
            tries = {tile: in_torch(gaussians, camera, tile) for tile in TILES}
            first = {tile: sum(run(weights)[:2]) for tile, run in tries.items()}
            best = min(first, key=lambda tile: first[tile])
            run = tries[best]
            _, _, came = run(weights)
            runs = [run(weights)[:2] for _ in range(3)]
            theirs = min(sum(each) for each in runs)
            one, other = min(runs)
            told += f" {1e3 * one:>6.0f} + {1e3 * other:.0f} ms {theirs / (forward + backward):>5.0f}×"
            print(f"{told}  (tiles of {best}; of 64: {1e3 * first[64]:.0f} ms)")
            print(" " * 11 + agree(gaussians, camera, weights, came))
        else:
            print(told)
    gaussians, camera = ball(20_000), orbit(1, 0.5, 1.5, 256, 280.0)[0]
    weights = rng.standard_normal((256, 256, 3)).astype(np.float32)
    together = sum(ours(gaussians, camera, weights, workspace, 20))
    threads = numba.get_num_threads()
    numba.set_num_threads(1)
    alone = sum(ours(gaussians, camera, weights, workspace, 20))
    numba.set_num_threads(threads)
    if reason := cuda.missing():
        print(f"gsplat: not timed, {reason}")
    else:
        import torch

        ours(gaussians, camera, weights, workspace, 3, cuda.Drawing)
        forward, backward = ours(gaussians, camera, weights, workspace, 20, cuda.Drawing)
        card = torch.cuda.get_device_name()
        print(f"gsplat on {card}, 20,000 at 256²: {1e3 * forward:.1f} + {1e3 * backward:.1f} ms")
    print(f"one thread: {1e3 * alone:.1f} ms, {threads}: {1e3 * together:.1f} ms, {alone / together:.2f}×")


if __name__ == "__main__":
    main()
