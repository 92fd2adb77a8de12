"""Makes real photo files as cameras write them: formats, EXIF, profiles, maker notes, gain maps, damage."""

from __future__ import annotations

import io
import math
import struct
from fractions import Fraction
from typing import Any

import numpy as np
import pillow_heif
from numpy.typing import NDArray
from PIL import Image

from lucida.imaging.apple_makernote import ACCELERATION, HDR_GAIN, HDR_HEADROOM

PRIMARIES_D50 = {  # colorants of ICC profiles, adapted to D50, as the profiles' makers publish them
    "Display P3": ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407)),
    "sRGB": ((0.43607, 0.22249, 0.01392), (0.38515, 0.71687, 0.09708), (0.14307, 0.06061, 0.71410)),
}
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def chart(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """A picture (H, W, 3) no turn or mirror image of which is the same, smooth, so that compression keeps it."""
    x, y = np.meshgrid(np.linspace(0, 1, width), np.linspace(0, 1, height))
    return np.stack([40 + 180 * x, 60 + 150 * y, 200 - 150 * x * y], -1).round().astype(np.uint8)


def landscape(width: int = 320, height: int = 240, seed: int = 5) -> NDArray[np.uint8]:
    """Sky over ground (H, W, 3), with a camera's noise."""
    noise = np.random.default_rng(seed).normal(0, 6, (height, width, 1))
    row = np.linspace(0, 1, height)[:, None, None]
    colours = np.where(row < 0.5, np.array([110, 150, 210]) + 60 * row, np.array([90, 95, 50]))
    return np.clip(colours + noise, 0, 255).astype(np.uint8)


def encode(pixels: NDArray[Any], kind: str, **options: Any) -> bytes:
    """A file of the format `kind`: JPEG, PNG, AVIF, HEIF, GIF, WEBP, TIFF …"""
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


def exif_block(
    main: dict[int, Any] | None = None, picture: dict[int, Any] | None = None, gps: dict[int, Any] | None = None
) -> bytes:
    """An EXIF block with tags of its three directories."""
    exif = Image.Exif()
    exif.update(main or {})
    exif.get_ifd(0x8769).update(picture or {})
    exif.get_ifd(0x8825).update(gps or {})
    return exif.tobytes()


def apple_makernote(
    gravity: tuple[float, float, float] | None = None, headroom: float | None = None, gain: float | None = None
) -> bytes:
    """The note an iPhone writes, with the given numbers as signed rationals."""
    wanted = ((ACCELERATION, gravity), (HDR_HEADROOM, headroom and (headroom,)), (HDR_GAIN, gain and (gain,)))
    tags = [(tag, numbers) for tag, numbers in wanted if numbers]
    directory, values = struct.pack(">H", len(tags)), b""
    begin = 14 + 2 + 12 * len(tags) + 4
    for tag, numbers in tags:
        directory += struct.pack(">HHII", tag, 10, len(numbers), begin + len(values))
        for number in numbers:
            parts = Fraction(number).limit_denominator(100_000)
            values += struct.pack(">ii", parts.numerator, parts.denominator)
    return b"Apple iOS\0\0\1MM" + directory + b"\0\0\0\0" + values


def matrix_profile(name: str, curve: bytes | None = None, primaries: str = "Display P3") -> bytes:
    """An ICC profile of curves and a matrix; the curve is sRGB's unless given."""
    curve = curve or b"para" + struct.pack(">IHH5i", 0, 3, 0, *(round(number * 65536) for number in SRGB_CURVE))
    text = name.encode("utf-16-be")
    tags = {
        b"desc": b"mluc" + struct.pack(">IIIHHII", 0, 1, 12, 0x656E, 0x5553, len(text), 28) + text,
        b"wtpt": _xyz((0.9642, 1.0, 0.8249)),
        b"rTRC": curve,
        b"gTRC": curve,
        b"bTRC": curve,
        **{tag: _xyz(xyz) for tag, xyz in zip((b"rXYZ", b"gXYZ", b"bXYZ"), PRIMARIES_D50[primaries], strict=True)},
    }
    return icc_profile(tags)


def icc_profile(tags: dict[bytes, bytes], space: bytes = b"RGB ") -> bytes:
    """An ICC display profile, version 4, of the given tags."""
    table, body = struct.pack(">I", len(tags)), b""
    begin = 128 + 4 + 12 * len(tags)
    for tag, content in tags.items():
        content += b"\0" * (-len(content) % 4)
        table += tag + struct.pack(">II", begin + len(body), len(content))
        body += content
    header = struct.pack(">I4sI4s4s4s", begin + len(body), b"\0" * 4, 0x04000000, b"mntr", space, b"XYZ ")
    header += struct.pack(">6H4s", 2022, 1, 1, 0, 0, 0, b"acsp") + b"\0" * 28
    header += struct.pack(">3i", *(round(value * 65536) for value in (0.9642, 1.0, 0.8249)))
    return header.ljust(128, b"\0") + table + body


def _xyz(value: tuple[float, float, float]) -> bytes:
    return b"XYZ " + struct.pack(">I3i", 0, *(round(number * 65536) for number in value))


def apple_heic(
    pixels: NDArray[np.uint8],
    gain: NDArray[np.uint8],
    *,
    exif: bytes = b"",
    profile: bytes = b"",
    quarter_turns: int = 0,
    depth: NDArray[np.uint8] | None = None,
    depth_numbers: bytes = b"",
    accuracy: str = "relative",
) -> bytes:
    """A HEIC with Apple's gain map (h, w) as an auxiliary picture, written box by box (ISO/IEC 23008-12).

    `quarter_turns` anticlockwise are left to the reader (`irot`), as a phone held upright does. `depth` (h, w) is a
    second one, with the `depth_numbers` of `depth_message` and Apple's word on their accuracy.
    """
    picture, auxiliary = (_hevc(each, "RGB" if each.ndim == 3 else "L") for each in (pixels, gain))
    exif_item = struct.pack(">I", 0) + exif.removeprefix(b"Exif\0\0")
    items = [(1, b"hvc1", picture[2]), (2, b"hvc1", auxiliary[2]), *([(3, b"Exif", exif_item)] if exif else [])]
    turn = _box(b"irot", bytes([quarter_turns]))
    urn = b"urn:com:apple:photo:2020:aux:hdrgainmap\0"
    properties = [picture[0], picture[1], turn, auxiliary[0], auxiliary[1], _full(b"auxC", urn)]
    uses = {1: [1, 2, 3], 2: [4, 5, 3, 6]}
    if depth is not None:
        further = _hevc(depth, "L")
        xmp = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description xmlns:depthData="http://ns.apple.com/depthData/1.0/">'
            f"<depthData:Accuracy>{accuracy}</depthData:Accuracy></rdf:Description></x:xmpmeta>"
        )
        items += [(4, b"hvc1", further[2]), (5, b"mime", xmp.encode())]
        properties += [further[0], further[1], _full(b"auxC", b"urn:mpeg:hevc:2015:auxid:2\0" + depth_numbers)]
        uses[4] = [7, 8, 3, 9]
    if profile:
        properties.append(_box(b"colr", b"prof" + profile))
        uses[1].append(len(properties))
    associations = struct.pack(">I", len(uses)) + b"".join(
        struct.pack(">HB", item, len(used)) + bytes(used) for item, used in uses.items()
    )
    information = struct.pack(">H", len(items)) + b"".join(
        _full(
            b"infe",
            struct.pack(">HH", item, 0) + kind + b"\0" + (b"application/rdf+xml\0" if kind == b"mime" else b""),
            version=2,
        )
        for item, kind, _ in items
    )
    names = {2: (b"auxl", 1), 3: (b"cdsc", 1), 4: (b"auxl", 1), 5: (b"cdsc", 4)}
    references = b"".join(
        _box(names[item][0], struct.pack(">HHH", item, 1, names[item][1])) for item, _, _ in items if item in names
    )

    def meta(begin: int) -> bytes:
        locations, at = struct.pack(">HH", 0x4400, len(items)), begin
        for item, _, content in items:
            locations += struct.pack(">HHHII", item, 0, 1, at, len(content))
            at += len(content)
        return _full(
            b"meta",
            _full(b"hdlr", struct.pack(">I4s12x", 0, b"pict") + b"\0")
            + _full(b"pitm", struct.pack(">H", 1))
            + _full(b"iloc", locations)
            + _full(b"iinf", information)
            + _full(b"iref", references)
            + _box(b"iprp", _box(b"ipco", b"".join(properties)) + _full(b"ipma", associations)),
        )

    kind = _box(b"ftyp", b"heic\0\0\0\0mif1heic")
    begin = len(kind) + len(meta(0)) + 8
    return kind + meta(begin) + _box(b"mdat", b"".join(content for _, _, content in items))


