from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from checkpoints import write_flux, write_lightning, write_sdxl

from lucida.engines.devices import has_cuda
from lucida.engines.diffusion.loaded import free_loaded, loaded
from lucida.engines.painter import PAINTERS, PICTURE_PAINTERS, choose_painter, choose_picture_painter
from lucida.errors import BadParameter, ModelUnavailable


@pytest.fixture(autouse=True)
def nothing_loaded() -> Iterator[None]:
    yield
    free_loaded()


def test_what_is_said_of_the_draft_is_what_it_says_of_itself() -> None:
    choice = choose_painter("draft")
    assert (choice.name, choice.licence) == (choice.painter.name, choice.painter.licence)
    assert choice.reason == "asked for by name"


def test_what_is_said_of_sdxl_is_what_it_says_of_itself(tmp_path: Path, setting: Callable[[str, object], None]) -> None:
    setting("SDXL_MODEL", write_sdxl(tmp_path))
    choice = choose_painter("sdxl")
    assert (choice.name, choice.licence) == (choice.painter.name, choice.painter.licence)
    assert choice.painter is not choice.painter  # a painter for each job,
    with loaded("sdxl") as once, loaded("sdxl") as again:
        assert once is again  # one model for all


@pytest.mark.parametrize("name", ["sdxl-lightning", "flux-schnell"])
def test_what_is_said_of_a_model_is_what_it_says_of_itself(
    tmp_path: Path, setting: Callable[[str, object], None], name: str
) -> None:
    setting("SDXL_MODEL", write_sdxl(tmp_path / "base"))
    setting("SDXL_LIGHTNING_MODEL", write_lightning(tmp_path))
    setting("FLUX_SCHNELL_MODEL", write_flux(tmp_path / "flux"))
    choice = choose_picture_painter(name)
    assert (choice.name, choice.licence, choice.reason) == (name, choice.painter.licence, "asked for by name")
    with loaded(name) as model:
        assert (model.name, model.licence) == (choice.painter.name, choice.painter.licence)


def test_every_listed_model_can_be_asked_for_or_says_what_it_lacks() -> None:
    for name in PICTURE_PAINTERS:
        try:
            assert choose_picture_painter(name).licence
        except ModelUnavailable as error:
            assert "install" in error.message or "set LUCIDA_" in error.message


def test_auto_says_why_it_takes_the_draft() -> None:
    choice = choose_painter("auto")
    assert choice.name in PAINTERS
    if not has_cuda():
        assert (choice.name, choice.reason) == ("draft", "there is no GPU to run a model on")


def test_a_painter_that_there_is_not_is_refused() -> None:
    with pytest.raises(BadParameter, match="choose auto, draft, sdxl"):
        choose_painter("dali")


def test_without_its_packages_sdxl_says_how_to_get_them_and_auto_drafts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ModelUnavailable, match=r"\./start\.sh --models"):
        choose_painter("sdxl")
    for name in ("sdxl-lightning", "flux-schnell"):
        with pytest.raises(ModelUnavailable, match=r"\./start\.sh --models"):
            choose_picture_painter(name)
    choice = choose_painter("auto")
    assert choice.name == "draft"
    assert "not installed" in choice.reason


def test_a_server_starts_and_names_its_painter_without_loading_what_paints(tmp_path: Path) -> None:
    code = (
        "import sys, lucida.serving; from lucida.server import create_app; create_app()\n"
        "from lucida.engines.painter import choose_painter; choose_painter('auto')\n"
        "print({'numba', 'scipy', 'cv2', 'torch'} & sys.modules.keys())"
    )
    environment = {"LUCIDA_DATA_DIR": str(tmp_path), "PATH": ""}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert told.stdout == "set()\n", told.stderr
