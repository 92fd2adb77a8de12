"""Teach the draft segmentation's classifier on drawn pictures of which everything is known.

    python bench/fit_draft_segments.py draw SCENES [--count 640] [--part 0/1]
    python bench/fit_draft_segments.py fit SCENES --out src/lucida/engines/segmentation

SCENES is a folder. What is drawn there are the draft painter's pictures of many prompts, worlds of boxes and balls, and
leaves and flowers near by (`segment_worlds`). They are cut, mirrored, lit and coloured anew at each use, and figures
are pasted in, so that no colour or surface of theirs is learnt by heart. `fit` needs the `models` extra.
"""

from __future__ import annotations

import argparse
import itertools
import random
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from segment_worlds import (
    EARTH,
    FLOOR,
    FURNITURE,
    GRASS,
    LIGHT,
    MOUNTAIN,
    SKY,
    SUBJECT,
    TREE,
    WALL,
    draw_thicket,
    draw_world,
)

from lucida.engines.painter.picture import PictureRequest
from lucida.engines.painter.scene.draft import DraftPictures
from lucida.engines.progress import silent
from lucida.engines.segmentation.ade20k import CATEGORY_OF
from lucida.engines.segmentation.classifier import KINDS, Layers, answers, in_context, mean_of
from lucida.engines.segmentation.cues import Seen, look, working_size

LANDS = (
    "plain", "meadow", "field of wheat", "hills", "mountains", "desert dunes", "forest", "city street", "village",
    "city skyline by the water", "beach by the sea", "lake among hills", "river through a meadow", "park with trees",
    "village by a lake", "houses on a hill", "farm field with a barn", "suburb houses with trees and a lawn",
    "cottage in a forest clearing", "sea coast with cliffs", "mountain lake with pines",
    "garden with flowers and a house", "city block with trees", "snowy mountains",
)  # fmt: skip
TIMES = ("", "at noon", "in the morning", "at sunset", "at dusk", "in the afternoon", "at noon", "at dawn", "at night")
SKIES = ("", "cloudy", "overcast", "clear", "clear", "misty", "cloudy", "", "rainy", "stormy", "")
SEASONS = ("", "in summer", "in autumn", "in winter", "in spring", "in summer", "")
MORE = ("", "with trees", "with a house", "with houses and trees", "with flowers", "with pines", "", "with oaks", "")
ROOMS = (
    "a room", "a bedroom with a bed and a lamp", "a living room with a sofa, a table and a rug",
    "a study with a desk, a chair and a bookshelf", "a room with a plant and a painting",
    "a room with a window and a table", "a kitchen with a table and chairs",
    "a room with a bed, shelf, lamp and plant", "an empty room with a window",
    "a lounge with armchair, lamp, painting and plant",
)  # fmt: skip
SIZES = ((320, 224), (288, 216), (224, 288), (352, 200))
# The painter's segments as kinds: sky, terrain, water, tree, building, grass, wall, floor, ceiling, window, five pieces
# of furniture, rug, plant, lamp, painting.
PAINTED = np.array(
    [SKY, EARTH, 5, TREE, 6, GRASS, WALL, FLOOR, 9, 10, *[FURNITURE] * 5, FLOOR, TREE, LIGHT, WALL], np.uint8
)
USES = 3  # of each picture, changed each time
HIDDEN = (96, 48)
KEPT = 0.5  # of a picture's pieces
PAIRS = 3  # of networks


def prompt_of(number: int) -> str:
    rng = random.Random(number)
    if number % 4 == 3:
        colour = rng.choice(("", "white ", "green ", "blue ", "yellow ", "red ", "brown "))
        return f"{rng.choice(ROOMS).replace('room', colour + 'room', 1)} {rng.choice(TIMES)}"
    return " ".join(filter(None, (rng.choice(each) for each in (SKIES, LANDS, MORE, SEASONS, TIMES))))