def depth_message(kind: int, **numbers: float) -> bytes:
    """The depth representation information SEI message (ISO/IEC 23008-2, G.14.2.3) of an `auxC` box.

    `numbers` are of z_near, z_far, d_min and d_max, positive.
    """
    names = ("z_near", "z_far", "d_min", "d_max")
    bits = "".join("01"[name in numbers] for name in names) + ("1", "010", "011", "00100")[kind]
    bits += "1" if "d_min" in numbers or "d_max" in numbers else ""  # the reference view, 0
    for name in names:
        if name in numbers:
            mantissa, exponent = math.frexp(numbers[name])
            bits += f"0{exponent - 1 + 31:07b}{15:05b}{round((2 * mantissa - 1) * 65536):016b}"
    bits += "1"
    payload = bytes(int(bits[at : at + 8].ljust(8, "0"), 2) for at in range(0, len(bits), 8))
    unit = b"\x4e\x01" + bytes([177, len(payload)]) + payload + b"\x80"
    return struct.pack(">II", len(unit) + 4, len(unit)) + unit


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), kind) + content


def _full(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24) + content)


def _hevc(pixels: NDArray[np.uint8], mode: str) -> tuple[bytes, bytes, bytes]:
    """The `hvcC` and `ispe` boxes and the coded picture, as x265 and libheif make them."""
    file = io.BytesIO()
    height, width = pixels.shape[:2]
    pillow_heif.from_bytes(mode, (width, height), pixels.tobytes()).save(file, quality=100, chroma=444)
    content = file.getvalue()
    found = {}
    for kind in (b"hvcC", b"ispe", b"mdat"):
        at = content.index(kind) - 4
        found[kind] = content[at : at + struct.unpack_from(">I", content, at)[0]]
    return found[b"hvcC"], found[b"ispe"], found[b"mdat"][8:]


