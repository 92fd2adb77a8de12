"""The place as rows of a cube's faces, with the photo over it: one compiled pass, and the same in plain numpy.

`painted_reference` says what is painted, by `Place.radiance`; `PlaceRows` does it without arrays between the steps.
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.by_example import CELL, FLAT, Texture
from lucida.engines.painter.painting import View
from lucida.engines.painter.place import Place, Source
from lucida.engines.painter.quilt import Quilt
from lucida.engines.painter.sky import luminance
from lucida.geometry.arctangent import arctangent
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.cubemap import FORWARD, RIGHT, UP, face_directions
from lucida.imaging.kernels import in_bands, jit, warm_up

_OWN_COLOUR = np.float32(0.5)  # how far a burnt-out channel keeps up with the photo's: its hue is half known
_LEAST = 1e-4  # shares below are not worth a look


def painted_reference(view: View, place: Place, face: int) -> NDArray[np.float32]:
    """A face (N, N, 3): the photo's own where it saw, at least as bright as it where it was burnt out, else the place.

    Slow and readable.
    """
    direction = face_directions(face, view.faces.shape[1]).astype(np.float32)
    painted, known, cover = place.radiance(direction), view.faces[face], view.coverage[face][..., None]
    light, seen = luminance(painted), luminance(known)
    brighter = painted * np.maximum(1, seen / np.maximum(light, 1e-6))[..., None]
    brighter = brighter + _OWN_COLOUR * np.maximum(0, known - brighter)
    photo = known + _seen(burnt_out(view), direction, view.camera)[..., None] * (brighter - known)
    return np.asarray(painted * (1 - cover) + photo * cover, np.float32)  # exactly the photo where it covers all


def burnt_out(view: View) -> NDArray[np.float32]:
    """Burnt-out places of the photo as a soft share (h, w), no denser than a face."""
    height, width = view.clipped.shape
    density = min(1.0, view.faces.shape[1] / 2 / view.camera.focal)
    size = (max(8, round(width * density)), max(8, round(height * density)))
    return np.asarray(cv2.resize(view.clipped.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


def _seen(burnt: NDArray[np.float32], direction: NDArray[np.float32], camera: PinholeCamera) -> NDArray[np.float32]:
    height, width = burnt.shape
    x, y, inside = camera.project(direction)
    x = np.clip(x * width / camera.width - 0.5, -1, width).astype(np.float32)
    y = np.clip(y * height / camera.height - 0.5, -1, height).astype(np.float32)
    return np.asarray(cv2.remap(burnt, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * inside, np.float32)


class _Plan(NamedTuple):
    """All plans, one column wider on both sides, so that they close."""

    values: NDArray[np.float32]  # (h, w + 2, 6): gain, share of the floor, of the ceiling, of the colour that is left
    piece: NDArray[np.int16]  # (h, w + 2, 2): what is seen most, and through it
    share: NDArray[np.float32]  # (h, w + 2, 2)
    alone: NDArray[
        np.int16
    ]  # (h - 1, w + 1): the only piece between four pixels of the plan, -1 where there are several


class _Copied(NamedTuple):
    """A picture, and for each piece the map (3, 3) from directions to places in it."""

    picture: NDArray[np.float32]
    maps: NDArray[np.float64]


class _Plane(NamedTuple):
    detail: NDArray[np.float32]
    colour: NDArray[np.float32]
    edge: float
    cell: float
    seed: int
    up: float
    flat: bool
    turned: bool


class _Patches(NamedTuple):
    """The three patches that were blended last: neighbours along a row mostly need the same."""

    at: NDArray[np.int64]  # (3,): the lattice triangle
    maps: NDArray[np.float64]  # (3, 2, 3): from x, z, 1 on the plane to places in the example


class PlaceRows:
    """A place around a view's photo, made ready to be painted row by row onto the faces of its cube."""

    def __init__(self, view: View, place: Place) -> None:
        self._view = view
        self._plan = _plan_of(place)
        size = place.source.picture.shape[1], place.source.picture.shape[0]
        self._copied = _Copied(
            np.ascontiguousarray(place.source.picture), _map(place.source.camera, *size) @ place.quilt.maps
        )
        burnt = burnt_out(view)
        self._burnt = _Copied(burnt, _map(view.camera, burnt.shape[1], burnt.shape[0])[None])
        self._floor, self._ceiling = _plane(place.floor, -1.0), _plane(place.ceiling, 1.0)

    def paint(self, face: int, rows: slice, out: NDArray[np.float32]) -> None:
        """Write rows of a face into `out`, float32 (h, N, 3); on all cores."""
        frame = np.stack([FORWARD[face], RIGHT[face], UP[face]])
        known, cover = self._view.faces[face], self._view.coverage[face]

        def work(band: slice) -> None:
            for i in range(band.start, band.stop):
                row = rows.start + i
                _paint_row(
                    frame,
                    row,
                    self._plan,
                    self._copied,
                    self._floor,
                    self._ceiling,
                    self._burnt,
                    known[row],
                    cover[row],
                    out[i],
                )

        in_bands(work, rows.stop - rows.start, 32)


