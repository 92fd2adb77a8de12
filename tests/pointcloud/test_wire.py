from __future__ import annotations

import json
import struct
from dataclasses import replace
from itertools import product
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lucida.errors import BadInput, BadParameter
from lucida.geometry.pointcloud import Points, Projection, unproject
from lucida.pointcloud.header import Header
from lucida.pointcloud.wire import pack_cloud, packed, read_cloud

HEADER = Header("an-id", timing={"pointcloud_ms": 1.5, "total_ms": 2.5}, seed=7, near=1.5, far=80.0)


def picture(width: int, height: int, seed: int = 0) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    return {
        "near": random.random((height, width), dtype=np.float32),
        "pixels": random.integers(0, 256, (height, width, 3), dtype=np.uint8),
        "categories": random.integers(0, 6, (height, width), dtype=np.uint8),
        "metres": random.uniform(1, 50, (height, width)).astype(np.float32),
        "focal": 55.5,
    }


def points_of(width: int, height: int, **options: Any) -> Points:
    return unproject(**picture(width, height), **options)


def split(file: memoryview | bytes) -> tuple[dict[str, Any], bytes]:
    (length,) = struct.unpack_from("<I", file, 0)
    return json.loads(bytes(file[4 : 4 + length])), bytes(file[4 + length :])


