"""The points of a generation, in the form that was asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from lucida.geometry.pointcloud import Projection, unproject
from lucida.pointcloud.asked import Form
from lucida.pointcloud.files import Kept
from lucida.pointcloud.glb import pack_glb
from lucida.pointcloud.header import Header
from lucida.pointcloud.ply import pack_ply
from lucida.pointcloud.wire import pack_cloud, packed

_PLAIN = Form()


class Encoded(NamedTuple):
    """A file of points, how many there are, and where they lie."""

    content: memoryview
    point_count: int
    projection: Projection


def encoded(kept: Kept, form: Form, metadata: Mapping[str, Any]) -> Encoded:
    """The points as a packed cloud, glTF or PLY; `metadata` are those of `metadata.json`.

    Raises `BadParameter` for a form that does not go with this depth.
    """
    header = Header(
        generation_id=metadata["id"],
        prompt=metadata["prompt"],
        vibe=metadata["vibe"],
        mode=metadata["mode"],
        segments_detected=metadata["segments_detected"],
        timing=metadata["timing"],
        near=metadata["near"],
        far=metadata["far"],
        engines=metadata["engines"],
        seed=metadata["seed"],
    )
    projection: Projection = form.projection or ("equirectangular" if metadata["mode"] == "panorama" else "planar")
    metres = kept.metres(metadata["near"], metadata["far"]) if projection == "perspective" else None
    focal = metadata["focal_px"]
    plain = form.model_copy(update={"projection": None, "stride": 1}) == _PLAIN
    if plain:
        content = packed(
            kept.near, kept.pixels, kept.categories, header,
            projection=projection, metres=metres, focal=focal, stride=form.stride,
        )  # fmt: skip
        rows, columns = (-(-side // form.stride) for side in kept.near.shape)
        return Encoded(content, rows * columns, projection)
    points = unproject(
        kept.near,
        kept.pixels,
        kept.categories,
        projection,
        objects=kept.objects if kept.objects.any() else None,
        metres=metres,
        focal=focal,
        stride=form.stride,
        max_points=form.max_points,
        order=form.order,
        drop_edges=form.drop_edges,
        seed=metadata["seed"],
    )
    if form.format == "glb":
        content = pack_glb(points, header)
    elif form.format == "ply":
        content = pack_ply(points)
    else:
        content = pack_cloud(points, header, layout=form.layout, quantize=form.quantize)
    return Encoded(content, len(points), projection)
