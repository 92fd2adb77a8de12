"""Painters and what sees share a machine: the idle ones go where they are in the way."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from checkpoints import SIDE, write_sdxl
from depth_checkpoints import write_depth_anything

from lucida.engines.depth import Sight, choose_depth
from lucida.engines.depth import loaded as depth
from lucida.engines.devices import Hardware
from lucida.engines.diffusion import loaded as diffusion
from lucida.engines.loaded import OneModel, make_room
from lucida.engines.loading import loading
from lucida.engines.painter import choose_painter
from lucida.engines.painter.picture import PictureRequest
from lucida.engines.progress import silent

Set = Callable[[str, object], None]
PICTURE = np.zeros((60, 70, 3), np.uint8)


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    yield
    diffusion.free_loaded()
    depth.free_loaded()


@dataclass(frozen=True)
class Card(Hardware):
    """A card that says how much of it is unused."""

    unused: int = 0

    def unused_bytes(self) -> int:
        return self.unused


class Kept:
    """A model that knows whether it is still there."""

    def __init__(self) -> None:
        self.there = True

    def close(self) -> None:
        self.there = False


def test_a_painter_and_a_depth_model_take_turns_on_a_cpu(tmp_path: Path, setting: Set) -> None:
    setting("SDXL_MODEL", write_sdxl(tmp_path))
    setting("DAV2SMALL_MODEL", write_depth_anything(tmp_path))
    with diffusion.loaded("sdxl") as model:
        unet = weakref.ref(next(model._text_to_image.unet.parameters()).untyped_storage())
    del model
    engine = choose_depth("dav2small").engine
    assert unet() is None
    engine.estimate(Sight(PICTURE), silent)
    with depth.loaded("dav2small") as model:
        seeing = weakref.ref(next(model._network._model.parameters()).untyped_storage())
    del model
    request = PictureRequest("a place", width=SIDE, height=SIDE, steps=1)
    painter = choose_painter("sdxl").painter
    assert seeing() is None
    assert painter is not None
    with diffusion.loaded("sdxl") as model:
        model.draw(request, silent, lambda preview: None)
        unet = weakref.ref(next(model._text_to_image.unet.parameters()).untyped_storage())
    del model
    assert engine.estimate(Sight(PICTURE), silent).metres.shape == (60, 70)  # it is loaded anew
    assert unet() is None


def test_on_a_card_they_stay_beside_each_other_as_long_as_there_is_room() -> None:
    painting, seeing = OneModel("painting"), OneModel("seeing")
    painter, seer = Kept(), Kept()
    with painting.using(("painter",), lambda: painter):
        pass
    make_room("seeing", 5e9, Card("cuda", "a card", "", unused=6 * 10**9))
    assert painter.there
    make_room("seeing", 5e9, Card("cuda", "a card", "", unused=4 * 10**9))
    assert not painter.there
    with seeing.using(("seer",), lambda: seer):
        pass
    make_room("painting", 5e9, Card("cuda", "a card", "", unused=6 * 10**9))
    assert seer.there
    make_room("seeing", 5e9, Card("cuda", "a card", "", unused=0))
    assert seer.there  # what sees stays beside its like
    make_room("painting", 5e9, Card("cuda", "a card", "", unused=0))
    assert not seer.there


def test_models_are_loaded_one_after_the_other() -> None:
    """transformers sets the precision of the whole process while it loads."""
    order: list[str] = []
    under_way, go_on = threading.Event(), threading.Event()

    def load(name: str) -> None:
        with loading(name, "somewhere"):
            order.append(name)
            under_way.set()
            assert go_on.wait(20)
            order.append(name)

    threads = [threading.Thread(target=load, args=(name,)) for name in ("depth", "things")]
    threads[0].start()
    assert under_way.wait(20)
    threads[1].start()
    threads[1].join(0.3)
    assert order == ["depth"]
    go_on.set()
    for thread in threads:
        thread.join(20)
    assert order == ["depth", "depth", "things", "things"]


def test_what_is_in_use_is_neither_taken_away_nor_waited_for() -> None:
    painting, seeing = OneModel("painting"), OneModel("seeing")
    painter, seer = Kept(), Kept()
    under_way, go_on = threading.Event(), threading.Event()

    def paint() -> None:
        with painting.using(("painter",), lambda: painter):
            under_way.set()
            assert go_on.wait(20)

    thread = threading.Thread(target=paint)
    thread.start()
    assert under_way.wait(20)
    with seeing.using(("seer",), lambda: seer):
        assert painter.there
        assert seer.there
    go_on.set()
    thread.join(20)
    with painting.using(("painter",), Kept), seeing.using(("seer",), Kept):
        assert painter.there  # nor by the thread that uses it
