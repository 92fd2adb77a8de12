"""One photo becomes an HDR panorama: the specification's steps, in order."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.painter import choose_painter
from lucida.engines.painter.painting import FACES, Light, View
from lucida.engines.progress import Progress, silent
from lucida.errors import BadParameter
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.level import Level, estimate_level
from lucida.geometry.projection import cube_to_equirectangular, photo_to_cube
from lucida.hdri.adjustment import Adjustment, scaled, turned
from lucida.hdri.exif_utils import infer_scene
from lucida.hdri.fov_estimation import FieldOfView, estimate_fov
from lucida.hdri.hdr_merge import develop
from lucida.hdri.heic_loader import load_photo
from lucida.hdri.masks import highlight_mask
from lucida.hdri.preview import preview_jpeg, write_backplate
from lucida.imaging.decode import Decode, decode
from lucida.imaging.exr import write_exr
from lucida.imaging.kernels import in_bands
from lucida.imaging.photo import Photo
from lucida.imaging.radiance_hdr import write_hdr
from lucida.imaging.tonemap import tone_map

PREVIEW_WIDTH = 4096  # of the last preview; those on the way are smaller
LIVE_PREVIEW_WIDTH = 1024
PROXY_WIDTH = 1024  # of the map that lights the page's spheres
_FOV_ASSUMED = "The photo does not say how wide it sees; the 26 mm of most phones' main camera are assumed."

Preview = Callable[[NDArray[np.uint8]], None]


@dataclass(frozen=True)
class Panorama:
    """An HDR environment map and what is known about it.

    `radiance` (H, W, 3) is linear Rec.709, float16, or float32 where its peak is beyond float16; `proxy` float32
    (512, 1024, 3) is the same small and without `lights`. `report` is what docs/formats.md lists.
    """

    radiance: NDArray[np.float16] | NDArray[np.float32]
    proxy: NDArray[np.float32]
    lights: tuple[Light, ...]
    report: dict[str, Any]

    @functools.cached_property
    def preview(self) -> bytes:
        """The tone-mapped JPEG, made when it is first asked for."""
        return preview_jpeg(self.radiance, width=min(PREVIEW_WIDTH, self.radiance.shape[1]))

    def files(self) -> dict[str, Callable[[Path], None]]:
        """What a finished job keeps, by file name, each with what writes it."""
        return {
            "panorama.exr": self._write_exr,
            "light.hdr": lambda path: write_hdr(path, self.proxy),
            "backplate.jpg": self._write_backplate,
        }

    def save(self, path: Path) -> None:
        """Write the panorama as its name says: .exr, .hdr, or .jpg and .png tone-mapped. Raises `BadParameter`."""
        kinds: dict[str, Callable[[Path], None]] = {
            ".exr": self._write_exr,
            ".hdr": lambda to: write_hdr(to, self.radiance),
            ".jpg": self._write_backplate,
            ".jpeg": self._write_backplate,
            ".png": self._write_backplate,
        }
        if path.suffix.lower() not in kinds:
            raise BadParameter(f"{path.name} cannot be written; name it .exr, .hdr, .jpg or .png.", param="output")
        kinds[path.suffix.lower()](path)

    def _write_backplate(self, path: Path) -> None:
        write_backplate(path, self.radiance)

    def _write_exr(self, path: Path) -> None:
        keys = ("engine", "engine_reason", "licence", "seed", "source_sha256", "exposure_scale")
        attributes = {f"lucida:{key}": self.report[key] for key in keys}
        attributes["lucida:ev_offsets"] = ", ".join(f"{ev:+g}" for ev in self.report["ev_offsets"])
        attributes["comments"] = (
            "Made from one photo; what the photo does not show is painted. Radiance 1.0 is the photo's diffuse white: "
            "display-linear, not calibrated."
        )
        write_exr(path, self.radiance, attributes=attributes)


def photo_to_panorama(
    photo: Path | str | bytes | Photo,
    *,
    width: int | None = None,
    scene: str = "auto",
    engine: str = "auto",
    seed: int | None = None,
    pitch: float | None = None,
    roll: float | None = None,
    adjustment: Adjustment | None = None,
    progress: Progress = silent,
    preview: Preview | None = None,
    decode: Decode = decode,
) -> Panorama:
    """An HDR panorama around a photo, given as a file, as its bytes or as it was read.

    `width` in pixels, twice the height, default `PANORAMA_WIDTH`; `pitch` and `roll` in degrees, found where None;
    `seed` uint32, 0 where None. `preview` gets uint8 sRGB pictures (512, 1024, 3) as faces finish, and with it
    the last one is made here. `decode` opens the file, perhaps in another process. Raises `BadPhoto` and its kin,
    `BadParameter`, `ModelUnavailable`, and whatever `progress` raises to stop the work.
    """
    settings = get_settings()
    width = _checked_width(settings.panorama_width if width is None else width)
    choice = choose_painter(engine)
    clock = _Clock()

    progress(0.0, "Loading image")
    taken = photo if isinstance(photo, Photo) else _load(photo, settings.max_photo_megapixels, decode)
    clock.lap("load")
    progress(0.05, "Reading EXIF + scene inference")
    place = infer_scene(taken, scene)
    camera, fov, level = _camera(taken, pitch, roll)
    clipped = highlight_mask(taken)
    clock.lap("scene")
    progress(0.1, "Projecting into cubemap")
    cube_res = min(settings.cube_res, max(64, width // 4))
    faces, coverage = photo_to_cube(taken.radiance, camera, cube_res)
    clock.lap("project")

    view = View(
        taken.radiance,
        clipped,
        camera,
        faces,
        coverage,
        place.type,
        place.prompt,
        place.negative_prompt,
        seed or 0,
        place.sun.direction if place.sun else None,
    )
    painting = choice.painter.paint(view, _part(progress, 0.15, 0.7), _live_preview(faces, coverage, preview))
    clock.lap("paint")
    change = adjustment or Adjustment()
    painting, rotation = change.apply(painting), change.rotation
    progress(0.7, "Merging HDR stack")
    developed = develop(
        painting,
        width,
        settings.ev_offsets,
        view=view,
        rotation=rotation,
        exposure=change.exposure,
        progress=_part(progress, 0.7, 0.92),
    )
    clock.lap("merge")
    unlit = replace(painting, faces=_shrunk(painting.faces, PROXY_WIDTH // 2))
    proxy = develop(
        unlit,
        min(PROXY_WIDTH, width),
        settings.ev_offsets,
        lights=False,
        rotation=rotation,
        exposure=change.exposure,
    ).radiance
    clock.lap("proxy")
    lights = tuple(scaled(turned(light, rotation), change.exposure) for light in painting.lights)
    report = {
        "engine": choice.name,
        "engine_reason": choice.reason,
        "licence": choice.licence,
        "scene": {"type": place.type, "reason": place.reason, "confidence": round(place.confidence, 3)},
        "camera": _camera_report(camera, fov, level),
        "headroom": taken.gain_headroom,
        "color_profile": taken.color_profile,
        "lights": [_light_report(light) for light in lights],
        "exposure_scale": 2.0**change.exposure,
        "ev_offsets": list(developed.ev_offsets),
        "seed": view.seed,
        "size": [width, width // 2],
        "notes": [*taken.notes, *([_FOV_ASSUMED] if fov.assumed else []), *painting.notes],
        "seconds": clock.laps,
        "source_sha256": taken.source_sha256,
    }
    panorama = Panorama(developed.radiance, np.asarray(proxy, np.float32), lights, report)
    if preview is not None:
        progress(0.92, "Tone mapping")
        _ = panorama.preview
        clock.lap("preview")
    progress(0.98, "Saving")
    return panorama


class _Clock:
    def __init__(self) -> None:
        self.laps: dict[str, float] = {}
        self._since = time.perf_counter()

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.laps[name] = round(now - self._since, 3)
        self._since = now


def _load(photo: Path | str | bytes, max_megapixels: int, decode: Decode) -> Photo:
    return load_photo(photo if isinstance(photo, bytes) else decode(Path(photo), max_megapixels))


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda fraction, stage: progress(start + (end - start) * fraction, stage)


def _checked_width(width: int) -> int:
    if not 256 <= width <= 16384 or width % 4:
        raise BadParameter("width is 256 to 16384 and a multiple of 4.", param="width")
    return width


def _camera(photo: Photo, pitch: float | None, roll: float | None) -> tuple[PinholeCamera, FieldOfView, Level]:
    height, width = photo.radiance.shape[:2]
    fov = estimate_fov(photo.exif, width, height)
    camera = PinholeCamera(width, height, fov.horizontal)
    level = estimate_level(photo, camera)
    if pitch is not None or roll is not None:
        given = (level.pitch if pitch is None else np.radians(pitch), level.roll if roll is None else np.radians(roll))
        level = Level(float(given[0]), float(given[1]), 1.0, "given")
    return replace(camera, pitch=level.pitch, roll=level.roll), fov, level


def _live_preview(
    faces: NDArray[np.float32], coverage: NDArray[np.float32], preview: Preview | None
) -> Callable[[str, NDArray[np.float32]], None]:
    """Shows the panorama so far, the photo first, each time a face is done."""
    if preview is None:
        return lambda name, face: None
    small = _shrunk(faces, 256)
    cover = _shrunk(coverage[..., None], 256)
    grey = np.float32(0.05)
    so_far = small + grey * (1 - cover)

    def show() -> None:
        preview(tone_map(cube_to_equirectangular(so_far, LIVE_PREVIEW_WIDTH)))

    def painted(name: str, face: NDArray[np.float32]) -> None:
        so_far[FACES.index(name)] = _shrunk(face[None], 256)[0]
        show()

    show()
    return painted


def _shrunk(faces: NDArray[np.float32], size: int) -> NDArray[np.float32]:
    """Faces (6, N, N, C) area-averaged to at most `size` pixels along an edge."""
    if faces.shape[1] <= size:
        return faces
    shrunk = np.empty((len(faces), size, size, faces.shape[3]), np.float32)

    def work(some: slice) -> None:
        for small, face in zip(shrunk[some], faces[some], strict=True):
            small[:] = cv2.resize(face, (size, size), interpolation=cv2.INTER_AREA).reshape(small.shape)

    in_bands(work, len(faces), 1)
    return shrunk


def _camera_report(camera: PinholeCamera, fov: FieldOfView, level: Level) -> dict[str, Any]:
    return {
        "horizontal_fov_deg": round(float(np.degrees(camera.horizontal_fov)), 2),
        "source": fov.source,
        "pitch_deg": round(float(np.degrees(level.pitch)), 2),
        "roll_deg": round(float(np.degrees(level.roll)), 2),
        "level_source": level.source,
    }


def _light_report(light: Light) -> dict[str, Any]:
    x, y, z = light.direction
    return {
        "kind": light.kind,
        "direction": [x, y, z],
        "azimuth_deg": round(float(np.degrees(np.arctan2(x, -z))), 2),
        "altitude_deg": round(float(np.degrees(np.arcsin(np.clip(y, -1, 1)))), 2),
        "angular_radius_deg": round(float(np.degrees(light.angular_radius)), 4),
        "softness": light.softness,
        "radiance": list(light.radiance),
    }
