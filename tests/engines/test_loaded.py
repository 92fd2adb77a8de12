"""One diffusion model at a time: warm for the next job, and really gone once another is loaded."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from checkpoints import SIDE, write_sdxl

from lucida.engines.diffusion.loaded import WarmRepainter, free_loaded, loaded
from lucida.engines.diffusion.sdxl import Sdxl, load_sdxl
from lucida.engines.loaded import OneModel
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import silent
from lucida.errors import ModelUnavailable

REQUEST = PictureRequest("a place", width=SIDE, height=SIDE, steps=2)
Set = Callable[[str, object], None]


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    return write_sdxl(tmp_path_factory.mktemp("one")), write_sdxl(tmp_path_factory.mktemp("other"), seed=1)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    free_loaded()


def painter() -> WarmRepainter:
    return WarmRepainter("sdxl", "CreativeML Open RAIL++-M")


def weights() -> list[weakref.ref[Any]]:
    """The loaded model's UNet and the storage of its first weights, watched."""
    with loaded("sdxl") as model:
        unet = model._text_to_image.unet
        return [weakref.ref(unet), weakref.ref(next(unet.parameters()).untyped_storage())]


def test_the_same_model_is_loaded_once(checkpoints: tuple[Path, Path], setting: Set) -> None:
    setting("SDXL_MODEL", checkpoints[0])
    painter().draw(REQUEST, silent, lambda preview: None)
    with loaded("sdxl") as first:
        pass
    painter().draw(REQUEST, silent, lambda preview: None)
    with loaded("sdxl") as second:
        assert first is second


def test_a_switch_frees_the_model_before_the_next_is_loaded(checkpoints: tuple[Path, Path], setting: Set) -> None:
    setting("SDXL_MODEL", checkpoints[0])
    kept = painter()
    before = kept.draw(REQUEST, silent, lambda preview: None).pixels
    unet, _ = watched = weights()
    assert unet() is not None
    setting("SDXL_MODEL", checkpoints[1])
    other = painter().draw(REQUEST, silent, lambda preview: None).pixels
    assert [each() for each in watched] == [None, None]
    assert (other != before).any()
    watched = weights()
    setting("SDXL_MODEL", checkpoints[0])
    assert (kept.draw(REQUEST, silent, lambda preview: None).pixels == before).all()  # who holds a painter can go on
    assert [each() for each in watched] == [None, None]


def test_nothing_of_a_model_is_there_when_the_next_is_loaded(checkpoints: tuple[Path, Path]) -> None:
    """Also where the next does not load."""
    one, order = OneModel(), []
    refs: list[weakref.ref[Any]] = []

    def load(folder: Path) -> Sdxl:
        order.append([ref() for ref in refs])
        if not folder.exists():
            raise ModelUnavailable("no")
        model = load_sdxl(str(folder))
        refs.append(weakref.ref(next(model._text_to_image.unet.parameters()).untyped_storage()))
        return model

    for folder in (checkpoints[0], checkpoints[1], Path("/nowhere"), checkpoints[0]):
        with suppress(ModelUnavailable), one.using((str(folder),), lambda folder=folder: load(folder)) as model:
            model.draw(REQUEST, silent, lambda preview: None)
        model = None
    assert order == [[], [None], [None, None], [None, None]]
    one.free()


def test_a_model_that_was_offloaded_is_freed_too(checkpoints: tuple[Path, Path], setting: Set) -> None:
    from lucida.engines.diffusion.memory import MemoryPlan

    setting("SDXL_MODEL", checkpoints[0])
    for on_card in ("part", "layer"):
        with loaded("sdxl") as model:
            model._placement._too_much = (0, MemoryPlan(on_card, tiled=True))
            model.draw(REQUEST, silent, lambda preview: None)
            unet = weakref.ref(model._text_to_image.unet)
        del model
        free_loaded()
        assert unet() is None, on_card


def test_a_load_that_fails_leaves_nothing_and_the_next_works(
    checkpoints: tuple[Path, Path], setting: Set, tmp_path: Path
) -> None:
    setting("SDXL_MODEL", checkpoints[0])
    painter()
    watched = weights()
    setting("SDXL_MODEL", tmp_path / "nothing")
    for _ in range(2):
        with pytest.raises(ModelUnavailable, match="could not be loaded"):
            painter()
    assert [each() for each in watched] == [None, None]
    setting("SDXL_MODEL", checkpoints[0])
    assert painter().draw(REQUEST, silent, lambda preview: None).pixels.shape == (SIDE, SIDE, 3)


def test_who_wants_another_model_waits_until_the_picture_is_done(checkpoints: tuple[Path, Path], setting: Set) -> None:
    setting("SDXL_MODEL", checkpoints[0])
    kept = painter()
    order: list[str] = []
    under_way, go_on = threading.Event(), threading.Event()

    def slow(fraction: float, stage: str) -> None:
        under_way.set()
        assert go_on.wait(20)
        order.append(stage)

    def another() -> None:
        free_loaded()
        order.append("freed")

    drawing = threading.Thread(target=lambda: kept.draw(REQUEST, slow, lambda preview: None))
    drawing.start()
    assert under_way.wait(20)
    freeing = threading.Thread(target=another)
    freeing.start()
    freeing.join(0.2)
    assert freeing.is_alive()
    go_on.set()
    drawing.join(20)
    freeing.join(20)
    assert order == ["step 1/2 (50%)", "step 2/2 (100%)", "freed"]


def test_a_model_is_not_taken_from_under_who_uses_it(checkpoints: tuple[Path, Path], setting: Set) -> None:
    setting("SDXL_MODEL", checkpoints[0])
    with loaded("sdxl") as model:
        setting("SDXL_MODEL", checkpoints[1])
        with pytest.raises(RuntimeError, match="within another"), loaded("sdxl"):
            pass
        assert model.draw(REQUEST, silent, lambda preview: None).pixels.shape == (SIDE, SIDE, 3)


def test_nothing_else_holds_on_to_a_model(checkpoints: tuple[Path, Path], setting: Set) -> None:
    """Not its prompts' embeddings, its schedulers or the second pipeline either."""
    import torch

    gc.collect()
    before = sum(issubclass(type(each), torch.nn.Module) for each in gc.get_objects())
    setting("SDXL_MODEL", checkpoints[0])
    painter().draw(REQUEST, silent, lambda preview: None)
    free_loaded()
    assert sum(issubclass(type(each), torch.nn.Module) for each in gc.get_objects()) <= before
