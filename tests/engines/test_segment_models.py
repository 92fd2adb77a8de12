from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from scenes import noise
from segmentation_checkpoints import SAM2_SIDE, write_maskformer, write_sam2, write_segformer, write_upernet

from lucida.engines.devices import find_hardware
from lucida.engines.loaded import loaded_names
from lucida.engines.progress import silent
from lucida.engines.segmentation import choose_segmentation, learned, semantic
from lucida.engines.segmentation.ade20k import LABELS
from lucida.engines.segmentation.learned import free_engines
from lucida.engines.segmentation.masks import paint
from lucida.engines.segmentation.preprocessing import IMAGENET_MEAN, IMAGENET_STD, Preprocessing, read_preprocessing
from lucida.engines.segmentation.sam2 import Sam2, grid, load_sam2
from lucida.engines.segmentation.segments import UNLABELLED
from lucida.engines.segmentation.semantic import ade_ids, likeliest, load_maskformer, load_segformer
from lucida.errors import Cancelled, ModelUnavailable

SIZES = [(64, 64), (97, 161), (200, 90), (31, 400), (640, 480), (63, 65)]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one checkpoint of each kind."""
    folder = tmp_path_factory.mktemp("hub")
    for write in (write_sam2, write_maskformer, write_segformer, write_upernet):
        write(folder)
    return folder


@pytest.fixture
def here(hub: Path, setting: Callable[[str, object], None]) -> Iterator[Path]:
    for name in ("sam2", "maskformer", "segformer"):
        setting(f"{name}_MODEL".upper(), hub / name)
    yield hub
    free_engines()


def picture(height: int = 90, width: int = 160) -> NDArray[np.uint8]:
    stops = np.stack([noise(height, width, i) for i in range(3)], -1)
    return np.clip(128 + 60 * stops, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("said", ["as its makers wrote it", "with edges", "by height and width"])
def test_maskformers_input_is_that_of_transformers(hub: Path, size: tuple[int, int], said: str) -> None:
    from transformers.models.maskformer.image_processing_pil_maskformer import MaskFormerImageProcessorPil

    sizes: dict[str, tuple[dict[str, Any], Preprocessing]] = {
        "as its makers wrote it": (
            {"size": 64, "max_size": 256},
            read_preprocessing(str(hub / "maskformer"), square=False),
        ),
        "with edges": (
            {"size": {"shortest_edge": 80, "longest_edge": 133}},
            Preprocessing(shortest=80, longest=133, multiple=32),
        ),
        "by height and width": ({"size": {"height": 96, "width": 64}}, Preprocessing(height=96, width=64)),
    }
    theirs, ours = sizes[said]
    pixels = picture(*size)
    expected = MaskFormerImageProcessorPil(**theirs)(pixels, return_tensors="np")["pixel_values"]
    found = ours(pixels)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max() < 1e-5


@pytest.mark.parametrize("size", SIZES)
def test_segformers_input_is_that_of_transformers(hub: Path, size: tuple[int, int]) -> None:
    from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

    pixels = picture(*size)
    theirs = SegformerImageProcessorPil.from_pretrained(hub / "segformer")
    ours = read_preprocessing(str(hub / "segformer"), square=True)
    expected = theirs(pixels, return_tensors="np")["pixel_values"]
    assert np.abs(ours(pixels) - expected).max() < 1e-5


@pytest.mark.parametrize("size", [(1024, 1792), (875, 1200), (300, 200)])
def test_sam2s_input_is_the_reference_to_one_grey_level(size: tuple[int, int]) -> None:
    import torch
    from torch.nn.functional import interpolate

    pixels = picture(*size)
    found = Preprocessing(height=1024, width=1024)(pixels)
    # As its library does it: bytes through a filter as wide as the reduction, then normalised.
    wide = torch.from_numpy(pixels).permute(2, 0, 1)[None]
    resized = interpolate(wide, (1024, 1024), mode="bilinear", align_corners=False, antialias=True)
    mean, std = (torch.tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD))
    far = np.abs(found - ((resized / 255 - mean) / std).numpy())
    assert far.max() < 1.01 / 255 / min(IMAGENET_STD)
    assert far.mean() < 1e-3
    by_pillow = np.asarray(Image.fromarray(pixels).resize((1024, 1024), Image.Resampling.BILINEAR), np.float64)
    exact = (by_pillow / 255 - IMAGENET_MEAN) / IMAGENET_STD
    assert np.abs(found[0].transpose(1, 2, 0) - exact).max() < 1e-5


@pytest.mark.parametrize(("height", "width"), [(1024, 1792), (875, 1200), (1000, 1000), (2000, 900)])
def test_the_grid_covers_the_whole_picture_evenly(height: int, width: int) -> None:
    points = grid(height, width, 32)
    assert len(points) == pytest.approx(32 * 32, rel=0.05)
    x, y = (np.unique(points[:, n]) for n in (0, 1))
    assert len(x) * len(y) == len(points)
    for values in (x, y):
        assert values[0] == pytest.approx(1 - values[-1], abs=1e-6)
        assert np.allclose(np.diff(values), 2 * values[0], atol=1e-6)
    assert 2 * x[0] * width == pytest.approx(2 * y[0] * height, rel=0.06)  # a cell is as wide as high


class Discs:
    """In SAM 2's place: a point is the middle of a disc, in the square that the model sees, and of two poor masks."""

    def __init__(self, side: int = 64) -> None:
        self.config = SimpleNamespace(prompt_encoder_config=SimpleNamespace(image_size=4 * side))
        self.side, self.looked, self.asked = side, 0, 0

    def get_image_embeddings(self, pixels: Any) -> list[Any]:
        self.looked += 1
        assert pixels.shape == (1, 3, 4 * self.side, 4 * self.side)
        return [pixels]

    def __call__(self, image_embeddings: Any, input_points: Any, input_labels: Any, multimask_output: bool) -> Any:
        import torch

        self.asked = max(self.asked, input_points.shape[1])
        assert multimask_output and input_labels.shape == input_points.shape[:3]
        across = torch.arange(self.side) + 0.5
        middle = input_points[0, :, 0] / 4
        far = torch.hypot(across[None, None] - middle[:, :1, None], across[None, :, None] - middle[:, 1:, None])
        disc = 60 * (3.27 - far)
        fading, believed_poor = 0.2 * (3.27 - far), disc
        scores = torch.tensor([0.9, 0.95, 0.3]).expand(1, len(middle), 3)
        return SimpleNamespace(pred_masks=torch.stack([disc, fading, believed_poor], 1)[None], iou_scores=scores)


