"""Photo → cube faces → panorama, and back: area-averaged where pixels get fewer, seam-free everywhere."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.geometry.arctangent import arctangent
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.cubemap import FORWARD, RIGHT, UP, CubeSampler
from lucida.imaging.kernels import in_bands, jit, warm_up


def photo_to_cube(
    radiance: NDArray[np.float32], camera: PinholeCamera, cube_res: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a photo (H, W, 3) shows on six cube faces, and how much of each face pixel it covers.

    Returns faces float32 (6, N, N, 3), 0 where the photo does not reach, and coverage float32 (6, N, N), 0 to 1: a
    pixel's radiance is the mean over its footprint in the photo, its coverage the share of it inside the photo.
    """
    focal = camera.focal
    shrink = max(1, int(focal / (cube_res / 2) / 4))  # leaves at most 8 photo pixels along a face pixel
    photo = np.ascontiguousarray(radiance, np.float32)
    if shrink > 1:
        size = (max(1, camera.width // shrink), max(1, camera.height // shrink))
        photo = np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), np.float32)
    samples = int(np.ceil(1.5 * focal / shrink / (cube_res / 2)))
    # What the photo does not reach is never touched, so the system gives it no memory.
    faces = np.zeros((6, cube_res, cube_res, 3), np.float32)
    coverage = np.zeros((6, cube_res, cube_res), np.float32)
    maps = _homographies(camera, cube_res, photo.shape[1], photo.shape[0])
    reached = np.argwhere(_reached(maps, cube_res, photo.shape[1], photo.shape[0])).tolist()

    def work(rows: slice) -> None:
        for face, i in reached[rows]:
            _photo_row(photo, maps[face], i, samples, faces[face, i], coverage[face, i])

    in_bands(work, len(reached), max(1, cube_res // 32))
    return faces, coverage


def _homographies(camera: PinholeCamera, size: int, width: int, height: int) -> NDArray[np.float64]:
    """For each face a map (3, 3) from its pixel positions (x, y, 1) to positions in a photo of width × height."""
    to_camera = camera.camera_to_world().T
    fx, fy = camera.focal * width / camera.width, camera.focal * height / camera.height
    projection = np.array([[fx, 0, -width / 2], [0, -fy, -height / 2], [0, 0, -1]])  # of a ray with z < 0
    maps = np.empty((6, 3, 3))
    for face in range(6):
        across, down = 2 / size * RIGHT[face], -2 / size * UP[face]
        ray = np.stack([across, down, FORWARD[face] - RIGHT[face] + UP[face]], -1)
        maps[face] = projection @ to_camera @ ray
    return maps


def _reached(maps: NDArray[np.float64], size: int, width: int, height: int) -> NDArray[np.bool_]:
    """The rows (6, N) of the faces that a photo of width × height may reach; no row that it reaches is left out."""
    ends = np.array([[[0, i, 1], [size, i, 1]] for i in range(size + 1)], np.float64)
    x, y, depth = np.moveaxis(ends @ maps[:, None].swapaxes(-1, -2), -1, 0)  # each (6, N + 1, 2)
    # A row is out of sight where its four corners lie beyond the same edge of the photo, or behind the camera.
    within = np.any([depth > 0, x > 0, y > 0, x < width * depth, y < height * depth], axis=-1)
    return np.asarray(np.all(within[..., :-1] | within[..., 1:], axis=0))


@jit
def _photo_row(
    photo: NDArray[np.float32],
    to_photo: NDArray[np.float64],
    i: int,
    samples: int,
    out: NDArray[np.float32],
    coverage: NDArray[np.float32],
) -> None:
    height, width = photo.shape[0], photo.shape[1]
    for j in range(out.shape[0]):
        left, right, top, bottom = np.inf, -np.inf, np.inf, -np.inf
        ahead = True
        for corner in range(4):
            column, row = j + corner % 2, i + corner // 2
            depth = to_photo[2, 0] * column + to_photo[2, 1] * row + to_photo[2, 2]
            ahead = ahead and depth > 1e-9
            if ahead:
                x = (to_photo[0, 0] * column + to_photo[0, 1] * row + to_photo[0, 2]) / depth
                y = (to_photo[1, 0] * column + to_photo[1, 1] * row + to_photo[1, 2]) / depth
                left, right, top, bottom = min(left, x), max(right, x), min(top, y), max(bottom, y)
        if not ahead or right <= 0 or bottom <= 0 or left >= width or top >= height:
            continue
        if left >= 0 and top >= 0 and right <= width and bottom <= height:
            out[j, 0], out[j, 1], out[j, 2] = _mean_inside(photo, to_photo, i, j, samples)
            coverage[j] = 1
            continue
        # The border of the photo is cut finer, so that coverage rises smoothly across it.
        n = max(samples, 8)
        red = green = blue = 0.0
        hits = 0
        for part in range(n * n):
            cx, cy = j + (part % n + 0.5) / n, i + (part // n + 0.5) / n
            depth = to_photo[2, 0] * cx + to_photo[2, 1] * cy + to_photo[2, 2]
            x = (to_photo[0, 0] * cx + to_photo[0, 1] * cy + to_photo[0, 2]) / depth
            y = (to_photo[1, 0] * cx + to_photo[1, 1] * cy + to_photo[1, 2]) / depth
            if x < 0 or y < 0 or x > width or y > height:
                continue
            hits += 1
            x, y = max(0.0, min(x - 0.5, width - 1.0)), max(0.0, min(y - 0.5, height - 1.0))
            p, q = int(y), int(x)
            p_next, q_next = min(p + 1, height - 1), min(q + 1, width - 1)
            s, t = np.float32(x - q), np.float32(y - p)
            one = np.float32(1)
            a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
            red += a * photo[p, q, 0] + b * photo[p, q_next, 0] + c * photo[p_next, q, 0] + d * photo[p_next, q_next, 0]
            green += (
                a * photo[p, q, 1] + b * photo[p, q_next, 1] + c * photo[p_next, q, 1] + d * photo[p_next, q_next, 1]
            )
            blue += (
                a * photo[p, q, 2] + b * photo[p, q_next, 2] + c * photo[p_next, q, 2] + d * photo[p_next, q_next, 2]
            )
        if hits > 0:
            out[j, 0], out[j, 1], out[j, 2] = red / hits, green / hits, blue / hits
            coverage[j] = hits / (n * n)


@jit
def _mean_inside(
    photo: NDArray[np.float32], to_photo: NDArray[np.float64], i: int, j: int, samples: int
) -> tuple[np.float32, np.float32, np.float32]:
    """The mean of samples² bilinear values over a face pixel that lies wholly in the photo.

    A face pixel is so small that its footprint is all but a parallelogram.
    """
    m, size = to_photo, np.float32(samples)
    depth = m[2, 0] * (j + 0.5) + m[2, 1] * (i + 0.5) + m[2, 2]
    x = (m[0, 0] * (j + 0.5) + m[0, 1] * (i + 0.5) + m[0, 2]) / depth
    y = (m[1, 0] * (j + 0.5) + m[1, 1] * (i + 0.5) + m[1, 2]) / depth
    x_right, y_right = np.float32((m[0, 0] - x * m[2, 0]) / depth), np.float32((m[1, 0] - y * m[2, 0]) / depth)
    x_down, y_down = np.float32((m[0, 1] - x * m[2, 1]) / depth), np.float32((m[1, 1] - y * m[2, 1]) / depth)
    zero, one, half = np.float32(0), np.float32(1), np.float32(0.5)
    x_middle, y_middle = np.float32(x - 0.5), np.float32(y - 0.5)
    x_last, y_last = np.uint32(photo.shape[1] - 1), np.uint32(photo.shape[0] - 1)
    red = green = blue = zero
    for row in range(samples):
        down = (np.float32(row) + half) / size - half
        x_row, y_row = x_middle + down * x_down, y_middle + down * y_down
        for column in range(samples):
            right = (np.float32(column) + half) / size - half
            px = max(zero, min(x_row + right * x_right, np.float32(x_last)))
            py = max(zero, min(y_row + right * y_right, np.float32(y_last)))
            q, p = np.uint32(px), np.uint32(py)
            q_next, p_next = min(q + np.uint32(1), x_last), min(p + np.uint32(1), y_last)
            s, t = px - np.float32(q), py - np.float32(p)
            a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
            red += a * photo[p, q, 0] + b * photo[p, q_next, 0]
            red += c * photo[p_next, q, 0] + d * photo[p_next, q_next, 0]
            green += a * photo[p, q, 1] + b * photo[p, q_next, 1]
            green += c * photo[p_next, q, 1] + d * photo[p_next, q_next, 1]
            blue += a * photo[p, q, 2] + b * photo[p, q_next, 2]
            blue += c * photo[p_next, q, 2] + d * photo[p_next, q_next, 2]
    share = one / np.float32(samples * samples)
    return red * share, green * share, blue * share


def cube_to_equirectangular(
    faces: NDArray[np.float32],
    width: int,
    rows: slice | None = None,
    *,
    rotation: NDArray[np.floating] | None = None,
) -> NDArray[np.float32]:
    """A panorama float32 (W/2, W, 3), or some of its rows, of cube faces (6, N, N, 3).

    Bilinear across every edge, area-averaged where the faces are denser: never above the faces' largest value, never
    below their smallest. `rotation` (3, 3) turns the surrounding.
    """
    sampler = CubeSampler(faces, width, rotation)
    wanted = slice(0, sampler.height) if rows is None else rows
    panorama = np.empty((wanted.stop - wanted.start, width, 3), np.float32)

    def work(band: slice) -> None:
        sampler.rows(slice(wanted.start + band.start, wanted.start + band.stop), panorama[band])

    in_bands(work, len(panorama), 32)
    return panorama


def equirectangular_to_cube(panorama: NDArray[np.float32], cube_res: int) -> NDArray[np.float32]:
    """Cube faces float32 (6, N, N, 3) of a panorama (W/2, W, 3), area-averaged where it is denser than the faces."""
    width = panorama.shape[1]
    shrink = max(1, int(width / (4 * cube_res) / 4))
    source = np.ascontiguousarray(panorama, np.float32)
    if shrink > 1:
        size = (width // shrink, max(1, panorama.shape[0] // shrink))
        source = np.asarray(cv2.resize(source, size, interpolation=cv2.INTER_AREA), np.float32)
    samples = max(1, int(np.ceil(1.5 * source.shape[1] / (np.pi * cube_res))))
    faces = np.empty((6, cube_res, cube_res, 3), np.float32)
    frames = np.stack([FORWARD, RIGHT, UP], 1)

    def work(rows: slice) -> None:
        for row in range(rows.start, rows.stop):
            face, i = divmod(row, cube_res)
            _panorama_row(source, frames[face], i, samples, faces[face, i])

    in_bands(work, 6 * cube_res, max(1, cube_res // 32))
    return faces


@jit
def _panorama_row(
    panorama: NDArray[np.float32], frame: NDArray[np.float64], i: int, samples: int, out: NDArray[np.float32]
) -> None:
    height, width, size = panorama.shape[0], panorama.shape[1], out.shape[0]
    one, share = np.float32(1), np.float32(1 / (samples * samples))
    for j in range(size):
        red = green = blue = np.float32(0)
        for part in range(samples * samples):
            u = 2 * (j + (part % samples + 0.5) / samples) / size - 1
            v = 1 - 2 * (i + (part // samples + 0.5) / samples) / size
            dx = frame[0, 0] + u * frame[1, 0] + v * frame[2, 0]
            dy = frame[0, 1] + u * frame[1, 1] + v * frame[2, 1]
            dz = frame[0, 2] + u * frame[1, 2] + v * frame[2, 2]
            x = (arctangent(dx, -dz) / (2 * np.pi) + 0.5) * width - 0.5
            y = (0.5 - arctangent(dy, np.sqrt(dx * dx + dz * dz)) / np.pi) * height - 0.5
            q, p = int(x + 1) - 1, int(y + 1) - 1  # floor: x and y are at least −½
            s, t = np.float32(x - q), np.float32(y - p)
            q_next = q + 1 if q + 1 < width else 0
            q = q if q >= 0 else width - 1
            top, bottom, q_top, q_next_top, q_bottom, q_next_bottom = p, p + 1, q, q_next, q, q_next
            if p < 0:  # beyond a pole lies its own row, half a turn away
                top, q_top, q_next_top = 0, (q + width // 2) % width, (q_next + width // 2) % width
            if p + 1 >= height:
                bottom, q_bottom, q_next_bottom = height - 1, (q + width // 2) % width, (q_next + width // 2) % width
            a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
            red += a * panorama[top, q_top, 0] + b * panorama[top, q_next_top, 0]
            red += c * panorama[bottom, q_bottom, 0] + d * panorama[bottom, q_next_bottom, 0]
            green += a * panorama[top, q_top, 1] + b * panorama[top, q_next_top, 1]
            green += c * panorama[bottom, q_bottom, 1] + d * panorama[bottom, q_next_bottom, 1]
            blue += a * panorama[top, q_top, 2] + b * panorama[top, q_next_top, 2]
            blue += c * panorama[bottom, q_bottom, 2] + d * panorama[bottom, q_next_bottom, 2]
        out[j, 0], out[j, 1], out[j, 2] = red * share, green * share, blue * share


@warm_up
def _compile() -> None:
    camera = PinholeCamera(8, 6, 1.0)
    photo_to_cube(np.zeros((6, 8, 3), np.float32), camera, 8)
    equirectangular_to_cube(np.zeros((8, 16, 3), np.float32), 4)
