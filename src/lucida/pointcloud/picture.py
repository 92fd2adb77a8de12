"""The picture that a cloud is made of: painted from words, or as it came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from lucida.config import get_settings
from lucida.engines.depth.estimate import Sight
from lucida.engines.depth.sight import sight_of
from lucida.engines.painter import PAINTERS, Choice, choose_painter, choose_picture_painter
from lucida.engines.painter.openai import nearest_size
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.painter.scene.render import focal_length
from lucida.engines.painter.surroundings import surrounded
from lucida.engines.progress import Progress
from lucida.imaging.decode import MOST_MEGAPIXELS, Decode, decode
from lucida.imaging.screen import read_picture
from lucida.pointcloud.asked import SMALLEST, STEP, Asked
from lucida.pointcloud.prompting import worded
from lucida.pointcloud.seam import GOOD, closed, seam_score

STANDARD, ALL_AROUND = (1344, 768), (2048, 1024)  # of pictures that are painted here, in pixels
LONGEST, LONGEST_AROUND = 2048, 4096  # side of a picture that came, in pixels
REMOTE = (1792, 1024)  # as the first clients know them
REMOTE_PAINTERS = ("openai", "flux-pro")


@dataclass(frozen=True)
class Source:
    """A picture to make a cloud of, what is known of its camera, and who made it.

    A painter that knows its scene gives `depth` float32 (H, W), metres along the viewing axis, infinite in the sky, and
    `labels` uint8 (H, W), ADE20K's ids. `seam` is the seam's score as it was painted, None but for panoramas.
    `surroundings` is the painter that continued a picture all around, where one did.
    """

    sight: Sight
    engine: str
    licence: str
    reason: str
    depth: NDArray[np.float32] | None = None
    labels: NDArray[np.uint8] | None = None
    seam: float | None = None
    surroundings: Choice | None = None
    notes: tuple[str, ...] = field(default=())

    @property
    def pixels(self) -> NDArray[np.uint8]:
        """uint8 sRGB (H, W, 3)."""
        return self.sight.pixels


def came(path: Path, asked: Asked, painted: Mapping[str, Any] | None, decode: Decode = decode) -> Source:
    """The picture that came with the request, or that the client's key paid for: `painted` tells by whom.

    One that came is made no wider than was asked for, and no larger than points can be drawn from; one that was paid
    for stays as it is. Raises `BadPhoto`, or what is below it.
    """
    if painted is not None:
        by = painted["engine"], painted["licence"], painted["reason"]
        source = Source(sight_of(read_picture(decode(path, MOST_MEGAPIXELS))), *by, notes=tuple(painted["notes"]))
        return all_around(source) if asked.mode == "panorama" else source
    sight = sight_of(read_picture(decode(path, get_settings().max_photo_megapixels)))
    height, width = sight.pixels.shape[:2]
    longest = LONGEST_AROUND if asked.mode == "panorama" else LONGEST
    scale = min(1.0, longest / max(height, width), (asked.width or width) / width)
    notes: tuple[str, ...] = ()
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        sight = _resized(sight, size)
        notes = (f"The picture came as {width}x{height}; {size[0]}x{size[1]} of it became points.",)
    source = Source(sight, "picture", "", "the picture came with the request", notes=notes)
    return flattened(source) if asked.mode == "panorama" else source


def halved(source: Source, times: int) -> Source:
    """A picture whose sides are halved so many times, with a note: the machine had too little memory for it."""
    if not times:
        return source
    height, width = source.pixels.shape[:2]
    size = max(1, width >> times), max(1, height >> times)
    return replace(source, sight=_resized(source.sight, size), notes=(*source.notes, _too_large(width, height, *size)))


def _resized(sight: Sight, size: tuple[int, int]) -> Sight:
    """The same picture as so many columns and rows."""
    pixels = np.asarray(cv2.resize(sight.pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    focal = None if sight.focal is None else sight.focal * size[0] / sight.pixels.shape[1]
    return replace(sight, pixels=pixels, focal=focal)


def _too_large(width: int, height: int, narrower: int, lower: int) -> str:
    return f"The machine had too little memory for {width}x{height}; the picture was made {narrower}x{lower}."


def flattened(source: Source) -> Source:
    """A panorama that is higher than half its width, as nothing all around can be, pressed to that height."""
    height, width = source.pixels.shape[:2]
    if 2 * height <= width:
        return source
    tall = max(width // 2, 1)
    pixels = np.asarray(cv2.resize(source.pixels, (2 * tall, tall), interpolation=cv2.INTER_AREA), np.uint8)
    note = f"The panorama came as {width}x{height}; it was pressed to {2 * tall}x{tall}."
    return replace(source, sight=Sight(pixels), notes=(*source.notes, note))


def size_of(asked: Asked, remote_model: str | None = None) -> tuple[int, int]:
    """The size of the picture that is to be painted: as was asked for, or what suits who paints."""
    usual = ALL_AROUND if asked.mode == "panorama" else STANDARD if remote_model is None else REMOTE
    width, height = asked.width or usual[0], asked.height or usual[1]
    return nearest_size(remote_model, width, height) if remote_model else (width, height)


def paint(asked: Asked, seed: int, progress: Progress, shrink: int = 0) -> Source:
    """The picture of a sentence, by a painter of this installation or one that it has the key for.

    A panorama is painted as a picture first, and goes on all around it. What is painted here has its sides halved
    `shrink` times, with a note. Raises what painters raise.
    """
    choice = choose_picture_painter(asked.image_model)
    remote = get_settings().openai_model if choice.name == "openai" else None
    panorama, here = asked.mode == "panorama", choice.name not in REMOTE_PAINTERS
    around = panorama and here
    width, height = size_of(asked, remote)
    sizing: list[str] = []
    if around:
        if asked.height and 2 * asked.height != width:
            sizing.append(f"A panorama that is painted here is half as high as wide: {width}x{width // 2}.")
        height = width // 2
    if shrink and here:
        sizing.append(_too_large(width, height, *_less(width, height, shrink)))
        width, height = _less(width, height, shrink)
    wide = width
    if around:
        width, height = _less(STANDARD[1], STANDARD[1], shrink)
    words = worded(asked.prompt, asked.vibe, "standard" if around else asked.mode)
    request = PictureRequest(words, width=width, height=height, seed=seed)
    part = 0.5 if around else 1.0
    picture = choice.painter.draw(
        request, lambda fraction, stage: progress(part * fraction, stage), lambda preview: None
    )
    by = picture.by or choice
    source = Source(Sight(picture.pixels), by.name, by.licence, by.reason, notes=(*picture.notes, *sizing))
    if around:
        continues = choose_painter(asked.image_model if asked.image_model in PAINTERS else "auto")
        pixels = surrounded(
            picture.pixels,
            2 * float(np.arctan(width / 2 / focal_length(width, height))),
            words,
            continues.painter,
            wide,
            seed,
            lambda fraction, stage: progress(0.5 + 0.5 * fraction, stage),
        )
        return replace(source, sight=Sight(pixels), seam=seam_score(pixels), surroundings=continues)
    if panorama:
        return all_around(source)
    if choice.name != "draft":
        return source
    return replace(
        source,
        sight=Sight(picture.pixels, focal_length(width, height), 0.0, 0.0),
        depth=picture.depth,
        labels=_labels(picture.segments, picture.segment_names),
    )


def _less(width: int, height: int, shrink: int) -> tuple[int, int]:
    """A size to paint in, its sides halved so many times."""
    return max(SMALLEST, (width >> shrink) // STEP * STEP), max(SMALLEST, (height >> shrink) // STEP * STEP)


def all_around(source: Source) -> Source:
    """A remote painter's panorama, no higher than half its width; its seam is measured, and closed where it shows."""
    source = flattened(source)
    pixels, notes = source.pixels, source.notes
    score = seam_score(pixels)
    if score > GOOD:
        pixels = closed(pixels)
        notes = (*notes, f"The panorama's edges did not meet (seam score {score:.1f}); they were brought together.")
    return replace(source, sight=Sight(pixels), seam=score, notes=notes)


# What the draft's scenes are made of, as ADE20K calls it.
_ADE = {
    "sky": 2, "terrain": 13, "water": 21, "tree": 4, "building": 1, "grass": 9,
    "wall": 0, "floor": 3, "ceiling": 5, "window": 8, "sofa": 23, "table": 15, "chair": 19, "bed": 7, "shelf": 24,
    "rug": 28, "plant": 17, "lamp": 36, "painting": 22,
}  # fmt: skip


def _labels(segments: NDArray[np.uint8] | None, names: tuple[str, ...]) -> NDArray[np.uint8] | None:
    """The draft's segments as ADE20K's ids."""
    if segments is None:
        return None
    ids = np.full(256, 255, np.uint8)
    for number, name in enumerate(names):
        ids[number] = _ADE.get(name, 255)
    return np.asarray(ids[segments])