def _plan_of(place: Place) -> _Plan:
    values = np.dstack([place.gain, place.floor_share, place.ceiling_share, place.colour_share])
    piece, first = place.quilt.piece, place.quilt.share
    only = np.where(first > 1 - _LEAST, piece[..., 0], -1).astype(np.int16)
    share = np.stack([first, 1 - first], -1)
    values, piece, share, only = (np.concatenate([p[:, -1:], p, p[:, :1]], 1) for p in (values, piece, share, only))
    one = only[:-1, :-1]
    same = (one == only[1:, :-1]) & (one == only[:-1, 1:]) & (one == only[1:, 1:])
    return _Plan(values, piece, share, np.where(same, one, np.int16(-1)))


def _plane(texture: Texture, up: float) -> _Plane:
    flat = bool(np.abs(texture.detail).max() < FLAT)
    cell = CELL * texture.edge  # not read inside the kernel, where its value would be kept on disk
    detail = np.ascontiguousarray(texture.detail)
    return _Plane(detail, texture.colour, texture.edge, cell, texture.seed, up, flat, texture.turned)


def _map(camera: PinholeCamera, width: int, height: int) -> NDArray[np.float64]:
    """From a direction to x, y, both times depth and counted from the middle of a picture, and depth (3, 3)."""
    x, y = camera.focal * width / camera.width, camera.focal * height / camera.height
    return np.array([[x, 0, 0], [0, -y, 0], [0, 0, -1]]) @ camera.camera_to_world().T


