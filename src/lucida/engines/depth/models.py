"""The depth models: what they are called, on whose terms, how large they are and how they load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from lucida.config import Settings
from lucida.engines.weights import stated_licence

if TYPE_CHECKING:
    from lucida.engines.depth.metric import DepthPro
    from lucida.engines.depth.relative import RelativeDepth

_GIGABYTE = 2.0**30


@dataclass(frozen=True)
class DepthModel:
    """A model by its `name`; `setting` names where its weights are, `needs` is what it takes of a card, in bytes.

    `licence` is that of the weights the setting names unless it is changed.
    """

    name: str
    title: str
    licence: str
    setting: str
    needs: float
    download: str

    def source(self, settings: Settings) -> str:
        """The folder or the name on the hub that it is loaded from."""
        return str(getattr(settings, self.setting))

    def licence_of(self, source: str) -> str:
        """On whose terms the weights of a source are."""
        return stated_licence(self.setting, source, self.licence)

    def load(self, source: str) -> DepthPro | RelativeDepth:
        """The model itself. Raises `ModelUnavailable`, `OutOfMemory`."""
        licence = self.licence_of(source)
        if self.name == "depthpro":
            from lucida.engines.depth.metric import load_depthpro

            return load_depthpro(self.title, licence, source)
        from lucida.engines.depth.relative import load_relative

        return load_relative(self.name, self.title, licence, source)


# Licences as the models' pages on the hub say them. `needs` are weights in half precision and, reckoned, four pictures'
# working memory, one of DepthPro's.
MODELS = {
    model.name: model
    for model in (
        DepthModel("depthpro", "DepthPro", "Apple AMLR (research only)", "depthpro_model", 5 * _GIGABYTE, "1.9 GB"),
        DepthModel(
            "dav2large",
            "Depth Anything V2 Large",
            "CC-BY-NC-4.0 (non-commercial)",
            "dav2large_model",
            3 * _GIGABYTE,
            "1.3 GB",
        ),
        DepthModel("dav2small", "Depth Anything V2 Small", "Apache-2.0", "dav2small_model", _GIGABYTE, "0.1 GB"),
        DepthModel("midas", "MiDaS (DPT-Large)", "Apache-2.0", "midas_model", 3 * _GIGABYTE, "1.4 GB"),
    )
}
