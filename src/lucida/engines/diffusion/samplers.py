"""The samplers by the names people know, and the schedulers of diffusers they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lucida.errors import BadParameter

if TYPE_CHECKING:
    from diffusers import SchedulerMixin

KARRAS = " Karras"
# Name of the class in diffusers, and what it is made with. Karras et al. 2022, table 1, spaces the noise levels.
_SCHEDULERS: dict[str, tuple[str, dict[str, Any]]] = {
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver++", "solver_order": 2}),
    "DPM++ SDE": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "solver_order": 2}),
    "DDIM": ("DDIMScheduler", {}),
    "UniPC": ("UniPCMultistepScheduler", {}),
}
_WITH_KARRAS = ("Euler", "DPM++ 2M", "DPM++ SDE", "UniPC")
SAMPLERS = (*_SCHEDULERS, *(name + KARRAS for name in _WITH_KARRAS))


def make_scheduler(name: str, config: Any, **more: Any) -> SchedulerMixin:
    """A scheduler of its own for a run, with the noise levels of a model's `config`; `more` options win over these.

    Raises `BadParameter`.
    """
    import diffusers

    if name not in SAMPLERS:
        raise BadParameter(f"There is no sampler {name!r}; choose {', '.join(SAMPLERS)}.", param="sampler")
    kind, options = _SCHEDULERS[name.removesuffix(KARRAS)]
    if name.endswith(KARRAS):
        options = options | {"use_karras_sigmas": True}
    return getattr(diffusers, kind).from_config(config, **(options | more))
