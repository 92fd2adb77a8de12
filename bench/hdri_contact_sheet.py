"""Lay photo, result and real panorama side by side, for every photo that the quality check kept.

    python bench/hdri_contact_sheet.py KEPT --panoramas DIR --out docs/images/hdri-quality.jpg

KEPT is the check's `--keep` folder (NAME@YAW.heic and .exr), DIR its HDR panoramas. All three are shown at the
exposure of the photo, with the preview's tone curve.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import look_through
from lucida.imaging.exr import read_exr
from lucida.imaging.read import read_photo
from lucida.imaging.tonemap import tone_map

HEIGHT = 150
CAPTION = 16


def exposed_like(photo: NDArray[np.float32], panorama: NDArray[np.float32], camera: PinholeCamera) -> np.float32:
    """The gain that gives a real panorama the photo's exposure."""
    x, y = np.meshgrid(np.linspace(4, camera.width - 4, 64), np.linspace(4, camera.height - 4, 48))
    real = look_through(panorama, camera.directions(x, y)).mean(-1)
    taken = photo[y.astype(int), x.astype(int)].mean(-1)
    clear = (taken > 0.02) & (taken < 0.7)
    return np.float32(np.median(taken[clear] / np.maximum(real[clear], 1e-9)))


def row(heic: Path, panoramas: Path) -> Image.Image:
    """Photo, result and real panorama of one case."""
    name, yaw = heic.stem.rsplit("@", 1)
    photo = read_photo(heic).radiance
    real = np.asarray(cv2.imread(str(panoramas / f"{name}.hdr"), cv2.IMREAD_UNCHANGED), np.float32)[..., ::-1]
    real = np.ascontiguousarray(np.roll(real, -real.shape[1] * int(yaw) // 360, axis=1))
    camera = PinholeCamera(photo.shape[1], photo.shape[0], 2 * float(np.arctan(18 / 26)))
    pictures = [photo, read_exr(heic.with_suffix(".exr"))[0], real * exposed_like(photo, real, camera)]
    widths = [HEIGHT * 4 // 3, HEIGHT * 2, HEIGHT * 2]
    sheet = Image.new("RGB", (sum(widths) + 8, HEIGHT + CAPTION), "white")
    ImageDraw.Draw(sheet).text((2, 2), heic.stem.replace("_", " ") + "°   photo | made from it | real", fill="black")
    left = 0
    for picture, width in zip(pictures, widths, strict=True):
        small = cv2.resize(np.asarray(picture, np.float32), (width, HEIGHT), interpolation=cv2.INTER_AREA)
        sheet.paste(Image.fromarray(tone_map(np.asarray(small, np.float32))), (left, CAPTION))
        left += width + 4
    return sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kept", type=Path)
    parser.add_argument("--panoramas", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    rows = [row(heic, args.panoramas) for heic in sorted(args.kept.glob("*.heic"))]
    width, height = rows[0].size
    sheet = Image.new("RGB", (width * 2 + 8, height * ((len(rows) + 1) // 2)), "white")
    for index, picture in enumerate(rows):
        sheet.paste(picture, ((index % 2) * (width + 8), (index // 2) * height))
    sheet.save(args.out, quality=86)


if __name__ == "__main__":
    main()
