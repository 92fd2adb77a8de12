"""The draft painter: a whole surrounding for any photo, without weights, on a CPU, in seconds.

What the light is, `layout.py` says; what the place is made of, `place.py`; `place_rows.py` paints it around the photo.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

from lucida.engines.painter.layout import lay_out
from lucida.engines.painter.painting import FACES, FacePainted, Painting, View
from lucida.engines.painter.place import plan_place
from lucida.engines.painter.place_rows import PlaceRows
from lucida.engines.progress import Progress

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
        place = PlaceRows(view, plan_place(view, layout.radiance))
        faces = np.empty_like(view.faces)
        for done, name in enumerate(ORDER):
            face = FACES.index(name)
            self._face(place, face, done, progress, faces[face])
            face_painted(name, faces[face])
        return Painting(faces, layout.lights, notes=layout.notes)

    def _face(self, place: PlaceRows, face: int, done: int, progress: Progress, painted: NDArray[np.float32]) -> None:
        edges = np.linspace(0, len(painted), _BANDS + 1).astype(int).tolist()
        for step, (top, bottom) in enumerate(itertools.pairwise(edges)):
            share = (done + step / _BANDS) / len(ORDER)
            progress(0.2 + 0.8 * share, f"EV +0, face {FACES[face]}: step {step + 1}/{_BANDS} ({25 * (step + 1)}%)")
            place.paint(face, slice(top, bottom), painted[top:bottom])
