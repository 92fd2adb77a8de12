"""A picture's files: itself, with what it was made from inside, and its thumbnail."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from lucida.errors import PictureTooLarge

PictureFormat = Literal["png", "jpeg", "webp"]
CONTENT_TYPES: dict[str, str] = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
SUFFIXES: dict[str, str] = {"png": "png", "jpeg": "jpg", "webp": "webp"}
THUMBNAIL_SIZE = (256, 256)
THUMBNAIL_TYPE = "webp"
QUALITY = 92

_CHUNK = "parameters"  # of a PNG; the name that common tools look for
_EXIF, _EXIF_VERSION, _USER_COMMENT = 0x8769, 0x9000, 0x9286  # Exif 2.32, 4.6.3 and 4.6.5
_LONG, _UNDEFINED = 4, 7
_EXIF_AT, _COMMENT_AT = 26, 56  # after a header of 8 bytes and a directory of one entry; after one of two
_UNICODE = b"UNICODE\0"
_ENCODINGS = {_UNICODE: "utf-16-be", b"ASCII\0\0\0": "ascii"}
_FALLING = (95, 90, 85, 80, 70, 60, 50, 40, 30, 20, 10)
_WEBP_PIXELS = 16383  # along an edge, by its header's 14 bits
# A JPEG's EXIF is one segment of 65,533 bytes with its header; two bytes a character.
_JPEG_TEXT_UNITS = 32_000


@dataclass(frozen=True)
class Encoded:
    """A picture as a file; `notes` are sentences on what is not as it was asked for."""

    content: bytes
    format: PictureFormat
    notes: tuple[str, ...] = ()

    @property
    def content_type(self) -> str:
        return CONTENT_TYPES[self.format]

    @property
    def suffix(self) -> str:
        return SUFFIXES[self.format]


def encode(
    pixels: NDArray[np.uint8], text: str, *, format: PictureFormat = "png", quality: int = QUALITY, limit: int
) -> Encoded:
    """The picture, uint8 sRGB (H, W, 3), as a file of at most `limit` bytes with the text inside.

    One that is too large is written anew at lower and lower quality, a PNG as WebP, or as JPEG where it is beyond
    WebP's 16383 pixels; the notes say so. `quality`, 1 to 100, is of JPEG and WebP.

    Errors: PictureTooLarge, where the lowest quality does not do; ValueError for other arrays and formats.
    """
    picture = _picture(pixels)
    if format not in CONTENT_TYPES:
        raise ValueError(f"no such format of pictures: {format}")
    first = _write(picture, text, format, quality)
    if len(first.content) <= limit:
        return first
    for smaller in _smaller(picture, text, format, quality):
        if len(smaller.content) <= limit:
            return smaller
    raise PictureTooLarge(
        f"The picture takes more than {limit} bytes however it is written: ask for a smaller one, or raise "
        "LUCIDA_MAX_IMAGE_FILE_SIZE."
    )


def thumbnail(pixels: NDArray[np.uint8]) -> bytes:
    """The picture, uint8 sRGB (H, W, 3), made to fit into 256 x 256 pixels, as WebP; a smaller one stays as it is."""
    picture = _picture(pixels)
    picture.thumbnail(THUMBNAIL_SIZE, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    picture.save(file, "WEBP", quality=85)
    return file.getvalue()


def embedded_text(file: Path | io.BytesIO) -> str | None:
    """The text that was written into a PNG, JPEG or WebP, by us or by another tool; None where there is none."""
    with Image.open(file) as picture:
        if picture.format == "PNG" and isinstance(picture, PngImagePlugin.PngImageFile):
            text = picture.text.get(_CHUNK)
            return None if text is None else str(text)
        comment: Any = picture.getexif().get_ifd(_EXIF).get(_USER_COMMENT)
    if not isinstance(comment, bytes):
        return None
    code, units = comment[: len(_UNICODE)], comment[len(_UNICODE) :]
    encoding = _ENCODINGS.get(code)
    return None if encoding is None else units.decode(encoding, errors="replace")


def _picture(pixels: NDArray[np.uint8]) -> Image.Image:
    if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or not pixels.size:
        raise ValueError(f"a picture is uint8 (H, W, 3), not {pixels.dtype} {pixels.shape}")
    return Image.fromarray(np.ascontiguousarray(pixels))


def _smaller(picture: Image.Image, text: str, format: PictureFormat, quality: int) -> Iterator[Encoded]:
    if format == "png":
        format, quality = "webp" if max(picture.size) <= _WEBP_PIXELS else "jpeg", 101
        what = f"A PNG would be larger than is kept, so the picture is {format.upper()} of quality"
    else:
        what = f"A picture of quality {quality} would be larger than is kept, so it has"
    for lower in _FALLING:
        if lower < quality:
            written = _write(picture, text, format, lower)
            yield Encoded(written.content, format, (f"{what} {lower}.", *written.notes))


def _write(picture: Image.Image, text: str, format: PictureFormat, quality: int) -> Encoded:
    file = io.BytesIO()
    notes: tuple[str, ...] = ()
    if format == "png":
        chunks = PngImagePlugin.PngInfo()
        chunks.add_text(_CHUNK, text)
        picture.save(file, "PNG", pnginfo=chunks)
    elif format == "webp":
        picture.save(file, "WEBP", quality=quality, exif=_exif(text.encode("utf-16-be")))
    else:
        units = text.encode("utf-16-be")
        if len(units) > 2 * _JPEG_TEXT_UNITS:
            units = units[: 2 * _JPEG_TEXT_UNITS].decode("utf-16-be", errors="ignore").encode("utf-16-be")
            notes = (f"The text inside the JPEG ends after {_JPEG_TEXT_UNITS} characters; it holds no more.",)
        picture.save(file, "JPEG", quality=quality, optimize=True, exif=_exif(units))
    return Encoded(file.getvalue(), format, notes)


def _exif(units: bytes) -> bytes:
    """EXIF with the text, UTF-16 and big-endian, as the whole block is: readers disagree on which of the two counts.

    Written here, for Pillow gives the comment the type BYTE, and the standard UNDEFINED (Exif 2.32, 4.6.2 and 4.6.5).
    """
    comment = _UNICODE + units
    first = struct.pack(">HHHIII", 1, _EXIF, _LONG, 1, _EXIF_AT, 0)
    version = struct.pack(">HHI4s", _EXIF_VERSION, _UNDEFINED, 4, b"0232")
    second = version + struct.pack(">HHII", _USER_COMMENT, _UNDEFINED, len(comment), _COMMENT_AT)
    directory = struct.pack(">H", 2) + second + struct.pack(">I", 0)
    return b"Exif\0\0" + b"MM\0*" + struct.pack(">I", 8) + first + directory + comment