def draw_painted(number: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A picture of the draft painter and its kinds: green ground near by is grass, what is far away is mountain."""
    width, height = SIZES[(number // 4) % 4]
    request = PictureRequest(prompt_of(number), width=width, height=height, seed=number)
    picture = DraftPictures().draw(request, silent, lambda preview: None)
    assert picture.segments is not None and picture.depth is not None
    return picture.pixels, kinds_of(picture.pixels, picture.segments, picture.depth)


def kinds_of(pixels: NDArray[np.uint8], segments: NDArray[np.uint8], depth: NDArray[np.floating]) -> NDArray[np.uint8]:
    kinds = PAINTED[segments]
    soft = cv2.GaussianBlur(pixels, (0, 0), 2.0).astype(np.float32) + 6
    green = 3 * soft[..., 1] / soft.sum(-1) - 1
    kinds[(segments == 1) & (green > 0.06) & (depth < 100)] = GRASS
    kinds[(segments == 1) & (depth > 250)] = MOUNTAIN
    return kinds


def figures(scenes: list[Any]) -> list[tuple[NDArray[np.uint8], NDArray[np.bool_]]]:
    """Subjects cut out of pictures."""
    found = []
    for pixels, kinds in scenes:
        _, regions, about, _ = cv2.connectedComponentsWithStats((kinds == SUBJECT).astype(np.uint8))
        for n in range(1, len(about)):
            x, y, wide, high, area = about[n]
            if area > 500 and x > 0 and x + wide < pixels.shape[1]:
                box = slice(y, y + high), slice(x, x + wide)
                found.append((pixels[box], regions[box] == n))
    return found


def paste(rng: Any, pixels: NDArray[np.uint8], kinds: NDArray[np.uint8], figure: Any) -> None:
    height, width = kinds.shape
    high = int(height * np.exp(rng.uniform(np.log(0.12), np.log(1.2))))
    if high > 0.5 * height and rng.random() < 0.5:  # near by, and what is behind out of focus
        pixels[:] = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(1, 5))
    wide = max(2, round(high * figure[1].shape[1] / figure[1].shape[0]))
    seen = cv2.resize(figure[0], (wide, high), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(figure[1].astype(np.uint8), (wide, high), interpolation=cv2.INTER_NEAREST) > 0
    bottom = int(min(height, height * rng.uniform(0.55, 0.85) + high * 0.35))
    left, top = int(rng.uniform(0, max(1, width - wide))), max(0, bottom - high)
    mask, seen = mask[: bottom - top, : width - left], seen[: bottom - top, : width - left]
    grain = cv2.resize(rng.normal(size=(mask.shape[0] // 2 + 1, mask.shape[1] // 2 + 1)), mask.shape[::-1])
    tone = rng.uniform(0.7, 1.2, 3) * rng.uniform(0.4, 1.6) * np.exp(rng.uniform(0, 0.3) * grain[mask])[:, None]
    box = slice(top, top + len(mask)), slice(left, left + mask.shape[1])
    pixels[box][mask] = np.clip(seen[mask] * tone, 0, 255)
    kinds[box][mask] = SUBJECT


def changed(
    rng: Any, pixels: NDArray[np.uint8], kinds: NDArray[np.uint8]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """The same picture, cut, mirrored, and as another camera in another light would have taken it."""
    height, width = kinds.shape
    share = rng.uniform(0.5, 1.0)
    high, wide = int(height * share), int(width * min(1, share * rng.uniform(0.8, 1.25)))
    top, left = rng.integers(0, height - high + 1), rng.integers(0, width - wide + 1)
    pixels, kinds = pixels[top : top + high, left : left + wide], kinds[top : top + high, left : left + wide]
    if rng.random() < 0.5:
        pixels, kinds = pixels[:, ::-1], kinds[:, ::-1]
    rows, columns = working_size(high, wide)
    kinds = cv2.resize(np.ascontiguousarray(kinds), (columns, rows), interpolation=cv2.INTER_NEAREST)
    light = (
        cv2.resize(np.ascontiguousarray(pixels), (columns, rows), interpolation=cv2.INTER_CUBIC).astype(np.float32)
        / 255
    )
    if rng.random() < 0.5:  # grain of a finer world than the one drawn
        grain = cv2.resize(rng.normal(size=(rows // 2 + 1, columns // 2 + 1)), (columns, rows))
        light *= np.exp(rng.uniform(0.02, 0.15) * grain)[..., None]
    light = np.clip(light, 0, 1) ** np.exp(rng.normal(0, 0.25))
    grey = light.mean(-1, keepdims=True)
    light = grey + (light - grey) * rng.uniform(0.35, 1.5)
    light = light * np.exp(rng.normal(0, 0.1, 3)) * np.exp(rng.normal(0, 0.2))
    shade = cv2.resize(rng.normal(0, 1, (3, 4)), (columns, rows), interpolation=cv2.INTER_CUBIC)
    light *= np.exp(rng.uniform(0, 0.25) * shade)[..., None]
    middle = light.mean()
    light = middle + (light - middle) * rng.uniform(0.6, 1.3)
    light = cv2.GaussianBlur(light.astype(np.float32), (0, 0), rng.uniform(0.1, 1.4))
    light += rng.normal(0, rng.uniform(0, 0.035), light.shape)
    seen = np.clip(255 * light + 0.5, 0, 255).astype(np.uint8)
    coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(55, 96))])[1]
    return cv2.imdecode(coded, cv2.IMREAD_COLOR), kinds


class Example(NamedTuple):
    """A picture's cues, the share of each kind in each piece (N, K), the kinds (h, w), and the scene's number."""

    seen: Seen
    wanted: NDArray[np.float32]
    kinds: NDArray[np.uint8]
    scene: int


def shares(seen: Seen, kinds: NDArray[np.uint8]) -> NDArray[np.float32]:
    at = seen.pieces.labels * len(KINDS) + kinds
    counts = np.bincount(at.ravel(), minlength=seen.pieces.count * len(KINDS)).reshape(-1, len(KINDS))
    return (counts / counts.sum(1, keepdims=True)).astype(np.float32)


def teach(
    table: NDArray[np.float32], wanted: NDArray[np.float32], weight: NDArray[np.float32], rounds: int, seed: int
) -> Layers:
    """A network that answers `wanted` (N, K) to rows of the table; means and spreads go into its first layer."""
    import torch

    torch.manual_seed(int(seed))
    mean, spread = table.mean(0), table.std(0) + 1e-3
    sizes = (table.shape[1], *HIDDEN, wanted.shape[1])
    parts: list[Any] = []
    for n, (a, b) in enumerate(itertools.pairwise(sizes)):
        parts += [torch.nn.Linear(a, b)] + ([torch.nn.ReLU(), torch.nn.Dropout(0.2)] if n < len(HIDDEN) else [])
    net = torch.nn.Sequential(*parts)
    x, y, w = (torch.from_numpy(each) for each in ((table - mean) / spread, wanted, weight))
    batch, steps = 4096, rounds * (len(x) // 4096)
    optimiser = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, total_steps=steps)
    net.train()
    for step in range(steps):
        pick = torch.randint(len(x), (batch,))
        rough = x[pick] * (1 + 0.05 * torch.randn(batch, x.shape[1]))
        loss = -(y[pick] * torch.log_softmax(net(rough), 1)).sum(1) @ w[pick] / w[pick].sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 500 == 0:
            print(f"  {step}/{steps} {loss.item():.3f}", flush=True)
    layers = [
        (part.weight.detach().numpy().T.copy(), part.bias.detach().numpy().copy())
        for part in parts
        if isinstance(part, torch.nn.Linear)
    ]
    weights, bias = layers[0]
    layers[0] = (weights / spread[:, None], bias - (mean / spread) @ weights)
    return layers


def importance(wanted: NDArray[np.float32]) -> NDArray[np.float32]:
    """What is rare counts more, by the square root."""
    share = wanted.mean(0) + 1e-4
    return (wanted @ (share**-0.5)).astype(np.float32)


def overlap(found: NDArray[np.uint8], true: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Confusion (6, 6) of two maps of categories."""
    return np.bincount(true.astype(int).ravel() * 6 + found.ravel(), minlength=36).reshape(6, 6).astype(float)


def ious(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    return confusion.diagonal() / np.maximum(confusion.sum(0) + confusion.sum(1) - confusion.diagonal(), 1)


def load_scenes(folder: Path) -> list[tuple[str, NDArray[np.uint8], NDArray[np.uint8]]]:
    found = []
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as table:
            found.append((path.stem, table["pixels"], table["kinds"]))
    return found


def prepare(scenes: list[Any], uses: int, seed: int = 0) -> list[Example]:
    """Each scene as often as it is used, changed each time."""
    rng = np.random.default_rng(seed)
    cut = figures([(pixels, kinds) for name, pixels, kinds in scenes if name.startswith("world")])
    made = []
    for number, (name, pixels, kinds) in enumerate(scenes):
        for _ in range(uses):
            one, two = pixels.copy(), kinds.copy()
            if cut and not name.startswith("thicket") and rng.random() < 0.4:
                for _ in range(rng.integers(1, 3)):
                    paste(rng, one, two, cut[rng.integers(len(cut))])
            one, two = changed(rng, one, two)
            seen = look(one)
            made.append(Example(seen, shares(seen, two), two, number))
    return made


def fit(made: list[Example], member: int, rounds: int = 7) -> tuple[Layers, Layers]:
    """Both networks of a pair; the second hears of each half of the scenes what a first of the other half says."""
    rng = np.random.default_rng(member)
    seeds = np.arange(4) + 4 * member
    kept = [np.flatnonzero(rng.random(one.seen.pieces.count) < KEPT) for one in made]
    table = np.concatenate([one.seen.cues[keep] for one, keep in zip(made, kept, strict=True)])
    wanted = np.concatenate([one.wanted[keep] for one, keep in zip(made, kept, strict=True)])
    half = np.repeat([one.scene % 2 for one in made], [len(keep) for keep in kept])
    weight = importance(wanted)
    others = [teach(table[half == n], wanted[half == n], weight[half == n], rounds, seeds[n]) for n in (1, 0)]
    first = teach(table, wanted, weight, rounds, seeds[2])
    del table
    context = [
        in_context(one.seen, answers(others[one.scene % 2], one.seen.cues))[keep]
        for one, keep in zip(made, kept, strict=True)
    ]
    return first, teach(np.concatenate(context), wanted, weight, rounds, seeds[3])


def score(pairs: list[tuple[Layers, Layers]], made: list[Example], name: str) -> None:
    category = CATEGORY_OF[list(KINDS)]
    total = np.zeros((6, 6))
    for seen, _, kinds, _ in made:
        likely = mean_of(pairs, seen)
        six = np.stack([likely[:, category == n].sum(1) for n in range(6)], 1)
        total += overlap(six.argmax(1).astype(np.uint8)[seen.pieces.labels], category[kinds])
    found = ious(total)
    print(f"{name:10} mIoU {found.mean():.3f}  " + " ".join(f"{value:.2f}" for value in found), flush=True)


def save(pairs: list[tuple[Layers, Layers]], out: Path) -> None:
    table = {}
    for member, pair in enumerate(pairs):
        for name, layers in zip(("first", "second"), pair, strict=True):
            for n, (weights, bias) in enumerate(layers):
                table[f"{member}_{name}_weights{n}"] = weights.astype(np.float16)
                table[f"{member}_{name}_bias{n}"] = bias.astype(np.float32)
    np.savez_compressed(out / "draft_weights.npz", **table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("draw", "fit"))
    parser.add_argument("scenes", type=Path)
    parser.add_argument("--count", type=int, default=640)
    parser.add_argument("--part", default="0/1")
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    if args.what == "draw":
        args.scenes.mkdir(parents=True, exist_ok=True)
        part, parts = map(int, args.part.split("/"))
        for number in range(part, args.count, parts):
            makers: list[tuple[str, Any]] = [("painted", draw_painted)]
            if number % 4 < 2:
                makers.append(("world", lambda n: draw_world(1000 + n, *SIZES[n // 2 % 4])))
            if number % 4 == 2:
                makers.append(("thicket", lambda n: draw_thicket(5000 + n, *SIZES[n // 4 % 4])))
            for name, draw in makers:
                pixels, kinds = draw(number)
                np.savez_compressed(args.scenes / f"{name}{number:04d}.npz", pixels=pixels, kinds=kinds)
        return
    scenes = load_scenes(args.scenes)
    kept = [scene for n, scene in enumerate(scenes) if n % 7]
    made = prepare(kept, USES)
    pairs = [fit(made, member) for member in range(PAIRS)]
    for name in ("painted", "world"):
        apart = [scene for n, scene in enumerate(scenes) if n % 7 == 0 and scene[0].startswith(name)]
        score(pairs, prepare(apart, 1, seed=9), name)
    save(pairs, args.out)


if __name__ == "__main__":
    main()
