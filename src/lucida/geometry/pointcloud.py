"""A picture and its depth become points.

Four projections, all in the house frame (right-handed, +x right, +y up, the camera at the origin looks along −z), all
through the centres of the pixels but for `legacy`:

- `planar`: a relief. x over −4 to 4, y over as much times H / W, z = −3 − (1 − near)·6.
- `equirectangular`: all around. The direction of `geometry/sphere.py` times 10 − near·4. A picture that is not 2:1 is
  all 360° wide and H / W times as high, at most 180°, about the horizon.
- `legacy`: as the first client drew panoramas, mirrored left to right and with near things far. lon = 2πu, lat = πv,
  r·(sin lat · sin lon, cos lat, sin lat · cos lon) with r = 10 − (1 − near)·4. u and v run from 0 to 1 with both ends,
  so that the last column lies on the first, and the first row and the last each on one line to a pole.
- `perspective`: where things are, in metres, from the focal length.

What has no depth (NaN, nothing above 0) is as far as the sky.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadParameter, InternalError
from lucida.geometry.depth_edges import flying
from lucida.geometry.pointcloud_kernels import Rays, write_positions, write_records
from lucida.geometry.progressive import progressive_order
from lucida.geometry.sphere import latitudes, longitudes
from lucida.imaging.kernels import in_bands, warm_up

Projection = Literal["planar", "equirectangular", "legacy", "perspective"]
Order = Literal["image", "shuffled"]

PLANE_WIDTH, PLANE_DISTANCE, PLANE_DEPTH = 8.0, 3.0, 6.0
SPHERE_RADIUS, SPHERE_DEPTH = 10.0, 4.0
# The sky stands a little behind the farthest thing; where there is nothing else, at an arm's length of a landscape.
BACKDROP, LONELY_BACKDROP = 1.2, 10.0


@dataclass(frozen=True)
class Origin:
    """The picture that points come from, and how they were taken from it.

    `width` and `height` are the picture's; points lie on every `stride`-th of its rows and columns. `focal` in pixels,
    in perspective only.
    """

    width: int
    height: int
    projection: Projection = "planar"
    focal: float | None = None
    stride: int = 1
    order: Order = "image"
    edges_dropped: bool = False

    @property
    def lattice(self) -> tuple[int, int]:
        """How many columns and rows points are taken from."""
        return -(-self.width // self.stride), -(-self.height // self.stride)

    @property
    def field_of_view(self) -> tuple[float, float] | None:
        """Degrees from left to right and from top to bottom; None for a relief, which has no eye."""
        if self.projection == "planar":
            return None
        if self.projection == "perspective":
            across, down = (2 * np.arctan(size / 2 / (self.focal or 1)) for size in (self.width, self.height))
            return float(np.degrees(across)), float(np.degrees(down))
        return 360.0, 180.0 if self.projection == "legacy" else float(
            np.degrees(vertical_span(self.width, self.height))
        )


@dataclass(frozen=True)
class Points:
    """Points of a picture: `positions` float32 (N, 3), `colours` uint8 sRGB (N, 3), `segments` uint8 (N,) 0 to 5.

    `objects` uint16 (N,) numbers things from 1, 0 where there is none; None where nobody told things apart. Positions
    are metres in perspective, else units of their own.
    """

    positions: NDArray[np.float32]
    colours: NDArray[np.uint8]
    segments: NDArray[np.uint8]
    objects: NDArray[np.uint16] | None
    origin: Origin

    def __len__(self) -> int:
        return len(self.positions)


def vertical_span(width: int, height: int) -> float:
    """How high a picture that is all around stands, in radians: its own shape's height, at most π."""
    return min(np.pi, 2 * np.pi * height / width)


