"""Radiance .hdr pictures: RGBE pixels, run-length encoded.

Ward, "Real Pixels", Graphics Gems II, 1991, and Radiance's `color.c`: three mantissas share one exponent, so every
value is within half a step, 1/256 to 1/512, of the pixel's largest channel. Scanlines of 8 to 32767 pixels are stored
channel by channel, runs as 128 + length and the byte, other bytes as their number and themselves.
"""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lucida.imaging.files import whole_file
from lucida.imaging.kernels import bands, in_bands, jit, warm_up

SHORTEST_LINE, LONGEST_LINE = 8, 32767
MOST_PIXELS = 1 << 28
HEADER = b"#?RADIANCE\nSOFTWARE=Lucida\nFORMAT=32-bit_rle_rgbe\nPRIMARIES=0.64 0.33 0.3 0.6 0.15 0.06 0.3127 0.329\n\n"


def to_rgbe_reference(radiance: NDArray[np.floating]) -> NDArray[np.uint8]:
    """RGBE bytes (H, W, 4) of radiance (H, W, 3), slow and readable; negative light becomes 0."""
    light = np.clip(np.nan_to_num(np.asarray(radiance, np.float64)), 0, 1e38)
    brightest = light.max(-1, keepdims=True)
    exponent = np.frexp(brightest)[1]
    mantissa = np.floor(np.ldexp(light, 8 - exponent) + 0.5)
    # Rounding up to 256 would overflow the byte: the pixel then needs the next exponent.
    exponent = exponent + (mantissa.max(-1, keepdims=True) > 255)
    mantissa = np.floor(np.ldexp(light, 8 - exponent) + 0.5)
    shown = (exponent > -128) & (brightest > 0)
    return np.where(shown, np.concatenate([mantissa, exponent + 128.0], -1), 0).astype(np.uint8)


