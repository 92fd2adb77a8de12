"""Pictures of a scene with their cameras: what Gaussians are trained on."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.errors import BadInput, BadParameter
from lucida.geometry.cameras import Camera
from lucida.imaging.screen import read_picture

Array = NDArray[np.float32]
_SUFFIXES = (".png", ".webp", ".jpg", ".jpeg", ".avif", ".heic")


@dataclass(frozen=True)
class View:
    """A picture and its camera.

    `colour` float32 (H, W, 3), sRGB 0–1, not weighted by alpha; `alpha` (H, W), 1 where the object is, None where
    the picture shows all of the scene; `depth` (H, W) along the viewing axis in the scene's unit, 0 where nobody
    knows; `normal` (H, W, 3), unit vectors in the world, 0 where nobody knows.
    """

    name: str
    camera: Camera
    colour: Array
    alpha: Array | None = None
    depth: Array | None = None
    normal: Array | None = None


def read_cameras(path: Path) -> dict[str, Camera]:
    """Cameras by the names of their views, from JSON: `width`, `height`, `K`, and `views` of `name`, `world_to_camera`.

    OpenCV's convention. A view may have a size and a K of its own. Raises `BadInput` with what is wrong.
    """
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror or error}.") from error
    except ValueError:
        raise BadInput(f"{path.name} is no JSON; it must name width, height, K and views.") from None
    if not isinstance(told, dict) or not isinstance(told.get("views"), list) or not told["views"]:
        raise BadInput(f"{path.name} has no views; it must name width, height, K and views.")
    cameras: dict[str, Camera] = {}
    for number, view in enumerate(told["views"]):
        if not isinstance(view, dict) or not isinstance(view.get("name"), str):
            raise BadInput(f"View {number} of {path.name} has no name.")
        cameras[view["name"]] = _camera({**told, **view}, f"View {view['name']} of {path.name}")
    return cameras


def _camera(told: dict[str, Any], where: str) -> Camera:
    try:
        intrinsics = np.array(told["K"], np.float64)
        pose = np.array(told["world_to_camera"], np.float64)
        width, height = int(told["width"]), int(told["height"])
    except (KeyError, TypeError, ValueError):
        raise BadInput(f"{where} lacks width, height, K or world_to_camera, as numbers.") from None
    if intrinsics.shape != (3, 3) or pose.shape not in ((3, 4), (4, 4)):
        raise BadInput(f"{where} has a K that is not 3×3 or a world_to_camera that is not 3×4.")
    pose = pose[:3]
    turned = pose[:, :3]
    sound = np.isfinite(intrinsics).all() and np.isfinite(pose).all() and width > 0 and height > 0
    if not sound or min(intrinsics[0, 0], intrinsics[1, 1]) <= 0:
        raise BadInput(f"{where} has a size, a K or a pose that no camera has.")
    if np.abs(turned @ turned.T - np.eye(3)).max() > 1e-3 or np.linalg.det(turned) < 0:
        raise BadInput(f"{where} has a world_to_camera that does not begin with a rotation.")
    fx, fy, cx, cy = intrinsics[0, 0], intrinsics[1, 1], intrinsics[0, 2], intrinsics[1, 2]
    return Camera(width, height, float(fx), float(fy), float(cx), float(cy), pose)


def read_views(folder: Path, cameras: dict[str, Camera], names: list[str] | None = None) -> list[View]:
    """The pictures `<name>.png` (or WebP, JPEG, AVIF, HEIC) of a folder with their cameras; all, or those of `names`.

    A picture of another size than its camera's has the camera made to fit it. Raises `BadInput`, `BadPhoto`.
    """
    if not folder.is_dir():
        raise BadInput(f"There is no folder {folder}; check the path.")
    unknown = [name for name in names or [] if name not in cameras]
    if unknown:
        raise BadParameter(f"There is no view {unknown[0]}; there are {', '.join(cameras)}.", param="views")
    views = []
    for name in names or list(cameras):
        path = next((found for suffix in _SUFFIXES if (found := folder / f"{name}{suffix}").is_file()), None)
        if path is None:
            if names:
                raise BadInput(f"There is no picture {name}.png in {folder}.")
            continue
        picture = read_picture(path)
        height, width = picture.pixels.shape[:2]
        alpha = None if picture.alpha is None else np.asarray(picture.alpha, np.float32) / np.float32(255)
        camera = cameras[name]
        if (camera.width, camera.height) != (width, height):
            if not math.isclose(camera.width / camera.height, width / height, rel_tol=0.01):
                raise BadInput(
                    f"{path.name} is {width}×{height} and its camera {camera.width}×{camera.height}; give each its own."
                )
            camera = camera.resized(width, height)
        views.append(View(name, camera, np.asarray(picture.pixels, np.float32) / np.float32(255), alpha))
    if len(views) < 2:
        raise BadInput(f"{folder} has {len(views)} of the pictures that the cameras name; two are the least.")
    return views