def rays(origin: Origin, backdrop: float = LONELY_BACKDROP) -> Rays:
    """The tables for an origin's projection; `backdrop` is where the sky stands in perspective, in metres."""
    width, height = origin.width, origin.height
    ones = np.ones(max(width, height))
    across, rise = np.arange(width) + 0.5 - width / 2, height / 2 - 0.5 - np.arange(height)
    if origin.projection == "planar":
        step = PLANE_WIDTH / width
        tables, far, slope = (across * step, -ones, ones, rise * step), PLANE_DISTANCE + PLANE_DEPTH, -PLANE_DEPTH
    elif origin.projection == "equirectangular":
        lon, lat = longitudes(width), latitudes(height) * (vertical_span(width, height) / np.pi)
        tables, far, slope = (np.sin(lon), -np.cos(lon), np.cos(lat), np.sin(lat)), SPHERE_RADIUS, -SPHERE_DEPTH
    elif origin.projection == "legacy":
        lon, lat = np.linspace(0, 2 * np.pi, width), np.linspace(0, np.pi, height)
        tables = (np.sin(lon), np.cos(lon), np.sin(lat), np.cos(lat))
        far, slope = SPHERE_RADIUS - SPHERE_DEPTH, SPHERE_DEPTH
    else:
        focal = origin.focal or 1
        tables, far, slope = (across / focal, -ones, ones, rise / focal), 0.0, 1.0
    columns, depths, ring, height_of = (np.ascontiguousarray(table, np.float32) for table in tables)
    metric = origin.projection == "perspective"
    return Rays(
        across=columns,
        along=depths[:width],
        ring=ring[:height],
        rise=height_of,
        start=np.float32(far),
        slope=np.float32(slope),
        ceiling=np.float32(backdrop if metric else 1),
        unknown=np.float32(backdrop if metric else 0),
        parallel=origin.projection == "planar",
    )


def distances(value: NDArray[np.float32], along: Rays) -> NDArray[np.float32]:
    """How far along its ray (H, W) each pixel of `near`, or of metres, lies."""
    known = np.where(value > 0, np.minimum(value, along.ceiling), along.unknown)
    return np.asarray(along.start + along.slope * known, np.float32)


def every(stride: int, along: Rays) -> Rays:
    """The tables of every `stride`-th row and column."""
    across, depth, ring, rise = (
        np.ascontiguousarray(table[::stride]) for table in (along.across, along.along, along.ring, along.rise)
    )
    return along._replace(across=across, along=depth, ring=ring, rise=rise)


def positions_reference(value: NDArray[np.floating], origin: Origin, backdrop: float) -> NDArray[np.float64]:
    """Positions (H, W, 3) of all pixels of `near`, or of metres, as the formulas above have them; slow and readable."""
    height, width = value.shape
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    if origin.projection == "perspective":
        metres = np.where(value > 0, np.minimum(value, backdrop), backdrop).astype(np.float64)
        focal = origin.focal or 1
        return np.stack([(x - width / 2) / focal * metres, (height / 2 - y) / focal * metres, -metres], -1)
    near = np.where(value > 0, np.minimum(value, 1), 0).astype(np.float64)
    if origin.projection == "planar":
        return np.stack([8 * (x / width - 0.5), 8 * height / width * (0.5 - y / height), -3 - (1 - near) * 6], -1)
    if origin.projection == "legacy":
        lon = 2 * np.pi * np.arange(width) / max(width - 1, 1)
        lat = np.pi * np.arange(height)[:, None] / max(height - 1, 1)
        sphere = np.sin(lat) * np.sin(lon), np.cos(lat) + 0 * lon, np.sin(lat) * np.cos(lon)
        return np.stack(sphere, -1) * (10 - (1 - near) * 4)[..., None]
    whole = max(width / 2, height)  # rows of the picture, were it as high as the sphere; what is higher is pressed flat
    lon, lat = (x / width - 0.5) * 2 * np.pi, (height / 2 - y) / whole * np.pi
    sphere = np.cos(lat) * np.sin(lon), np.sin(lat), -np.cos(lat) * np.cos(lon)
    return np.stack(sphere, -1) * (10 - near * 4)[..., None]


def placed(
    near: NDArray[np.float32],
    projection: Projection,
    metres: NDArray[np.float32] | None,
    focal: float | None,
    stride: int,
) -> tuple[Origin, NDArray[np.float32], Rays]:
    """The origin of a picture's points, what is read of its depth (H, W), and the way from it to positions.

    Raises `BadParameter` for options that do not exist or do not work with this depth.
    """
    if projection not in get_args(Projection):
        options = ", ".join(get_args(Projection))
        raise BadParameter(f"There is no projection {projection!r}; choose one of {options}.", param="projection")
    if stride < 1:
        raise BadParameter("The stride is the distance of the rows that are kept: 1 or more.", param="stride")
    height, width = near.shape
    if projection != "perspective":
        origin = Origin(width, height, projection, stride=stride)
        return origin, np.ascontiguousarray(near, np.float32), rays(origin)
    if metres is None or focal is None or not focal > 0:
        raise BadParameter(
            "A perspective needs depth in metres and a focal length, and this depth has none; choose planar.",
            param="projection",
        )
    origin = Origin(width, height, projection, float(focal), stride)
    metres = np.ascontiguousarray(metres, np.float32)
    farthest = float(np.max(metres, where=np.isfinite(metres), initial=0))
    return origin, metres, rays(origin, BACKDROP * farthest if farthest > 0 else LONELY_BACKDROP)


