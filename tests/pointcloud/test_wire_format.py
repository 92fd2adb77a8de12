"""The packed cloud as the design describes it, read by a decoder that was written from that page alone."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.geometry.pointcloud import unproject
from lucida.pointcloud.header import Header
from lucida.pointcloud.wire import pack_cloud, packed

LISTED = ["width", "height", "point_count", "projection", "segments_detected", "generation_id", "timing"]
BESIDE = ["prompt", "vibe", "mode", "format"]
TIMES = ["image_gen_ms", "depth_ms", "segmentation_ms", "pointcloud_ms", "total_ms"]

HEADER = Header(
    "0b9ad7a8-34f4-4f5c-a2a1-52bd6a1b9b04",
    prompt="un port brumeux, 霧の港 ☁",
    vibe="ethereal",
    segments_detected=["tree→cat1(25%)", "sky→cat2(40%)"],
    timing={"image_gen_ms": 12000, "depth_ms": 900.5, "segmentation_ms": 700, "total_ms": 13000},
)


def decode(file: bytes) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
    """uint32 length, JSON, then 20-byte records: float32 x y z, uint8 r g b, uint8 segment, four zero bytes."""
    (length,) = struct.unpack_from("<I", file, 0)
    assert (4 + length) % 4 == 0
    header = json.loads(file[4 : 4 + length].decode("utf-8"))
    payload = file[4 + length :]
    assert len(payload) == 20 * header["point_count"]
    points = []
    for x, y, z, r, g, b, segment, zero in struct.iter_unpack("<fffBBBBI", payload):
        assert zero == 0 and segment <= 5
        points.append((x, y, z, r, g, b, segment))
    return header, points


def planar(u: float, v: float, depth: float, shape: float) -> tuple[float, float, float]:
    return -4 + 8 * u, 8 * shape * (0.5 - v), -3 - (1 - depth) * 6


def equirectangular(u: float, v: float, depth: float, shape: float) -> tuple[float, float, float]:
    lon = (u - 0.5) * 2 * math.pi
    lat = (0.5 - v) * min(math.pi, 2 * math.pi * shape)  # a partial panorama where the picture is not 2:1
    r = 10 - depth * 4
    return r * math.cos(lat) * math.sin(lon), r * math.sin(lat), -r * math.cos(lat) * math.cos(lon)


PLACES = {"planar": planar, "equirectangular": equirectangular}


def seen(width: int, height: int, seed: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    return {
        "near": random.random((height, width), dtype=np.float32),
        "pixels": random.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "categories": random.integers(0, 6, (height, width), dtype=np.uint8),
    }


def expect(file: bytes, picture: Mapping[str, np.ndarray], projection: str, stride: int) -> None:
    header, points = decode(file)
    height, width = picture["near"].shape
    pixels = [(i, j) for i in range(0, height, stride) for j in range(0, width, stride)]
    assert [header[name] for name in ("width", "height", "point_count")] == [width, height, len(pixels)]
    assert header["projection"] == projection
    for (i, j), point in zip(pixels, points, strict=True):
        u, v, depth = (j + 0.5) / width, (i + 0.5) / height, float(picture["near"][i, j])
        assert point[:3] == pytest.approx(PLACES[projection](u, v, depth, height / width), abs=1e-5)
        assert point[3:] == (*picture["pixels"][i, j].tolist(), int(picture["categories"][i, j]))


sizes = st.integers(1, 13)


@given(st.sampled_from(sorted(PLACES)), sizes, sizes, st.integers(1, 4), st.integers(0, 99))
def test_a_decoder_of_the_design_reads_both_ways_of_packing(
    projection: str, width: int, height: int, stride: int, seed: int
) -> None:
    picture = seen(width, height, seed)
    fast = packed(**picture, header=HEADER, projection=projection, stride=stride)
    points = unproject(**picture, projection=projection, stride=stride)
    for file in (fast, pack_cloud(points, HEADER)):
        expect(bytes(file), picture, projection, stride)


def test_the_header_is_as_listed() -> None:
    header, _ = decode(bytes(packed(**seen(8, 4, 0), header=HEADER)))
    assert list(header)[: len(LISTED)] == LISTED
    assert set(BESIDE) <= set(header)
    assert set(header["timing"]) == set(TIMES)
    assert header["segments_detected"] == ["tree→cat1(25%)", "sky→cat2(40%)"]
    assert (header["prompt"], header["vibe"], header["mode"]) == ("un port brumeux, 霧の港 ☁", "ethereal", "standard")
    form = header["format"]
    assert (form["layout"], form["stride"], form["endian"]) == ("aos", 20, "little")
    table = [(each["name"], each["type"], each["offset"], each["components"]) for each in form["attributes"]]
    assert table == [("position", "float32", 0, 3), ("color", "uint8", 12, 3), ("segment", "uint8", 15, 1)]
    assert {"units", "axes", "depth_convention", "focal_px", "near", "far", "engines", "seed"} <= set(header)


def test_the_time_of_packing_is_measured_and_counted() -> None:
    header, _ = decode(bytes(packed(**seen(64, 32, 0), header=HEADER)))
    timing = header["timing"]
    assert 0 < timing["pointcloud_ms"] < 60_000
    assert timing["total_ms"] == pytest.approx(13000 + timing["pointcloud_ms"])


def test_a_picture_of_1792_by_1024_is_36_7_megabytes() -> None:
    file = packed(**seen(1792, 1024, 0), header=HEADER)
    (length,) = struct.unpack_from("<I", file, 0)
    assert json.loads(bytes(file[4 : 4 + length]))["point_count"] == 1_835_008
    assert len(file) - 4 - length == 36_700_160