def join(header: object, payload: bytes) -> bytes:
    text = json.dumps(header).encode()
    text = text.ljust(-(-len(text) // 4) * 4)
    return struct.pack("<I", len(text)) + text + payload


options = st.fixed_dictionaries(
    {
        "projection": st.sampled_from(get_args(Projection)),
        "stride": st.integers(1, 4),
        "order": st.sampled_from(["image", "shuffled"]),
        "drop_edges": st.booleans(),
        "max_points": st.none() | st.integers(1, 300),
    }
)


@given(
    st.integers(1, 19),
    st.integers(1, 19),
    options,
    st.sampled_from([("aos", None), ("soa", None), ("soa", "u16")]),
)
def test_what_is_packed_is_read(width: int, height: int, chosen: dict[str, Any], form: tuple[str, str | None]) -> None:
    points = points_of(width, height, **chosen)
    layout, quantize = form
    file = pack_cloud(points, HEADER, layout=layout, quantize=quantize)
    header, payload = split(file)
    assert (len(file) - len(payload)) % 4 == 0
    cloud = read_cloud(file)
    assert cloud.header == header
    assert cloud.points.origin == points.origin
    assert (cloud.points.colours == points.colours).all()
    assert (cloud.points.segments == points.segments).all()
    if quantize is None:
        assert (cloud.points.positions == points.positions).all()
    elif len(points):
        extent = np.ptp(points.positions, 0)
        assert (np.abs(cloud.points.positions - points.positions) <= extent / 65535 * 0.51 + 1e-5).all()
    table = {each["name"]: each for each in header["format"]["attributes"]}
    for name, wanted in (("color", points.colours), ("segment", points.segments[:, None])):
        rows = table[name]["offset"] + table[name]["stride"] * np.arange(len(points))[:, None]
        found = np.frombuffer(payload, np.uint8)[rows + np.arange(table[name]["components"])]
        assert (found == wanted).all()


@given(st.sampled_from(get_args(Projection)), st.integers(1, 40), st.integers(1, 40), st.integers(1, 4))
def test_the_fast_way_writes_the_same_bytes(projection: Projection, width: int, height: int, stride: int) -> None:
    seen = picture(width, height)
    fast = packed(**seen, header=HEADER, projection=projection, stride=stride)
    slow = pack_cloud(unproject(**seen, projection=projection, stride=stride), HEADER)
    assert split(fast)[0] == split(slow)[0]
    floats, others = (np.frombuffer(split(file)[1], np.uint32).reshape(-1, 5) for file in (fast, slow))
    assert (floats[:, 3:] == others[:, 3:]).all()
    assert np.allclose(floats[:, :3].view(np.float32), others[:, :3].view(np.float32), rtol=3e-7, atol=1e-6)


@pytest.mark.parametrize(("quantize", "size"), [(None, 16), ("u16", 10)])
def test_arrays_take_less_and_stand_on_multiples_of_four(quantize: str | None, size: int) -> None:
    header, payload = split(pack_cloud(points_of(7, 3), HEADER, layout="soa", quantize=quantize))
    form = header["format"]
    assert form["stride"] == size
    assert len(payload) == 21 * size + (2 if quantize else 0)
    colours = form["attributes"][1]["offset"]
    assert colours % 4 == 0
    rgbs = np.frombuffer(payload, np.uint8, offset=colours).reshape(21, 4)
    assert (rgbs[:, :3] == picture(7, 3)["pixels"].reshape(-1, 3)).all()
    positions = np.frombuffer(payload[: 21 * (size - 4)], "<u2" if quantize else "<f4").reshape(21, 3)
    if quantize:
        assert positions.min(0).tolist() == [0, 0, 0] and positions.max(0).tolist() == [65535] * 3
        positions = positions * form["quantize"]["scale"] + form["quantize"]["min"]
    assert np.allclose(positions, points_of(7, 3).positions, atol=1e-4)
    assert ("quantize" in form) == bool(quantize)


def test_a_flat_cloud_and_one_without_points_are_quantised_too() -> None:
    flat = points_of(5, 1)
    assert np.allclose(read_cloud(pack_cloud(flat, HEADER, layout="soa", quantize="u16")).points.positions[:, 1], 0)
    none = Points(*(array[:0] for array in (flat.positions, flat.colours, flat.segments)), None, flat.origin)
    for layout, quantize in (("aos", None), ("soa", None), ("soa", "u16")):
        assert len(read_cloud(pack_cloud(none, HEADER, layout=layout, quantize=quantize)).points) == 0


def test_the_header_says_what_the_numbers_mean() -> None:
    def header(projection: Projection, **options: Any) -> dict[str, Any]:
        return split(packed(**picture(8, 3), header=HEADER, projection=projection, **options))[0]

    assert header("planar")["units"] == "scene units"
    assert header("planar")["field_of_view"] is None
    assert header("equirectangular")["field_of_view"] == [360, pytest.approx(135)]
    assert "mirrored" in header("legacy")["depth_convention"]
    perspective = header("perspective")
    assert (perspective["units"], perspective["focal_px"]) == ("metres", 55.5)
    assert (perspective["near"], perspective["far"], perspective["seed"]) == (1.5, 80, 7)
    assert header("planar", stride=2)["sampling"] == {"stride": 2, "order": "image", "edges_dropped": False}
    assert header("planar")["timing"] == {"pointcloud_ms": 1.5, "total_ms": 2.5}  # known already: not measured again


@pytest.mark.parametrize("prompt", ['"quoted" \\ \n\t', "日本語" * 500, "lone \ud800 surrogate", "", "x" * 4001])
def test_any_prompt_fits_and_the_payload_stays_aligned(prompt: str) -> None:
    for more in range(4):
        file = pack_cloud(points_of(2, 2), replace(HEADER, prompt=prompt, vibe="x" * more))
        header, payload = split(file)
        assert (len(file) - len(payload)) % 4 == 0 and len(payload) == 80
        assert header["prompt"] == prompt.replace("\ud800", "?")


def test_infinite_ends_of_the_depth_are_left_out() -> None:
    header, _ = split(pack_cloud(points_of(2, 2), replace(HEADER, far=float("inf"), near=float("nan"))))
    assert (header["near"], header["far"]) == (None, None)


@pytest.mark.parametrize(
    ("chosen", "param"),
    [
        ({"layout": "aos16"}, "layout"),
        ({"layout": "soa", "quantize": "u8"}, "quantize"),
        ({"quantize": "u16"}, "quantize"),
    ],
)
def test_layouts_that_do_not_exist_are_told(chosen: dict[str, Any], param: str) -> None:
    with pytest.raises(BadParameter) as told:
        pack_cloud(points_of(2, 2), HEADER, **chosen)
    assert told.value.param == param


def test_a_cloud_without_format_and_padding_is_read() -> None:
    points = points_of(3, 2)
    _, payload = split(pack_cloud(points, HEADER))
    text = b'{"width":3,"height":2,"point_count":6,"projection":"planar"}'
    for pad in range(4):
        cloud = read_cloud(struct.pack("<I", len(text) + pad) + text + b" " * pad + payload)
        assert (cloud.points.positions == points.positions).all()


FORMS = [("aos", None), ("soa", None), ("soa", "u16")]


@pytest.mark.parametrize(("form", "cut"), list(product(FORMS, [0, 1, 3, 4, 40, -1, -4, -20, -33])))
def test_a_file_that_is_cut_off_or_too_long_is_told(form: tuple[Any, Any], cut: int) -> None:
    file = bytes(pack_cloud(points_of(5, 3), HEADER, layout=form[0], quantize=form[1]))
    with pytest.raises(BadInput):
        read_cloud(file[:cut])
    with pytest.raises(BadInput, match="more than"):
        read_cloud(file + bytes(abs(cut) or 1))


LIES: list[tuple[str, dict[str, Any], str]] = [
    ("aos", {"point_count": 14}, "more than"),
    ("aos", {"point_count": 16, "width": 6}, "ends early"),
    ("aos", {"point_count": 16}, "more points than"),
    ("aos", {"point_count": -1}, "how many"),
    ("aos", {"point_count": True}, "how many"),
    ("aos", {"point_count": 15.0}, "how many"),
    ("aos", {"point_count": None}, "how many"),
    ("aos", {"width": "5"}, "how wide"),
    ("aos", {"point_count": 10**30, "width": 10**30}, "ends early"),
    ("aos", {"projection": "fisheye"}, "projection"),
    ("aos", {"projection": ["planar"]}, "projection"),
    ("aos", {"format": {"layout": "tiles"}}, "layout"),
    ("aos", {"format": []}, "layout"),
    ("aos", {"format": {"layout": "aos", "endian": "big"}}, "little"),
    ("aos", {"format": {"layout": "aos", "stride": 16}}, "16 bytes wide"),
    ("aos", {"format": {"layout": "soa"}}, "more than"),
    ("soa", {"format": {"layout": "aos"}}, "ends early"),
    ("soa", {"format": {"layout": "soa", "quantize": {"min": [0] * 3, "scale": [1] * 3}}}, "more than"),
    ("u16", {"format": {"layout": "soa", "quantize": {"min": [0] * 3}}}, "quantised"),
    ("u16", {"format": {"layout": "soa", "quantize": {"min": [0] * 3, "scale": [1] * 2}}}, "quantised"),
    ("u16", {"format": {"layout": "soa", "quantize": {"min": [0] * 3, "scale": "x"}}}, "quantised"),
    ("u16", {"format": {"layout": "soa", "quantize": {"min": [0] * 3, "scale": [1e300] * 3}}}, "quantised"),
    ("u16", {"format": {"layout": "soa", "quantize": {"min": [0] * 3, "scale": [10**400] * 3}}}, "quantised"),
    ("u16", {"format": {"layout": "soa", "quantize": {"min": [0] * 3, "scale": [1e38] * 3}}}, "cannot be"),
    ("u16", {"format": {"layout": "soa", "quantize": 3}}, "quantised"),
]


@pytest.mark.parametrize(("form", "lie", "words"), LIES)
def test_a_header_that_lies_is_told(form: str, lie: dict[str, Any], words: str) -> None:
    layout, quantize = ("soa", "u16") if form == "u16" else (form, None)
    header, payload = split(pack_cloud(points_of(5, 3), HEADER, layout=layout, quantize=quantize))
    assert len(read_cloud(join(header, payload)).points) == 15
    with pytest.raises(BadInput, match=words):
        read_cloud(join({**header, **lie}, payload))


@pytest.mark.parametrize("header", [b"{", b"[]", b"7", b"\xff\xfe{\x00", b"[" * 100_000, b"", b"9" * 5000])
def test_a_header_that_is_none_is_told(header: bytes) -> None:
    with pytest.raises(BadInput):
        read_cloud(struct.pack("<I", len(header)) + header + bytes(20))


def test_points_that_cannot_be_are_told() -> None:
    header, payload = split(pack_cloud(points_of(5, 3), HEADER))
    for at, wrong in ((15, b"\x06"), (20, struct.pack("<f", float("nan"))), (4, struct.pack("<f", float("inf")))):
        with pytest.raises(BadInput, match="cannot be"):
            read_cloud(join(header, payload[:at] + wrong + payload[at + len(wrong) :]))


def test_odd_numbers_in_the_header_do_no_harm() -> None:
    header, payload = split(pack_cloud(points_of(5, 3), HEADER))
    for odd in ({"focal_px": 10**400}, {"focal_px": "x"}, {"sampling": 3}, {"sampling": {"stride": "x", "order": []}}):
        origin = read_cloud(join({**header, **odd}, payload)).points.origin
        assert (origin.focal, origin.stride, origin.order) == (None, 1, "image")


@given(st.binary(max_size=200))
def test_other_bytes_are_told(file: bytes) -> None:
    with pytest.raises(BadInput):
        read_cloud(file)
