"""The packed point cloud: one header in JSON, then the points. docs/formats.md describes it for those who read it."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadInput, BadParameter
from lucida.geometry.pointcloud import Origin, Points, Projection, check_shapes, fill_records, placed
from lucida.pointcloud.header import Header, described

Layout = Literal["aos", "soa"]
Quantize = Literal["u16"]

RECORD = np.dtype(
    [("position", "<f4", 3), ("color", "u1", 3), ("segment", "u1"), ("zero", "<u4")]  # 20 bytes, without gaps
)
CATEGORIES = 6
_TIMES_ROOM = 64  # bytes of the header for the time that packing takes, which is known when it is over


@dataclass(frozen=True)
class Cloud:
    """A packed cloud that was read: its header as written, and its points, views of the file where that can be."""

    header: dict[str, Any]
    points: Points


def packed(
    near: NDArray[np.float32],
    pixels: NDArray[np.uint8],
    categories: NDArray[np.uint8],
    header: Header,
    *,
    projection: Projection = "planar",
    metres: NDArray[np.float32] | None = None,
    focal: float | None = None,
    stride: int = 1,
) -> memoryview:
    """As `pack_cloud(unproject(…), header)` in the picture's order, in one pass and without anything in between.

    `near` (H, W), `pixels` sRGB (H, W, 3), `categories` (H, W). Raises `BadParameter` as `unproject` does.
    """
    begun = time.perf_counter()
    origin, value, along = placed(near, projection, metres, focal, stride)
    check_shapes(value, pixels, categories)
    columns, rows = origin.lattice
    count = columns * rows
    content = {**described(origin, count, header), "format": _format("aos", count, None)}
    buffer, payload = _room(content, count * RECORD.itemsize)
    fill_records(value, pixels, categories, along, stride, payload)
    return _headed(buffer, payload, content, begun)


def pack_cloud(
    points: Points, header: Header, *, layout: Layout = "aos", quantize: Quantize | None = None
) -> memoryview:
    """The packed cloud: `aos` in records of 20 bytes, `soa` as all positions and then all colours.

    `quantize="u16"` makes positions of `soa` three 16-bit numbers over the cloud's own extent: 10 bytes a point, not
    16.
    Raises `BadParameter` for options that do not exist or do not go together.
    """
    begun = time.perf_counter()
    if layout not in get_args(Layout):
        raise BadParameter(f"There is no layout {layout!r}; choose aos or soa.", param="layout")
    if quantize is not None and quantize not in get_args(Quantize):
        raise BadParameter(f"Positions cannot be quantised as {quantize!r}, only as u16.", param="quantize")
    if quantize is not None and layout != "soa":
        raise BadParameter("Quantised positions need layout=soa; records of 20 bytes have no room.", param="quantize")
    count = len(points)
    extent = _extent(points.positions) if quantize else None
    form = _format(layout, count, extent)
    content = {**described(points.origin, count, header), "format": form}
    buffer, payload = _room(content, _size(layout, count, extent is not None))
    if layout == "aos":
        records = payload.view(RECORD)
        records["position"], records["color"], records["segment"] = points.positions, points.colours, points.segments
        records["zero"] = 0
    else:
        begin = form["attributes"][1]["offset"]
        positions, colours = payload[:begin], payload[begin:].reshape(count, 4)
        if extent is None:
            positions.view("<f4").reshape(count, 3)[:] = points.positions
        else:
            least, scale = extent
            positions[6 * count :] = 0
            steps = positions[: 6 * count].view("<u2").reshape(count, 3)
            for axis in range(3):
                steps[:, axis] = np.rint((points.positions[:, axis] - least[axis]) / scale[axis]).clip(0, 65535)
        colours[:, :3], colours[:, 3] = points.colours, points.segments
    return _headed(buffer, payload, content, begun)


def read_cloud(packed: bytes | memoryview) -> Cloud:
    """The header and the points of a packed cloud. Objects are not in it.

    Raises `BadInput` for what is cut off, is no packed cloud or does not hold what its header says.
    """
    content, payload = _read_header(memoryview(packed).cast("B"))
    count, origin = content["point_count"], _origin(content)
    form = content.get("format", {"layout": "aos"})
    if not isinstance(form, dict) or form.get("layout") not in get_args(Layout):
        raise BadInput("The point cloud's layout is unknown: it is neither aos nor soa. Make the cloud again.")
    if form.get("endian", "little") != "little":
        raise BadInput("The point cloud's numbers are not little-endian, and only those are read.")
    quantized = form.get("quantize") is not None and form["layout"] == "soa"
    wanted = _size(form["layout"], count, quantized)
    if form.get("stride", _stride(form["layout"], quantized)) != _stride(form["layout"], quantized):
        raise BadInput(f"The point cloud's points are {form['stride']} bytes wide, which is no layout that is read.")
    if len(payload) < wanted:
        raise BadInput(f"The point cloud ends early: {count} points take {wanted} bytes, {len(payload)} are there.")
    if len(payload) > wanted:
        raise BadInput(f"The point cloud has {len(payload) - wanted} bytes more than its {count} points take.")
    if form["layout"] == "aos":
        records = np.frombuffer(payload, RECORD)
        positions, colours, segments = records["position"], records["color"], records["segment"]
    else:
        begin = wanted - 4 * count
        rgbs = np.frombuffer(payload[begin:], np.uint8).reshape(count, 4)
        colours, segments = rgbs[:, :3], rgbs[:, 3]
        if quantized:
            least, scale = _read_extent(form["quantize"])
            steps = np.frombuffer(payload[: 6 * count], "<u2").reshape(count, 3)
            with np.errstate(over="ignore"):
                positions = steps.astype(np.float32) * scale + least
        else:
            positions = np.frombuffer(payload[:begin], "<f4").reshape(count, 3)
    if count and (segments.max() >= CATEGORIES or not np.isfinite(positions).all()):
        raise BadInput(
            "The point cloud holds points that cannot be: a segment above 5, or a position that is no number."
        )
    return Cloud(content, Points(positions, colours, segments, None, origin))


def _stride(layout: str, quantized: bool) -> int:
    """Bytes of a point."""
    return RECORD.itemsize if layout == "aos" else (6 if quantized else 12) + 4


def _size(layout: str, count: int, quantized: bool) -> int:
    """Bytes of all points, each block on a multiple of 4."""
    return count * RECORD.itemsize if layout == "aos" else _aligned((6 if quantized else 12) * count) + 4 * count


def _aligned(size: int) -> int:
    return -(-size // 4) * 4


def _format(
    layout: Layout, count: int, extent: tuple[NDArray[np.float32], NDArray[np.float32]] | None
) -> dict[str, Any]:
    width = 6 if extent else 12
    at, step = (12, RECORD.itemsize) if layout == "aos" else (_aligned(width * count), 4)
    form: dict[str, Any] = {
        "layout": layout,
        "stride": _stride(layout, extent is not None),
        "endian": "little",
        "attributes": [
            _attribute("position", "uint16" if extent else "float32", 0, 3, step if layout == "aos" else width),
            {**_attribute("color", "uint8", at, 3, step), "normalized": True},
            _attribute("segment", "uint8", at + 3, 1, step),
        ],
    }
    if extent:
        least, scale = extent
        form["quantize"] = {"min": least.tolist(), "scale": scale.tolist()}
    return form


def _attribute(name: str, kind: str, offset: int, components: int, stride: int) -> dict[str, Any]:
    return {"name": name, "type": kind, "offset": offset, "components": components, "stride": stride}


def _extent(positions: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The least coordinates (3,) and the step (3,) in which 65,535 steps reach the largest."""
    if not len(positions):
        return np.zeros(3, np.float32), np.ones(3, np.float32)
    least, most = positions.min(0), positions.max(0)
    scale = (most - least) / np.float32(65535)
    return least, np.where(scale > 0, scale, np.float32(1))


