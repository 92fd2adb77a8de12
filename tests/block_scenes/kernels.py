"""The loops over rays, solids, heights and grains of noise, compiled."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.kernels import jit

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]

CELLS = 64
LATTICE = np.random.default_rng(77).random(CELLS**3, dtype=np.float32)
FAR = 1e30


@jit
def value_noise(lattice: Floats, x: float, y: float, z: float) -> float:
    """Smooth noise in 0-1 at a place in cells; it repeats after `CELLS`."""
    fx, fy, fz = np.floor(x), np.floor(y), np.floor(z)
    u, v, w = x - fx, y - fy, z - fz
    u, v, w = u * u * (3 - 2 * u), v * v * (3 - 2 * v), w * w * (3 - 2 * w)
    i, j, k = int(fx) & 63, int(fy) & 63, int(fz) & 63
    i0, i1 = i << 12, ((i + 1) & 63) << 12
    j0, j1 = j << 6, ((j + 1) & 63) << 6
    k1 = (k + 1) & 63
    a = lattice[i0 + j0 + k] * (1 - u) + lattice[i1 + j0 + k] * u
    b = lattice[i0 + j1 + k] * (1 - u) + lattice[i1 + j1 + k] * u
    c = lattice[i0 + j0 + k1] * (1 - u) + lattice[i1 + j0 + k1] * u
    d = lattice[i0 + j1 + k1] * (1 - u) + lattice[i1 + j1 + k1] * u
    return (a * (1 - v) + b * v) * (1 - w) + (c * (1 - v) + d * v) * w


@jit
def octaves_of(
    lattice: Floats, points: Doubles, footprint: Doubles, size: float, octaves: int, gain: float, total: Floats
) -> None:
    """Into `total` (N,) the sum of octaves of noise at points (N, 3); those too fine for the footprint are left out."""
    for row in range(len(points)):
        weight, cell, value = 1.0, size, 0.0
        for octave in range(octaves):
            fade = min(cell / max(footprint[row], 1e-6) - 1, 1.0)
            if fade <= 0:
                break
            shift = 17.3 * octave
            x, y, z = points[row, 0] / cell + shift, points[row, 1] / cell + shift, points[row, 2] / cell + shift
            value += weight * fade * (2 * value_noise(lattice, x, y, z) - 1)
            weight *= gain
            cell /= 2
        total[row] = value


@jit
def _kept(lattice: Floats, cut: Doubles, own_x: float, x: float, y: float, z: float) -> bool:
    """Whether a point is solid: `cut` is nothing (0), gaps among leaves (1) or slats (2), with their sizes."""
    if cut[0] == 1:
        x, y, z = (x + cut[1]) / cut[4], (y + cut[2]) / cut[4], (z + cut[3]) / cut[4]
        mixed = 0.5 * value_noise(lattice, x, y, z)
        if mixed > cut[5] or mixed + 0.5 < cut[5]:
            return mixed > cut[5]
        mixed += 0.25 * value_noise(lattice, 0.37 * x, 0.37 * y, 0.37 * z)
        return mixed + 0.25 * value_noise(lattice, 2.3 * x, 2.3 * y, 2.3 * z) > cut[5]
    if cut[0] == 2:
        turns = own_x / cut[1]
        return turns - np.floor(turns) < cut[2]
    return True


@jit
def _interval(
    shape: int, taper: float, planes: Doubles, first: int, last: int,
    ax: float, ay: float, az: float, bx: float, by: float, bz: float,
) -> tuple[float, float]:  # fmt: skip
    """Where a ray a + t b, in the axes of a unit shape, goes in and out; out before in where it misses."""
    if shape == 1:
        squared = bx * bx + by * by + bz * bz
        middle = -(ax * bx + ay * by + az * bz) / squared
        px, py, pz = ax + middle * bx, ay + middle * by, az + middle * bz
        spare = 1 - (px * px + py * py + pz * pz)
        if spare <= 0:
            return 1.0, 0.0
        half = np.sqrt(spare / squared)
        return middle - half, middle + half
    near, far = -FAR, FAR
    if shape == 0:
        for plane in range(first, last):
            speed = bx * planes[plane, 0] + by * planes[plane, 1] + bz * planes[plane, 2]
            gap = planes[plane, 3] - (ax * planes[plane, 0] + ay * planes[plane, 1] + az * planes[plane, 2])
            if speed < 0:
                near = max(near, gap / speed)
            elif speed > 0:
                far = min(far, gap / speed)
            elif gap < 0:
                return 1.0, 0.0
            if near > far:
                return 1.0, 0.0
        return near, far
    if by != 0:
        near, far = min((-1 - ay) / by, (1 - ay) / by), max((-1 - ay) / by, (1 - ay) / by)
    elif abs(ay) >= 1:
        return 1.0, 0.0
    slope = (taper - 1) / 2
    radius, grows = 1 + slope * (ay + 1), slope * by
    a = bx * bx + bz * bz - grows * grows
    b = ax * bx + az * bz - radius * grows
    c = ax * ax + az * az - radius * radius
    real = b * b - a * c
    if real <= 0 or a == 0:
        # Never through the wall: all outside, or, steeper than it, all inside.
        return (near, far) if a < 0 else (1.0, 0.0)
    root = np.sqrt(real)
    low, high = min((-b - root) / a, (-b + root) / a), max((-b - root) / a, (-b + root) / a)
    if a > 0:
        return max(near, low), min(far, high)
    # Steeper than the wall, a ray is inside before the one root or after the other; one is the mirrored cone's, which
    # the ends cut off.
    if min(far, low) > near:
        return near, min(far, low)
    return max(near, high), far


@jit
def _meets(
    lattice: Floats, shape: int, taper: float, planes: Doubles, first: int, last: int, cut: Doubles,
    centre: Doubles, inverse: Doubles, length: float, end: float,
    ox: float, oy: float, oz: float, dx: float, dy: float, dz: float,
) -> float:  # fmt: skip
    """How far along a ray a solid is met first, going in or, where it is cut away there, going out.

    `FAR` for never, or for not before `end`.
    """
    rx, ry, rz = ox - centre[0], oy - centre[1], oz - centre[2]
    ax = inverse[0, 0] * rx + inverse[0, 1] * ry + inverse[0, 2] * rz
    ay = inverse[1, 0] * rx + inverse[1, 1] * ry + inverse[1, 2] * rz
    az = inverse[2, 0] * rx + inverse[2, 1] * ry + inverse[2, 2] * rz
    bx = inverse[0, 0] * dx + inverse[0, 1] * dy + inverse[0, 2] * dz
    by = inverse[1, 0] * dx + inverse[1, 1] * dy + inverse[1, 2] * dz
    bz = inverse[2, 0] * dx + inverse[2, 1] * dy + inverse[2, 2] * dz
    near, far = _interval(shape, taper, planes, first, last, ax, ay, az, bx, by, bz)
    if near > far or far < 1e-6 or near >= end:
        return FAR
    if near > 1e-6 and _kept(lattice, cut, (ax + near * bx) * length, ox + near * dx, oy + near * dy, oz + near * dz):
        return near
    if far < end and _kept(lattice, cut, (ax + far * bx) * length, ox + far * dx, oy + far * dy, oz + far * dz):
        return far
    return FAR


@jit
def _beside(
    centre: Doubles, radius: float, end: float, ox: float, oy: float, oz: float, dx: float, dy: float, dz: float
) -> bool:
    """Whether a ray passes a ball ahead of it at more than its radius, or ends before."""
    tx, ty, tz = centre[0] - ox, centre[1] - oy, centre[2] - oz
    away, along = tx * tx + ty * ty + tz * tz, tx * dx + ty * dy + tz * dz
    reach, squared = radius * radius, dx * dx + dy * dy + dz * dz
    if away < reach:
        return False
    return along <= 0 or away - along * along / squared >= reach or along - radius * np.sqrt(squared) > end * squared


@jit
def nearest(
    lattice: Floats, groups: Doubles, spans: NDArray[np.int64], balls: Doubles, shapes: NDArray[np.int64],
    inverses: Doubles, tapers: Doubles, planes: Doubles, cuts: Doubles, origins: Doubles, directions: Doubles,
    any_will_do: bool, lengths: Doubles, numbers: NDArray[np.int32],
) -> None:  # fmt: skip
    """Shortens `lengths` (N,) to the solids that rays (N, 3) meet and notes their `numbers` (N,).

    `groups` (G, 4): centres and radii; `spans` (G, 2): their solids; `balls` (S, 4): the solids' centres and radii;
    `shapes` (S, 3): shape and first and last plane; `inverses` (S, 3, 4): into its axes, and the length of its x.
    """
    for row in range(len(directions)):
        start = row if len(origins) > 1 else 0
        ox, oy, oz = origins[start, 0], origins[start, 1], origins[start, 2]
        dx, dy, dz = directions[row, 0], directions[row, 1], directions[row, 2]
        done = False
        for group in range(len(groups)):
            if done or _beside(groups[group], groups[group, 3], lengths[row], ox, oy, oz, dx, dy, dz):
                continue
            for solid in range(spans[group, 0], spans[group, 1]):
                if _beside(balls[solid], balls[solid, 3], lengths[row], ox, oy, oz, dx, dy, dz):
                    continue
                end = min(lengths[row], FAR)
                met = _meets(
                    lattice, shapes[solid, 0], tapers[solid], planes, shapes[solid, 1], shapes[solid, 2], cuts[solid],
                    balls[solid], inverses[solid], inverses[solid, 0, 3], end, ox, oy, oz, dx, dy, dz,
                )  # fmt: skip
                if met < FAR:
                    lengths[row] = met
                    numbers[row] = solid
                    if any_will_do:
                        done = True
                        break


@jit
def height_at(heights: Floats, cell: float, corner_x: float, corner_z: float, x: float, z: float) -> float:
    """The height of a grid at a place, straight between its points; beyond its rim as on it."""
    last = len(heights) - 1.001
    column = min(max((x - corner_x) / cell, 0.0), last)
    row = min(max((z - corner_z) / cell, 0.0), last)
    i, j = int(row), int(column)
    v, u = row - i, column - j
    upper = heights[i, j] * (1 - u) + heights[i, j + 1] * u
    return upper * (1 - v) + (heights[i + 1, j] * (1 - u) + heights[i + 1, j + 1] * u) * v


@jit
def walk(
    heights: Floats, cell: float, corner_x: float, corner_z: float, top: float, begin: float,
    origins: Doubles, directions: Doubles, lengths: Doubles,
) -> None:  # fmt: skip
    """Shortens `lengths` (N,) to where rays (N, 3) go below the heights.

    Steps that grow by a thirtieth of the way, from `begin` metres on, and then halves of the last one.
    """
    reach = cell * len(heights) * 1.5
    for row in range(len(directions)):
        start = row if len(origins) > 1 else 0
        ox, oy, oz = origins[start, 0], origins[start, 1], origins[start, 2]
        dx, dy, dz = directions[row, 0], directions[row, 1], directions[row, 2]
        speed = np.sqrt(dx * dx + dy * dy + dz * dz)
        low = begin / speed
        end = min(lengths[row], reach / speed)
        while low < end:
            high = low + max(low * 0.033, 0.04 / speed)
            y = oy + high * dy
            if y > top and dy >= 0:
                break
            if y <= height_at(heights, cell, corner_x, corner_z, ox + high * dx, oz + high * dz):
                for _ in range(30):
                    middle = (low + high) / 2
                    under = height_at(heights, cell, corner_x, corner_z, ox + middle * dx, oz + middle * dz)
                    if oy + middle * dy <= under:
                        high = middle
                    else:
                        low = middle
                lengths[row] = min(lengths[row], high)
                break
            low = high
