#!/usr/bin/env python3
"""Depth, colours and categories → the packed point cloud: the package beside plain NumPy and beside copying memory.

    python bench/pointcloud.py [--runs 40]

Speed: a picture of 1792 × 1024 as a relief and as a panorama. All take turns in one process, and the fastest run of
each counts, since other work on the machine only ever slows. The copy is the floor: as many bytes as the cloud has,
into memory as fresh as the cloud's (`numpy.empty`, touched for the first time), and the picture's colours likewise;
it takes one core, as all of them do.

Memory: a panorama of 4096 × 2048 in a process of its own, interpreter and inputs (100 MB) included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import struct
import subprocess
import sys
import time
from collections.abc import Callable

import numpy as np

SIZE, PANORAMA = (1792, 1024), (4096, 2048)
MEMORY = ("plain NumPy", "Lucida", "Lucida, shuffled, without edges, u16", "Lucida, GLB")

Picture = tuple[np.ndarray, np.ndarray, np.ndarray]


def picture(width: int, height: int) -> Picture:
    """Depth with a slope, things in front of it and noise; colours and categories by chance."""
    random = np.random.default_rng(0)
    near = np.linspace(0, 0.8, height, dtype=np.float32)[:, None] + np.zeros((1, width), np.float32)
    near[height // 3 : height // 2, width // 4 : width // 2] = 0.9
    near += random.random((height, width), dtype=np.float32) * np.float32(0.01)
    pixels = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    return near, pixels, random.integers(0, 6, (height, width), dtype=np.uint8)


def plain(near: np.ndarray, pixels: np.ndarray, categories: np.ndarray, projection: str) -> bytes:
    """The format as one writes it down: whole arrays, a record type, bytes."""
    height, width = near.shape
    u = (np.arange(width, dtype=np.float32) + 0.5) / width
    v = (np.arange(height, dtype=np.float32) + 0.5) / height
    u, v = np.meshgrid(u, v)
    if projection == "planar":
        positions = np.stack([(u - 0.5) * 8, (0.5 - v) * 8 * height / width, -3 - (1 - near) * 6], -1)
    else:
        lon, lat = (u - 0.5) * np.float32(2 * np.pi), (0.5 - v) * np.float32(min(np.pi, 2 * np.pi * height / width))
        r = 10 - near * 4
        positions = np.stack([r * np.cos(lat) * np.sin(lon), r * np.sin(lat), -r * np.cos(lat) * np.cos(lon)], -1)
    record = np.dtype([("position", "<f4", 3), ("color", "u1", 3), ("segment", "u1"), ("zero", "u1", 4)])
    points = np.zeros(width * height, record)
    points["position"] = positions.reshape(-1, 3)
    points["color"] = pixels.reshape(-1, 3)
    points["segment"] = categories.ravel()
    header = json.dumps({"width": width, "height": height, "point_count": len(points), "projection": projection})
    text = header.encode()
    text = text.ljust(-(-len(text) // 4) * 4)
    return struct.pack("<I", len(text)) + text + points.tobytes()


def agree(seen: Picture, projection: str) -> None:
    """Both write the same points."""
    from lucida.pointcloud.header import Header
    from lucida.pointcloud.wire import packed

    ours, theirs = (
        np.frombuffer(file, np.uint8)[4 + int.from_bytes(file[:4], "little") :].reshape(-1, 20)
        for file in (packed(*seen, Header("bench"), projection=projection), plain(*seen, projection))
    )
    assert (ours[:, 12:] == theirs[:, 12:]).all()
    apart = ours[:, :12].copy().view(np.float32) - theirs[:, :12].copy().view(np.float32)
    assert np.abs(apart).max() < 2e-5, np.abs(apart).max()


def speed(runs: int) -> dict[str, float]:
    """The fastest milliseconds of each way."""
    from lucida.geometry.pointcloud import fill_records, placed
    from lucida.imaging.kernels import compile_kernels
    from lucida.pointcloud.header import Header
    from lucida.pointcloud.wire import packed

    compile_kernels("lucida.geometry.pointcloud")
    seen = picture(*SIZE)
    records = np.ones(20 * seen[0].size, np.uint8)
    used = np.ones_like(records)
    header = Header("bench")
    _, value, along = placed(seen[0], "planar", None, None, 1)

    def copy() -> tuple[np.ndarray, np.ndarray]:
        fresh, colours = np.empty_like(records), np.empty_like(seen[1])
        np.copyto(fresh, records)
        np.copyto(colours, seen[1])
        return fresh, colours

    ways: dict[str, Callable[[], object]] = {
        "copy": copy,
        "copy into used memory": lambda: np.copyto(used, records),
        "records into used memory": lambda: fill_records(value, *seen[1:], along, 1, used),
    }
    for projection in ("planar", "equirectangular"):
        agree(seen, projection)
        ways[f"plain {projection}"] = lambda projection=projection: plain(*seen, projection)
        ways[f"ours {projection}"] = lambda projection=projection: packed(*seen, header, projection=projection)
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(runs):
        for name, way in ways.items():
            begun = time.perf_counter()
            kept = way()
            taken[name].append((time.perf_counter() - begun) * 1000)
            del kept
    return {name: min(times) for name, times in taken.items()}


def memory(way: str) -> dict[str, float]:
    """The process's largest resident size, in megabytes, after one panorama."""
    seen = picture(*PANORAMA)
    if way == MEMORY[0]:
        size = len(plain(*seen, "equirectangular"))
    else:
        from lucida.geometry.pointcloud import unproject
        from lucida.pointcloud.glb import pack_glb
        from lucida.pointcloud.header import Header
        from lucida.pointcloud.wire import pack_cloud, packed

        header = Header("bench")
        if way == MEMORY[1]:
            size = len(packed(*seen, header, projection="equirectangular"))
        elif way == MEMORY[2]:
            points = unproject(*seen, "equirectangular", order="shuffled", drop_edges=True)
            size = len(pack_cloud(points, header, layout="soa", quantize="u16"))
        else:
            size = len(pack_glb(unproject(*seen, "equirectangular"), header))
    return {"size": size / 1e6, "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def measured(*options: str) -> dict[str, float]:
    command = [sys.executable, __file__, *options]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=40)
    parser.add_argument("--speed", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--memory", choices=MEMORY, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.speed or options.memory:
        print(json.dumps(speed(options.runs) if options.speed else memory(options.memory)))
        return
    measured("--speed", "--runs", "1")  # compiles
    best = measured("--speed", "--runs", str(options.runs))
    size = f"{SIZE[0]} × {SIZE[1]}"
    print(
        f"{platform.machine()}, {os.cpu_count()} cores; {size}; milliseconds, fastest of {options.runs}\n\n"
        "| | plain NumPy | Lucida | times faster | copy | of the copy |\n|---|---|---|---|---|---|"
    )
    for projection in ("planar", "equirectangular"):
        theirs, ours, copy = best[f"plain {projection}"], best[f"ours {projection}"], best["copy"]
        print(f"| {projection} | {theirs:.1f} | {ours:.1f} | {theirs / ours:.1f} | {copy:.1f} | {ours / copy:.2f} |")
    ours, theirs = best["records into used memory"], best["copy into used memory"]
    print(f"\ninto memory that was used before: records {ours:.1f}, a copy of them {theirs:.1f}\n")
    print(
        f"{PANORAMA[0]} × {PANORAMA[1]}, each in a process of its own\n\n"
        "| | file (MB) | peak memory (MB) |\n|---|---|---|"
    )
    for way in MEMORY:
        result = measured("--memory", way)
        print(f"| {way} | {result['size']:.0f} | {result['peak']:.0f} |")


if __name__ == "__main__":
    main()
