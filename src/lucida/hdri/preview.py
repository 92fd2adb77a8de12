"""What a screen shows of a panorama: a tone-mapped JPEG that viewers recognise as one."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lucida.imaging.files import whole_file
from lucida.imaging.kernels import in_bands
from lucida.imaging.tonemap import tone_map, tone_map_rows

__all__ = ["preview_jpeg", "preview_picture", "shrink", "tone_map", "write_backplate", "write_preview"]

# Google's Photo Sphere XMP, version 1.2: what makes viewers show a 2:1 picture as a panorama.
GPANO = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:GPano="http://ns.google.com/photos/1.0/panorama/" \
GPano:UsePanoramaViewer="True" GPano:ProjectionType="equirectangular" \
GPano:CroppedAreaImageWidthPixels="{width}" GPano:CroppedAreaImageHeightPixels="{height}" \
GPano:FullPanoWidthPixels="{width}" GPano:FullPanoHeightPixels="{height}" \
GPano:CroppedAreaLeftPixels="0" GPano:CroppedAreaTopPixels="0"/></rdf:RDF></x:xmpmeta>"""


def shrink(radiance: NDArray[np.floating], width: int) -> NDArray[np.float32]:
    """A panorama (H, W, 3) area-averaged to float32 (width / 2, width, 3); its light stays the same."""
    whole = radiance.shape[1]
    if width >= whole:
        return np.asarray(radiance, np.float32)
    if whole % width:
        return _resize(np.asarray(radiance, np.float32), width, width // 2)
    factor = whole // width
    small = np.empty((len(radiance) // factor, width, 3), np.float32)

    def work(rows: slice) -> None:
        source = np.asarray(radiance[rows.start * factor : rows.stop * factor], np.float32)
        small[rows] = _resize(source, width, rows.stop - rows.start)

    in_bands(work, len(small), 16)
    return small


def _resize(radiance: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(radiance, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def preview_picture(radiance: NDArray[np.floating], *, width: int = 4096, exposure: float = 0.0) -> NDArray[np.uint8]:
    """The tone-mapped picture uint8 (width / 2, width, 3), sRGB, of a panorama (H, W, 3), in bands of rows."""
    whole = radiance.shape[1]
    if width >= whole or whole % width:
        return tone_map(shrink(radiance, width), exposure)
    factor = whole // width
    picture = np.empty((len(radiance) // factor, width, 3), np.uint8)

    def work(rows: slice) -> None:
        source = np.asarray(radiance[rows.start * factor : rows.stop * factor], np.float32)
        tone_map_rows(_resize(source, width, rows.stop - rows.start), picture[rows], exposure)

    in_bands(work, len(picture), 16)
    return picture


def preview_jpeg(
    radiance: NDArray[np.floating], *, width: int = 4096, exposure: float = 0.0, quality: int = 88
) -> bytes:
    """The tone-mapped panorama as a JPEG file, sRGB, marked as an equirectangular panorama (GPano)."""
    file = io.BytesIO()
    _save_jpeg(preview_picture(radiance, width=width, exposure=exposure), file, quality)
    return file.getvalue()


def write_preview(
    path: Path, radiance: NDArray[np.floating], *, width: int = 4096, exposure: float = 0.0, quality: int = 88
) -> None:
    """Write `preview_jpeg` to a file that appears whole or not at all."""
    picture = preview_picture(radiance, width=width, exposure=exposure)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        _save_jpeg(picture, file, quality)


def write_backplate(path: Path, radiance: NDArray[np.floating], *, exposure: float = 0.0) -> None:
    """Write the panorama at its full size as a tone-mapped picture, PNG or JPEG by the path's suffix.

    Raises `ValueError` for another suffix.
    """
    suffix = path.suffix.lower()
    if suffix not in (".png", ".jpg", ".jpeg"):
        raise ValueError(f"{path.name}: a backplate is a .jpg or a .png.")
    picture = tone_map(radiance, exposure)
    with whole_file(path) as temporary, temporary.open("wb") as file:
        if suffix == ".png":
            Image.fromarray(picture).save(file, "PNG", compress_level=3)
        else:
            _save_jpeg(picture, file, 94)


def _save_jpeg(picture: NDArray[np.uint8], file: BinaryIO, quality: int) -> None:
    xmp = GPANO.format(width=picture.shape[1], height=picture.shape[0]).encode()
    Image.fromarray(picture).save(file, "JPEG", quality=quality, xmp=xmp)
