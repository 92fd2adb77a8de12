"""The light in a room: through the window, from the sun and a lamp, and what the walls give back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.scene.frame import FINER, Camera
from lucida.engines.painter.scene.noise import fractal, noise, scatter
from lucida.engines.painter.scene.solids import BOARDS, CLOTH, PICTURE, PLASTER, Solids, blocked, meet
from lucida.engines.painter.scene.surfaces import Triple
from lucida.imaging.kernels import jit

_AROUND, _PANES, _BULBS = 5, 6, 2  # rays of each kind of light


@jit
def see_room(solids: Solids, camera: Camera, first: int, owner: NDArray[np.int32], depth: NDArray[np.float32]) -> None:
    """Which solid and plane (16 · solid + plane, -1 outside) and how deep the samples (rows, columns) show."""
    far = np.empty(solids.counts.shape[0])
    for row in range(owner.shape[0]):
        rise = (camera.horizon - (row + first) - 0.5) / camera.focal
        for column in range(owner.shape[1]):
            across = (column + 0.5 - camera.middle) / camera.focal
            owner[row, column], depth[row, column] = -1, np.inf
            for k in range(far.shape[0]):
                bound = solids.bound[k]
                near, deep = max(0.2, -bound[1] - bound[2]), max(0.2, -bound[1] + bound[2])
                if across * near < bound[0] - bound[2] and across * deep < bound[0] - bound[2]:
                    continue
                if across * near > bound[0] + bound[2] and across * deep > bound[0] + bound[2]:
                    continue
                if rise * near > bound[4] - camera.eye and rise * deep > bound[4] - camera.eye:
                    continue
                if rise * near < bound[3] - camera.eye and rise * deep < bound[3] - camera.eye:
                    continue
                at, plane = meet(solids, k, 0.0, camera.eye, 0.0, across, rise, -1.0)
                if plane >= 0 and at < depth[row, column]:
                    depth[row, column] = at
                    owner[row, column] = 16 * k + plane


@jit
def light_room(
    solids: Solids, camera: Camera, first: int, owner: NDArray[np.int32], depth: NDArray[np.float32],
    pane: NDArray[np.float64], outside: NDArray[np.float64], sun: NDArray[np.float64], sunlight: NDArray[np.float64],
    lamp: NDArray[np.float64], lamplight: NDArray[np.float64], around: NDArray[np.float64],
    light: NDArray[np.float32],
) -> None:  # fmt: skip
    """Irradiance over π (rows, columns, 3) at every pixel's first sample, with the grain of few rays.

    `pane` is left, right, bottom, top and z of the window, `outside` and `around` (3,) radiances, `lamp` a place.
    """
    for row in range(light.shape[0]):
        for column in range(light.shape[1]):
            i, j = FINER * row, FINER * column
            if owner[i, j] < 0:
                continue
            plane = solids.planes[owner[i, j] // 16, owner[i, j] % 16]
            nx, ny, nz, ahead = plane[0], plane[1], plane[2], float(depth[i, j])
            x = (j + 0.5 - camera.middle) / camera.focal * ahead + 0.002 * nx
            y = camera.eye + (camera.horizon - i - FINER * first - 0.5) / camera.focal * ahead + 0.002 * ny
            z = -ahead + 0.002 * nz
            open_, shine, bulb = 0.0, 0.0, 0.0
            for k in range(_AROUND):
                u = (k + scatter(column, row + first, 21 + k)) / _AROUND
                turn = 6.2832 * (k * 0.618 + scatter(row + first, column, 41 + k))
                level, up = np.sqrt(u), np.sqrt(1 - u)
                tx, ty, tz = (1.0, 0.0, 0.0) if abs(nx) < 0.6 else (0.0, 1.0, 0.0)
                along = tx * nx + ty * ny + tz * nz
                tx, ty, tz = tx - along * nx, ty - along * ny, tz - along * nz
                length = np.sqrt(tx * tx + ty * ty + tz * tz)
                tx, ty, tz = tx / length, ty / length, tz / length
                bx, by, bz = ny * tz - nz * ty, nz * tx - nx * tz, nx * ty - ny * tx
                c, s = level * np.cos(turn), level * np.sin(turn)
                dx, dy, dz = c * tx + s * bx + up * nx, c * ty + s * by + up * ny, c * tz + s * bz + up * nz
                if not blocked(solids, x, y, z, dx, dy, dz, 1.1):
                    open_ += 1.0 / _AROUND
            area = (pane[1] - pane[0]) * (pane[3] - pane[2])
            for k in range(_PANES):
                to_x = pane[0] + (pane[1] - pane[0]) * ((k % 3 + scatter(column, row + first, 61 + k)) / 3) - x
                to_y = pane[2] + (pane[3] - pane[2]) * ((k // 3 + scatter(row + first, column, 71 + k)) / 2) - y
                to_z = pane[4] - z
                far = np.sqrt(to_x * to_x + to_y * to_y + to_z * to_z)
                to_x, to_y, to_z = to_x / far, to_y / far, to_z / far
                facing = nx * to_x + ny * to_y + nz * to_z
                if facing > 0 and to_z < 0 and not blocked(solids, x, y, z, to_x, to_y, to_z, 30.0):
                    shine += facing * -to_z * area / (far * far) / np.pi / _PANES
            for k in range(_BULBS if lamplight[0] > 0 else 0):
                to_x = lamp[0] + 0.20 * (scatter(column, row + first, 81 + k) - 0.5) - x
                to_y = lamp[1] + 0.26 * (scatter(row + first, column, 86 + k) - 0.5) - y
                to_z = lamp[2] + 0.20 * (scatter(column, row + first, 91 + k) - 0.5) - z
                far = np.sqrt(to_x * to_x + to_y * to_y + to_z * to_z)
                to_x, to_y, to_z = to_x / far, to_y / far, to_z / far
                facing = nx * to_x + ny * to_y + nz * to_z
                if facing > 0 and not blocked(solids, x, y, z, to_x, to_y, to_z, far):
                    side = 0.35 + 0.65 * abs(to_y)  # a shade lets less through than its open ends
                    bulb += side * facing / (far * far + 0.05) / np.pi / _BULBS
            direct = max(0.0, nx * sun[0] + ny * sun[1] + nz * sun[2]) / np.pi
            if direct > 0 and (sunlight[0] <= 0 or blocked(solids, x, y, z, sun[0], sun[1], sun[2], 50.0)):
                direct = 0.0
            for c in range(3):
                light[row, column, c] = (
                    (0.2 + 0.8 * open_) * around[c] + shine * outside[c] + bulb * lamplight[c] + direct * sunlight[c]
                )


@jit
def settle(
    owner: NDArray[np.int32],
    first: int,
    step: int,
    strict: float,
    light: NDArray[np.float32],
    smooth: NDArray[np.float32],
) -> None:
    """The light (H, W, 3) averaged over 5 × 5 places of the same plane, `step` apart, for rows from `first`.

    The more `strict`, the less places of other light count: the edges of shadows stay.
    """
    rows, columns = light.shape[0], light.shape[1]
    for row in range(smooth.shape[0]):
        for column in range(columns):
            mine = owner[FINER * (row + first), FINER * column]
            red = green = blue = total = 0.0
            here = light[row + first, column, 0] + light[row + first, column, 1] + light[row + first, column, 2]
            for v in range(-2, 3):
                for u in range(-2, 3):
                    i, j = row + first + v * step, column + u * step
                    if 0 <= i < rows and 0 <= j < columns and owner[FINER * i, FINER * j] == mine:
                        there = light[i, j, 0] + light[i, j, 1] + light[i, j, 2]
                        apart = (there - here) / (0.25 * (there + here) + 1e-6)
                        weight = 1 / (1 + 0.2 * (u * u + v * v) + 4 * strict * apart * apart) ** 2
                        red += weight * light[i, j, 0]
                        green += weight * light[i, j, 1]
                        blue += weight * light[i, j, 2]
                        total += weight
            smooth[row, column, 0], smooth[row, column, 1], smooth[row, column, 2] = (
                red / total,
                green / total,
                blue / total,
            )


@jit
def _albedo(look: NDArray[np.float64], bound: NDArray[np.float64], x: float, y: float, z: float) -> Triple:
    """The colour of a thing in the room at a place: boards with grain, woven cloth, a painting."""
    surface, seed = int(look[0]), int(look[5])
    red, green, blue = look[1], look[2], look[3]
    if surface == BOARDS:
        board = int(np.floor(x / 0.16))
        along = z + 2.4 * scatter(board, 1, 3)
        piece = int(np.floor(along / 1.9))
        tone = 0.72 + 0.5 * scatter(board, piece, 4)
        grain = 1 + 0.28 * fractal(x * 26 + 9 * board, along * 1.6, 5, 4.0) + 0.10 * noise(x * 150, along * 7, 6)
        gap = abs(x / 0.16 - np.floor(x / 0.16) - 0.5) > 0.485 or abs(along / 1.9 - piece - 0.5) > 0.4985
        tone *= grain * (0.35 if gap else 1.0)
        return red * tone, green * tone, blue * tone
    if surface == CLOTH:
        if seed == 9:
            edge = min(1.45 - abs(x - bound[0]), 0.95 - abs(z - bound[1]))
            u, v = (x - bound[0]) * 3.2, (z - bound[1]) * 3.2
            figure = np.cos(6.2832 * u) + np.cos(6.2832 * v) + 0.8 * np.cos(6.2832 * (u + v)) * np.cos(6.2832 * (u - v))
            pale = 0.8 if 0.10 < edge < 0.15 or 0.2 < edge < 0.22 else 0.45 if edge > 0.25 and figure > 0.9 else 0.0
            red, green, blue = red + pale * (0.58 - red), green + pale * (0.50 - green), blue + pale * (0.38 - blue)
        weave = 1 + 0.10 * noise(x * 210, (y + z) * 210, 7) + 0.12 * fractal(x * 9, (y + z) * 9, 8, 4.0)
        return red * weave, green * weave, blue * weave
    if surface == PICTURE:
        u, v = (x - bound[0]) / 0.48, (y - bound[3]) / 0.66
        hill = 0.42 + 0.16 * fractal(u * 1.5, 2.0, seed, 5.0)
        near = 0.22 + 0.14 * fractal(u * 2.2, 7.0, seed + 3, 5.0)
        stroke = 1 + 0.25 * fractal(u * 7, v * 20, seed + 5, 4.0)
        if (u - 0.35) ** 2 + ((v - 0.72) * 0.7) ** 2 < 0.012:
            return 0.75 * stroke, 0.55 * stroke, 0.25 * stroke
        if v < near:
            return 0.25 * red * stroke, 0.3 * green * stroke, 0.4 * blue * stroke
        if v < hill:
            return 0.7 * red * stroke, 0.7 * green * stroke, 0.7 * blue * stroke
        return (0.45 + 0.4 * red) * stroke, (0.42 + 0.4 * green) * stroke, (0.38 + 0.4 * blue) * stroke
    if surface == PLASTER:
        worn = 1 + 0.03 * fractal((x + z) * 2, y * 2, 9, 5.0)
        return red * worn, green * worn, blue * worn
    return red, green, blue


@jit
def finish_room(
    solids: Solids, camera: Camera, first: int, owner: NDArray[np.int32], depth: NDArray[np.float32],
    light: NDArray[np.float32], outside: NDArray[np.float32], lamp: NDArray[np.float64], radiance: NDArray[np.float32],
) -> None:  # fmt: skip
    """Radiance (rows, columns, 3) from `first`: the mean of a pixel's samples, each with the light its plane has there.

    `owner`, `depth` and `light` are the whole picture's; `outside` (H, W, 3) is what the window shows.
    """
    rows, columns = light.shape[0], light.shape[1]
    for row in range(radiance.shape[0]):
        for column in range(columns):
            red = green = blue = 0.0
            for n in range(4):
                i, j = FINER * (row + first) + n // 2, FINER * column + n % 2
                mine = owner[i, j]
                if mine < 0:
                    red += outside[row + first, column, 0]
                    green += outside[row + first, column, 1]
                    blue += outside[row + first, column, 2]
                    continue
                at_row, at_column = row + first, column
                for k in range(9):
                    p, q = row + first + (k + 4) % 9 // 3 - 1, column + (k + 4) % 3 - 1
                    if 0 <= p < rows and 0 <= q < columns and owner[FINER * p, FINER * q] == mine:
                        at_row, at_column = p, q
                        break
                look, ahead = solids.look[mine // 16], float(depth[i, j])
                x = (j + 0.5 - camera.middle) / camera.focal * ahead
                y = camera.eye + (camera.horizon - i - 0.5) / camera.focal * ahead
                albedo = _albedo(look, solids.bound[mine // 16], x, y, -ahead)
                glow = look[6] * (1.15 - 1.2 * abs(y - solids.bound[mine // 16, 3] - 0.16))
                red += albedo[0] * (light[at_row, at_column, 0] + glow * lamp[0])
                green += albedo[1] * (light[at_row, at_column, 1] + glow * lamp[1])
                blue += albedo[2] * (light[at_row, at_column, 2] + glow * lamp[2])
            radiance[row, column, 0], radiance[row, column, 1], radiance[row, column, 2] = red / 4, green / 4, blue / 4
