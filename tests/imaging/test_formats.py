from __future__ import annotations

import pytest
from photos import chart, encode

from lucida.errors import TruncatedPhoto, UnsupportedFormat
from lucida.imaging.formats import identify, is_sequence


@pytest.mark.parametrize(
    ("kind", "name"), [("HEIF", "heif"), ("AVIF", "avif"), ("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp")]
)
def test_a_format_is_told_by_its_content(kind: str, name: str) -> None:
    assert identify(encode(chart(), kind)[:64]) == name


@pytest.mark.parametrize(
    ("kind", "words"),
    [("GIF", "a GIF"), ("TIFF", "a TIFF"), ("BMP", "a Windows bitmap"), ("PDF", "a PDF")],
)
def test_what_is_not_read_is_called_by_its_name(kind: str, words: str) -> None:
    with pytest.raises(UnsupportedFormat, match=rf"The file is {words}.*; send the photo as HEIC"):
        identify(encode(chart(), kind)[:64])


def test_a_video_is_not_a_photo_although_its_container_is_the_same() -> None:
    with pytest.raises(UnsupportedFormat, match="a video"):
        identify(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")


def test_any_text_is_refused_and_nothing_is_called_empty() -> None:
    with pytest.raises(UnsupportedFormat, match="not a picture"):
        identify(b"Dear Sir or Madam")
    with pytest.raises(TruncatedPhoto, match="empty"):
        identify(b"")


def test_an_image_sequence_is_known_by_its_first_brand() -> None:
    assert is_sequence(b"\0\0\0\x18ftypmsf1\0\0\0\0msf1hevc")
    assert not is_sequence(b"\0\0\0\x18ftypheic\0\0\0\0mif1msf1")
