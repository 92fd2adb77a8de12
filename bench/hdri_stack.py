#!/usr/bin/env python3
"""Faces → five exposures → merge → OpenEXR and preview: the package beside the plain stack, in one run.

    python bench/hdri_stack.py [--width 8192] [--runs 3]

Every run is its own process; the two stacks take turns, and the fastest run of each counts, since other work on the
machine only ever slows. Both read the same synthetic faces (`--width` / 4 pixels along an edge) before the clock
starts; peak memory is the process's largest resident size, the faces included.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np

PLAIN = Path(__file__).with_name("plain_hdri_stack.py")
EVS = [-3, -1, 0, 1, 3]


def synthetic_faces(size: int) -> np.ndarray:
    """Clouds of light over fourteen stops with fine texture, as float32 (6, N, N, 3)."""
    rng = np.random.default_rng(0)
    faces = np.empty((6, size, size, 3), np.float32)
    for face in faces:
        stops = sum(
            cv2.resize(rng.normal(size=(n, n, 3)).astype(np.float32), (size, size), interpolation=cv2.INTER_CUBIC)
            * weight
            for n, weight in ((5, 2.0), (23, 0.8), (119, 0.3), (size, 0.05))
        )
        face[:] = np.exp2(np.clip(stops - 2, -9, 5))
    return faces


def ours(faces_path: Path, width: int, out: Path) -> None:
    from lucida.engines.painter.painting import Painting
    from lucida.hdri.hdr_merge import develop
    from lucida.hdri.preview import write_preview
    from lucida.imaging.exr import write_exr
    from lucida.imaging.kernels import compile_kernels

    compile_kernels("lucida.hdri.hdr_merge", "lucida.hdri.preview")
    faces = np.load(faces_path)
    begun = time.perf_counter()
    developed = develop(Painting(faces), width, EVS)
    merged_at = time.perf_counter()
    write_exr(out / "ours.exr", developed.radiance)
    written_at = time.perf_counter()
    write_preview(out / "ours.jpg", developed.radiance)
    done = time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "expose": merged_at - begun,
                "merge": 0.0,
                "exr": written_at - merged_at,
                "preview": done - written_at,
                "total": done - begun,
                "cpu": usage.ru_utime + usage.ru_stime,
                "peak_mb": usage.ru_maxrss / 1024,
            }
        )
    )


def measured(command: list[str]) -> dict[str, float]:
    run = subprocess.run([sys.executable, *command], capture_output=True, text=True, check=True)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def agreement(out: Path) -> str:
    """How far the two results differ where the plain stack is sound: no channel clipped at EV 0 or above."""
    import OpenEXR

    with OpenEXR.File(str(out / "plain.exr")) as plain, OpenEXR.File(str(out / "ours.exr")) as package:
        theirs = np.asarray(plain.channels()["RGB"].pixels[::4, ::4], np.float32)
        mine = np.asarray(package.channels()["RGB"].pixels[::4, ::4], np.float32)
    sound = (mine.max(-1) < 0.1) & (mine.min(-1) > 0.01)
    return f"median difference of the two results in mid-tones: {np.median(np.abs(mine / theirs - 1)[sound]):.2%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--width", type=int, default=8192)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--ours", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.ours:
        ours(options.ours, options.width, options.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        out, faces = Path(folder), Path(folder) / "faces.npy"
        np.save(faces, synthetic_faces(options.width // 4))
        size = ["--width", str(options.width), "--out", folder]
        runs: dict[str, list[dict[str, float]]] = {"plain": [], "ours": []}
        for _ in range(options.runs):
            runs["plain"].append(measured([str(PLAIN), str(faces), *size]))
            runs["ours"].append(measured([__file__, "--ours", str(faces), *size]))
            print({name: round(results[-1]["total"], 2) for name, results in runs.items()}, file=sys.stderr)
        report(runs, agreement(out), options)


def report(runs: dict[str, list[dict[str, float]]], note: str, options: argparse.Namespace) -> None:
    size = f"{options.width} × {options.width // 2}"
    print(f"{platform.machine()}, {os.cpu_count()} cores; {size}; fastest of {options.runs}\n")
    best = {name: {key: min(run[key] for run in results) for key in results[0]} for name, results in runs.items()}
    for result in best.values():
        result["develop"] = result["expose"] + result["merge"]
        result["without_exr"] = min(
            run["total"] - run["exr"] for run in runs["plain" if result is best["plain"] else "ours"]
        )
    rows = {
        "expose and merge (s)": "develop",
        "preview (s)": "preview",
        "OpenEXR (s)": "exr",
        "all without OpenEXR (s)": "without_exr",
        "all (s)": "total",
        "processor time, start to end (s)": "cpu",
        "peak memory (MB)": "peak_mb",
    }
    print("| | plain stack | Lucida | ratio |\n|---|---|---|---|")
    for title, key in rows.items():
        plain, package = best["plain"][key], best["ours"][key]
        digits = 0 if key == "peak_mb" else 2
        print(f"| {title} | {plain:.{digits}f} | {package:.{digits}f} | {plain / package:.1f} |")
    print(f"\n{note}")


if __name__ == "__main__":
    main()
