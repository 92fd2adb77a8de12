"""Which picture formats are read, told by a file's first bytes and never by its name."""

from __future__ import annotations

from typing import Literal

from lucida.errors import TruncatedPhoto, UnsupportedFormat

PhotoFormat = Literal["heif", "avif", "jpeg", "png", "webp"]

READ = "HEIC, HEIF, AVIF, JPEG, PNG or WebP"
HEAD_BYTES = 64  # of a file, enough for every signature below

# ISO/IEC 23008-12 (HEIF) annex B and AV1 Image File Format section 6: brands of the ftyp box.
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
AVIF_BRANDS = {b"avif", b"avis"}
ANY_HEIF_BRANDS = {b"mif1", b"mif2", b"msf1", b"miaf"}
SEQUENCE_BRANDS = {b"hevc", b"hevx", b"hevm", b"hevs", b"msf1", b"avis"}

# What people send instead, so that the answer can name it.
OTHERS = (
    (b"GIF8", "a GIF"),
    (b"BM", "a Windows bitmap"),
    (b"II*\0", "a TIFF or a camera's raw file"),
    (b"MM\0*", "a TIFF or a camera's raw file"),
    (b"II+\0", "a TIFF"),
    (b"IIU\0", "a camera's raw file"),
    (b"FUJIFILMCCD-RAW", "a camera's raw file"),
    (b"%PDF", "a PDF"),
    (b"8BPS", "a Photoshop file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"v/1\x01", "an OpenEXR file"),
    (b"#?RADIANCE", "a Radiance HDR file"),
    (b"\xff\x0a", "a JPEG XL"),
    (b"\0\0\0\x0cJXL ", "a JPEG XL"),
    (b"\0\0\0\x0cjP  ", "a JPEG 2000"),
    (b"<svg", "an SVG drawing"),
    (b"<!DOCTYPE", "a web page"),
    (b"<html", "a web page"),
)


def ftyp_brands(head: bytes) -> list[bytes]:
    """The brands of an ISO media file, the major one first; empty where the bytes do not begin with an ftyp box."""
    if head[4:8] != b"ftyp":
        return []
    size = min(int.from_bytes(head[:4], "big"), len(head))
    return [head[8:12], *(head[i : i + 4] for i in range(16, size - 3, 4))]


def identify(head: bytes) -> PhotoFormat:
    """The format of a photo that begins with `head` (64 bytes are enough).

    Raises `TruncatedPhoto` for nothing at all and `UnsupportedFormat` for what is not read, naming it where it is
    known. Signatures: ISO/IEC 10918-1 annex B, the PNG specification section 5.2, ISO/IEC 14496-12 section 4.3,
    RFC 9649 section 2.4.
    """
    if not head:
        raise TruncatedPhoto("The file is empty; send the photo itself.")
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    brands = ftyp_brands(head)
    if brands:
        if AVIF_BRANDS.intersection(brands):
            return "avif"
        if (HEIF_BRANDS | ANY_HEIF_BRANDS).intersection(brands):
            return "heif"
        raise UnsupportedFormat(f"The file is a video or another kind of media; send a photo as {READ}.")
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    for signature, name in OTHERS:
        if head.startswith(signature):
            raise UnsupportedFormat(f"The file is {name}; send the photo as {READ}.")
    raise UnsupportedFormat(f"The file is not a picture in a format that is read; send a photo as {READ}.")


def is_sequence(head: bytes) -> bool:
    """Whether an ISO media file calls itself an image sequence first of all."""
    return ftyp_brands(head)[:1] != [] and ftyp_brands(head)[0] in SEQUENCE_BRANDS