def from_rgbe(rgbe: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Radiance float32 (H, W, 3) of RGBE bytes (H, W, 4)."""
    scale = np.ldexp(np.float32(1), rgbe[..., 3].astype(np.int32) - (128 + 8)).astype(np.float32)
    return np.asarray(rgbe[..., :3] * scale[..., None], np.float32)


def write_hdr(path: Path, radiance: NDArray[np.floating]) -> None:
    """Write linear Rec.709 radiance (H, W, 3) as a Radiance picture that appears whole or not at all.

    Values keep to within 0.4 % of their pixel's largest channel; negative ones become 0. Raises `OSError` where the
    folder cannot be written.
    """
    height, width = radiance.shape[:2]
    packed: dict[int, bytes] = {}

    def pack(first: int, rows: slice) -> None:
        light = np.array(radiance[first + rows.start : first + rows.stop], np.float32, order="C")
        room = np.empty(len(light) * (4 + 4 * (width + width // 64 + 4)), np.uint8)
        taken = _pack(light, SHORTEST_LINE <= width <= LONGEST_LINE, room)
        packed[first + rows.start] = room[:taken].tobytes()

    with whole_file(path) as temporary, temporary.open("wb") as file:
        file.write(HEADER + f"-Y {height} +X {width}\n".encode())
        for part in bands(height, 512):
            in_bands(functools.partial(pack, part.start), part.stop - part.start, 32)
            for top in sorted(packed):
                file.write(packed.pop(top))


def read_hdr(path: Path) -> NDArray[np.float32]:
    """Radiance float32 (H, W, 3) of a Radiance RGBE picture, stored top to bottom, exposure undone.

    Raises `OSError` where there is no such file and `ValueError` where it is no such picture or ends too soon.
    """
    content = path.read_bytes()
    fields, _, rest = content.partition(b"\n\n")
    size, _, pixels = rest.partition(b"\n")
    words = size.split()
    if not fields.startswith(b"#?") or b"FORMAT=32-bit_rle_rgbe" not in fields:
        raise ValueError(f"{path.name} is not a Radiance RGBE picture.")
    if len(words) != 4 or words[0] != b"-Y" or words[2] != b"+X" or not (words[1].isdigit() and words[3].isdigit()):
        raise ValueError(f"{path.name} is not stored from top to bottom and left to right.")
    height, width = int(words[1]), int(words[3])
    if not 0 < height * width <= MOST_PIXELS:
        raise ValueError(f"{path.name} says it has {width} × {height} pixels.")
    rgbe = np.zeros((height, width, 4), np.uint8)
    if not _unpack(np.frombuffer(pixels, np.uint8), rgbe):
        raise ValueError(f"{path.name} ends before the picture does.")
    exposure = 1.0
    for line in fields.splitlines():
        if line.startswith(b"EXPOSURE="):
            exposure *= float(line[len(b"EXPOSURE=") :])
    return from_rgbe(rgbe) / np.float32(exposure)


@jit
def _to_rgbe(light: NDArray[np.float32], row: int, column: int, pixel: NDArray[np.uint8]) -> None:
    most = np.float32(1e38)
    red, green, blue = light[row, column, 0], light[row, column, 1], light[row, column, 2]
    red = min(red, most) if red > 0 else np.float32(0)
    green = min(green, most) if green > 0 else np.float32(0)
    blue = min(blue, most) if blue > 0 else np.float32(0)
    brightest = max(red, green, blue)
    exponent = ((np.float32(brightest).view(np.int32) >> 23) & 255) - 126  # frexp's
    if exponent <= -128 or brightest <= 0:
        pixel[:] = 0
        return
    scale = 2.0 ** (8 - exponent)
    if int(brightest * scale + 0.5) > 255:
        exponent += 1
        scale *= 0.5
    pixel[0], pixel[1], pixel[2] = int(red * scale + 0.5), int(green * scale + 0.5), int(blue * scale + 0.5)
    pixel[3] = exponent + 128


@jit
def _pack(light: NDArray[np.float32], packed: bool, out: NDArray[np.uint8]) -> int:
    """Encode rows (h, W, 3) into `out`; how many bytes it took."""
    width, at = light.shape[1], 0
    rgbe = np.empty((4, width), np.uint8)
    pixel = np.empty(4, np.uint8)
    for row in range(light.shape[0]):
        for column in range(width):
            _to_rgbe(light, row, column, pixel)
            rgbe[:, column] = pixel
        if not packed:
            for column in range(width):
                out[at : at + 4] = rgbe[:, column]
                at += 4
            continue
        out[at], out[at + 1], out[at + 2], out[at + 3] = 2, 2, width >> 8, width & 255
        at += 4
        for channel in range(4):
            begin = 0
            while begin < width:
                # the next run of at least four equal bytes, and where it starts
                run, length = begin, 0
                while run < width:
                    length = 1
                    while length < 127 and run + length < width and rgbe[channel, run + length] == rgbe[channel, run]:
                        length += 1
                    if length >= 4:
                        break
                    run += length
                run = min(run, width)
                while begin < run:
                    count = min(128, run - begin)
                    out[at] = count
                    out[at + 1 : at + 1 + count] = rgbe[channel, begin : begin + count]
                    at += 1 + count
                    begin += count
                if run < width and length >= 4:
                    out[at], out[at + 1] = 128 + length, rgbe[channel, run]
                    at += 2
                    begin = run + length
    return at


@jit
def _unpack(pixels: NDArray[np.uint8], rgbe: NDArray[np.uint8]) -> bool:
    """Decode packed or flat scanlines into `rgbe` (H, W, 4); False where the bytes end too soon or make no sense."""
    height, width, at, end = rgbe.shape[0], rgbe.shape[1], 0, len(pixels)
    for row in range(height):
        if at + 4 > end:
            return False
        packed = pixels[at] == 2 and pixels[at + 1] == 2 and (int(pixels[at + 2]) << 8 | int(pixels[at + 3])) == width
        if not packed or width < 8 or width > 32767:
            if at + 4 * width > end:
                return False
            for column in range(width):
                rgbe[row, column] = pixels[at : at + 4]
                at += 4
            continue
        at += 4
        for channel in range(4):
            column = 0
            while column < width:
                if at + 2 > end:
                    return False
                count = int(pixels[at])
                at += 1
                if count > 128:
                    count -= 128
                    if column + count > width:
                        return False
                    rgbe[row, column : column + count, channel] = pixels[at]
                    at += 1
                else:
                    if count == 0 or column + count > width or at + count > end:
                        return False
                    rgbe[row, column : column + count, channel] = pixels[at : at + count]
                    at += count
                column += count
    return True


@warm_up
def _compile() -> None:
    light = np.ones((1, 8, 3), np.float32)
    room = np.empty(200, np.uint8)
    taken = _pack(light, True, room)
    _unpack(np.frombuffer(room[:taken].tobytes(), np.uint8), np.empty((1, 8, 4), np.uint8))
