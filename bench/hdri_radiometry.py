#!/usr/bin/env python3
"""Is the light right? What docs/benchmarks.md says of radiometry, seams and known pixels.

python bench/hdri_radiometry.py [--photos FOLDER]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from lucida.engines.painter.painting import Light, Painting, View
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.cubemap import face_directions
from lucida.geometry.projection import cube_to_equirectangular, photo_to_cube
from lucida.geometry.sphere import directions, solid_angles
from lucida.hdri.exposures import expose, ordered
from lucida.hdri.fov_estimation import estimate_fov
from lucida.hdri.hdr_merge import develop, merge_debevec
from lucida.imaging.colour import linear_to_srgb
from lucida.imaging.read import read_photo

EVS = ordered([-3, -1, 0, 1, 3])


def scene(size: int) -> np.ndarray:
    """Soft patches of light of every colour over sixteen stops, 2^-7 to 2^9."""
    rng = np.random.default_rng(4)
    faces = [cv2.resize(2.0 ** rng.uniform(-7, 9, (17, 17, 3)), (size, size)) for _ in range(6)]
    return np.asarray(faces, np.float32)


def radiometry() -> None:
    faces = scene(512)
    truth = cube_to_equirectangular(faces, 2048)
    merged = merge_debevec([expose(truth, ev) for ev in EVS], EVS)
    developed = develop(Painting(faces), 2048, EVS).radiance.astype(np.float32)
    print("Error of the radiance, median (95th percentile)\n")
    print("| light, in stops from white | Debevec's merge alone | with the light put back |\n|---|---|---|")
    for low, high in ((-7, -5), (-5, -3), (-3, -1), (-1, 0), (0, 1), (1, 2), (2, 3), (3, 5), (5, 9)):
        inside = (truth >= 2.0**low) & (truth < 2.0**high)
        errors = [np.abs(result[inside] / truth[inside] - 1) for result in (merged, developed)]
        shown = [f"{np.median(error):.1%} ({np.percentile(error, 95):.1%})" for error in errors]
        print(f"| {low:+d} to {high:+d} | {shown[0]} | {shown[1]} |")
    inside = (truth > 2.0**-6) & (truth < 8)
    print(f"\nmedian error inside the bracket: {np.median(np.abs(developed / truth - 1)[inside]):.3%}")
    everywhere = (truth >= 8).all(-1)
    print(f"darkest pixel that all exposures clip: {merged[everywhere].min():.2f} → {developed[everywhere].min():.2f}")


def sun() -> None:
    light = Light("sun", (0.3, 0.5, -0.6), np.radians(0.27), (60_000.0, 60_000.0, 60_000.0))
    black = Painting(np.zeros((6, 16, 16, 3), np.float32), lights=(light,))
    exact = 60_000 * 2 * np.pi * (1 - np.cos(light.angular_radius))
    print("\n| panorama | energy of a sun 0.54° wide, over the exact one |\n|---|---|")
    for width in (256, 1024, 2048, 8192):
        radiance = develop(black, width, [0]).radiance[..., 0]
        energy = (radiance.sum(1, dtype=np.float64) * solid_angles(width, width // 2)).sum()
        print(f"| {width} × {width // 2} | {energy / exact:.4f} |")


def smooth(d: np.ndarray) -> np.ndarray:
    x, y, z = np.moveaxis(d, -1, 0)
    return np.stack([1 + 0.5 * x + 0.3 * y * z, 2 + np.sin(3 * z + y), 1.5 + y * y * x], -1).astype(np.float32)


def seams() -> None:
    """The step between neighbouring pixels of the error against an analytic function, at seams and elsewhere."""
    print("\n| cube → panorama | largest error | step across ±180° | across cube edges | elsewhere |")
    print("|---|---|---|---|---|")
    for cube_res, width in ((64, 256), (256, 1024), (512, 2048)):
        faces = np.stack([smooth(face_directions(face, cube_res)) for face in range(6)])
        error = cube_to_equirectangular(faces, width) - smooth(directions(width, width // 2))
        sides = error[width // 4 - width // 10 : width // 4 + width // 10]  # rows where the edges are columns
        step = np.abs(np.diff(sides, axis=1, append=sides[:, :1])).max((0, 2))
        edge = np.zeros(width, bool)
        edge[np.arange(width // 8, width, width // 4) - 1] = True
        date_line = step[-1]
        step[-1] = 0
        print(
            f"| {cube_res} → {width} | {np.abs(error).max():.1e} | {date_line:.1e} | {step[edge].max():.1e} "
            f"| {step[~edge].max():.1e} |"
        )


def known_pixels(folder: Path) -> None:
    """Every eighth row of the panorama against the photo's mean over each of its pixels, by brute force."""
    width, fine = 2048, 8
    print("\n| photo | median difference (of 255) at 2048 × 1024 | by the faces alone |\n|---|---|---|")
    for path in sorted(folder.iterdir()):
        photo = read_photo(path)
        height, across = photo.radiance.shape[:2]
        camera = PinholeCamera(across, height, estimate_fov(photo.exif, across, height).horizontal)
        faces, coverage = photo_to_cube(photo.radiance, camera, width // 4)
        view = View(photo.radiance, photo.clipped, camera, faces, coverage, "outdoor", "", "", 0)
        results = [develop(Painting(faces), width, EVS, view=given).radiance for given in (view, None)]
        differences: list[list[np.ndarray]] = [[], []]
        edge = 5 * camera.focal / (width / 4) + 2
        for row in range(0, width // 2, 8):
            rows = slice(row * fine, row * fine + fine)
            x, y, inside = camera.project(directions(width * fine, width // 2 * fine, rows))
            inside &= (x > edge) & (y > edge) & (x < across - edge) & (y < height - edge)
            values = photo.radiance[np.clip(y, 0, height - 1).astype(int), np.clip(x, 0, across - 1).astype(int)]
            mean = values.reshape(fine, width, fine, 3).mean((0, 2))
            whole = inside.reshape(fine, width, fine).all((0, 2)) & (mean.max(-1) < 0.98)
            for found, result in zip(differences, results, strict=True):
                found.append(np.abs(linear_to_srgb(result[row][whole]) - linear_to_srgb(mean[whole])).ravel())
        medians = [np.median(np.concatenate(found)) * 255 for found in differences]
        print(f"| {path.name} | {medians[0]:.2f} | {medians[1]:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=Path, help="a folder of photos whose known pixels are compared")
    options = parser.parse_args()
    radiometry()
    sun()
    seams()
    if options.photos:
        known_pixels(options.photos)


if __name__ == "__main__":
    main()
