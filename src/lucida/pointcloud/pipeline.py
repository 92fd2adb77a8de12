"""A picture becomes points in space: its depth and its things are told at the same time, then the points are placed."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth import choose_depth
from lucida.engines.depth.estimate import Depth
from lucida.engines.depth.nearness import ends, nearness
from lucida.engines.depth.panorama import estimate_panorama
from lucida.engines.progress import Progress
from lucida.engines.segmentation import choose_segmentation
from lucida.engines.segmentation.ade20k import CATEGORY_OF, detected, in_words
from lucida.engines.segmentation.panorama import segment_panorama
from lucida.engines.segmentation.segments import Segments
from lucida.pointcloud.asked import Mode
from lucida.pointcloud.picture import Source

T = TypeVar("T")
_TICK = 0.1  # seconds between two looks at how far the work is
_KNOWN = "the painter knows the scene that it painted"


@dataclass(frozen=True)
class Seen:
    """A picture, how far away everything in it is, and what it is.

    `pixels` uint8 sRGB (H, W, 3); `near` float32 (H, W), 1 = near, 0 = far and sky; `depth` in metres; `segments` and
    the six `categories` uint8 (H, W). `engines` tells by what, why, and under which licence; `seconds` how long each
    step took; `notes` are sentences on what was found and assumed.
    """

    pixels: NDArray[np.uint8]
    near: NDArray[np.float32]
    depth: Depth
    segments: Segments
    categories: NDArray[np.uint8]
    engines: dict[str, dict[str, str]]
    seconds: dict[str, float]
    notes: tuple[str, ...] = field(default=())

    @property
    def detected(self) -> list[str]:
        """What is in the picture, the largest first: `tree→cat1(25%)`."""
        return in_words(detected(self.segments.labels))


def see(source: Source, mode: Mode, depth_model: str, seg_model: str, progress: Progress) -> Seen:
    """Depth and things of a picture. Raises `BadParameter`, `ModelUnavailable`, and what `progress` raises.

    Where `auto` is asked for, a painter that knows the scene it painted tells them. The phone's own depth map is taken
    by the draft alone; models look at the picture.
    """
    by_depth, by_things = choose_depth(depth_model), choose_segmentation(seg_model)
    told = _Together()
    engines: dict[str, dict[str, str]] = {}

    def far() -> Depth:
        if source.depth is not None and depth_model == "auto":
            engines["depth"] = _engine("scene", source.licence, _KNOWN)
            return Depth(source.depth, focal=source.sight.focal)
        engine = by_depth.engine
        engines["depth"] = _engine(by_depth.name, by_depth.licence, by_depth.reason)
        if mode == "panorama":
            return estimate_panorama(engine, source.pixels, told.part(0))
        return engine.estimate(source.sight, told.part(0))

    def things() -> Segments:
        if source.labels is not None and seg_model == "auto":
            engines["segmentation"] = _engine("scene", source.licence, _KNOWN)
            return Segments(source.labels, np.zeros(source.labels.shape, np.uint16))
        engine = by_things.engine
        engines["segmentation"] = _engine(by_things.name, by_things.licence, by_things.reason)
        if mode == "panorama":
            return segment_panorama(engine, source.pixels, told.part(1))
        return engine.segment(source.pixels, told.part(1))

    with ThreadPoolExecutor(2, thread_name_prefix="seeing") as pool:
        depth_work, things_work = pool.submit(_timed, far), pool.submit(_timed, things)
        pending: set[Future[Any]] = {depth_work, things_work}
        try:
            while pending:
                over, pending = wait(pending, _TICK, FIRST_EXCEPTION)
                for work in over:
                    work.result()
                progress(*told.now)
        finally:
            told.stop()
    (depth, depth_seconds), (segments, things_seconds) = depth_work.result(), things_work.result()
    return Seen(
        source.pixels,
        nearness(depth),
        depth,
        segments,
        np.asarray(CATEGORY_OF[segments.labels], np.uint8),
        engines,
        {"depth": depth_seconds, "segmentation": things_seconds},
        (*source.notes, *depth.notes, *segments.notes),
    )


def _engine(name: str, licence: str, reason: str) -> dict[str, str]:
    return {"name": name, "licence": licence, "reason": reason}


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    began = time.perf_counter()
    return work(), round(time.perf_counter() - began, 4)


class _Stopped(Exception):
    """The other of two pieces of work has ended badly."""


class _Together:
    """Progress of two pieces of work that go on at the same time, to be told by who waits for them.

    That one alone touches rows: a thread of a pool would leave its connection to the database open.
    """

    def __init__(self) -> None:
        self._done = [0.0, 0.0]
        self._stage = "Looking at the picture"
        self._stopped = False

    @property
    def now(self) -> tuple[float, str]:
        """How far both are, and the stage that was told last."""
        return sum(self._done) / 2, self._stage

    def part(self, which: int) -> Progress:
        """The progress of one of them."""

        def tell(fraction: float, stage: str) -> None:
            if self._stopped:
                raise _Stopped
            self._done[which] = min(1.0, max(self._done[which], fraction))
            self._stage = stage

        return tell

    def stop(self) -> None:
        """Make the next call of either raise."""
        self._stopped = True


def report_of(seen: Seen, source: Source) -> dict[str, Any]:
    """What a cloud's metadata tell of how it was made."""
    far, near = ends(seen.depth)
    engines = {"image": _engine(source.engine, source.licence, source.reason)}
    if (painter := source.surroundings) is not None:
        engines["surroundings"] = _engine(painter.name, painter.licence, painter.reason)
    return {
        "engines": {**engines, **seen.engines},
        "segments_detected": seen.detected,
        "near": 1 / near,
        "far": 1 / far if far > 0 else None,
        "depth_known_up_to": seen.depth.freedom,
        "focal_px": seen.depth.focal,
        "seam_score": None if source.seam is None else round(source.seam, 2),
        "notes": list(seen.notes),
    }
