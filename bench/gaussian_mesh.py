"""The mesh of a trained scene against the scan of the object, and its texture against the scene's own colours.

    lucida gaussians train --views VIEWS --cameras cameras.json --leave-out 1,5,9,13 -o toy.ply --seconds 60
    python bench/gaussian_mesh.py toy.ply cameras.json model.obj

The scan is brought to the unit cube and turned by the quarter that its pictures were taken with. Chamfer distance and
volume IoU are those of SyncDreamer's authors (Liu et al. 2023): between what their 16 cameras see of the surfaces,
and here between the whole surfaces, too. The GLB that is measured is the file, as trimesh reads it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import cv2
import numpy as np
import trimesh
from numpy.typing import NDArray
from PIL import Image

from lucida.gaussians.files import read
from lucida.gaussians.rasteriser import render
from lucida.gaussians.surface import mesh_of
from lucida.gaussians.views import read_cameras
from lucida.geometry.cameras import Camera, syncdreamer_rig
from lucida.geometry.mesh_files import AXES, write_mesh
from lucida.geometry.rotations import shortest_turn
from lucida.geometry.zbuffer import seen_from
from lucida.imaging.metrics import chamfer, volume_iou

QUARTER = np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
CELL = 0.01  # of the grid that thins the points that cameras see
POINTS = 50_000
Surface = tuple[NDArray[np.float64], NDArray[np.int32]]


def scan_of(path: Path) -> Surface:
    """Vertices in the unit cube, in the cameras' axes, and faces."""
    mesh = trimesh.load(path, process=False, force="mesh", skip_materials=True)
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    return (mesh.vertices - (low + high) / 2) / (high - low).max() @ QUARTER.T, np.asarray(mesh.faces, np.int32)


def seen_points(surface: Surface) -> NDArray[np.float64]:
    """What SyncDreamer's cameras see of a surface, one point for each cell."""
    found = []
    for camera in syncdreamer_rig():
        raster = seen_from(camera, *surface)
        row, column = np.nonzero(raster.face >= 0)
        depth = raster.depth[row, column].astype(np.float64)
        x, y = (column + 0.5 - camera.cx) / camera.fx * depth, (row + 0.5 - camera.cy) / camera.fy * depth
        found.append((np.stack([x, y, depth], -1) - camera.world_to_camera[:, 3]) @ camera.world_to_camera[:, :3])
    points = np.concatenate(found)
    _, first = np.unique(np.floor(points / CELL).astype(int), axis=0, return_index=True)
    return points[first]


def drawn(mesh: trimesh.Trimesh, vertices: NDArray[np.float64], camera: Camera) -> tuple[NDArray[np.floating], ...]:
    """A textured mesh as a camera sees it, sRGB (H, W, 3), and where it is."""
    faces = np.asarray(mesh.faces, np.int32)
    raster = seen_from(camera, vertices, faces)
    texture = np.asarray(mesh.visual.material.baseColorTexture.convert("RGB"), np.float32)
    height, width = texture.shape[:2]
    uv = raster.interpolated(np.asarray(mesh.visual.uv), faces)
    column, row = np.clip(uv[..., 0], 0, 1) * width - 0.5, (1 - np.clip(uv[..., 1], 0, 1)) * height - 0.5
    colour = cv2.remap(texture, column.astype(np.float32), row.astype(np.float32), cv2.INTER_LINEAR)
    return colour, raster.face >= 0


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("scene", type=Path)
    parser.add_argument("cameras", type=Path)
    parser.add_argument("scan", type=Path)
    parser.add_argument("--pictures", type=Path, help="where to keep the mesh beside the splats, as a PNG")
    given = parser.parse_args()
    scene, cameras = read(given.scene), list(read_cameras(given.cameras).values())
    began = time.perf_counter()
    made = mesh_of(scene, cameras)
    seconds = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        write_mesh(made, Path(folder) / "scene.glb", scene.up)
        size = (Path(folder) / "scene.glb").stat().st_size
        mesh = trimesh.load(Path(folder) / "scene.glb", process=False, force="mesh")
    vertices = np.asarray(mesh.vertices) @ shortest_turn(scene.up, AXES["y"])  # back to the cameras' axes
    whole = trimesh.Trimesh(vertices, mesh.faces)
    whole.merge_vertices(merge_tex=True, merge_norm=True)
    print(f"{len(mesh.faces)} triangles in {seconds:.1f} s, {size / 1e6:.2f} MB, closed: {whole.is_watertight}")

    scan, ours = scan_of(given.scan), (vertices, np.asarray(mesh.faces, np.int32))
    clouds = [
        trimesh.sample.sample_surface(trimesh.Trimesh(*surface, process=False), POINTS, seed=seed)[0]
        for seed, surface in enumerate((scan, ours))
    ]
    print(f"Chamfer distance, whole surfaces: {chamfer(*clouds):.4f}, an object 1 large")
    print(f"Chamfer distance, what 16 cameras see: {chamfer(seen_points(scan), seen_points(ours)):.4f}")
    print(f"volume IoU: {volume_iou(scan, ours):.3f}")

    apart, shown = [], []
    for camera in cameras:
        splats = render(scene, camera)
        colour, there = drawn(mesh, vertices, camera)
        inside = there & (splats.alpha > 0.99)
        straight = splats.colour / np.maximum(splats.alpha, 1e-6)[..., None]
        apart.append(np.abs(colour - 255 * np.clip(straight, 0, 1))[inside].ravel())
        over_white = 255 * splats.colour + 255 * (1 - splats.alpha[..., None])
        shown.append(np.vstack([over_white, np.where(there[..., None], colour, 255)]))
    every = np.concatenate(apart)
    median, most = np.quantile(every, [0.5, 0.9])
    print(f"colours within {median:.1f}/255 of the splats' in the median, {most:.1f} in 9 of 10 pixels")
    if given.pictures:
        Image.fromarray(np.clip(np.hstack(shown[:8]), 0, 255).astype(np.uint8)).save(given.pictures)


if __name__ == "__main__":
    main()
