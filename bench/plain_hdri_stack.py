#!/usr/bin/env python3
"""The stack as the specification describes it, whole pictures at a time: what bench/hdri_stack.py measures against.

Per exposure the cube is exposed, remapped face by face into a full-size float panorama and written as 8 bits; the
panoramas are merged by OpenCV's Debevec with the known response, written as OpenEXR and shown as a JPEG. It imports
nothing of the package. Maps are made once and every step is a call of NumPy or OpenCV on whole arrays.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import time
from pathlib import Path

import cv2
import numpy as np
import OpenEXR

FORWARD = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)
RIGHT = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [1, 0, 0], [-1, 0, 0], [1, 0, 0]], np.float32)
UP = np.array([[0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, -1], [0, 1, 0], [0, 1, 0]], np.float32)


def maps(size: int, width: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Which face each panorama pixel sees, and where in it."""
    height = width // 2
    lon = ((np.arange(width, dtype=np.float32) + 0.5) / width - 0.5) * np.float32(2 * np.pi)
    lat = ((0.5 - (np.arange(height, dtype=np.float32) + 0.5) / height) * np.float32(np.pi))[:, None]
    x, y, z = np.cos(lat) * np.sin(lon), np.sin(lat) * np.ones_like(lon), -np.cos(lat) * np.cos(lon)
    ax, ay, az = np.abs(x), np.abs(y), np.abs(z)
    face = np.where(
        (az >= ax) & (az >= ay), np.where(z > 0, 4, 5), np.where(ax >= ay, np.where(x > 0, 0, 1), np.where(y > 0, 2, 3))
    )
    face = face.astype(np.uint8)
    map_x, map_y = np.empty((height, width), np.float32), np.empty((height, width), np.float32)
    for index in range(6):
        mine = face == index
        d = np.stack([x[mine], y[mine], z[mine]], -1)
        depth = d @ FORWARD[index]
        map_x[mine] = (d @ RIGHT[index] / depth + 1) / 2 * size - 0.5
        map_y[mine] = (1 - d @ UP[index] / depth) / 2 * size - 0.5
    return face, map_x, map_y


def srgb(linear: np.ndarray) -> np.ndarray:
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.power(linear, np.float32(1 / 2.4)) - 0.055).astype(
        np.float32
    )


def response() -> np.ndarray:
    code = np.arange(256) / 255
    light = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4).astype(np.float32)
    light[0] = light[1] / 2
    return np.repeat(light[:, None, None], 3, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("faces", type=Path)
    parser.add_argument("--width", type=int, default=8192)
    parser.add_argument("--evs", type=float, nargs="+", default=[0, -3, -1, 1, 3])
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    faces = np.load(options.faces)

    begun = time.perf_counter()
    face, map_x, map_y = maps(faces.shape[1], options.width)
    stack = []
    for ev in options.evs:
        panorama = np.zeros((options.width // 2, options.width, 3), np.float32)
        for index in range(6):
            exposed = srgb(np.clip(faces[index] * np.float32(2**ev), 0, 1))
            sampled = cv2.remap(exposed, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            cv2.copyTo(sampled, (face == index).astype(np.uint8), panorama)
        stack.append((panorama * 255 + 0.5).astype(np.uint8))
    exposed_at = time.perf_counter()
    times = (2.0 ** np.array(options.evs)).astype(np.float32)
    radiance = cv2.createMergeDebevec().process(stack, times, response())
    merged_at = time.perf_counter()
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage, "envmap": OpenEXR.ENVMAP_LATLONG}
    OpenEXR.set_global_thread_count(os.cpu_count() or 1)
    with OpenEXR.File(header, {"RGB": radiance.astype(np.float16)}) as file:
        file.write(str(options.out / "plain.exr"))
    written_at = time.perf_counter()
    small = cv2.resize(radiance, (4096, 2048), interpolation=cv2.INTER_AREA)
    shown = srgb(np.clip(small / (1 + small), 0, 1))
    cv2.imwrite(str(options.out / "plain.jpg"), (shown[..., ::-1] * 255 + 0.5).astype(np.uint8))
    done = time.perf_counter()
    print(
        json.dumps(
            {
                "expose": exposed_at - begun,
                "merge": merged_at - exposed_at,
                "exr": written_at - merged_at,
                "preview": done - written_at,
                "total": done - begun,
                "cpu": sum(resource.getrusage(resource.RUSAGE_SELF)[:2]),
                "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
