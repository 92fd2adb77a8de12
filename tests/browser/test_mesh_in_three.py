"""The GLB of a scene of Gaussians in three.js: it stands upright and has the colours that the Gaussians have."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from browser.three_page import drawn_by_three
from gaussians.scenes import painted_ball
from playwright.sync_api import Browser

from lucida.gaussians.rasteriser import render
from lucida.gaussians.surface import mesh_of
from lucida.geometry.cameras import Camera, look_at
from lucida.geometry.mesh_files import AXES, write_mesh
from lucida.geometry.meshing import Plan
from lucida.geometry.rotations import shortest_turn


def test_its_colours_are_those_of_the_gaussians(browser: Browser, repository: Path, tmp_path: Path) -> None:
    scene = replace(painted_ball(0.4), up=(0.0, 0.0, 1.0))
    write_mesh(mesh_of(scene, (), Plan(cells=96, faces=4000, texture=512)), tmp_path / "ball.glb", scene.up)
    pose = look_at(np.array([0.3, 0.4, 1.2]), np.zeros(3), np.array([0.0, 1.0, 0.0]))  # y is up in the file
    camera = Camera(256, 256, 280.0, 280.0, 128.0, 128.0, pose)
    seen = drawn_by_three(browser, repository / "web/node_modules/three", (tmp_path / "ball.glb").read_bytes(), camera)
    turned = np.hstack([pose[:, :3] @ shortest_turn(scene.up, AXES["y"]), pose[:, 3:]])
    splats = render(scene, replace(camera, world_to_camera=turned))
    straight = splats.colour / np.maximum(splats.alpha, 1e-6)[..., None]
    apart = np.abs(seen - 255 * np.clip(straight, 0, 1))
    assert np.median(apart[splats.alpha > 0.99]) <= 3
    there = (seen < 250).any(-1)
    assert (there == (splats.alpha > 0.5)).mean() > 0.99
