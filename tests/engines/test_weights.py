from __future__ import annotations

from pathlib import Path

import pytest
from checkpoints import write_sdxl

from lucida.engines.weights import weights_here

NAME = "somebody/some-model"


def test_a_folder_with_a_pipeline_is_here(tmp_path: Path) -> None:
    assert weights_here(str(write_sdxl(tmp_path)))
    assert not weights_here(str(tmp_path / "nothing"))
    assert not weights_here(str(tmp_path))


def test_what_the_hub_s_cache_holds_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    assert not weights_here(NAME)
    model = tmp_path / "models--somebody--some-model"
    snapshot = model / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text("a" * 40)
    (snapshot / "model_index.json").write_text("{}")
    assert weights_here(NAME)
