from __future__ import annotations

import io
import json
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from hostile_images import good_files
from photos import apple_heic, chart, depth_message

from lucida.imaging.coded_wire import read_coded, write_coded
from lucida.imaging.decode import Coded, decode


def sent(coded: Coded) -> bytes:
    file = io.BytesIO()
    write_coded(coded, file)
    return file.getvalue()


def received(message: bytes, max_megapixels: float = 1) -> Coded:
    file = io.BytesIO(message)
    return read_coded(json.loads(file.readline()), file, max_megapixels)


def with_depth() -> bytes:
    depth = chart(48, 32)[..., 0]
    return apple_heic(chart(), depth, depth=depth, depth_numbers=depth_message(1, d_min=0.1, d_max=2.0))


@pytest.mark.parametrize("content", [*good_files().values(), with_depth()], ids=[*good_files(), "depth"])
def test_a_picture_arrives_as_it_was_sent(content: bytes) -> None:
    before = decode(content, 1)
    after = received(sent(before))
    for field in fields(Coded):
        was, is_now = getattr(before, field.name), getattr(after, field.name)
        if field.name == "depth" and was is not None:
            assert (is_now.absolute, is_now.metres.dtype) == (was.absolute, was.metres.dtype)
            was, is_now = was.metres, is_now.metres
        assert np.array_equal(was, is_now, equal_nan=True) if isinstance(was, np.ndarray) else was == is_now, field.name


@pytest.mark.parametrize(
    "change",
    [
        {"format": "exe"},
        {"top": "high"},
        {"arrays": {"code": ["uint8", [5000, 5000, 3]]}},
        {"arrays": {"code": ["uint8", [-5, -5, 3]]}},
        {"arrays": {"code": ["uint8", [5, 5, 10**9]]}},
        {"arrays": {"code": ["object", [5, 5, 3]]}},
        {"arrays": {"code": ["uint8", [25]]}},
        {"arrays": {"other": ["uint8", [5, 5, 3]]}},
        {"arrays": {}},
        {"blocks": {"exif": 1 << 40}},
        {"blocks": {"exif": 1 << 20}},
        {"blocks": {"exif": -1}},
        {"blocks": {"__class__": 5}},
        {"notes": 5},
    ],
)
def test_what_no_decoder_of_ours_says_is_refused(change: dict[str, Any]) -> None:
    head, _, rest = sent(decode(good_files()["JPEG"], 1)).partition(b"\n")
    with pytest.raises((ValueError, LookupError, TypeError)):
        received(json.dumps({**json.loads(head), **change}).encode() + b"\n" + rest)
