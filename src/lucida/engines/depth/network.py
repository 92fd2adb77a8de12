"""A depth network of transformers on its device: pictures in, raw maps out."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
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
_BATCH = 4  # pictures that a card is shown at once


class Network:
    """A loaded network; `run` is what transformers calls its forward pass. One thread at a time works with it."""

    def __init__(self, title: str, model: Any, hardware: Hardware) -> None:
        self._title, self._hardware = title, hardware
        self._model: Any = model
        self.batch = _BATCH if hardware.kind == "cuda" else 1

    def run(self, pictures: Sequence[torch.Tensor]) -> tuple[list[NDArray[np.float32]], list[float | None]]:
        """The raw map (h, w) of each picture (3, H, W), all of one size; and the field of view in degrees, if it tells.

        Raises `OutOfMemory`.
        """
        import torch

        maps: list[NDArray[np.float32]] = []
        fields: list[float | None] = []
        while len(maps) < len(pictures):
            some = torch.stack(list(pictures[len(maps) : len(maps) + self.batch]))
            try:
                with torch.no_grad():
                    told = self._model(pixel_values=some.to(self._hardware.kind, self._hardware.dtype))
            except torch.OutOfMemoryError as error:
                if self.batch == 1:
                    raise OutOfMemory(_TOO_LARGE.format(self._title)) from error
                self.batch //= 2
                self._hardware.give_back()
                continue
            depth = told.predicted_depth.float().cpu().numpy()
            maps += list(depth.reshape(len(some), *depth.shape[-2:]))
            field = getattr(told, "field_of_view", None)
            fields += [None] * len(some) if field is None else [float(each) for each in field.float().reshape(-1)]
        return maps, fields

    def close(self) -> None:
        """Let go of the weights."""
        self._model = None


def load_network(title: str, source: str, kind: str, architecture: str, side: int) -> tuple[Network, Preprocessing]:
    """A network from a folder or a name on the hub, and its preprocessing as the checkpoint says it.

    `kind` is what its config.json calls it, `architecture` its class in transformers; `side` is the size of its
    pictures where the checkpoint says none. Raises `ModelUnavailable`, `OutOfMemory`.
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
        network = Network(title, model.to(hardware.kind).eval(), hardware)
    return network, preprocessing