def ultra_hdr_jpeg(pixels: NDArray[np.uint8], gain: NDArray[np.uint8], properties: str, **options: Any) -> bytes:
    """A JPEG with a second one behind it that is its gain map, indexed as CIPA DC-007 lays down."""
    xmp = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        f'<rdf:Description xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/" {properties}</rdf:RDF></x:xmpmeta>'
    )
    first = encode(pixels, "JPEG", quality=98, subsampling=0, **options)
    second = encode(gain, "JPEG", quality=98, xmp=xmp.encode())
    length = 4 + 4 + 8 + 2 + 12 + 4 + 32  # marker, name, TIFF head, directory of one tag, two entries of 16 bytes
    whole = len(first) + length
    base = 2 + 4 + 4  # of the offsets: behind SOI, the marker and its name
    index = struct.pack(">IIIHH", 0x030000, whole, 0, 0, 0) + struct.pack(">IIIHH", 0, len(second), whole - base, 0, 0)
    directory = struct.pack(">HHHII", 1, 0xB002, 7, 32, 8 + 2 + 12 + 4) + bytes(4)
    segment = b"MPF\0MM\0*" + struct.pack(">I", 8) + directory + index
    return first[:2] + struct.pack(">HH", 0xFFE2, len(segment) + 2) + segment + first[2:] + second