def test_each_point_finds_what_is_there_in_a_picture_that_is_no_square() -> None:
    model = Discs()
    sam = Sam2(model, find_hardware())
    sam.points, sam.batch = 6, 5
    pixels = picture(120, 300)
    found = sam.propose(pixels, silent)
    segments = paint(found, np.zeros((120, 300), np.uint8))
    points = grid(120, 300, 6)
    assert segments.objects.max() == len(points)  # not the masks that fade, nor those that are thought to be poor
    assert (model.looked, model.asked) == (1, 5)
    middles = [np.argwhere(segments.objects == n + 1).mean(0) + 0.5 for n in range(len(points))]
    wanted = sorted((round(y * 120), round(x * 300)) for x, y in points)
    assert np.abs(np.array(sorted((round(y), round(x)) for y, x in middles)) - wanted).max() <= 1


def test_points_asked_together_are_answered_as_if_alone_and_as_by_the_model_itself(hub: Path) -> None:
    import torch

    sam = load_sam2(str(hub / "sam2"), find_hardware())
    prepared = torch.from_numpy(Preprocessing(height=SAM2_SIDE, width=SAM2_SIDE)(picture()))
    points = SAM2_SIDE * grid(90, 160, 3)
    with torch.no_grad():
        seen = sam._model.get_image_embeddings(prepared)
        together, _ = sam._ask(seen, points)
        alone = np.concatenate([sam._ask(seen, point[None])[0] for point in points])
        asked = torch.from_numpy(points)[None, :, None]
        plain = sam._model(pixel_values=prepared, input_points=asked, multimask_output=True).pred_masks
    assert len(together) == len(alone) >= len(points)
    assert np.abs(together.astype(np.float32) - alone).max() < 0.1  # of 100, in half precision
    everything = plain[0].flatten(0, 1).numpy()
    assert all(np.abs(everything - logits).max((1, 2)).min() < 0.1 for logits in together)


@pytest.mark.parametrize("size", [(90, 160), (161, 97)])
def test_maskformers_labels_are_those_of_transformers(hub: Path, size: tuple[int, int]) -> None:
    import torch
    from transformers import MaskFormerForInstanceSegmentation
    from transformers.models.maskformer.image_processing_pil_maskformer import MaskFormerImageProcessorPil

    processor = MaskFormerImageProcessorPil.from_pretrained(hub / "maskformer")
    model = MaskFormerForInstanceSegmentation.from_pretrained(hub / "maskformer").eval()
    pixels = picture(*size)
    with torch.no_grad():
        told = model(**processor(pixels, return_tensors="pt"))
    expected = processor.post_process_semantic_segmentation(told, target_sizes=[size])[0].numpy()
    found = load_maskformer(str(hub / "maskformer"), find_hardware()).label(pixels)
    assert found.shape == size
    assert (found == expected).mean() > 0.999  # of random weights, some are ties
    assert len(np.unique(found)) > 1
    assert (found != UNLABELLED).all()  # every pixel has one, however unsure


