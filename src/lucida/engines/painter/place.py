"""A place around the photo, made of the photo's own pieces.

Around the horizon stand runs of the photo's columns (`walk.py`), turned copies that keep its perspective; below lies
its ground, above its sky or ceiling, both as textures by example on a plane. The pieces give the detail; how bright
and of what colour each direction is, `Layout` says.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lucida.engines.painter.by_example import Texture, texture_from
from lucida.engines.painter.lifting import colour_left, greyed, lift, meeting, nearness
from lucida.engines.painter.painting import View
from lucida.engines.painter.sky import luminance, sky_mask
from lucida.engines.painter.walk import Run, closed_walk
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions

PLAN_WIDTH = 1024
_JOIN = np.radians(7.0)  # two runs overlap this much around a join; the seam finds its way inside
_FEWEST, _WIDEST = 16, np.radians(200.0)  # columns of the plan that make a walk
_FADE = np.radians(7.0)  # over which the runs give way to floor and ceiling
_STAND = np.radians(9.0)  # what stands around the viewer reaches this far below and above the horizon at least
_CLOUDS = 0.5  # stops a copied cloud may rise or fall from its sky


@dataclass(frozen=True)
class Source:
    """The photo as it may be copied: float32 (h, w, 3), its sky evened out, its own light taken back."""

    picture: NDArray[np.float32]
    sky: NDArray[np.float32]
    camera: PinholeCamera

    def look(self, direction: NDArray[np.floating]) -> NDArray[np.float32]:
        """What the photo shows along directions (H, W, 3); beyond its border it is mirrored."""
        return self._along(direction, self.picture)

    def look_sky(self, direction: NDArray[np.floating]) -> NDArray[np.float32]:
        """How much of what the photo shows along directions (H, W, 3) is sky."""
        return self._along(direction, self.sky)

    def _along(self, direction: NDArray[np.floating], shown: NDArray[np.float32]) -> NDArray[np.float32]:
        height, width = shown.shape[:2]
        x, y, _ = self.camera.project(direction)
        # cv2 reflects step by step: far positions would take for ever
        x = np.clip(x * (width / self.camera.width) - 0.5, -width, 2 * width).astype(np.float32)
        y = np.clip(y * (height / self.camera.height) - 0.5, -height, 2 * height).astype(np.float32)
        return np.asarray(cv2.remap(shown, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101), np.float32)


@dataclass(frozen=True)
class Place:
    """Everything that is needed to paint any direction, at any resolution. Plans are (PLAN_WIDTH / 2, PLAN_WIDTH)."""

    source: Source
    runs: list[Run]
    share: NDArray[np.float32]  # (runs, h, w): how much of a direction each run shows
    floor: Texture
    ceiling: Texture
    floor_share: NDArray[np.float32]
    ceiling_share: NDArray[np.float32]
    colour_share: NDArray[np.float32]  # (h, w): how much of the pieces' distance from grey is left
    gain: NDArray[np.float32]  # (h, w, 3) what lifts the pieces to the layout

    def pieces(self, direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """The pieces put together (H, W, 3), before the layout's light."""
        plan = _plan_map(direction)
        out = np.zeros((*direction.shape[:2], 3), np.float32)
        for run, share in zip(self.runs, self.share, strict=True):
            here = _on_plan(share, plan)
            if here.max() > 1e-4:
                shown = _shown(here)
                out[shown] += here[shown][..., None] * self.source.look(_turned(direction[shown], run))
        for texture, share, up in ((self.floor, self.floor_share, -1.0), (self.ceiling, self.ceiling_share, 1.0)):
            here = _on_plan(share, plan)
            if here.max() > 1e-4:
                shown = _shown(here)
                out[shown] += here[shown][..., None] * (texture.paint(direction[shown], up) - out[shown])
        return out

    def radiance(self, direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """Radiance (H, W, 3) along unit directions."""
        plan = _plan_map(direction)
        calmed = greyed(self.pieces(direction), _on_plan(self.colour_share, plan))
        return np.asarray(calmed * _on_plan(self.gain, plan), np.float32)


def _shown(share: NDArray[np.float32]) -> tuple[slice, slice]:
    """The rows and columns outside which nothing is shown."""
    rows, columns = np.flatnonzero(share.any(1)), np.flatnonzero(share.any(0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _plan_map(direction: NDArray[np.floating]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    u = np.arctan2(direction[..., 0], -direction[..., 2]) / (2 * np.pi) + 0.5
    v = 0.5 - np.arcsin(np.clip(direction[..., 1], -1, 1)) / np.pi
    return (u * PLAN_WIDTH - 0.5).astype(np.float32), (v * (PLAN_WIDTH // 2) - 0.5).astype(np.float32)


def _on_plan(plan: NDArray[np.float32], at: tuple[NDArray[np.float32], NDArray[np.float32]]) -> NDArray[np.float32]:
    around = np.concatenate([plan[:, -1:], plan, plan[:, :1]], 1)
    return np.asarray(
        cv2.remap(around, at[0] + 1, at[1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32
    )


def _turned(direction: NDArray[np.floating], run: Run) -> NDArray[np.floating]:
    """Directions as the run's own photo sees them."""
    c, s = np.cos(run.turn), np.sin(run.turn)
    x, z = direction[..., 0], direction[..., 2]
    return np.stack([run.sign * (c * x + s * z), direction[..., 1], c * z - s * x], -1)


def copyable(view: View) -> Source:
    """The photo with its sky evened out and its clipped light taken back, no denser than the faces need."""
    density = 1.3 * view.faces.shape[1] / 2 / view.camera.focal
    picture = view.radiance
    if density < 1:
        size = (max(8, round(picture.shape[1] * density)), max(8, round(picture.shape[0] * density)))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.float32)
    picture = np.minimum(picture, np.float32(1))
    if view.scene == "indoor":
        return Source(picture, np.zeros((8, 8), np.float32), view.camera)
    mask = sky_mask(view.radiance, view.clipped, view.camera)
    if mask.max() <= 0:
        return Source(picture, mask, view.camera)
    return Source(_even_sky(picture, mask), mask, view.camera)


def _even_sky(picture: NDArray[np.float32], mask: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sky's rows brought to their middle tone and colour; of its clouds what is within `_CLOUDS` stays."""
    height, width = mask.shape
    small = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    light = np.log2(np.maximum(small, 1e-3))
    weight = mask[..., None] * (luminance(small)[..., None] < 0.92) + mask[..., None] * 0.02
    rows, known = gaussian_filter1d((light * weight).sum(1), 6, axis=0), gaussian_filter1d(weight.sum(1), 6, axis=0)
    rows /= np.maximum(known, 1e-6)
    smooth = cv2.GaussianBlur(light * weight, (0, 0), width / 14) / np.maximum(
        cv2.GaussianBlur(weight, (0, 0), width / 14)[..., None], 1e-6
    )
    size = (picture.shape[1], picture.shape[0])
    around = cv2.resize(smooth, size, interpolation=cv2.INTER_LINEAR)
    even = cv2.resize(np.repeat(rows[:, None], 8, 1), size, interpolation=cv2.INTER_LINEAR)
    alpha = cv2.resize(mask, size, interpolation=cv2.INTER_LINEAR)[..., None]
    glare = cv2.GaussianBlur((luminance(small) > 0.85).astype(np.float32), (0, 0), width / 20)
    calm = 1 - np.minimum(1, 3 * cv2.resize(glare, size, interpolation=cv2.INTER_LINEAR))[..., None]
    clouds = calm * np.clip(np.log2(np.maximum(picture, 1e-3)) - around, -_CLOUDS, _CLOUDS)
    return np.asarray(picture * (1 - alpha) + alpha * np.exp2(even + clouds), np.float32)


def plan_place(view: View, layout: NDArray[np.float32]) -> Place:
    """The place for a photo and the radiance (PLAN_WIDTH / 2, PLAN_WIDTH, 3) that the surroundings should have."""
    source = copyable(view)
    plan = directions(PLAN_WIDTH, PLAN_WIDTH // 2).astype(np.float32)
    longitude = (np.arange(PLAN_WIDTH) + 0.5) / PLAN_WIDTH * 2 * np.pi - np.pi
    latitude = np.pi / 2 - (np.arange(PLAN_WIDTH // 2) + 0.5) / (PLAN_WIDTH // 2) * np.pi
    _, _, inside = view.camera.project(plan)
    own = source.look(plan)
    runs = _around(view, own, inside, longitude, latitude)
    share = _shares(source, runs, plan)
    floor = texture_from(source, view.camera, -1.0, view.seed, "room" if view.scene == "indoor" else "ground")
    ceiling = texture_from(source, view.camera, 1.0, view.seed + 1, "room" if view.scene == "indoor" else "sky")
    low, high = _reach(view.camera)
    low, high = min(low, -_STAND), max(high, _STAND)
    wobble = 0.05 * _wobble(view.seed)
    floor_share = _fade((low + np.radians(3) + wobble - latitude[:, None]) / _FADE)
    indoors = view.scene == "indoor"
    open_sky = 0.0 if indoors else float(source.sky[: max(1, len(source.sky) // 20)].mean())
    ragged = wobble * (0 if indoors else 1 - open_sky)  # treetops are; a ceiling and a sky have no such edge
    ceiling_share = _fade(
        (latitude[:, None] - high + np.radians(4 + 9 * open_sky) - ragged) / (_FADE + open_sky * np.radians(14))
    )
    as_it_is = np.ones(plan.shape[:2], np.float32)
    place = Place(
        source, runs, share, floor, ceiling, floor_share, ceiling_share, as_it_is, as_it_is[..., None].repeat(3, -1)
    )
    pieces = place.pieces(plan)
    near = nearness(inside)
    left = colour_left(pieces, layout, near)
    pieces = greyed(pieces, left)
    gain = lift(pieces, layout, near)
    gain *= meeting(pieces * gain, view, plan, inside)
    return replace(place, colour_share=left, gain=gain)


def _around(
    view: View,
    own: NDArray[np.float32],
    inside: NDArray[np.bool_],
    longitude: NDArray[np.floating],
    latitude: NDArray[np.floating],
) -> list[Run]:
    """The photo's own columns first, then the runs that close the circle behind the viewer."""
    for share in (0.8, 0.5, 0.2):
        band = np.abs(latitude - view.camera.pitch) < max(np.radians(8), 0.35 * view.camera.vertical_fov)
        columns = np.flatnonzero(inside[band].mean(0) > share)
        if len(columns) >= _FEWEST and longitude[columns[-1]] - longitude[columns[0]] < _WIDEST:
            break
    else:  # looking steeply up or down: no column stands upright, the photo is mirrored all around
        return [Run(-np.pi, np.pi, 0.0, 1)]
    features = np.log2(np.maximum(own[band][:, columns], 4e-3))
    features = cv2.blur(features, (3, 3))[::2, ::2]
    runs = closed_walk(np.ascontiguousarray(features, np.float32), longitude[columns][::2], view.seed)
    return [Run(float(longitude[columns[0]]), float(longitude[columns[-1]]), 0.0, 1), *runs]


def _reach(camera: PinholeCamera) -> tuple[float, float]:
    """Latitudes of the photo's bottom and top at its corners' longitude: where its columns end."""
    x = np.linspace(0, camera.width, 65)
    bottom = np.arcsin(camera.directions(x, np.full(65, float(camera.height)))[:, 1])
    top = np.arcsin(camera.directions(x, np.zeros(65))[:, 1])
    return float(np.max(bottom)), float(np.min(top))


def _fade(x: NDArray[np.floating]) -> NDArray[np.float32]:
    t = np.clip(x, 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def _wobble(seed: int) -> NDArray[np.float64]:
    """Smooth noise around the plan, of unit variance, that keeps borders from being straight."""
    noise = np.random.default_rng(seed).normal(size=(PLAN_WIDTH // 2, PLAN_WIDTH))
    beyond = 5 * 18  # more than a blur reaches
    noise = np.concatenate([noise[:, -beyond:], noise, noise[:, :beyond]], 1)
    smooth = 6 * cv2.GaussianBlur(noise, (0, 0), 6) + 18 * cv2.GaussianBlur(noise, (0, 0), 18)
    smooth = smooth[:, beyond:-beyond]
    return np.asarray(smooth / smooth.std())


def _shares(source: Source, runs: list[Run], plan: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much of each plan pixel every run shows: 1 inside, a seam of least difference where two overlap."""
    height, width = plan.shape[:2]
    share = np.zeros((len(runs), height, width), np.float32)
    per = width / (2 * np.pi)
    half = max(2, round(_JOIN / 2 * per))
    for i, run in enumerate(runs):
        start, end = round((run.start + np.pi) * per), round((run.end + np.pi) * per)
        share[i][:, np.arange(start - half, end + half) % width] = 1
    for i, run in enumerate(runs if len(runs) > 1 else []):
        following = (i + 1) % len(runs)
        join = round((run.end + np.pi) * per)
        columns = np.arange(join - half, join + half) % width
        a = source.look(_turned(plan[:, columns], run))
        b = source.look(_turned(plan[:, columns], runs[following]))
        cost = cv2.blur(np.abs(np.log2(np.maximum(a, 4e-3)) - np.log2(np.maximum(b, 4e-3))).sum(-1), (3, 3))
        # The photo itself ends where it ends; its neighbours cross over just outside.
        wish = {0: 0.85, len(runs) - 1: -0.85}.get(i, 0.0)
        pull = 0.3 if wish else 0.02
        seam = _seam(cost + pull * np.abs((np.arange(2 * half) - half)[None] / half - wish))
        left = _fade((seam[:, None] - np.arange(2 * half)[None]) / 3.0 + 0.5)
        share[i][:, columns] = left
        share[following][:, columns] = 1 - left
    return np.asarray(share / np.maximum(share.sum(0), 1e-6), np.float32)


def _seam(cost: NDArray[np.floating]) -> NDArray[np.int64]:
    """The column at each row of the cheapest path from top to bottom (dynamic programming, 8-connected)."""
    height, width = cost.shape
    walled = np.full((height, width + 2), np.inf)
    walled[:, 1:-1] = cost
    total = walled[:, 1:-1]
    for above, row in zip(walled, total[1:], strict=False):
        row += np.minimum(np.minimum(above[:-2], above[1:-1]), above[2:])
    path = np.empty(height, np.int64)
    path[-1] = int(total[-1].argmin())
    for row in range(height - 2, -1, -1):
        low, high = max(0, path[row + 1] - 1), min(width, path[row + 1] + 2)
        path[row] = low + int(total[row, low:high].argmin())
    return path
