"""Gaussians from pictures: gradient descent on what the rasteriser draws (Kerbl et al. 2023, section 5).

Three things keep what nobody has seen in shape. The colour behind an object is another one at every step, so that it
cannot be faked by letting light through. And between the cameras the object may not look larger than from them: the
silhouettes leave room there that descent would fill with leftovers. And what no picture shows goes where it is seen.
"""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation, Slerp

from lucida.errors import BadInput
from lucida.gaussians.densification import divided, shake
from lucida.gaussians.harmonics import COEFFICIENTS
from lucida.gaussians.initialisation import (
    at_random,
    centre_of,
    from_depths,
    from_silhouettes,
    has_silhouettes,
    radius_of,
)
from lucida.gaussians.losses import PictureLoss
from lucida.gaussians.optimiser import Adam
from lucida.gaussians.rasteriser import TRANSMITTANCE, Draw, Drawing, Gradients, Workspace, render
from lucida.gaussians.scene import UP, Gaussians, chosen
from lucida.gaussians.views import View
from lucida.gaussians.visibility import unseen
from lucida.geometry.cameras import Camera, orbit, up_of
from lucida.imaging.kernels import compile_kernels, warm_up

Array = NDArray[np.float32]
NAMES = ("means", "quaternions", "log_scales", "opacity_logits", "harmonics")
Watch = Callable[["Trainer"], None]


@dataclass(frozen=True)
class Recipe:
    """How to train. Rates are Adam's; that of the means is a share of the scene's radius."""

    iterations: int = 4000
    settled: int = 3000  # steps that are enough: more of them are smaller ones, which do not learn by heart
    limit: int = 12_000  # Gaussians
    degree: int = 0  # of the harmonics that are reached in the end
    mean_rate: float = 3e-3
    mean_rate_end: float = 3e-5
    quaternion_rate: float = 2e-3
    scale_rate: float = 5e-3
    opacity_rate: float = 3e-2
    colour_rate: float = 5e-3
    rates_end: float = 0.1  # share that is left in the end of all but the means' rate
    dissimilarity: float = 0.2  # share of D-SSIM in the loss
    opacity_penalty: float = 0.0
    scale_penalty: float = 0.0
    noise: float = 0.0  # MCMC's, in rates of the means
    depth_weight: float = 0.1  # of views that bring a depth
    normal_weight: float = 0.05  # of views that bring normals
    densify_every: int = 100
    densify_until: float = 0.8  # share of the training
    growth: float = 0.05
    faintest: float = 0.01  # opacity below which a Gaussian is put elsewhere
    between_every: int = 2  # steps from one look between the cameras to the next; 0 for none
    between_pressure: float = 0.12  # on what is half transparent there, as if it weighed that share of a pixel's error
    between_gain: float = 8.0  # more of it, by how much too large the object looks


_REST_RATE = 1 / 20  # of the colour's rate, for harmonics above degree 0
_DEGREE_AT = 0.15  # share of the training after which another degree joins
_LATELY = 0.03  # weight of the newest look between cameras among the earlier ones
_MOST_PRESSURE = 1.2
_LOOKING_OVER = 10  # steps for each picture between two searches for what nobody sees, so that these cost a tenth


