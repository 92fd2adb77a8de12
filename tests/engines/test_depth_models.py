"""Depth models from checkpoints on disk: loaded, looked through, stopped, and refused with a sentence."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from depth_checkpoints import write_depth_anything, write_depthpro, write_dpt
from numpy.typing import NDArray

from lucida.engines.depth import Sight, choose_depth
from lucida.engines.depth.loaded import free_loaded, loaded
from lucida.engines.progress import silent
from lucida.errors import Cancelled, ModelUnavailable, OutOfMemory

Set = Callable[[str, object], None]
MODELS = ("depthpro", "dav2large", "dav2small", "midas")


def blurry(height: int, width: int, seed: int = 0) -> NDArray[np.uint8]:
    rough = np.random.default_rng(seed).normal(size=(height // 10 + 2, width // 10 + 2, 3)).astype(np.float32)
    smooth = cv2.resize(rough, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.clip(127 + 60 * smooth, 0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hub")
    write_depthpro(folder)
    write_depthpro(folder / "blind", fov=False)
    write_depth_anything(folder)
    write_dpt(folder)
    return folder


@pytest.fixture(autouse=True)
def settled(hub: Path, setting: Set) -> Iterator[None]:
    setting("DEPTHPRO_MODEL", hub / "depthpro")
    setting("DAV2LARGE_MODEL", hub / "depth-anything")
    setting("DAV2SMALL_MODEL", hub / "depth-anything")
    setting("MIDAS_MODEL", hub / "dpt")
    yield
    free_loaded()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(("height", "width"), [(60, 70), (120, 90)])
def test_every_model_tells_the_depth_of_a_picture_of_any_size(name: str, height: int, width: int) -> None:
    told: list[tuple[float, str]] = []
    engine = choose_depth(name).engine
    depth = engine.estimate(Sight(blurry(height, width)), lambda done, stage: told.append((done, stage)))
    assert depth.metres.shape == (height, width)
    assert depth.metres.dtype == np.float32
    assert (depth.metres > 0).all()
    assert np.ptp(1 / depth.metres) > 0
    assert depth.freedom == ("scale" if name == "depthpro" else "affine disparity")
    assert depth.notes
    assert told[0] == (0.0, "depth of the whole picture")
    assert told[-1] == (1.0, "depth is known")
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert any("tile" in stage for _, stage in told) == (height > 60)


def test_what_a_network_says_is_what_transformers_has_it_say(hub: Path) -> None:
    import torch
    from transformers import DepthAnythingForDepthEstimation
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    pixels = blurry(60, 70)
    plain = DepthAnythingForDepthEstimation.from_pretrained(hub / "depth-anything").eval()
    shown = DPTImageProcessorPil.from_pretrained(hub / "depth-anything")(pixels, return_tensors="pt")
    with torch.no_grad():
        theirs = plain(**shown).predicted_depth[0].numpy()
    with loaded("dav2small") as model:
        (ours,) = model._look([pixels])
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 1e-5 * np.abs(theirs).max()


def test_a_batch_says_what_each_picture_says_alone() -> None:
    pictures = [blurry(56, 56, seed) for seed in range(5)]
    for name in ("dav2small", "midas"):
        with loaded(name) as model:
            alone = [model._look([each])[0] for each in pictures]
            model._network.batch = 3
            for model._network.threads in (True, False):
                together = model._look(pictures)
                for one, other in zip(alone, together, strict=True):
                    assert np.abs(one - other).max() < 1e-4 * np.abs(one).max()


def test_on_a_cpu_tiles_share_the_cores_and_give_them_back() -> None:
    import torch

    cores = torch.get_num_threads()
    with loaded("midas") as model:
        network, forward = model._network, model._network._model
        assert (network.threads, network.batch) == (True, min(4, cores))
        used = set[tuple[int, int]]()
        met = threading.Barrier(2)

        def seen(pixel_values: torch.Tensor) -> object:
            met.wait(20)
            used.add((threading.get_ident(), len(pixel_values)))
            return forward(pixel_values=pixel_values)

        network._model, network.batch = seen, 2
        model._look([blurry(64, 64, seed) for seed in range(4)])
        assert len(used) == 2  # two at once, one picture each
        assert {count for _, count in used} == {1}
        assert torch.get_num_threads() == cores

        def fails(pixel_values: torch.Tensor) -> object:
            raise ValueError("no")

        network._model = fails
        with pytest.raises(ValueError, match="no"):
            model._look([blurry(64, 64), blurry(64, 64)])
        assert torch.get_num_threads() == cores
    with loaded("depthpro") as model:
        assert model._network.batch == 1  # it takes 8 GB


def test_depthpro_takes_the_focal_length_that_is_known_else_its_own() -> None:
    engine = choose_depth("depthpro").engine
    pixels = blurry(60, 70)
    guessed = engine.estimate(Sight(pixels), silent)
    assert guessed.focal is not None
    assert guessed.freedom == "scale"
    assert guessed.notes == (f"The focal length, {guessed.focal:.0f} pixels, is estimated from the picture.",)
    known = engine.estimate(Sight(pixels, focal=2 * guessed.focal), silent)
    assert (known.focal, known.freedom, known.notes) == (2 * guessed.focal, "none", ())
    both = np.isfinite(known.metres) & np.isfinite(guessed.metres) & (guessed.metres < 4000)
    assert both.any()
    assert known.metres[both] == pytest.approx(2 * guessed.metres[both], rel=1e-4)


def test_depthpro_without_its_head_for_the_field_of_view_says_so(hub: Path, setting: Set) -> None:
    setting("DEPTHPRO_MODEL", hub / "blind" / "depthpro")
    depth = choose_depth("depthpro").engine.estimate(Sight(blurry(60, 70)), silent)
    assert depth.focal == 70
    assert "assumed" in depth.notes[0]


def test_depthpro_s_farthest_is_the_sky() -> None:
    with loaded("depthpro") as model:
        for size in ((60, 70), (90, 90)):
            metres = model.estimate(Sight(blurry(*size)), silent).metres
            assert np.isinf(metres).any()  # these weights see nothing in some places
            assert metres[np.isfinite(metres)].max() < 1e4


def test_relative_metres_begin_at_one_and_a_half_and_the_sky_is_infinite() -> None:
    from lucida.engines.depth.relative import relative_metres

    disparity = np.linspace(0, 20, 1000, dtype=np.float32).reshape(100, 10)
    metres, found = relative_metres(disparity)
    assert found
    assert metres.min() == pytest.approx(1.5, rel=0.03)
    assert np.isinf(metres.ravel()[:4]).all()
    solid = np.isfinite(metres)
    assert metres[solid] * disparity[solid] == pytest.approx(float(metres[-1, -1]) * 20, rel=1e-5)
    nothing, found = relative_metres(np.zeros((10, 10), np.float32))
    assert not found
    assert np.isinf(nothing).all()


@pytest.mark.parametrize("name", ["dav2small", "midas"])
def test_a_focal_length_that_nobody_knows_is_assumed_and_said(name: str) -> None:
    engine = choose_depth(name).engine
    told = engine.estimate(Sight(blurry(90, 72)), silent)
    assert (told.focal, told.notes[-1]) == (
        pytest.approx(65),
        "The focal length, 65 pixels, is assumed: that of most phones' main camera.",
    )
    known = engine.estimate(Sight(blurry(90, 72), focal=50.0), silent)
    assert (known.focal, known.notes) == (50.0, told.notes[:-1])


def test_a_model_is_loaded_at_its_first_picture_and_stays() -> None:
    engine = choose_depth("midas").engine
    with loaded("midas") as one:
        pass
    engine.estimate(Sight(blurry(60, 70)), silent)
    with loaded("midas") as other:
        assert one is other
    assert (engine.name, engine.licence) == ("midas", choose_depth("midas").licence) == (one.name, one.licence)


@pytest.mark.parametrize("name", MODELS)
def test_progress_that_raises_stops_the_work_and_the_model_goes_on_after(name: str) -> None:
    engine = choose_depth(name).engine
    for last in (0.0, 0.5):

        def stop(done: float, stage: str, last: float = last) -> None:
            if done >= last:
                raise Cancelled("enough")

        with pytest.raises(Cancelled):
            engine.estimate(Sight(blurry(90, 100)), stop)
    assert engine.estimate(Sight(blurry(60, 70)), silent).metres.shape == (60, 70)


def test_one_picture_at_a_time() -> None:
    engine = choose_depth("dav2small").engine
    order: list[str] = []
    looking, go_on = threading.Event(), threading.Event()

    def first(done: float, stage: str) -> None:
        looking.set()
        assert go_on.wait(20)
        order.append("first")

    threads = [threading.Thread(target=lambda: engine.estimate(Sight(blurry(60, 70)), first))]
    threads[0].start()
    assert looking.wait(20)
    second = threading.Thread(
        target=lambda: engine.estimate(Sight(blurry(60, 70)), lambda done, stage: order.append("second"))
    )
    second.start()
    second.join(0.3)
    assert second.is_alive()
    go_on.set()
    for thread in (*threads, second):
        thread.join(20)
    assert order == sorted(order)
    assert set(order) == {"first", "second"}


def test_too_little_memory_halves_the_batch_and_then_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    with loaded("dav2small") as model:
        network, forward, shown = model._network, model._network._model, list[int]()

        def full(pixel_values: torch.Tensor) -> object:
            shown.append(len(pixel_values))
            if len(pixel_values) > 1:
                raise torch.OutOfMemoryError("full")
            return forward(pixel_values=pixel_values)

        network._model, network.batch, network.threads = full, 4, False
        maps = model._look([blurry(56, 56, seed) for seed in range(3)])
        assert len(maps) == 3
        assert shown == [3, 2, 1, 1, 1]

        def fuller(pixel_values: torch.Tensor) -> object:
            raise torch.OutOfMemoryError("full")

        network._model = fuller
        with pytest.raises(OutOfMemory, match="too little memory for Depth Anything V2 Small"):
            model._look([blurry(56, 56)])


def broken(hub: Path, tmp_path: Path, how: str) -> Path:
    """A copy of a checkpoint, with something wrong."""
    folder = tmp_path / "broken"
    if how == "absent":
        return folder
    shutil.copytree(hub / ("dpt" if how == "another kind" else "depth-anything"), folder)
    if how == "no weights":
        (folder / "model.safetensors").unlink()
    elif how == "cut off":
        weights = folder / "model.safetensors"
        weights.write_bytes(weights.read_bytes()[:1000])
    elif how == "foreign weights":
        from safetensors.torch import load_file, save_file

        weights = load_file(folder / "model.safetensors")
        save_file({f"other.{name}": each for name, each in weights.items()}, folder / "model.safetensors")
    elif how == "no preprocessing":
        (folder / "preprocessor_config.json").unlink()
    elif how == "nonsense":
        (folder / "preprocessor_config.json").write_text(json.dumps({"size": {"height": 0, "width": 0}}))
    return folder


@pytest.mark.parametrize(
    ("how", "why"),
    [
        ("absent", "broken"),
        ("another kind", "'dpt', not 'depth_anything'"),
        ("no weights", "model.safetensors"),
        ("cut off", "Error|invalid|incomplete"),
        ("foreign weights", "lacks most of the weights"),
        ("no preprocessing", "no preprocessor_config.json"),
        ("nonsense", "says no size"),
    ],
)
def test_what_cannot_be_loaded_is_said_in_one_sentence(
    hub: Path, tmp_path: Path, setting: Set, how: str, why: str
) -> None:
    setting("DAV2SMALL_MODEL", broken(hub, tmp_path, how))
    with pytest.raises(ModelUnavailable, match=why) as told:
        _ = choose_depth("dav2small").engine
    assert told.value.message.startswith("Depth Anything V2 Small could not be loaded from the ")
    assert "\n" not in told.value.message


@pytest.mark.slow
def test_models_are_found_in_the_hub_s_cache_without_a_network(hub: Path, tmp_path: Path) -> None:
    names = {
        "apple/DepthPro-hf": "depthpro",
        "depth-anything/Depth-Anything-V2-Large-hf": "depth-anything",
        "depth-anything/Depth-Anything-V2-Small-hf": "depth-anything",
        "Intel/dpt-large": "dpt",
    }
    for name, folder in names.items():
        cached = tmp_path / f"models--{name.replace('/', '--')}"
        shutil.copytree(hub / folder, cached / "snapshots" / ("a" * 40))
        (cached / "refs").mkdir()
        (cached / "refs" / "main").write_text("a" * 40)
    code = (
        "import sys, numpy as np\n"
        "from lucida.engines.depth import choose_depth, Sight\n"
        "assert 'torch' not in sys.modules\n"
        f"for name in {MODELS!r}:\n"
        "    engine = choose_depth(name).engine\n"
        "    metres = engine.estimate(Sight(np.zeros((50, 60, 3), np.uint8)), lambda done, stage: None).metres\n"
        "    print(name, metres.shape)\n"
        "from lucida.engines.weights import weights_here\n"
        "print(weights_here('apple/DepthPro-hf', 'model.safetensors'), weights_here('apple/DepthPro-hf'))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LUCIDA_")}
    environment |= {"HF_HUB_CACHE": str(tmp_path), "HF_HUB_OFFLINE": "1", "LUCIDA_DATA_DIR": str(tmp_path)}
    told = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert told.stdout.splitlines() == [*(f"{name} (50, 60)" for name in MODELS), "True False"], told.stderr[-2000:]
