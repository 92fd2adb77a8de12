"""From a file's bytes to code values, upright, with everything the file says about them."""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pi_heif
from numpy.typing import NDArray
from PIL import Image
from PIL.AvifImagePlugin import AvifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile

from lucida.errors import BadPhoto, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat
from lucida.imaging.depth_map import DepthMap, depth_xmp, read_depth_map
from lucida.imaging.exif import read_exif
from lucida.imaging.formats import HEAD_BYTES, PhotoFormat, identify, is_sequence
from lucida.imaging.multi_picture import further_pictures

PILLOW: dict[PhotoFormat, Callable[[io.BytesIO], ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,
    "avif": AvifImageFile,
    "webp": WebPImageFile,
}
APPLE_GAIN_MAP = "urn:com:apple:photo:2020:aux:hdrgainmap"
MOST_MEGAPIXELS = 120  # of a picture, where nothing else is said
SMALLEST_EDGE = 16  # pixels; below that nothing can be told about light
THINNEST = 40.0  # as long over as wide: less is a line
# Each goes over the whole picture again, and takes few bytes. Cameras write one, thorough programs a few dozen.
MOST_SCANS = 200
_SEGMENT = re.compile(rb"\xff[\x02-\xcf\xd9-\xfe]")  # the markers that a length follows, and the end
_ROWS = 64  # that are worked on at once


Decode = Callable[[Path, float], "Coded"]  # a file's path and how many megapixels it may have, as `decode` takes them


@dataclass(frozen=True)
class Coded:
    """A picture's code values, uint8 or uint16 (H, W, 3), upright, from 0 to `top`; and what came with them.

    `alpha`, of the same type (H, W), is there where the picture is transparent somewhere; such places are black, and
    `straight` (H, W, 3) is what colour they have all the same.
    `primaries` and `transfer` are the numbers of ITU-T H.273 tables 2 and 3 where the file has them instead of a
    profile. `gain` is the code values uint8 (h, w) or (h, w, 3) of a gain map, turned as the picture is, and
    `gain_xmp` what the map's own file says about it. `depth` is a phone's own depth map, turned as the picture is.
    `source_sha256` is that of the file's bytes.
    """

    format: PhotoFormat
    code: NDArray[np.uint8] | NDArray[np.uint16]
    top: int
    exif: bytes | None = None
    xmp: bytes | None = None
    profile: bytes | None = None
    primaries: int | None = None
    transfer: int | None = None
    gain: NDArray[np.uint8] | None = None
    gain_xmp: bytes | None = None
    depth: DepthMap | None = None
    alpha: NDArray[np.uint8] | NDArray[np.uint16] | None = None
    straight: NDArray[np.uint8] | NDArray[np.uint16] | None = None
    notes: tuple[str, ...] = field(default=())
    source_sha256: str = ""


def decode(source: Path | bytes, max_megapixels: float) -> Coded:
    """The picture in a file or its bytes; raises `BadPhoto` with a sentence for a person where there is none.

    The size is checked before a pixel is decoded. Formats are told by content and only those of `formats` are
    handed to a decoder.
    """
    content = source if isinstance(source, bytes) else _content(source)
    kind = identify(content[:HEAD_BYTES])
    try:
        heif = kind == "heif"
        coded = _decode_heif(content, max_megapixels) if heif else _decode_pillow(kind, content, max_megapixels)
    except MemoryError as error:
        raise PhotoTooLarge("The photo needs more memory than there is; send a smaller one.") from error
    return replace(coded, source_sha256=hashlib.sha256(content).hexdigest())


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadPhoto(f"There is no file {path}; check the path.") from error
    except OSError as error:
        raise BadPhoto(f"The file {path} cannot be read: {error.strerror or error}.") from error


@contextmanager
def _decoder() -> Iterator[None]:
    """Around a decoder's own work: what it raises for damaged files becomes a sentence."""
    try:
        yield
    except Image.DecompressionBombError as error:
        raise PhotoTooLarge("The photo has more megapixels than are read; send a smaller one.") from error
    except (OSError, EOFError, SyntaxError, ValueError, LookupError, RuntimeError, TypeError, OverflowError) as error:
        raise TruncatedPhoto("The photo is cut off or damaged; send the original file again.") from error


def check_size(size: tuple[int, int], max_megapixels: float) -> None:
    """Raise `PhotoTooLarge` or `BadPhoto` for a picture that is not to be decoded."""
    width, height = size
    megapixels = width * height / 1e6
    if megapixels > max_megapixels:
        raise PhotoTooLarge(
            f"The photo has {megapixels:.0f} megapixels and at most {max_megapixels:.0f} are read; send a smaller one."
        )
    if min(width, height) < SMALLEST_EDGE or max(width, height) > THINNEST * min(width, height):
        raise BadPhoto(f"The picture is {width} × {height} pixels; send a photo.")


def _decode_heif(content: bytes, max_megapixels: float) -> Coded:
    if is_sequence(content[:HEAD_BYTES]):
        raise UnsupportedFormat("The file is an animation; send a single photo.")
    with _decoder():
        file = pi_heif.HeifFile(content, convert_hdr_to_8bit=False)
        image = file[file.primary_index]
    check_size(image.size, max_megapixels)
    info: dict[str, Any] = image.info
    code, straight, alpha, notes = _three_channels(_pixels(image))
    nclx = info.get("nclx_profile") or {}
    gain, gain_notes = _heif_gain(image)
    depth, depth_notes = _heif_depth(image, content)
    return Coded(
        format="heif",
        code=code,
        top=_top(code, info.get("bit_depth", 8)),
        exif=info.get("exif"),
        xmp=info.get("xmp"),
        profile=info.get("icc_profile"),
        primaries=nclx.get("color_primaries"),
        transfer=nclx.get("transfer_characteristics"),
        gain=gain,
        depth=depth,
        alpha=alpha,
        straight=straight,
        notes=(*notes, *gain_notes, *depth_notes),
    )


def _heif_gain(image: Any) -> tuple[NDArray[np.uint8] | None, tuple[str, ...]]:
    """The gain map among a HEIC's pictures; one that cannot be used leaves the photo what it is."""
    maps = image.info.get("aux", {}).get(APPLE_GAIN_MAP, [])
    if not maps:
        return None, ()
    try:
        with _decoder():
            found = image.get_aux_image(maps[0])
        if not _lies_on(found.size, image.size):
            return None, ("The HDR gain map does not lie on the photo and was left out.",)
        code = _pixels(found)  # turned by libheif as the picture is: the map has its own irot, the same
    except TruncatedPhoto:
        return None, ("The HDR gain map is damaged and was left out.",)
    return code if code.ndim == 2 else code[..., 0], ()


def _lies_on(smaller: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether a map may be the picture's: lying or standing as that does, and of no more pixels."""
    (wide, high), (width, height) = smaller, size
    return wide * high <= width * height and ((wide > high) == (width > height) or wide == high)


def _heif_depth(image: Any, content: bytes) -> tuple[DepthMap | None, tuple[str, ...]]:
    """The depth map among a HEIC's pictures; one that cannot be used leaves the photo what it is."""
    maps = image.info.get("depth_images", [])
    if not maps:
        return None, ()
    if not _lies_on(maps[0].size, image.size):
        return None, ("The depth map does not lie on the photo and was left out.",)
    try:
        code = _pixels(maps[0])
    except TruncatedPhoto:
        return None, ("The depth map is damaged and was left out.",)
    code = code if code.ndim == 2 else code[..., 0]
    found = read_depth_map(code, maps[0].info.get("metadata") or {}, depth_xmp(content))
    return found, () if found is not None else ("The depth map's numbers are not in the file; it was left out.",)


def _pixels(image: Any) -> NDArray[Any]:
    """The pixels of one of pi-heif's images, copied: numpy does not keep the image alive that owns them."""
    with _decoder():
        return np.array(image)


def _top(code: NDArray[Any], bits: int) -> int:
    """The code value of full light: pi-heif shifts 10 and 12 bits to the upper end of 16."""
    return 255 if code.dtype == np.uint8 else ((1 << bits) - 1) << (16 - bits)


def _decode_pillow(kind: PhotoFormat, content: bytes, max_megapixels: float) -> Coded:
    # The classes themselves, not Image.open: nothing else may be tried, and the size limit is ours to state.
    with _decoder():
        image = PILLOW[kind](io.BytesIO(content))
    with image:
        check_size(image.size, max_megapixels)
        if kind == "jpeg":
            _check_scans(content)
        if getattr(image, "is_animated", False):
            raise UnsupportedFormat("The file is an animation; send a single photo.")
        if image.mode in ("CMYK", "YCCK"):
            raise UnsupportedFormat("The photo is CMYK, made for a printing press; save it as RGB and send it again.")
        if kind == "png" and _png_depth(content) == 16:
            raise UnsupportedFormat("The PNG has 16 bits per channel; save it with 8 and send it again.")
        mode = "RGBA" if image.mode == "P" or "transparency" in image.info else image.mode
        with _decoder():
            code, straight, alpha, notes = _three_channels(
                np.array(image.convert(mode if mode in ("L", "LA", "RGBA") else "RGB"))
            )
        exif = image.info.get("exif")
        orientation = read_exif(exif).orientation or 1
        primaries, transfer = _nclx(content) if kind == "avif" else (None, None)
        gain, gain_xmp = _jpeg_gain(content, image.size) if kind == "jpeg" else (None, None)
        return Coded(
            format=kind,
            code=upright(code, orientation),
            top=255,
            exif=exif,
            xmp=image.info.get("xmp"),
            profile=image.info.get("icc_profile"),
            primaries=primaries,
            transfer=transfer,
            gain=upright(gain, orientation) if gain is not None else None,
            gain_xmp=gain_xmp,
            alpha=upright(alpha, orientation) if alpha is not None else None,
            straight=upright(straight, orientation) if straight is not None else None,
            notes=notes,
        )


def _check_scans(jpeg: bytes) -> None:
    """Raise `BadPhoto` for a JPEG of so many scans that they are there to keep us busy: ITU-T T.81, B.1 and B.2."""
    at, scans = 2, 0
    while (marker := _SEGMENT.search(jpeg, at)) is not None and marker[0] != b"\xff\xd9":
        at = marker.end() + int.from_bytes(jpeg[marker.end() : marker.end() + 2], "big")
        scans += marker[0] == b"\xff\xda"
        if scans > MOST_SCANS:
            raise BadPhoto(f"The JPEG has more than {MOST_SCANS} scans, as no camera writes; save it again.")


def _jpeg_gain(content: bytes, size: tuple[int, int]) -> tuple[NDArray[np.uint8] | None, bytes | None]:
    """The gain map among a JPEG's further pictures and its XMP: Google's and Adobe's, and Apple's."""
    for picture in further_pictures(content):
        _check_scans(picture)
        with _decoder(), JpegImageFile(io.BytesIO(picture)) as image:
            xmp = image.info.get("xmp")
            known = xmp is not None and (b"hdrgm:GainMapMax" in xmp or APPLE_GAIN_MAP.encode() in xmp)
            if known and image.size[0] <= size[0] and image.size[1] <= size[1] and image.mode in ("L", "RGB"):
                return np.array(image), xmp
    return None, None


def _nclx(content: bytes) -> tuple[int | None, int | None]:
    """Primaries and transfer of a `colr` box of type nclx, which Pillow does not pass on: ISO/IEC 14496-12, 12.1.5."""
    at = content.find(b"colrnclx", 0, 65536)
    if at < 0:
        return None, None
    return int.from_bytes(content[at + 8 : at + 10], "big"), int.from_bytes(content[at + 10 : at + 12], "big")


def _png_depth(content: bytes) -> int:
    """Bits per sample, from IHDR: PNG specification section 11.2.1."""
    return content[24]


def _three_channels(
    code: NDArray[Any],
) -> tuple[NDArray[Any], NDArray[Any] | None, NDArray[Any] | None, tuple[str, ...]]:
    """Grey as RGB, and transparency laid on black; where there is any, the colours without that, and it itself."""
    if code.ndim == 2:
        code = code[..., None]
    colour, alpha = (code[..., :-1], code[..., -1]) if code.shape[2] in (2, 4) else (code, None)
    notes: tuple[str, ...] = ()
    top = np.iinfo(code.dtype).max
    if alpha is not None and alpha.min() == top:
        alpha = None
    if colour.shape[2] == 1:
        colour = np.repeat(colour, 3, axis=2)
    if alpha is None:
        return np.ascontiguousarray(colour), None, None, notes
    notes = ("The picture is transparent in places; they are taken as black.",)
    flat = np.empty(colour.shape, code.dtype)
    for begin in range(0, len(flat), _ROWS):  # with all at once a large picture would take four times its size
        rows = slice(begin, begin + _ROWS)
        flat[rows] = colour[rows].astype(np.uint32) * alpha[rows, :, None] // top
    return flat, np.ascontiguousarray(colour), alpha, notes


def upright(code: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Code values turned by EXIF's Orientation, 1 to 8 (CIPA DC-008 section 4.6.4); anything else leaves them."""
    if orientation in (5, 6, 7, 8):
        code = code.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        code = code[:, ::-1]
    if orientation in (3, 4, 7, 8):
        code = code[::-1]
    return np.ascontiguousarray(code)
