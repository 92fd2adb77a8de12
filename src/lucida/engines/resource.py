"""What an engine needs of a machine, so that work comes to a worker that has it."""

from __future__ import annotations

from typing import Literal

Resource = Literal["cpu", "gpu", "io"]

# They paint elsewhere; here one only waits for them.
_ELSEWHERE = ("openai", "flux-pro", "inference")


def resource_of(*engines: str) -> Resource:
    """`gpu` where one of these engines is a model, `io` where all of them are elsewhere, else `cpu`."""
    if any(name not in ("draft", *_ELSEWHERE) for name in engines):
        return "gpu"
    return "io" if all(name in _ELSEWHERE for name in engines) else "cpu"
