"""Panoramas by a model that repaints pictures: the draft made anew, face by face, exposure by exposure.

The draft is what the model starts from, and its lights stay. Each face is painted from the panorama as it stands, seen
wider than the face, so that its neighbours are in the picture; what is painted crosses over into them, and they later
only change what is not finished. EV 0 comes first; the other exposures develop it: a darker one may only change what
EV 0 clips, a brighter one only what it crushes, so that all agree wherever two of them see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.engines.diffusion.requests import Looking, Repainter, RepaintRequest
from lucida.engines.painter.draft import DraftPainter
from lucida.engines.painter.painting import FACES, FacePainted, Painting, View
from lucida.engines.progress import Progress
from lucida.errors import LucidaError, PaintingFailed
from lucida.geometry.cube_views import look, on_patch, patches, view_axes
from lucida.imaging.colour import srgb_to_linear
from lucida.imaging.exposure import encode

ORDER = ("nz", "px", "nx", "pz", "py", "ny")  # outward from the photo, the back between both sides, then the poles
EXTENT = 1.3  # tangent of half a view's field: 105°, of which a face is 90°
CRUSHED = 1  # the highest code value that a brighter exposure may make anew
_PREFILL = 0.1  # share of the time that the draft takes
_FINISHED = 1e-3
_COVERED = 0.5  # share of a view, covered by the photo, from which it is changed as little as a photo


@dataclass(frozen=True)
class Care:
    """How a model paints: its pictures' size, steps, guidance, and its strength on the photo's and on empty faces."""

    size: int = 1024
    steps: int = 25
    cfg_scale: float = 4.0
    strength_original: float = 0.3
    strength_new: float = 0.8


class RepaintedPanoramas:
    """A painter of panoramas, made of one that repaints pictures. `evs` are the exposures, in stops, 0 among them."""

    def __init__(self, repainter: Repainter, care: Care, evs: Sequence[float]) -> None:
        self.name, self.licence = repainter.name, repainter.licence
        self._repainter, self._care = repainter, care
        self._evs = [0.0, *(float(ev) for ev in evs if ev != 0)]

    def paint(self, view: View, progress: Progress, face_painted: FacePainted) -> Painting:
        """The whole surrounding; known pixels stay the photo's in every exposure that holds them."""
        draft = DraftPainter().paint(view, lambda done, stage: progress(_PREFILL * done, stage), lambda *_: None)
        codes = _encoded(draft.faces)
        free = 1 - view.coverage
        faces = draft.faces.copy()

        def shown(name: str, face: int) -> None:
            faces[face] = _lit(codes[face], draft.faces[face], view.coverage[face])
            face_painted(name, faces[face])

        exposures = {0.0: codes}
        for turn, ev in enumerate(self._evs):
            tell = _part(progress, turn, len(self._evs))
            if ev == 0:
                self._repaint(view, codes, free, ev, self._strength(view), tell, shown)
                for face in range(6):  # also where nothing was free
                    faces[face] = _lit(codes[face], draft.faces[face], view.coverage[face])
                continue
            exposures[ev] = developed = _encoded(faces, ev)
            lost = exposures[0.0].max(-1) == 255 if ev < 0 else exposures[0.0].max(-1) <= CRUSHED
            few = np.full(6, self._care.strength_original)
            self._repaint(view, developed, lost.astype(np.float32), ev, few, tell, lambda *_: None)
        return Painting(faces, draft.lights, {ev: exposures[ev] for ev in self._evs}, draft.notes)

    def _strength(self, view: View) -> NDArray[np.float64]:
        """How far each face may be changed (6,): the less the more of its view the photo covers."""
        small = np.stack([cv2.resize(face, (32, 32), interpolation=cv2.INTER_AREA) for face in view.coverage])
        covered = np.array([look(small, face, EXTENT, 32).mean() for face in range(6)])
        care = self._care
        share = np.clip(covered / _COVERED, 0, 1)
        return np.asarray(care.strength_new + share * (care.strength_original - care.strength_new))

    def _repaint(
        self,
        view: View,
        codes: NDArray[np.uint8],
        free: NDArray[np.float32],
        ev: float,
        strength: NDArray[np.float64],
        progress: Progress,
        shown: Callable[[str, int], None],
    ) -> None:
        """Paint codes (6, N, N, 3) anew where they are `free` (6, N, N), 0 to 1, in place; `free` is used up."""
        before = codes.copy()
        for turn, name in enumerate(ORDER):
            face = FACES.index(name)
            stage = f"EV {ev:+g}, face {name}"
            open_still = look(free, face, EXTENT, self._care.size)
            if open_still.max() <= _FINISHED:
                progress((turn + 1) / len(ORDER), f"{stage}: nothing to change")
                continue
            picture = np.rint(look(codes, face, EXTENT, self._care.size)).astype(np.uint8)
            request = RepaintRequest(
                picture,
                np.where(open_still > _FINISHED, np.uint8(255), np.uint8(0)),
                view.prompt,
                view.negative_prompt,
                float(strength[face]),
                self._care.steps,
                self._care.cfg_scale,
                seed=view.seed,
                looking=Looking(view_axes(face), float(2 * np.arctan(EXTENT)), ev),
            )
            tell = _part(progress, turn, len(ORDER), stage)
            try:
                painted = self._repainter.repaint(request, tell, lambda preview: None)
            except LucidaError:
                raise
            except (RuntimeError, ValueError, OSError) as error:
                raise PaintingFailed(
                    f"{self.name} failed at {stage}: try again, or choose the draft painter."
                ) from error
            self._repainter.rest()
            _lay(painted, face, before, codes, free)
            shown(name, face)


def _lay(
    painted: NDArray[np.uint8],
    face: int,
    before: NDArray[np.uint8],
    codes: NDArray[np.uint8],
    free: NDArray[np.float32],
) -> None:
    """Lay a view onto the faces it sees as far as they are free: whole on its own, crossing over into the others.

    It takes the place of what was there `before`, never of what another view has laid.
    """
    for patch in patches(face, EXTENT, codes.shape[1]):
        at = patch.face, patch.rows, patch.columns
        far = np.maximum(np.abs(patch.x), np.abs(patch.y))
        t = np.clip((EXTENT - far) / (EXTENT - 1), 0, 1)
        share = free[at] * (t * t * (3 - 2 * t))
        mixed = codes[at] + share[..., None] * (on_patch(painted, patch, EXTENT) - before[at])
        codes[at] = np.clip(np.rint(mixed), 0, 255)
        free[at] -= share


def _lit(codes: NDArray[np.uint8], draft: NDArray[np.float32], coverage: NDArray[np.float32]) -> NDArray[np.float32]:
    """A painted face's radiance (N, N, 3): the photo's where it covers all, as bright as drafted where clipped."""
    light = srgb_to_linear(codes)
    light = np.where(codes == 255, np.maximum(light, draft), light)
    return np.asarray(np.where(coverage[..., None] >= 1, draft, light), np.float32)


def _encoded(faces: NDArray[np.float32], ev: float = 0.0) -> NDArray[np.uint8]:
    return np.stack([encode(face, ev) for face in faces])


def _part(progress: Progress, turn: int, turns: int, where: str = "") -> Progress:
    """A turn's share of the progress, after what the draft took; `where` comes before what is told."""

    def tell(fraction: float, stage: str) -> None:
        done = (turn + fraction) / turns
        progress(done if where else _PREFILL + (1 - _PREFILL) * done, f"{where}: {stage}" if where else stage)

    return tell
