"""What networks are shown, and what is made of what they say, is what transformers' own processors have."""

from __future__ import annotations

import ast
import importlib.util
import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from depth_checkpoints import write_depth_anything, write_depthpro, write_dpt
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lucida.engines.depth.metric import focal_length, in_metres
from lucida.engines.depth.preprocessing import Preprocessing

IMAGENET = {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225]}
ANYTHING = {
    "size": {"height": 518, "width": 518},
    "ensure_multiple_of": 14,
    "keep_aspect_ratio": True,
    "resample": 3,
    **IMAGENET,
}
DPT_LARGE = {"size": {"height": 384, "width": 384}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 3}


def picture(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@given(height=st.integers(50, 700), width=st.integers(50, 700), config=st.sampled_from([ANYTHING, DPT_LARGE]))
@settings(max_examples=8)
def test_depth_anything_and_dpt_see_what_transformers_shows_them(
    height: int, width: int, config: dict[str, Any]
) -> None:
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    pixels = picture(height, width, height)
    theirs = DPTImageProcessorPil(**config)(pixels, return_tensors="pt")["pixel_values"][0]
    preprocessing = Preprocessing.read(config, 0)
    ours = preprocessing.resampled(pixels)
    assert preprocessing.size_for(height, width) == theirs.shape[1:]
    assert ours.shape == theirs.shape
    assert (ours - theirs).abs().max() < 1e-5


@given(height=st.integers(2, 300), width=st.integers(2, 300))
@settings(max_examples=12)
def test_depthpro_sees_what_its_processor_says_it_does(height: int, width: int) -> None:
    """Its processor runs only with torchvision, whose operations these are: bytes become 0 to 1, then −1 to 1, then
    they are interpolated without antialiasing."""
    config = {"size": {"height": 96, "width": 96}, "image_mean": [0.5] * 3, "image_std": [0.5] * 3}
    pixels = picture(height, width, height)
    values = torch.from_numpy(pixels).permute(2, 0, 1).to(torch.float32) / 255
    values = (values - 0.5) / 0.5
    theirs = torch.nn.functional.interpolate(values[None], (96, 96), mode="bilinear", antialias=False)[0]
    ours = Preprocessing.read(config, 0).stretched(pixels)
    assert ours.dtype == torch.float32
    assert (ours - theirs).abs().max() < 1e-5


def their_post_processing() -> Any:
    """transformers' own `post_process_depth_estimation` of DepthPro, out of a module that cannot be imported here."""
    package = importlib.util.find_spec("transformers.models.depth_pro")
    assert package is not None
    assert package.origin is not None
    source = Path(package.origin).with_name("image_processing_depth_pro.py").read_text(encoding="utf-8")
    (method,) = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == "post_process_depth_estimation"
    ]
    method.returns, method.decorator_list = None, []
    for argument in method.args.args:
        argument.annotation = None
    names: dict[str, Any] = {"torch": torch, "pil_torch_interpolation_mapping": {2: SimpleNamespace(value="bilinear")}}
    exec(compile(ast.Module([method], []), "theirs", "exec"), names)  # a method of a class that is not there
    return lambda outputs, sizes: names[method.name](SimpleNamespace(resample=2), outputs, sizes)


@given(height=st.integers(2, 200), width=st.integers(2, 200), field=st.floats(5, 150), seed=st.integers(0, 99))
@settings(max_examples=20)
def test_depthpro_s_metres_are_those_of_transformers(height: int, width: int, field: float, seed: int) -> None:
    canonical = np.random.default_rng(seed).uniform(0, 3, (64, 64)).astype(np.float32)
    canonical[:20] = 0  # the sky
    outputs = SimpleNamespace(
        predicted_depth=torch.from_numpy(canonical)[None], field_of_view=torch.tensor([field], dtype=torch.float32)
    )
    (theirs,) = their_post_processing()(outputs, [(height, width)])
    focal = focal_length(field, width)
    ours = in_metres(canonical * np.float32(width / focal), (height, width))
    assert focal == pytest.approx(float(theirs["focal_length"]), rel=1e-5)
    their_metres = theirs["predicted_depth"].numpy().reshape(height, width)
    assert np.abs(ours / their_metres - 1).max() < 1e-5
    assert ours.max() <= 1e4 * (1 + 1e-6)


@pytest.mark.parametrize("write", [write_depthpro, write_depth_anything, write_dpt])
def test_a_checkpoint_s_own_file_is_read(write: Any, tmp_path: Path) -> None:
    import json

    config = json.loads((write(tmp_path) / "preprocessor_config.json").read_text())
    preprocessing = Preprocessing.read(config, 0)
    assert preprocessing.height == config["size"]["height"]
    assert preprocessing.mean == tuple(config["image_mean"])


def test_what_a_file_does_not_say_is_taken_as_usual_and_nonsense_is_refused() -> None:
    assert Preprocessing.read({}, 384) == Preprocessing(384, 384, (0.5,) * 3, (0.5,) * 3)
    assert Preprocessing.read({"size": 384}, 0).width == 384
    for config in ({"size": {"height": 0, "width": 4}}, {"image_std": [0.5, 0, 0.5]}, {"image_mean": [0.5]}):
        with pytest.raises(ValueError, match=r"preprocessor_config\.json"):
            Preprocessing.read(config, 384)


def test_a_field_of_view_that_cannot_be_gives_a_focal_length_that_can() -> None:
    assert focal_length(90, 100) == pytest.approx(50)
    for degrees in (-4000.0, 0.0, 180.0, 1e6):
        assert 0 < focal_length(degrees, 100) < math.inf
