"""The draft painter: a whole surrounding for any photo, without weights, on a CPU, in seconds.

What the light is, `layout.py` says; what the place is made of, `place.py`; here both meet the photo.
"""

from __future__ import annotations

import itertools

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.layout import lay_out
from lucida.engines.painter.painting import FACES, FacePainted, Painting, View
from lucida.engines.painter.place import Place, plan_place
from lucida.engines.painter.sky import luminance
from lucida.engines.progress import Progress
from lucida.geometry.cubemap import face_directions

ORDER = ("nz", "px", "nx", "py", "ny", "pz")  # outward from the photo
_BANDS = 4  # of a face: progress and cancel come between


class DraftPainter:
    """Paints by geometry, optics and example."""

    name = "draft"
    licence = "Apache-2.0"

    def paint(self, view: View, progress: Progress, face_painted: FacePainted) -> Painting:
        """The whole surrounding; known pixels stay the photo's, burnt-out ones may only grow brighter."""
        progress(0.0, "Preparing AI generation")
        layout = lay_out(view)
        progress(0.1, "Preparing AI generation")
        place = plan_place(view, layout.radiance)
        burnt = _softly(view.clipped, view)
        faces = np.empty_like(view.faces)
        for done, name in enumerate(ORDER):
            face = FACES.index(name)
            faces[face] = self._face(view, place, burnt, face, done, progress)
            face_painted(name, faces[face])
        return Painting(faces, layout.lights, notes=layout.notes)

    def _face(
        self, view: View, place: Place, burnt: NDArray[np.float32], face: int, done: int, progress: Progress
    ) -> NDArray[np.float32]:
        size = view.faces.shape[1]
        known, cover = view.faces[face], view.coverage[face]
        painted = np.empty((size, size, 3), np.float32)
        direction = face_directions(face, size).astype(np.float32)
        edges = np.linspace(0, size, _BANDS + 1).astype(int)
        for step, (top, bottom) in enumerate(itertools.pairwise(edges)):
            share = (done + step / _BANDS) / len(ORDER)
            progress(0.2 + 0.8 * share, f"EV +0, face {FACES[face]}: step {step + 1}/{_BANDS} ({25 * (step + 1)}%)")
            rows = slice(top, bottom)
            if cover[rows].min() < 1 or burnt.any():
                painted[rows] = place.radiance(direction[rows])
                if cover[rows].max() > 0:
                    painted[rows] = _meet(painted[rows], known[rows], cover[rows], _seen(burnt, direction[rows], view))
            else:
                painted[rows] = known[rows]
        return painted


def _softly(clipped: NDArray[np.bool_], view: View) -> NDArray[np.float32]:
    """Burnt-out places of the photo as a soft share (h, w), no denser than a face."""
    density = min(1.0, view.faces.shape[1] / 2 / view.camera.focal)
    size = (max(8, round(clipped.shape[1] * density)), max(8, round(clipped.shape[0] * density)))
    return np.asarray(cv2.resize(clipped.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)


def _seen(burnt: NDArray[np.float32], direction: NDArray[np.float32], view: View) -> NDArray[np.float32]:
    height, width = burnt.shape
    x, y, inside = view.camera.project(direction)
    x = np.clip(x * width / view.camera.width - 0.5, -1, width).astype(np.float32)
    y = np.clip(y * height / view.camera.height - 0.5, -1, height).astype(np.float32)
    return np.asarray(cv2.remap(burnt, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE) * inside, np.float32)


def _meet(
    painted: NDArray[np.float32], known: NDArray[np.float32], cover: NDArray[np.float32], burnt: NDArray[np.float32]
) -> NDArray[np.float32]:
    """The photo over the painting: its own where it saw, at least as bright as it where it was burnt out."""
    light, seen = luminance(painted), luminance(known)
    brighter = painted * np.maximum(1, seen / np.maximum(light, 1e-6))[..., None]
    photo = known + burnt[..., None] * (brighter - known)
    return np.asarray(painted + cover[..., None] * (photo - painted), np.float32)
