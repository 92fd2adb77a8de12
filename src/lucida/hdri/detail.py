"""The photo's own detail, which its way over the cube's faces softens."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.painting import View
from lucida.geometry.cubemap import CubeSampler
from lucida.geometry.sphere import directions, latitudes, longitudes
from lucida.imaging.kernels import jit, warm_up

BLOCK = 16  # rows and columns of a panorama that are looked at together
MOST_SAMPLES = 24  # along an edge of a panorama's pixel
UPRIGHT = 0.5  # photo pixels: footprints that lean less are nearer to an upright box than to what points tell of them


class PhotoDetail:
    """What a photo shows at a panorama's resolution beyond what the faces made of it show there.

    Inside the photo, the mean over each panorama pixel's footprint takes the place of the faces' interpolation: their
    difference is added, so that whatever a painter changed there, such as the light of what was clipped, stays.
    """

    def __init__(self, view: View, width: int, rotation: NDArray[np.floating] | None = None) -> None:
        turned = np.eye(3) if rotation is None else np.asarray(rotation).T
        self._sampler = CubeSampler(view.faces, width, rotation)
        self._to_camera = view.camera.camera_to_world().T @ turned
        self.width, self.height = width, width // 2
        focal = view.camera.focal
        shrink = max(1, int(focal * 2 * np.pi / width / 3))  # leaves 3 to 6 photo pixels per panorama pixel
        self._photo = np.ascontiguousarray(view.radiance, np.float32)
        if shrink > 1:
            size = max(1, view.camera.width // shrink), max(1, view.camera.height // shrink)
            self._photo = np.asarray(cv2.resize(self._photo, size, interpolation=cv2.INTER_AREA), np.float32)
        scale = self._photo.shape[1] / view.camera.width
        self._focal = focal * scale
        # As far from the border as the faces' pixels reach that are not wholly the photo's.
        self._margin = 5 * self._focal / self._sampler.faces.shape[1] + 2
        self._lon, self._lat = longitudes(width), latitudes(self.height)
        self._columns = self._where()

    def _where(self) -> list[tuple[int, int]]:
        """For each block of rows the columns, first and beyond, that the photo may reach."""
        step = max(1, min(BLOCK, self.width // 128))
        grid = directions(self.width // step, self.height // step) @ self._to_camera.T
        ahead = -grid[..., 2] > 1e-3
        depth = np.where(ahead, -grid[..., 2], 1)
        x, y = self._focal * grid[..., 0] / depth, self._focal * grid[..., 1] / depth
        reach = 2 * step * self._focal * 2 * np.pi / self.width
        inside = (
            ahead & (abs(x) < self._photo.shape[1] / 2 + reach * 2) & (abs(y) < self._photo.shape[0] / 2 + reach * 2)
        )
        found = []
        for top in range(0, self.height, BLOCK):
            rows = inside[max(0, top // step - 2) : (top + BLOCK) // step + 2]
            columns = np.flatnonzero(rows.any(0))
            if len(columns):
                found.append((max(0, (columns[0] - 2) * step), min(self.width, (columns[-1] + 3) * step)))
            else:
                found.append((0, 0))
        return found

    def add(self, rows: slice, light: NDArray[np.float32]) -> None:
        """Add the detail to rows of the panorama, float32 (h, W, 3); light stays at least 0."""
        blocks = self._columns[rows.start // BLOCK : (rows.stop - 1) // BLOCK + 1]
        first = min((begin for begin, beyond in blocks if beyond > begin), default=0)
        beyond = max(beyond for _, beyond in blocks)
        if beyond <= first:
            return
        seen = np.empty((rows.stop - rows.start, beyond - first, 3), np.float32)
        lon, lat = self._lon[first:beyond], self._lat[rows]
        _see(self._photo, self._to_camera, self._focal, self._margin, lon, lat, np.pi / self.height, seen)
        interpolated = np.empty_like(seen)
        self._sampler.rows(rows, interpolated, first)
        part = light[:, first:beyond]
        np.maximum(part + np.where(seen < 0, 0, seen - interpolated), 0, out=part)


@jit
def _see(
    photo: NDArray[np.float32],
    to_camera: NDArray[np.float64],
    focal: float,
    margin: float,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    step: float,
    out: NDArray[np.float32],
) -> None:
    """The photo's mean over each panorama pixel's footprint, −1 where the pixel is not well inside the photo."""
    height, width = photo.shape[0], photo.shape[1]
    m = to_camera
    for row in range(len(lat)):
        across, up = np.cos(lat[row]), np.sin(lat[row])
        for column in range(len(lon)):
            out[row, column, 0] = out[row, column, 1] = out[row, column, 2] = -1
            sine, cosine = np.sin(lon[column]), np.cos(lon[column])
            dx, dy, dz = across * sine, up, -across * cosine
            w = -(m[2, 0] * dx + m[2, 1] * dy + m[2, 2] * dz)
            if w < 1e-3:
                continue
            u = (m[0, 0] * dx + m[0, 1] * dy + m[0, 2] * dz) / w
            v = (m[1, 0] * dx + m[1, 1] * dy + m[1, 2] * dz) / w
            x, y = width / 2 + focal * u, height / 2 - focal * v
            if x < margin or y < margin or x > width - margin or y > height - margin:
                continue
            # How the position moves along the pixel's two edges; a pixel is small, so its footprint is a parallelogram.
            ex, ez = across * cosine * step, across * sine * step
            fx, fy, fz = up * sine * step, -across * step, -up * cosine * step
            ew = -(m[2, 0] * ex + m[2, 2] * ez) / w
            fw = -(m[2, 0] * fx + m[2, 1] * fy + m[2, 2] * fz) / w
            x_right = focal * ((m[0, 0] * ex + m[0, 2] * ez) / w - u * ew)
            y_right = -focal * ((m[1, 0] * ex + m[1, 2] * ez) / w - v * ew)
            x_down = focal * ((m[0, 0] * fx + m[0, 1] * fy + m[0, 2] * fz) / w - u * fw)
            y_down = -focal * ((m[1, 0] * fx + m[1, 1] * fy + m[1, 2] * fz) / w - v * fw)
            reach_right, reach_down = max(abs(x_right), abs(y_right)), max(abs(x_down), abs(y_down))
            # Whole photo pixels, or bilinear samples where the photo is no denser than the panorama.
            whole = max(reach_right, reach_down) > 1.5
            if whole and max(abs(y_right), abs(x_down)) < UPRIGHT:
                across_box, down_box = np.hypot(x_right, x_down), np.hypot(y_right, y_down)
                mean = _mean_of_box(photo, x - across_box / 2, y - down_box / 2, across_box, down_box)
                out[row, column, 0], out[row, column, 1], out[row, column, 2] = mean
                continue
            per_pixel = 3.0 if whole else 1.5
            n_right = min(MOST_SAMPLES, 1 + int(per_pixel * reach_right))
            n_down = min(MOST_SAMPLES, 1 + int(per_pixel * reach_down))
            red = green = blue = np.float32(0)
            one = np.float32(1)
            for i in range(n_down):
                down = (i + 0.5) / n_down - 0.5
                for j in range(n_right):
                    right = (j + 0.5) / n_right - 0.5
                    px, py = x + right * x_right + down * x_down, y + right * y_right + down * y_down
                    if whole:
                        q, p = max(0, min(int(px), width - 1)), max(0, min(int(py), height - 1))
                        red += photo[p, q, 0]
                        green += photo[p, q, 1]
                        blue += photo[p, q, 2]
                        continue
                    px, py = max(0.0, min(px - 0.5, width - 1.001)), max(0.0, min(py - 0.5, height - 1.001))
                    q, p = int(px), int(py)
                    s, t = np.float32(px - q), np.float32(py - p)
                    a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
                    red += a * photo[p, q, 0] + b * photo[p, q + 1, 0]
                    red += c * photo[p + 1, q, 0] + d * photo[p + 1, q + 1, 0]
                    green += a * photo[p, q, 1] + b * photo[p, q + 1, 1]
                    green += c * photo[p + 1, q, 1] + d * photo[p + 1, q + 1, 1]
                    blue += a * photo[p, q, 2] + b * photo[p, q + 1, 2]
                    blue += c * photo[p + 1, q, 2] + d * photo[p + 1, q + 1, 2]
            share = one / np.float32(n_right * n_down)
            out[row, column, 0], out[row, column, 1], out[row, column, 2] = red * share, green * share, blue * share


@jit
def _mean_of_box(
    photo: NDArray[np.float32], left: float, top: float, width: float, height: float
) -> tuple[np.float32, np.float32, np.float32]:
    """The photo's mean over an upright box, its pixels weighed by how much of them lies in it."""
    zero, one = np.float32(0), np.float32(1)
    x0, x1 = np.float32(max(left, 0)), np.float32(min(left + width, photo.shape[1]))
    y0, y1 = np.float32(max(top, 0)), np.float32(min(top + height, photo.shape[0]))
    red = green = blue = zero
    for p in range(np.uint32(y0), np.uint32(np.ceil(y1))):
        down = min(y1, np.float32(p) + one) - max(y0, np.float32(p))
        for q in range(np.uint32(x0), np.uint32(np.ceil(x1))):
            share = down * (min(x1, np.float32(q) + one) - max(x0, np.float32(q)))
            red += share * photo[p, q, 0]
            green += share * photo[p, q, 1]
            blue += share * photo[p, q, 2]
    part = one / ((x1 - x0) * (y1 - y0))
    return red * part, green * part, blue * part


@warm_up
def _compile() -> None:
    photo, out = np.ones((4, 4, 3), np.float32), np.empty((1, 1, 3), np.float32)
    _see(photo, np.eye(3), 1.0, 0.0, np.zeros(1), np.zeros(1), 0.1, out)
