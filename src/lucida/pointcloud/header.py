"""What every file of a point cloud says of it, whatever its format."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lucida.geometry.pointcloud import Origin

AXES = "right-handed, +y up, camera looks along -z"
DEPTH = {
    "planar": "z = -3 - (1 - near) * 6; near 1 is near, 0 is far and sky",
    "equirectangular": "distance = 10 - near * 4; near 1 is near, 0 is far and sky",
    "legacy": "distance = 10 - (1 - near) * 4, mirrored: near things are far, and left is right",
    "perspective": "z = -metres along the viewing axis",
}


@dataclass(frozen=True)
class Header:
    """What only the caller knows of a cloud. All of it goes into the header under these names.

    `segments_detected` as "tree→cat1(25%)"; `timing` in milliseconds: image_gen_ms, depth_ms, segmentation_ms, total_ms
    so far. Where it has no pointcloud_ms, packing times itself, writes that and adds it to total_ms. `near` and `far`
    are the metres that 1 and 0 stand for, None where nobody knows; `engines` says which engine did what.
    """

    generation_id: str
    prompt: str = ""
    vibe: str = ""
    mode: str = "standard"
    segments_detected: Sequence[str] = ()
    timing: Mapping[str, float] = field(default_factory=dict)
    near: float | None = None
    far: float | None = None
    engines: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None


def described(origin: Origin, count: int, header: Header) -> dict[str, Any]:
    """What every file of a cloud says of it, but for how its points are laid out."""
    return {
        "width": origin.width,
        "height": origin.height,
        "point_count": count,
        "projection": origin.projection,
        "segments_detected": list(header.segments_detected),
        "generation_id": header.generation_id,
        "timing": dict(header.timing),
        "prompt": header.prompt,
        "vibe": header.vibe,
        "mode": header.mode,
        "units": "metres" if origin.projection == "perspective" else "scene units",
        "axes": AXES,
        "depth_convention": DEPTH[origin.projection],
        "focal_px": _finite(origin.focal),
        "field_of_view": origin.field_of_view,
        "near": _finite(header.near),
        "far": _finite(header.far),
        "sampling": {"stride": origin.stride, "order": origin.order, "edges_dropped": origin.edges_dropped},
        "engines": dict(header.engines),
        "seed": header.seed,
    }


def _finite(value: float | None) -> float | None:
    return float(value) if value is not None and np.isfinite(value) else None
