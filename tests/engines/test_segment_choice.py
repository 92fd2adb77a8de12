from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable

import pytest

from lucida.config import get_settings
from lucida.engines.devices import has_cuda
from lucida.engines.segmentation import SEGMENTATION_ENGINES, choose_segmentation
from lucida.errors import BadParameter, ModelUnavailable


def test_what_is_said_of_the_draft_is_what_it_says_of_itself() -> None:
    choice = choose_segmentation("draft")
    assert (choice.name, choice.licence, choice.reason) == ("draft", "Apache-2.0", "asked for by name")
    assert (choice.engine.name, choice.engine.licence) == (choice.name, choice.licence)


def test_auto_says_why_it_takes_the_draft() -> None:
    choice = choose_segmentation()
    if not has_cuda():
        assert (choice.name, choice.reason) == ("draft", "there is no GPU to run a model on")


def test_what_may_not_be_used_commercially_says_so() -> None:
    for name in ("sam2+maskformer", "maskformer", "segformer"):
        assert "not for commercial use" in choose_segmentation(name).licence


def test_other_weights_have_a_licence_of_their_own(setting: Callable[[str, object], None]) -> None:
    setting("SEGFORMER_MODEL", "openmmlab/upernet-convnext-small")
    assert choose_segmentation("segformer").licence == "as openmmlab/upernet-convnext-small states"
    setting("SAM2_MODEL", "somebody/sam2")
    licence = choose_segmentation("sam2+maskformer").licence
    assert licence == "SAM 2: as somebody/sam2 states; MaskFormer: CC BY-NC 4.0, not for commercial use"
    setting("MASKFORMER_MODEL", "somebody/maskformer")
    assert choose_segmentation("maskformer").licence == "as somebody/maskformer states"
    assert "MaskFormer: as somebody/maskformer states" in choose_segmentation("sam2+maskformer").licence


def test_an_engine_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadParameter, match=r"choose auto, draft, sam2\+maskformer, maskformer, segformer") as raised:
        choose_segmentation("sam3")
    assert raised.value.param == "seg_model"


def test_without_their_packages_models_say_how_to_get_them_and_auto_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name in ("sam2+maskformer", "maskformer", "segformer"):
        with pytest.raises(ModelUnavailable, match=r"\./start\.sh --models"):
            choose_segmentation(name)
    choice = choose_segmentation("auto")
    assert (choice.name, "--models" in choice.reason) == ("draft", True)


def test_the_specifications_own_name_sets_the_engine(
    monkeypatch: pytest.MonkeyPatch, setting: Callable[[str, object], None]
) -> None:
    monkeypatch.setenv("SEG_MODEL", "maskformer")
    get_settings.cache_clear()
    assert get_settings().seg_model == "maskformer"
    setting("SEG_MODEL", "draft")
    assert get_settings().seg_model == "draft"
    assert get_settings().seg_model in SEGMENTATION_ENGINES


def test_choosing_imports_neither_torch_nor_what_the_draft_computes_with() -> None:
    code = (
        "import sys; from lucida.engines.segmentation import choose_segmentation; choose_segmentation('draft');"
        "print([name for name in ('torch', 'transformers', 'cv2') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
