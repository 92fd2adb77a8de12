"""What the specification of panoramas lists for SDXL and no other test shows; where we leave its letter, see ADR 6."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from checkpoints import write_sdxl

from lucida.config import Settings
from lucida.engines.diffusion.sdxl import load_sdxl

BASE = "stabilityai/stable-diffusion-xl-base-1.0"
REVISION = "0" * 40


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sdxl(tmp_path_factory.mktemp("hub"))


@pytest.fixture(scope="module")
def hub_cache(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as the hub's cache would hold SDXL."""
    cache = tmp_path_factory.mktemp("cache")
    model = cache / f"models--{BASE.replace('/', '--')}"
    shutil.copytree(checkpoint, model / "snapshots" / REVISION)
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(REVISION)
    return cache


def loaded(**environment: str) -> subprocess.CompletedProcess[str]:
    """What becomes of loading the model that is named by default, without a network."""
    code = (
        "from lucida.config import get_settings; from lucida.engines.diffusion.sdxl import load_sdxl;"
        "print(load_sdxl(get_settings().sdxl_model).name)"
    )
    ours = {name: value for name, value in os.environ.items() if not name.startswith(("HF_", "TRANSFORMERS_"))}
    ours |= {"HF_HUB_OFFLINE": "1", **environment}
    return subprocess.run([sys.executable, "-c", code], env=ours, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_hub_s_cache_is_where_its_variables_say(hub_cache: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "hub").symlink_to(hub_cache)
    # Where both stand, the newer name counts.
    both = {"HF_HOME": str(home), "TRANSFORMERS_CACHE": str(tmp_path / "nothing")}
    for environment in (both, {"TRANSFORMERS_CACHE": str(hub_cache)}):
        told = loaded(**environment)
        assert told.stdout.strip() == "sdxl", told.stderr
    missing = loaded(HF_HOME=str(tmp_path / "nothing"))
    assert missing.returncode != 0
    assert "SDXL could not be loaded from the model" in missing.stderr


def test_the_pipeline_is_the_one_that_is_named_without_refiner_safety_checker_or_watermark(checkpoint: Path) -> None:
    pipeline = load_sdxl(str(checkpoint))._image_to_image
    assert type(pipeline).__name__ == "StableDiffusionXLImg2ImgPipeline"
    assert not pipeline.config.requires_aesthetics_score  # as the refiner would
    assert pipeline.watermark is None
    assert "safety_checker" not in pipeline.components
    assert pipeline.vae.use_slicing is False  # until the first picture says how much memory there is


def test_the_defaults_are_calm() -> None:
    settings = Settings(_env_file=None)
    assert settings.sdxl_model == BASE
    assert 20 <= settings.ai_steps <= 30
    assert 3.0 <= settings.ai_cfg_scale <= 5.0
    assert (settings.ai_strength_original, settings.ai_denoise_new) == (0.3, 0.8)
    assert settings.ai_face_res == 1024
