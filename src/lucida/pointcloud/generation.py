"""One point cloud from beginning to end: the picture, what is seen in it, its points, and what is told of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.progress import Progress, silent
from lucida.imaging.decode import Decode, decode
from lucida.pointcloud.asked import Asked, Form
from lucida.pointcloud.cloud import encoded
from lucida.pointcloud.files import Kept
from lucida.pointcloud.picture import REMOTE_PAINTERS, Source, came, halved, paint
from lucida.pointcloud.pipeline import report_of, see
from lucida.pointcloud.wire import read_cloud

_READ, _PAINTED, _SEEN = 0.05, 0.45, 0.9  # of the work


@dataclass(frozen=True)
class Generation:
    """A point cloud: what its points are placed from, the usual packed cloud, and what `metadata.json` tells."""

    kept: Kept
    cloud: memoryview
    metadata: dict[str, Any]


def _unseen(source: Source) -> None:
    """A picture that nobody looks at before its cloud is there."""


def generated(
    asked: Asked,
    seed: int,
    name: str,
    progress: Progress = silent,
    *,
    image: Path | None = None,
    painted: Mapping[str, Any] | None = None,
    pictured: Callable[[Source], None] = _unseen,
    shrink: int = 0,
    decode: Decode = decode,
) -> Generation:
    """The point cloud of words, or of the picture `image`; `name` is its id, `pictured` hears of the picture first.

    `painted` tells who made the picture where the client's key paid for it, and in how many `ms`. The picture's sides
    are halved `shrink` times to save memory. `decode` opens it, perhaps in another process. Raises `BadParameter`,
    `BadPhoto`, `ModelUnavailable`, `OutOfMemory`, and what `progress` raises to stop the work.
    """
    began = time.perf_counter()
    if image is None:
        source = paint(asked, seed, lambda fraction, stage: progress(_PAINTED * fraction, stage), shrink)
        painting, elsewhere = round(1000 * (time.perf_counter() - began)), 0
    else:
        progress(0.0, "Reading the picture")
        source = came(image, asked, painted, decode)
        painting = elsewhere = painted["ms"] if painted is not None else 0
    pictured(source)
    if image is not None or source.engine in REMOTE_PAINTERS:  # what was paid for stays whole for a further try
        source = halved(source, shrink)
    begin = _PAINTED if image is None else _READ

    def tell(fraction: float, stage: str) -> None:
        progress(begin + (_SEEN - begin) * fraction, stage)

    seen = see(source, asked.mode, asked.depth_model or "auto", asked.seg_model or "auto", tell)
    progress(_SEEN, "Placing the points")
    kept = Kept(seen.pixels, _as_kept(seen.near), seen.categories, seen.segments.objects)
    metadata: dict[str, Any] = {
        "id": name,
        "prompt": asked.prompt,
        "vibe": asked.vibe,
        "mode": asked.mode,
        "created_at": datetime.now(UTC).isoformat(),
        "seed": seed,
        **report_of(seen, source),
    }
    metadata["timing"] = {
        "image_gen_ms": painting,
        "depth_ms": round(1000 * seen.seconds["depth"]),
        "segmentation_ms": round(1000 * seen.seconds["segmentation"]),
        "total_ms": round(1000 * (time.perf_counter() - began)) + elsewhere,
    }
    cloud = encoded(kept, Form(), metadata).content
    header = read_cloud(cloud).header
    return Generation(kept, cloud, {**header, **metadata, "timing": header["timing"]})


def _as_kept(near: NDArray[np.float32]) -> NDArray[np.float32]:
    """Nearness in the steps of the file that keeps it, so that points placed anew are the same points."""
    return np.asarray(np.rint(near * 65535) / np.float32(65535), np.float32)