@jit
def _paint_row(
    frame: NDArray[np.float64],
    i: int,
    plan: _Plan,
    copied: _Copied,
    floor: _Plane,
    ceiling: _Plane,
    burnt: _Copied,
    known: NDArray[np.float32],
    cover: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    size = out.shape[0]
    direction, at = np.empty((3, size), np.float32), np.empty((2, size), np.float32)
    floor_patches = _Patches(np.full(3, -1), np.empty((3, 2, 3)))
    ceiling_patches = _Patches(np.full(3, -1), np.empty((3, 2, 3)))
    _aim(frame, i, plan.values.shape[1] - 2, plan.values.shape[0], direction, at)
    one = np.float32(1)
    for j in range(size):
        covered = cover[j]
        x, y, z = direction[0, j], direction[1, j], direction[2, j]
        glare = _glare(burnt, x, y, z) if covered > 0 else np.float32(0)
        if covered >= 1 and glare <= 0:
            out[j, 0], out[j, 1], out[j, 2] = known[j, 0], known[j, 1], known[j, 2]
            continue
        q, p = int(at[0, j]), int(at[1, j])
        s, t = at[0, j] - np.float32(q), at[1, j] - np.float32(p)
        a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
        low = _between(plan.values, p, q, 3, a, b, c, d)
        high = _between(plan.values, p, q, 4, a, b, c, d)
        red = green = blue = np.float32(0)
        upright = (one - low) * (one - high)
        if upright > _LEAST:
            alone = plan.alone[p, q]
            if alone >= 0:
                r, g, bl = _look(copied, alone, x, y, z)
                red, green, blue = upright * r, upright * g, upright * bl
            else:
                for down in range(2):
                    for across in range(2):
                        corner = (s if across else one - s) * (t if down else one - t)
                        for rank in range(2):
                            here = corner * plan.share[p + down, q + across, rank]
                            if here > _LEAST:
                                r, g, bl = _look(copied, plan.piece[p + down, q + across, rank], x, y, z)
                                here *= upright
                                red, green, blue = red + here * r, green + here * g, blue + here * bl
        low *= one - high
        if low > _LEAST:
            r, g, bl = _texture(floor, floor_patches, x, y, z)
            red, green, blue = red + low * r, green + low * g, blue + low * bl
        if high > _LEAST:
            r, g, bl = _texture(ceiling, ceiling_patches, x, y, z)
            red, green, blue = red + high * r, green + high * g, blue + high * bl
        grey, left = _luminance(red, green, blue), _between(plan.values, p, q, 5, a, b, c, d)
        red = (grey + left * (red - grey)) * _between(plan.values, p, q, 0, a, b, c, d)
        green = (grey + left * (green - grey)) * _between(plan.values, p, q, 1, a, b, c, d)
        blue = (grey + left * (blue - grey)) * _between(plan.values, p, q, 2, a, b, c, d)
        if covered > 0:
            light = _luminance(red, green, blue)
            seen = _luminance(known[j, 0], known[j, 1], known[j, 2])
            raised = max(one, seen / max(light, np.float32(1e-6)))
            red = (one - covered) * red + covered * _brighter(known[j, 0], red * raised, glare)
            green = (one - covered) * green + covered * _brighter(known[j, 1], green * raised, glare)
            blue = (one - covered) * blue + covered * _brighter(known[j, 2], blue * raised, glare)
        out[j, 0], out[j, 1], out[j, 2] = red, green, blue


@jit
def _brighter(known: np.float32, painted: np.float32, glare: np.float32) -> np.float32:
    """A channel of the photo, given over to the painting by as much as it is burnt out."""
    own = painted + _OWN_COLOUR * max(np.float32(0), known - painted)
    result: np.float32 = known + glare * (own - known)
    return result


@jit
def _aim(
    frame: NDArray[np.float64],
    i: int,
    width: int,
    height: int,
    direction: NDArray[np.float32],
    at: NDArray[np.float32],
) -> None:
    """Unit directions (3, N) of a row's pixel centres, and where they fall in the plans (2, N), one column wider."""
    size = direction.shape[1]
    up = 1 - (2 * i + 1) / size
    for j in range(size):
        across = (2 * j + 1) / size - 1
        x = frame[0, 0] + across * frame[1, 0] + up * frame[2, 0]
        y = frame[0, 1] + across * frame[1, 1] + up * frame[2, 1]
        z = frame[0, 2] + across * frame[1, 2] + up * frame[2, 2]
        level = x * x + z * z
        length = 1 / np.sqrt(level + y * y)
        column = (arctangent(x, -z) / (2 * np.pi) + 0.5) * width + 0.5
        row = (0.5 - arctangent(y, np.sqrt(level)) / np.pi) * height - 0.5
        direction[0, j], direction[1, j], direction[2, j] = x * length, y * length, z * length
        at[0, j], at[1, j] = min(column, width + 0.999), max(0.0, min(row, height - 1.001))


@jit
def _between(
    plan: NDArray[np.float32],
    p: int,
    q: int,
    channel: int,
    a: np.float32,
    b: np.float32,
    c: np.float32,
    d: np.float32,
) -> np.float32:
    value: np.float32 = a * plan[p, q, channel] + b * plan[p, q + 1, channel]
    value += c * plan[p + 1, q, channel] + d * plan[p + 1, q + 1, channel]
    return value


@jit
def _luminance(red: np.float32, green: np.float32, blue: np.float32) -> np.float32:
    return np.float32(0.2126) * red + np.float32(0.7152) * green + np.float32(0.0722) * blue


@jit
def _mirrored(i: int, count: int) -> int:
    """An index brought inside by mirrors at the outermost pixels' centres."""
    while i < 0 or i >= count:
        i = -i if i < 0 else 2 * count - 2 - i
    return i


@jit
def _sample(picture: NDArray[np.float32], x: float, y: float) -> tuple[np.float32, np.float32, np.float32]:
    """The bilinear value at a position, the first pixel's centre at (0, 0), mirrored beyond the borders."""
    height, width = picture.shape[0], picture.shape[1]
    x, y = max(-1.0 * width, min(x, 2.0 * width)), max(-1.0 * height, min(y, 2.0 * height))
    j, i = int(np.floor(x)), int(np.floor(y))
    one, s, t = np.float32(1), np.float32(x - j), np.float32(y - i)
    j_next, i_next = j + 1, i + 1
    if j < 0 or j_next >= width:
        j, j_next = _mirrored(j, width), _mirrored(j_next, width)
    if i < 0 or i_next >= height:
        i, i_next = _mirrored(i, height), _mirrored(i_next, height)
    a, b, c, d = (one - s) * (one - t), s * (one - t), (one - s) * t, s * t
    red = a * picture[i, j, 0] + b * picture[i, j_next, 0] + c * picture[i_next, j, 0] + d * picture[i_next, j_next, 0]
    green = (
        a * picture[i, j, 1] + b * picture[i, j_next, 1] + c * picture[i_next, j, 1] + d * picture[i_next, j_next, 1]
    )
    blue = a * picture[i, j, 2] + b * picture[i, j_next, 2] + c * picture[i_next, j, 2] + d * picture[i_next, j_next, 2]
    return red, green, blue


@jit
def _project(
    maps: NDArray[np.float64], piece: int, x: np.float32, y: np.float32, z: np.float32
) -> tuple[float, float, float]:
    """Where a direction falls, counted from the middle of the picture, and its depth; behind, as at depth 1."""
    depth = maps[piece, 2, 0] * x + maps[piece, 2, 1] * y + maps[piece, 2, 2] * z
    nearer = 1 / depth if depth > 1e-9 else 1.0
    across = (maps[piece, 0, 0] * x + maps[piece, 0, 1] * y + maps[piece, 0, 2] * z) * nearer
    down = (maps[piece, 1, 0] * x + maps[piece, 1, 1] * y + maps[piece, 1, 2] * z) * nearer
    return across, down, depth


@jit
def _look(
    copied: _Copied, piece: int, x: np.float32, y: np.float32, z: np.float32
) -> tuple[np.float32, np.float32, np.float32]:
    across, down, _ = _project(copied.maps, piece, x, y, z)
    height, width = copied.picture.shape[0], copied.picture.shape[1]
    return _sample(copied.picture, across + width / 2 - 0.5, down + height / 2 - 0.5)


@jit
def _glare(burnt: _Copied, x: np.float32, y: np.float32, z: np.float32) -> np.float32:
    """How much of what the photo shows in a direction is burnt out; 0 outside the photo."""
    across, down, depth = _project(burnt.maps, 0, x, y, z)
    height, width = burnt.picture.shape[0], burnt.picture.shape[1]
    if depth <= 1e-9 or abs(across) > width / 2 or abs(down) > height / 2:
        return np.float32(0)
    column = max(0.0, min(across + width / 2 - 0.5, width - 1.001))
    row = max(0.0, min(down + height / 2 - 0.5, height - 1.001))
    j, i = int(column), int(row)
    one, s, t = np.float32(1), np.float32(column - j), np.float32(row - i)
    glare: np.float32 = (one - s) * (one - t) * burnt.picture[i, j] + s * (one - t) * burnt.picture[i, j + 1]
    glare += (one - s) * t * burnt.picture[i + 1, j] + s * t * burnt.picture[i + 1, j + 1]
    return glare


@jit
def _texture(
    plane: _Plane, patches: _Patches, direction_x: np.float32, direction_y: np.float32, direction_z: np.float32
) -> tuple[np.float32, np.float32, np.float32]:
    """`Texture.paint` for one direction."""
    rise = max(float(direction_y * plane.up), 1e-3)
    x, z = direction_x / rise, direction_z / rise
    detail = np.float32(1) - np.float32(max(0.0, min((np.sqrt(x * x + z * z) - 4.0) / 6.0, 1.0)))
    if plane.flat or detail <= 0:
        return plane.colour[0], plane.colour[1], plane.colour[2]
    skewed_x, skewed_z = (x - z / np.sqrt(3.0)) / plane.cell, z * (2 / np.sqrt(3.0)) / plane.cell
    i, j = int(np.floor(skewed_x)), int(np.floor(skewed_z))
    p, q = skewed_x - i, skewed_z - j
    upper = 1 if p + q > 1 else 0
    at, maps = patches.at, patches.maps
    if at[0] != i or at[1] != j or at[2] != upper:
        at[0], at[1], at[2] = i, j, upper
        _lay(plane, i + upper, j + upper, maps[0])
        _lay(plane, i + 1, j, maps[1])
        _lay(plane, i, j + 1, maps[2])
    red = green = blue = power = np.float32(0)
    for corner in range(3):
        if corner == 0:
            weight = p + q - 1 if upper else 1 - p - q
        elif corner == 1:
            weight = 1 - q if upper else p
        else:
            weight = 1 - p if upper else q
        w = np.float32(weight) * np.float32(weight) * np.float32(weight)
        across = maps[corner, 0, 0] * x + maps[corner, 0, 1] * z + maps[corner, 0, 2]
        nearer = maps[corner, 1, 0] * x + maps[corner, 1, 1] * z + maps[corner, 1, 2]
        r, g, bl = _sample(plane.detail, across, nearer)
        red, green, blue, power = red + w * r, green + w * g, blue + w * bl, power + w * w
    detail /= np.sqrt(max(power, np.float32(1e-6)))
    return (
        plane.colour[0] * np.exp2(red * detail),
        plane.colour[1] * np.exp2(green * detail),
        plane.colour[2] * np.exp2(blue * detail),
    )


@jit
def _lay(plane: _Plane, a: int, b: int, to_example: NDArray[np.float64]) -> None:
    """Write the map (2, 3) from x, z, 1 on the plane to places in the example for the patch at a lattice point."""
    n = plane.detail.shape[0]
    scale = n / plane.edge
    centre_x, centre_z = (a + b / 2) * plane.cell, b * np.sqrt(3.0) / 2 * plane.cell
    far = np.sqrt(centre_x * centre_x + centre_z * centre_z)
    ahead_x, ahead_z = (centre_x / far, centre_z / far) if plane.turned and far > 1e-6 else (0.0, -1.0)
    u, v = _offsets(a, b, plane.seed)
    to_example[0, 0], to_example[0, 1] = -ahead_z * scale, ahead_x * scale
    to_example[1, 0], to_example[1, 1] = -ahead_x * scale, -ahead_z * scale
    to_example[0, 2] = u * n - (to_example[0, 0] * centre_x + to_example[0, 1] * centre_z)
    to_example[1, 2] = v * n - (to_example[1, 0] * centre_x + to_example[1, 1] * centre_z)


@jit
def _offsets(a: int, b: int, seed: int) -> tuple[float, float]:
    """As in `by_example`: 64-bit products wrap around in both."""
    mixed = (a * 73856093) ^ (b * 19349663) ^ (seed & 0x7FFFFFFF)
    mixed = (mixed ^ (mixed >> 13)) * 1274126177 & 0xFFFFFFFF
    mixed = (mixed ^ (mixed >> 16)) * 2246822519 & 0xFFFFFFFF
    return 0.3 + 0.4 * (mixed & 0xFFFF) / 65535.0, 0.3 + 0.4 * (mixed >> 16 & 0xFFFF) / 65535.0


@warm_up
def _compile() -> None:
    camera, plan = PinholeCamera(8, 8, 1.0), np.zeros((8, 16), np.float32)
    faces, coverage = np.zeros((6, 4, 4, 3), np.float32), np.zeros((6, 4, 4), np.float32)
    view = View(faces[0], np.zeros((8, 8), np.bool_), camera, faces, coverage, "outdoor", "", "", 0)
    plane = Texture(faces[0], np.zeros(3, np.float32), 1.0, 0)
    source = Source(faces[0], plan, camera)
    gain = np.zeros((8, 16, 3), np.float32)
    quilt = Quilt(np.eye(3)[None], np.zeros((8, 16, 2), np.int16), plan)
    place = Place(source, quilt, plane, plane, plan, plan, plan, gain)
    PlaceRows(view, place).paint(0, slice(0, 1), np.empty((1, 4, 3), np.float32))
