"""A depth network of transformers on its device: pictures in, raw maps out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from lucida.engines.depth.preprocessing import Preprocessing
from lucida.engines.devices import Hardware, find_hardware
from lucida.engines.loading import fetched, loading, need_packages
from lucida.errors import OutOfMemory

if TYPE_CHECKING:
    import torch

_TOO_LARGE = "The graphics card has too little memory for {}: choose a smaller depth model, or LUCIDA_DEVICE=cpu."
_MISSING = 0.1  # of a network's weights: published ones lack what is never used, foreign ones nearly all
_BATCH = 4  # pictures that are shown at once

Map = NDArray[np.float32]
Told = tuple[list[Map], Sequence[float | None]]  # raw maps, and fields of view


class Network:
    """A loaded network. One thread at a time asks it.

    It is shown `batch` pictures at once: on a card as one batch, on a CPU by as many `threads`, each with its share of
    the cores, which is two to three times as fast there as all cores on one picture (bench/depth_models.py). One that
    is `large` is shown one at a time on a CPU, where it takes gigabytes for each.
    """

    def __init__(self, title: str, model: Any, hardware: Hardware, *, large: bool = False) -> None:
        import torch

        self._title, self._hardware = title, hardware
        self._model: Any = model
        self.threads = hardware.kind == "cpu"
        self.batch = min(_BATCH, torch.get_num_threads()) if self.threads else _BATCH
        if large and self.threads:
            self.batch = 1

    def run(self, pictures: Sequence[torch.Tensor]) -> tuple[list[Map], list[float | None]]:
        """The raw map (h, w) of each picture (3, H, W), all of one size; and the field of view in degrees, if it tells.

        Raises `OutOfMemory`.
        """
        if self.threads and self.batch > 1 and len(pictures) > 1:
            return _joined(self._by_threads(pictures))
        return _joined(self._in_batches(pictures))

    def _by_threads(self, pictures: Sequence[torch.Tensor]) -> list[Told]:
        import torch

        cores = torch.get_num_threads()
        torch.set_num_threads(max(1, cores // self.batch))
        try:
            with ThreadPoolExecutor(self.batch, thread_name_prefix="tile") as pool:
                return list(pool.map(lambda picture: self._forward(picture[None]), pictures))
        finally:
            torch.set_num_threads(cores)

    def _in_batches(self, pictures: Sequence[torch.Tensor]) -> list[Told]:
        import torch

        told: list[Told] = []
        done = 0
        while done < len(pictures):
            some = torch.stack(list(pictures[done : done + self.batch]))
            try:
                told.append(self._forward(some))
                done += len(some)
            except torch.OutOfMemoryError as error:
                if self.batch == 1:
                    raise OutOfMemory(_TOO_LARGE.format(self._title)) from error
                self.batch //= 2
                self._hardware.give_back()
        return told

    def _forward(self, pictures: torch.Tensor) -> Told:
        import torch

        with torch.no_grad():
            told = self._model(pixel_values=pictures.to(self._hardware.kind, self._hardware.dtype))
        depth = told.predicted_depth.float().cpu().numpy()
        field = getattr(told, "field_of_view", None)
        fields = [None] * len(pictures) if field is None else [float(each) for each in field.float().reshape(-1)]
        return list(depth.reshape(len(pictures), *depth.shape[-2:])), fields

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None


def _joined(told: Sequence[Told]) -> tuple[list[Map], list[float | None]]:
    return [each for maps, _ in told for each in maps], [each for _, fields in told for each in fields]


def load_network(
    title: str, source: str, kind: str, architecture: str, side: int, *, large: bool = False
) -> tuple[Network, Preprocessing]:
    """A network from a folder or a name on the hub, and its preprocessing as the checkpoint says it.

    `kind` is what its config.json calls it, `architecture` its class in transformers; `side` is the size of its
    pictures where the checkpoint says none; `large` as the network takes it. Raises `ModelUnavailable`, `OutOfMemory`.
    """
    need_packages(title)
    import transformers

    hardware = find_hardware()
    with loading(title, source):
        found = json.loads(fetched(source, "config.json").read_text(encoding="utf-8")).get("model_type")
        if found != kind:
            raise ValueError(f"it holds a model of the kind {found!r}, not {kind!r}")
        config = json.loads(fetched(source, "preprocessor_config.json").read_text(encoding="utf-8"))
        preprocessing = Preprocessing.read(config, side)
        load: Callable[..., Any] = getattr(transformers, architecture).from_pretrained
        model, report = load(source, dtype=hardware.dtype, output_loading_info=True)
        weights = dict(model.named_parameters())
        missing = sum(weights[name].numel() for name in report["missing_keys"] if name in weights)
        if missing > _MISSING * sum(weight.numel() for weight in weights.values()):
            raise ValueError("it lacks most of the weights")
        network = Network(title, model.to(hardware.kind).eval(), hardware, large=large)
    return network, preprocessing
