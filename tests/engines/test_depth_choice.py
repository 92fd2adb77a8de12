from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from depth_checkpoints import write_dpt

from lucida.config import Settings
from lucida.engines import depth as depth_engines
from lucida.engines.depth import DEPTH_ENGINES, choose_depth
from lucida.engines.depth.loaded import free_loaded
from lucida.engines.devices import has_cuda
from lucida.errors import BadParameter, ModelUnavailable

Set = Callable[[str, object], None]


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    yield
    free_loaded()


def test_every_engine_has_a_licence_and_is_named_by_its_setting() -> None:
    said = str(Settings.model_fields["depth_model"].description)
    for name in DEPTH_ENGINES:
        assert choose_depth(name).licence
        assert name in said


def test_who_may_use_what_is_said() -> None:
    assert choose_depth("dav2large").licence == "CC-BY-NC-4.0 (non-commercial)"
    assert choose_depth("depthpro").licence == "Apple AMLR (research only)"
    assert choose_depth("dav2small").licence == choose_depth("midas").licence == "Apache-2.0"


def test_other_weights_have_a_licence_of_their_own(tmp_path: Path, setting: Set) -> None:
    setting("DEPTHPRO_MODEL", "somebody/DepthPro-small")
    setting("MIDAS_MODEL", tmp_path)
    assert choose_depth("depthpro").licence == "as somebody/DepthPro-small states"
    assert choose_depth("midas").licence == f"as {tmp_path} states"
    assert choose_depth("dav2small").licence == "Apache-2.0"


def test_what_is_said_of_a_model_is_what_it_says_of_itself(tmp_path: Path, setting: Set) -> None:
    setting("MIDAS_MODEL", write_dpt(tmp_path))
    choice = choose_depth("midas")
    assert (choice.name, choice.licence, choice.reason) == ("midas", choice.engine.licence, "asked for by name")
    assert choice.engine.name == "midas"


def test_auto_says_why_it_takes_the_draft() -> None:
    choice = choose_depth("auto")
    assert choice.name in DEPTH_ENGINES
    if not has_cuda():
        assert (choice.name, choice.licence, choice.reason) == (
            "draft",
            "Apache-2.0",
            "there is no GPU to run a model on",
        )


def test_auto_on_a_gpu_takes_the_sharpest_model_whose_weights_are_here(
    tmp_path: Path, setting: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depth_engines, "has_cuda", lambda: True)  # the one thing this machine lacks
    for name in ("DEPTHPRO_MODEL", "DAV2LARGE_MODEL"):
        setting(name, tmp_path / name)
    choice = choose_depth("auto")
    assert (choice.name, choice.reason) == (
        "draft",
        "no depth model's weights are here yet; depth model depthpro fetches them (1.9 GB)",
    )
    for name, reason in (
        ("dav2large", "the model is installed and a GPU is there, and DepthPro's weights are not here"),
        ("depthpro", "the model is installed and a GPU is there"),
    ):
        weights = tmp_path / f"{name.upper()}_MODEL" / "model.safetensors"
        weights.parent.mkdir()
        weights.touch()
        choice = choose_depth("auto")
        assert (choice.name, choice.reason) == (name, reason)


def test_a_model_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadParameter, match="choose auto, draft, depthpro, dav2large, dav2small, midas") as told:
        choose_depth("zoe")
    assert told.value.param == "depth_model"


def test_without_its_packages_a_model_says_how_to_get_them_and_auto_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for name in ("depthpro", "dav2large", "dav2small", "midas"):
        with pytest.raises(ModelUnavailable, match=r"\./start\.sh --models"):
            choose_depth(name)
    choice = choose_depth("auto")
    assert choice.name == "draft"
    assert "not installed" in choice.reason


def test_a_choice_imports_nothing_that_computes(tmp_path: Path) -> None:
    code = (
        "import sys; from lucida.engines.depth import choose_depth; choose_depth('auto')\n"
        "print({'numba', 'scipy', 'cv2', 'torch', 'PIL'} & sys.modules.keys())"
    )
    environment = {"LUCIDA_DATA_DIR": str(tmp_path), "PATH": ""}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert told.stdout == "set()\n", told.stderr
