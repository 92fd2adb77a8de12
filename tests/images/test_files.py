from __future__ import annotations

import io
import struct
import zlib

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pictures import gradient, noise
from PIL import Image

from lucida.errors import PictureTooLarge
from lucida.images.files import PictureFormat, embedded_text, encode, thumbnail
from lucida.images.infotext import plain_text

FORMATS: tuple[PictureFormat, ...] = ("png", "jpeg", "webp")
ROOMY = 10 * 1024 * 1024


def png_texts(content: bytes) -> dict[str, str]:
    """The text chunks of a PNG, read as the standard says (PNG 3rd edition, 5.3 and 11.3.3)."""
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    texts, at = {}, 8
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        kind, body = content[at + 4 : at + 8], content[at + 8 : at + 8 + length]
        (crc,) = struct.unpack(">I", content[at + 8 + length : at + 12 + length])
        assert crc == zlib.crc32(kind + body)
        if kind == b"tEXt":
            keyword, _, text = body.partition(b"\0")
            texts[keyword.decode("latin-1")] = text.decode("latin-1")
        if kind == b"iTXt":
            keyword, _, rest = body.partition(b"\0")
            assert rest[:2] == b"\0\0", "compressed"
            _, _, text = rest[2:].split(b"\0", 2)
            texts[keyword.decode("latin-1")] = text.decode()
        at += 12 + length
    return texts


def exif_comment(content: bytes) -> str:
    """The UserComment of an EXIF block anywhere in a file, by its tag and offset (Exif 2.32, 4.6.2 and 4.6.5)."""
    start = content.index(b"MM\0*")
    at = content.index(struct.pack(">HH", 0x9286, 7), start)
    count, offset = struct.unpack(">II", content[at + 4 : at + 12])
    comment = content[start + offset : start + offset + count]
    assert comment[:8] == b"UNICODE\0"
    return comment[8:].decode("utf-16-be")


@given(st.text().map(plain_text))
@example("plain ASCII\nSteps: 1")
@example("latin-1 é, then\r\n")
@example('雨の東京 🌆, "neon": 1\n')
def test_the_text_is_in_every_format_and_other_readers_find_it(text: str) -> None:
    for format in FORMATS:
        content = encode(gradient(8, 8), text, format=format, limit=ROOMY).content
        assert embedded_text(io.BytesIO(content)) == text
        assert (png_texts(content)["parameters"] if format == "png" else exif_comment(content)) == text


@pytest.mark.parametrize("format", FORMATS)
def test_a_file_is_what_it_is_called_and_shows_the_picture(format: PictureFormat) -> None:
    pixels = gradient()
    encoded = encode(pixels, "x", format=format, limit=ROOMY)
    assert (encoded.format, encoded.notes, encoded.content_type) == (format, (), f"image/{format}")
    with Image.open(io.BytesIO(encoded.content)) as picture:
        assert (picture.format, picture.size, picture.mode) == (format.upper(), (96, 64), "RGB")
        difference = np.abs(np.asarray(picture).astype(int) - pixels)
    assert difference.max() == 0 if format == "png" else difference.mean() < 3


def test_a_png_that_is_too_large_becomes_webp_and_says_so() -> None:
    encoded = encode(noise(256, 256), "a cat", limit=100_000)
    assert (encoded.format, encoded.suffix, len(encoded.content) <= 100_000) == ("webp", "webp", True)
    (note,) = encoded.notes
    assert note.startswith("A PNG would be larger than is kept, so the picture is WEBP of quality ")
    assert embedded_text(io.BytesIO(encoded.content)) == "a cat"


def test_a_png_that_webp_cannot_hold_becomes_jpeg() -> None:
    assert encode(noise(16_400, 8), "x", limit=200_000).format == "jpeg"


@pytest.mark.parametrize("format", ["jpeg", "webp"])
def test_quality_falls_until_the_picture_fits_and_a_note_says_so(format: PictureFormat) -> None:
    best = encode(noise(256, 256), "x", format=format, limit=ROOMY)
    encoded = encode(noise(256, 256), "x", format=format, limit=len(best.content) // 2)
    assert (encoded.format, len(encoded.content) <= len(best.content) // 2) == (format, True)
    assert encoded.notes[0].startswith("A picture of quality 92 would be larger than is kept, so it has ")


def test_what_fits_at_no_quality_is_refused() -> None:
    with pytest.raises(PictureTooLarge, match="LUCIDA_MAX_IMAGE_FILE_SIZE"):
        encode(noise(256, 256), "x", limit=4096)


def test_a_text_that_a_jpeg_cannot_hold_is_cut_between_two_characters_and_a_note_says_so() -> None:
    text = "a" + "🌅" * 20_000
    encoded = encode(gradient(), text, format="jpeg", limit=ROOMY)
    cut = embedded_text(io.BytesIO(encoded.content))
    assert cut == "a" + "🌅" * 15_999
    assert encoded.notes == ("The text inside the JPEG ends after 32000 characters; it holds no more.",)
    assert embedded_text(io.BytesIO(encode(gradient(), text, format="webp", limit=ROOMY).content)) == text


@pytest.mark.parametrize(
    ("size", "small"),
    [((1024, 1024), (256, 256)), ((1024, 512), (256, 128)), ((96, 64), (96, 64)), ((4000, 2), (256, 1))],
)
def test_a_thumbnail_fits_and_is_never_larger_than_the_picture(size: tuple[int, int], small: tuple[int, int]) -> None:
    with Image.open(io.BytesIO(thumbnail(gradient(*size)))) as picture:
        assert (picture.format, picture.size) == ("WEBP", small)


def test_a_comment_in_ascii_is_read_too() -> None:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = b"ASCII\0\0\0a cat"
    file = io.BytesIO()
    Image.fromarray(gradient()).save(file, "JPEG", exif=exif)
    assert embedded_text(file) == "a cat"


def test_what_is_no_picture_is_refused() -> None:
    for shape in ((8, 8), (8, 8, 4), (0, 8, 3)):
        with pytest.raises(ValueError, match="a picture is uint8"):
            encode(np.zeros(shape, np.uint8), "x", limit=ROOMY)
    with pytest.raises(ValueError, match="a picture is uint8"):
        thumbnail(np.zeros((8, 8, 3), np.float32))  # type: ignore[arg-type]  # what is wrong is tried
    with pytest.raises(ValueError, match="no such format"):
        encode(gradient(), "x", format="gif", limit=ROOMY)  # type: ignore[arg-type]  # what is wrong is tried


def test_a_picture_without_text_has_none() -> None:
    for kind in FORMATS:
        file = io.BytesIO()
        Image.fromarray(gradient()).save(file, kind.upper())
        assert embedded_text(file) is None