@pytest.mark.parametrize("name", ["segformer", "upernet"])
def test_a_model_with_a_logit_per_label_labels_as_transformers_does(hub: Path, name: str) -> None:
    import torch
    from transformers import AutoModelForSemanticSegmentation
    from transformers.models.segformer.image_processing_pil_segformer import SegformerImageProcessorPil

    processor = SegformerImageProcessorPil.from_pretrained(hub / name)
    model = AutoModelForSemanticSegmentation.from_pretrained(hub / name).eval()
    pixels = picture()
    with torch.no_grad():
        told = model(**processor(pixels, return_tensors="pt"))
    expected = processor.post_process_semantic_segmentation(told, target_sizes=[(90, 160)])[0].numpy()
    assert (load_segformer(str(hub / name), find_hardware()).label(pixels) == expected).mean() > 0.999


def test_scores_enlarged_a_few_at_a_time_give_the_labels_of_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch
    from torch.nn.functional import interpolate

    scores = torch.randn(150, 12, 20, generator=torch.Generator().manual_seed(3))
    expected = interpolate(scores[None], (70, 110), mode="bilinear", align_corners=False)[0].argmax(0)
    assert torch.equal(likeliest(scores, 70, 110), expected)
    monkeypatch.setattr(semantic, "_AT_ONCE", 70 * 110 * 7)
    assert torch.equal(likeliest(scores, 70, 110), expected)


def test_a_model_with_other_labels_is_read_by_their_names(tmp_path: Path) -> None:
    assert ade_ids({0: "nothing", 1: "Sky", 2: "street lamp"}).tolist() == [UNLABELLED, 2, 87]
    assert ade_ids(dict(enumerate(LABELS))).tolist() == list(range(150))
    model = load_segformer(str(write_segformer(tmp_path, labels={0: "sky", 1: "swamp", 2: "tree"})), find_hardware())
    assert set(np.unique(model.label(picture()))) <= {2, 4, UNLABELLED}


@pytest.mark.parametrize("name", ["sam2+maskformer", "maskformer", "segformer"])
def test_every_engine_runs_from_a_folder_and_is_loaded_once(here: Path, name: str) -> None:
    told: list[float] = []
    choice = choose_segmentation(name)
    engine = choice.engine
    assert (engine.name, engine.licence) == (choice.name, choice.licence)
    segments = engine.segment(picture(), lambda fraction, stage: told.append(fraction))
    assert segments.labels.shape == segments.objects.shape == (90, 160)
    assert (segments.labels.dtype, segments.objects.dtype) == (np.uint8, np.uint16)
    assert (segments.labels < 150).all()
    numbers = np.unique(segments.objects)
    assert numbers.max() == len(numbers) - (0 in numbers)
    assert told == sorted(told) and told[-1] == 1.0
    held = {id(part) for part in loaded_parts()}
    assert choice.engine.name == name
    assert {id(part) for part in loaded_parts()} == held


def test_the_hybrid_and_maskformer_share_what_is_loaded(here: Path) -> None:
    _ = choose_segmentation("maskformer").engine
    (alone,) = loaded_parts()
    _ = choose_segmentation("sam2+maskformer").engine
    assert len(loaded_parts()) == 2
    assert any(part is alone for part in loaded_parts())
    assert set(loaded_names()) >= {"maskformer", "sam2"}


def loaded_parts() -> list[object]:
    """The networks that segmentation holds at the moment."""
    return [place._model for place in (learned._masks, learned._labels) if place._model is not None]


@pytest.mark.parametrize("at", [0.0, 0.3, 0.6])
def test_an_engine_stops_when_progress_says_so(here: Path, at: float) -> None:
    def stop(fraction: float, stage: str) -> None:
        if fraction >= at:
            raise Cancelled("stopped")

    engine = choose_segmentation("sam2+maskformer").engine
    with pytest.raises(Cancelled):
        engine.segment(picture(), stop)
    engine.segment(picture(), silent)  # and works again


TITLES = {"maskformer": "MaskFormer", "segformer": "SegFormer", "sam2": "SAM 2"}
FAULTS = [(name, fault) for name in TITLES for fault in ("not there", "no weights", "damaged weights")]
FAULTS += [("maskformer", "no preprocessing"), ("segformer", "no preprocessing")]  # SAM 2's is always the same


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_a_model_that_does_not_load_says_so_in_one_sentence(
    hub: Path, tmp_path: Path, setting: Callable[[str, object], None], name: str, fault: str
) -> None:
    folder = tmp_path / name
    if fault != "not there":
        shutil.copytree(hub / name, folder)
    if fault == "no weights":
        (folder / "model.safetensors").unlink()
    if fault == "damaged weights":
        (folder / "model.safetensors").write_bytes(b"no weights at all")
    if fault == "no preprocessing":
        (folder / "preprocessor_config.json").unlink()
    setting("MASKFORMER_MODEL", hub / "maskformer")
    setting(f"{name}_MODEL".upper(), folder)
    with pytest.raises(ModelUnavailable) as raised:
        _ = choose_segmentation("sam2+maskformer" if name == "sam2" else name).engine
    free_engines()
    message = raised.value.message
    assert message.startswith(f"{TITLES[name]} could not be loaded from the ")
    assert str(folder) in message
    assert "\n" not in message