def _json(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode("utf-8", "replace")


def _room(content: Mapping[str, Any], size: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A buffer for the header and `size` bytes behind it, and those."""
    begin = _aligned(4 + len(_json(content)) + _TIMES_ROOM)
    buffer = np.empty(begin + size, np.uint8)
    return buffer, buffer[begin:]


def _headed(buffer: NDArray[np.uint8], payload: NDArray[np.uint8], content: dict[str, Any], begun: float) -> memoryview:
    """The buffer with the header before the payload, as which time it took to get here."""
    timing = content["timing"]
    if "pointcloud_ms" not in timing:
        timing["pointcloud_ms"] = round((time.perf_counter() - begun) * 1000, 1)
        if "total_ms" in timing:
            timing["total_ms"] = round(timing["total_ms"] + timing["pointcloud_ms"], 1)
    length = len(buffer) - len(payload) - 4
    struct.pack_into(f"<I{length}s", buffer.data, 0, length, _json(content).ljust(length))
    return buffer.data


def _read_header(packed: memoryview) -> tuple[dict[str, Any], memoryview]:
    if len(packed) < 4:
        raise BadInput("This is no point cloud: it has no header.")
    end = 4 + int.from_bytes(packed[:4], "little")
    if end > len(packed):
        raise BadInput("The point cloud ends within its header; load or make it again.")
    try:
        content = json.loads(str(packed[4:end], "utf-8"))
    except (ValueError, RecursionError) as error:
        raise BadInput("This is no point cloud: its header is not JSON.") from error
    if not isinstance(content, dict) or any(
        type(content.get(name)) is not int or content[name] < 0 for name in ("width", "height", "point_count")
    ):
        raise BadInput("The point cloud's header does not say how wide, how high and how many points it is.")
    if content["point_count"] > content["width"] * content["height"]:
        raise BadInput("The point cloud's header tells of more points than its picture has pixels.")
    return content, packed[end:]


def _origin(content: dict[str, Any]) -> Origin:
    projection = next((known for known in get_args(Projection) if known == content.get("projection")), None)
    if projection is None:
        raise BadInput("The point cloud's projection is none that is known. Make the cloud again.")
    sampling, focal = content.get("sampling"), content.get("focal_px")
    sampling = sampling if isinstance(sampling, dict) else {}
    stride = sampling.get("stride")
    return Origin(
        content["width"],
        content["height"],
        projection,
        float(focal) if isinstance(focal, int | float) and 0 < focal < 1e9 else None,
        stride if type(stride) is int and stride > 0 else 1,
        "shuffled" if sampling.get("order") == "shuffled" else "image",
        sampling.get("edges_dropped") is True,
    )


def _read_extent(quantize: Any) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    try:
        with np.errstate(over="ignore"):
            least, scale = (np.asarray(quantize[name], np.float32) for name in ("min", "scale"))
    except (TypeError, ValueError, LookupError, OverflowError) as error:
        raise BadInput("The point cloud's header does not say how its positions are quantised.") from error
    if least.shape != (3,) or scale.shape != (3,) or not np.isfinite([least, scale]).all():
        raise BadInput("The point cloud's header does not say how its positions are quantised.")
    return least, scale
