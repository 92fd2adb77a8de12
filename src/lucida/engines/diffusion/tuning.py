"""What makes a model faster on a GPU and leaves its pictures as they are, but for the last bits."""

from __future__ import annotations

from typing import Any


def channels_last(pipeline: Any) -> None:
    """Lay the weights of convolutions out as a GPU's tensor cores read them."""
    import torch

    for name in ("unet", "controlnet", "vae"):
        part = getattr(pipeline, name, None)
        if part is not None:
            part.to(memory_format=torch.channels_last)


def compile_blocks(pipeline: Any, **options: Any) -> None:
    """Compile the block that the denoiser repeats, once for all its places: it happens at the first step.

    `options` are `torch.compile`'s. What is compiled stays so.
    """
    denoiser = _denoiser(pipeline)
    if all(module._compiled_call_impl is None for module in denoiser.modules()):
        denoiser.compile_repeated_blocks(fullgraph=True, **options)


def forget_compiled(pipeline: Any) -> None:
    """Run the blocks as they are written again, and let what was compiled go."""
    import torch

    for module in _denoiser(pipeline).modules():
        module._compiled_call_impl = None
    torch.compiler.reset()


def _denoiser(pipeline: Any) -> Any:
    return getattr(pipeline, "unet", None) or pipeline.transformer