def unproject(
    near: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    categories: NDArray[np.uint8],
    projection: Projection = "planar",
    *,
    objects: NDArray[np.uint16] | None = None,
    metres: NDArray[np.float32] | None = None,
    focal: float | None = None,
    stride: int = 1,
    max_points: int | None = None,
    order: Order = "image",
    drop_edges: bool = False,
    seed: int = 0,
) -> Points:
    """The points of a picture: `near` (H, W) 0 to 1, `pixels` sRGB (H, W, 3), `categories` (H, W).

    Perspective takes `metres` (H, W) and the `focal` length in pixels instead of `near`; the sky, which is infinite
    there, stands 1.2 times as far as the farthest thing. `stride` keeps every n-th row and column, `drop_edges` leaves
    flying pixels out (`geometry/depth_edges.py`), `max_points` keeps a subset that covers the picture evenly. In the
    order `shuffled` every beginning is such a subset; `seed` chooses it (`geometry/progressive.py`).

    Raises `BadParameter` for options that do not exist or do not work with this depth.
    """
    if order not in get_args(Order):
        raise BadParameter(f"There is no order {order!r}; choose image or shuffled.", param="order")
    if max_points is not None and max_points < 1:
        raise BadParameter("max_points is how many points are kept: 1 or more.", param="max_points")
    origin, value, along = placed(near, projection, metres, focal, stride)
    check_shapes(value, pixels, categories, objects)
    origin = Origin(origin.width, origin.height, projection, origin.focal, stride, order, drop_edges)
    columns, rows = origin.lattice
    fewer = max_points is not None and max_points < columns * rows
    if order == "shuffled" or fewer:
        chosen = progressive_order(columns, rows, seed)
    else:
        chosen = np.arange(columns * rows, dtype=np.uint32)
    if drop_edges:
        in_the_air = flying(distances(value, along), wrap=projection == "equirectangular")
        chosen = chosen[~in_the_air[::stride, ::stride].ravel()[chosen]]
    if fewer:
        chosen = chosen[:max_points]
    if fewer and order == "image":
        chosen.sort()
    sampled, tables = np.ascontiguousarray(value[::stride, ::stride]), every(stride, along)
    positions = np.empty((len(chosen), 3), np.float32)
    in_bands(lambda part: write_positions(sampled, tables, chosen[part], positions[part]), len(chosen), 1 << 16)
    return Points(
        positions,
        pixels[::stride, ::stride].reshape(-1, 3).take(chosen, 0),
        categories[::stride, ::stride].ravel().take(chosen),
        None if objects is None else objects[::stride, ::stride].ravel().take(chosen),
        origin,
    )


def fill_records(
    value: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    categories: NDArray[np.uint8],
    along: Rays,
    stride: int,
    records: NDArray[np.uint8],
) -> None:
    """Write the 20-byte records of every `stride`-th row and column, in the picture's order, into `records` (20·n,).

    A record is float32 x, y, z, uint8 red, green, blue and category, and four zero bytes, little-endian. Nothing of the
    picture's size is made on the way. One core writes them as fast as memory takes them.
    """
    rows = slice(None, None, stride)  # and columns
    write_records(
        np.ascontiguousarray(value[rows, rows]),
        np.ascontiguousarray(pixels[rows, rows]),
        np.ascontiguousarray(categories[rows, rows]),
        every(stride, along),
        records.view(np.uint32).reshape(-1, 5),
    )


def check_shapes(
    value: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    categories: NDArray[np.uint8],
    objects: NDArray[np.uint16] | None = None,
) -> None:
    """Raises `InternalError` where a picture, its depth and its segments are not of one size."""
    shapes = {value.shape, pixels.shape[:2], categories.shape, value.shape if objects is None else objects.shape}
    if len(shapes) > 1 or pixels.shape[2:] != (3,) or 0 in value.shape:
        raise InternalError("The depth, the segments and the picture are not of one size; please report the picture.")


@warm_up
def _compile() -> None:
    near, pixels, categories = np.ones((2, 3), np.float32), np.zeros((2, 3, 3), np.uint8), np.zeros((2, 3), np.uint8)
    unproject(near, pixels, categories)
    _, value, along = placed(near, "planar", None, None, 1)
    fill_records(value, pixels, categories, along, 1, np.empty(120, np.uint8))