class Trainer:
    """A scene in training, step by step; `state` and `restore` make and take checkpoints."""

    def __init__(
        self,
        views: list[View],
        recipe: Recipe | None = None,
        *,
        seed: int = 0,
        initial: Gaussians | None = None,
        draw: Draw = Drawing,
    ) -> None:
        self.views, self.recipe, self._draw = views, recipe or Recipe(), draw
        self._rng = np.random.default_rng(seed)
        self.centre = centre_of([view.camera for view in views])
        self.radius = radius_of([view.camera for view in views], self.centre)
        self._silhouettes = has_silhouettes(views)
        scene = initial if initial is not None else self._begin()
        self._up = initial.up if initial is not None else up_of([view.camera for view in views]) or UP
        if len(scene) > self.recipe.limit:
            scene = chosen(scene, self._rng.choice(len(scene), self.recipe.limit, replace=False))
        self._values = {name: np.array(getattr(scene, name), np.float32, order="C") for name in NAMES}
        self._widen()
        self._adams = {name: Adam(values) for name, values in self._values.items()}
        self.iteration, self.loss = 0, float("nan")
        self._order: list[int] = []
        self._excess = 0.0  # how much too large the object looked between cameras lately, a share
        self._looked_over_at = -(-_LOOKING_OVER * len(views) // self.recipe.densify_every)  # densifications
        self._workspace = Workspace()
        self._losses: dict[tuple[int, int], PictureLoss] = {}
        self._targets = [_planes(view) for view in views]
        self._areas = [0.0 if view.alpha is None else float(view.alpha.mean()) for view in views]

    def _begin(self) -> Gaussians:
        if any(view.depth is not None for view in self.views):
            return from_depths(self.views)
        if self._silhouettes:
            return from_silhouettes(self.views)
        return at_random(self.views, self.recipe.limit // 2, self._rng)

    def _widen(self) -> None:
        """Room for the harmonics of the degree that is trained to, 0 at first."""
        harmonics, count = self._values["harmonics"], COEFFICIENTS[self.recipe.degree]
        wide = np.zeros((len(harmonics), count, 3), np.float32)
        wide[:, : harmonics.shape[1]] = harmonics[:, :count]
        self._values["harmonics"] = wide

    def __len__(self) -> int:
        """How many Gaussians there are now."""
        return len(self._values["means"])

    @property
    def scene(self) -> Gaussians:
        """The scene as it is now; the arrays are its own."""
        return Gaussians(*(self._values[name].copy() for name in NAMES), up=self._up)

    def _drawn(self) -> Gaussians:
        return Gaussians(*(self._values[name] for name in NAMES))

    def step(self, fraction: float | None = None) -> None:
        """One step of descent, on one view; `fraction` is how much of the training is done, by iterations if None."""
        recipe = self.recipe
        if fraction is None:
            fraction = self.iteration / recipe.iterations
        self.iteration += 1
        if not self._order:
            self._order = [int(n) for n in self._rng.permutation(len(self.views))]
        number = self._order.pop()
        gradients = [self._look(number)]
        if self._silhouettes and recipe.between_every and self.iteration % recipe.between_every == 0:
            gradients.append(self._look_between())
        self._descend(gradients, fraction)
        if self.iteration % recipe.densify_every == 0 and fraction < recipe.densify_until:
            self._densify()

    def _look(self, number: int) -> Gradients:
        """The gradient of the loss of one view."""
        view, (premultiplied, clear) = self.views[number], self._targets[number]
        height, width = view.colour.shape[:2]
        behind = (self._rng.random(3) if view.alpha is not None else np.zeros(3)).astype(np.float32)[:, None, None]
        drawing = self._draw(self._drawn(), view.camera, self._workspace)
        planes = drawing.planes()
        picture = planes[:3] + planes[TRANSMITTANCE] * behind
        target = premultiplied if clear is None else premultiplied + clear * behind
        by_planes = np.zeros_like(planes)
        loss = self._losses.setdefault((height, width), PictureLoss(3, height, width, self.recipe.dissimilarity))
        self.loss = loss(picture, target, by_planes[:3])
        by_planes[TRANSMITTANCE] = (by_planes[:3] * behind).sum(axis=0)
        size = np.float32(height * width)
        if view.depth is not None:
            known = view.depth > 0
            sign = np.sign(planes[3] - (1 - planes[TRANSMITTANCE]) * view.depth) * known
            weight = np.float32(self.recipe.depth_weight / self.radius) / size
            by_planes[3] += weight * sign
            by_planes[TRANSMITTANCE] += weight * sign * view.depth
        by_shapes = None
        if view.normal is not None:
            by_shapes = np.zeros_like(planes)
            by_shapes[:3] = -np.float32(self.recipe.normal_weight) / size * np.moveaxis(view.normal, -1, 0)
        return drawing.gradient(by_planes, by_shapes)

    def _look_between(self) -> Gradients:
        """The gradient of how much larger the object looks between two cameras than from them.

        The area of a silhouette changes slowly as one walks around, so that between two cameras it is about their
        mean. What is half transparent there is pressed upon, the more so the more the area exceeds that: it carves away
        what no picture asks for, and gives back where it has carved too much.
        """
        one, other, share = self._neighbours()
        camera = _between(self.views[one].camera, self.views[other].camera, share, self.centre)
        drawing = self._draw(self._drawn(), camera, self._workspace)
        clear = drawing.planes()[TRANSMITTANCE]
        expected = (1 - share) * self._areas[one] + share * self._areas[other]
        excess = (1 - float(clear.mean()) - expected) / max(expected, 1e-6)
        self._excess += _LATELY * (excess - self._excess)
        pressure = self.recipe.between_pressure + self.recipe.between_gain * self._excess
        pressure = float(np.clip(pressure, -_MOST_PRESSURE, _MOST_PRESSURE))
        by_planes = np.zeros((5, *clear.shape), np.float32)
        by_planes[TRANSMITTANCE] = np.float32(-pressure / clear.size) * clear
        return drawing.gradient(by_planes)

    def _neighbours(self) -> tuple[int, int, float]:
        """Two views that look at the object from close to each other, and a place between them, 0 to 1."""
        one = int(self._rng.integers(len(self.views)))
        away = np.array([view.camera.position - self.centre for view in self.views])
        away /= np.maximum(np.linalg.norm(away, axis=1, keepdims=True), 1e-9)
        nearest = np.argsort(-(away @ away[one]), kind="stable")
        other = int(self._rng.choice([n for n in nearest if n != one][:2]))
        return one, other, float(self._rng.uniform(0.15, 0.85))

    def _descend(self, gradients: list[Gradients], fraction: float) -> None:
        recipe = self.recipe
        seen = np.logical_or.reduce([each.seen for each in gradients])
        total = {name: sum(getattr(each, name) for each in gradients) for name in NAMES}
        count = np.float32(len(seen))
        if recipe.opacity_penalty:
            opacity = 1 / (1 + np.exp(-self._values["opacity_logits"]))
            total["opacity_logits"] += np.float32(recipe.opacity_penalty) / count * opacity * (1 - opacity)
        if recipe.scale_penalty:
            penalty = np.float32(recipe.scale_penalty / self.radius / 3)
            total["log_scales"] += penalty / count * np.exp(self._values["log_scales"])
        degrees = 1 + int(fraction / _DEGREE_AT)
        if degrees <= recipe.degree:
            total["harmonics"][:, COEFFICIENTS[degrees - 1] :] = 0
        expected = max(self.iteration, self.iteration / max(fraction, 1e-9)) if fraction > 0 else recipe.iterations
        pace = min(1.0, recipe.settled / expected)
        later = pace * recipe.rates_end**fraction
        mean_rate = pace * self.radius * recipe.mean_rate * (recipe.mean_rate_end / recipe.mean_rate) ** fraction
        rates = {
            "means": mean_rate,
            "quaternions": recipe.quaternion_rate * later,
            "log_scales": recipe.scale_rate * later,
            "opacity_logits": recipe.opacity_rate * later,
            "harmonics": recipe.colour_rate * later,
        }
        for name, adam in self._adams.items():
            adam.step(np.ascontiguousarray(total[name], np.float32), seen, rates[name], self.iteration)
        if recipe.noise:
            dice = self._rng.standard_normal((len(seen), 3), np.float32)
            means, quaternions, log_scales, opacity_logits = (self._values[name] for name in NAMES[:4])
            strength = np.float32(recipe.noise * mean_rate)
            shake(means, quaternions, log_scales, opacity_logits, dice, strength)

    def _densify(self) -> None:
        """Put what has become invisible or is hidden elsewhere, and add a share, where there is most to be seen."""
        opacity = 1 / (1 + np.exp(-self._values["opacity_logits"].astype(np.float64)))
        useless = opacity < self.recipe.faintest
        if self.iteration % (self.recipe.densify_every * self._looked_over_at) == 0:
            cameras = [view.camera for view in self.views]
            useless |= unseen(
                self._drawn(), cameras, ends=self._silhouettes, draw=self._draw, workspace=self._workspace
            )
        dead, alive = np.flatnonzero(useless), np.flatnonzero(~useless)
        more = min(int(len(opacity) * self.recipe.growth), self.recipe.limit - len(opacity))
        wanted = len(dead) + max(more, 0)
        if not len(alive) or not wanted:
            return
        chosen = self._rng.choice(alive, wanted, p=opacity[alive] / opacity[alive].sum())
        places, copies = np.unique(chosen, return_counts=True)
        scales = np.exp(self._values["log_scales"][places].astype(np.float64))
        thinner, wider = divided(opacity[places], scales, copies + 1)
        thinner = np.clip(thinner, self.recipe.faintest / 2, 1 - 1e-6)
        self._values["opacity_logits"][places] = np.log(thinner / (1 - thinner))
        self._values["log_scales"][places] = np.log(wider)
        moved, added = chosen[: len(dead)], chosen[len(dead) :]
        for name, adam in self._adams.items():
            values = self._values[name]
            values[dead] = values[moved]
            adam.forget(np.concatenate([places, dead]))
            self._values[name] = adam.grow(values[added])

    def state(self) -> bytes:
        """All that is needed to go on: the scene, the optimiser, the dice and where in the training it is."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, adam in self._adams.items():
            arrays |= {name: adam.values, f"{name}.mean": adam.mean, f"{name}.square": adam.square}
        told = {
            "recipe": asdict(self.recipe),
            "iteration": self.iteration,
            "order": self._order,
            "excess": self._excess,
            "dice": self._rng.bit_generator.state,
        }
        arrays["told"] = np.frombuffer(json.dumps(told).encode(), np.uint8)
        out = io.BytesIO()
        np.savez(out, **arrays)  # type: ignore[arg-type]  # numpy's types take the names for its own options
        return out.getvalue()

    def restore(self, state: bytes) -> None:
        """Go on from what `state` gave, of the same views. Raises `BadInput` where it is no checkpoint."""
        try:
            with np.load(io.BytesIO(state), allow_pickle=False) as arrays:
                told: Mapping[str, Any] = json.loads(arrays["told"].tobytes())
                values = {name: arrays[name] for name in NAMES}
                moments = {name: (arrays[f"{name}.mean"], arrays[f"{name}.square"]) for name in NAMES}
        except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile) as error:
            raise BadInput("This is no checkpoint of a training, or it is cut off.") from error
        known = {field.name for field in fields(Recipe)}
        self.recipe = Recipe(**{name: value for name, value in told["recipe"].items() if name in known})
        self.iteration, self._order = told["iteration"], list(told["order"])
        self._excess = told["excess"]
        self._rng.bit_generator.state = told["dice"]
        self._values = values
        for name, adam in self._adams.items():
            adam.values, (adam.mean, adam.square) = values[name], moments[name]


def train(
    views: list[View],
    recipe: Recipe | None = None,
    *,
    seconds: float | None = None,
    seed: int = 0,
    initial: Gaussians | None = None,
    watch: Watch | None = None,
    checkpoint: Path | None = None,
    draw: Draw = Drawing,
) -> Gaussians:
    """Gaussians that look like the views.

    Trains for `recipe.iterations` steps, or until `seconds` are over where that is sooner; compiling the loops does not
    count. Only without `seconds` does the same seed give the same scene. `watch` is called after every step, and stops
    the training by raising. From `checkpoint`, a file that `state` of a trainer was written to, an earlier training
    goes on. `draw` is the rasteriser that trains (`choice.choose_rasteriser`). Raises `BadInput`.
    """
    try:
        trainer = Trainer(views, recipe, seed=seed, initial=initial, draw=draw)
    except ValueError as error:
        raise BadInput(f"These views cannot be begun with: {error}.") from error
    if checkpoint is not None:
        trainer.restore(checkpoint.read_bytes())
    compile_kernels(__name__)  # not on the time that is to be trained for
    began = time.monotonic()
    while True:
        fraction = trainer.iteration / trainer.recipe.iterations
        if seconds is not None:
            fraction = max(fraction, (time.monotonic() - began) / seconds)
        if fraction >= 1:
            return trainer.scene
        trainer.step(fraction)
        if watch is not None:
            watch(trainer)


def _planes(view: View) -> tuple[Array, Array | None]:
    """The picture weighted by alpha (3, H, W), and what is clear of it (H, W)."""
    colour = np.ascontiguousarray(np.moveaxis(view.colour, -1, 0), np.float32)
    if view.alpha is None:
        return colour, None
    return colour * view.alpha, np.asarray(1 - view.alpha, np.float32)


def _between(one: Camera, other: Camera, share: float, centre: NDArray[np.float64]) -> Camera:
    """A camera on the way from one to another, which sees `centre` where they do."""
    turned = Slerp([0, 1], Rotation.from_matrix([one.world_to_camera[:, :3], other.world_to_camera[:, :3]]))(share)
    rotation = turned.as_matrix()
    seen = [camera.world_to_camera[:, :3] @ centre + camera.world_to_camera[:, 3] for camera in (one, other)]
    moved = (1 - share) * seen[0] + share * seen[1] - rotation @ centre
    pose = np.hstack([rotation, moved[:, None]])
    return Camera(one.width, one.height, one.fx, one.fy, one.cx, one.cy, pose)


@warm_up
def _compile() -> None:
    """What a training needs, with types as they come."""
    views = []
    for number, camera in enumerate(orbit(3, 0.5, 1.5, 24, 30.0)):
        alpha = np.zeros((24, 24), np.float32)
        alpha[8:16, 8:16] = 1
        views.append(View(f"{number}", camera, np.full((24, 24, 3), 0.5, np.float32), alpha))
    trainer = Trainer(views, Recipe(iterations=4, densify_every=2, noise=1.0))
    for _ in range(4):
        trainer.step()
    render(trainer.scene, views[0].camera)
