"""What a photo shows of the sphere, at the layout's size and in the light prior's cells."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.light_prior import COLUMNS, ROWS
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions

WIDTH = 1024  # of a layout; its height is half


@dataclass(frozen=True)
class Sample:
    """A photo on the sphere: cells (ROWS, COLUMNS, …) and the same at layout size."""

    cells: NDArray[np.float32]
    seen: NDArray[np.bool_]
    clipped: NDArray[np.bool_]
    radiance: NDArray[np.float32]  # (h, w, 3), 0 where the photo does not reach
    coverage: NDArray[np.float32]  # (h, w)
    burnt: NDArray[np.float32]  # (h, w) 0 to 1


def on_sphere(radiance: NDArray[np.float32], clipped: NDArray[np.bool_], camera: PinholeCamera) -> Sample:
    """A photo (H, W, 3) as the sphere's cells see it."""
    height, width = radiance.shape[:2]
    shrink = max(1.0, camera.focal / (WIDTH / (2 * np.pi)) / 2)
    size = (max(8, round(width / shrink)), max(8, round(height / shrink)))
    small = cv2.resize(radiance, size, interpolation=cv2.INTER_AREA)
    burnt = cv2.resize(clipped.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    x, y, inside = camera.project(directions(WIDTH, WIDTH // 2))
    x = np.clip(x * size[0] / width - 0.5, -1, size[0]).astype(np.float32)
    y = np.clip(y * size[1] / height - 0.5, -1, size[1]).astype(np.float32)
    coverage = inside.astype(np.float32)
    shown = cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * coverage[..., None]
    burnt = cv2.remap(burnt, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * coverage
    cover = _cells(coverage)
    share = np.maximum(cover, 1e-6)
    return Sample(
        np.asarray(_cells(shown) / share[..., None], np.float32),
        cover > 0.5,
        _cells(burnt) / share > 0.03,
        np.asarray(shown, np.float32),
        coverage,
        np.asarray(burnt, np.float32),
    )


def _cells(plan: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(plan, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA), np.float32)


def grown(cells: NDArray[np.float32], width: int = WIDTH) -> NDArray[np.float32]:
    """Cells (ROWS, COLUMNS, …) as a smooth panorama (width / 2, width, …), without a seam."""
    scale = width // COLUMNS
    around = np.concatenate([cells[:, -2:], cells, cells[:, :2]], 1)
    big = cv2.resize(around, ((COLUMNS + 4) * scale, ROWS * scale), interpolation=cv2.INTER_LINEAR)
    return np.asarray(big[:, 2 * scale : -2 * scale], np.float32)


def with_photo(layout: NDArray[np.float32], sample: Sample) -> NDArray[np.float32]:
    """A layout with the photo in its place, but for what is burnt out."""
    known = sample.coverage * (sample.burnt <= 0.01)
    return np.asarray(layout * (1 - known)[..., None] + sample.radiance * known[..., None], np.float32)
