"""A place around the photo, made of the photo's own pieces.

Around the horizon stand pieces of the photo (`quilt.py`), turned copies that keep its perspective; below lies its
ground, above its sky or ceiling, both as textures by example on a plane. The pieces give the detail; how bright
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
from lucida.engines.painter.mending import mended
from lucida.engines.painter.painting import View
from lucida.engines.painter.quilt import Quilt, quilt
from lucida.engines.painter.sky import luminance, sky_mask
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import directions

PLAN_WIDTH = 1024
_UPRIGHT = np.radians(50.0)  # field of view from which a photo out of doors shows things that stand on the ground
_FADE = np.radians(7.0)  # over which the pieces give way to floor and ceiling
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

    def stops(self, maps: NDArray[np.floating], direction: NDArray[np.floating]) -> NDArray[np.float32]:
        """What the photo shows (K, 3) of directions (K, 3) that maps (K, 3, 3) lead into it, as logarithms."""
        return np.log2(np.maximum(self.look_list((maps @ direction[..., None])[..., 0]), 4e-3))

    def look_list(self, direction: NDArray[np.floating]) -> NDArray[np.float32]:
        """As `look`, along any number of directions (K, 3)."""
        count, width = len(direction), PLAN_WIDTH
        grid = np.resize(direction, (-(-count // width), width, 3)) if count else np.zeros((0, width, 3))
        return self.look(grid).reshape(-1, 3)[:count] if count else np.zeros((0, 3), np.float32)

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
    quilt: Quilt
    floor: Texture
    ceiling: Texture
    floor_share: NDArray[np.float32]
    ceiling_share: NDArray[np.float32]
    colour_share: NDArray[np.float32]  # (h, w): how much of the pieces' distance from grey is left
    gain: NDArray[np.float32]  # (h, w, 3) what lifts the pieces to the layout

    def pieces(self, direction: NDArray[np.float32]) -> NDArray[np.float32]:
        """The pieces put together (H, W, 3), before the layout's light."""
        plan = _plan_map(direction)
        out = self._copied(direction, plan)
        for texture, share, up in ((self.floor, self.floor_share, -1.0), (self.ceiling, self.ceiling_share, 1.0)):
            here = _on_plan(share, plan)
            if here.max() > 1e-4:
                shown = _shown(here)
                out[shown] += here[shown][..., None] * (texture.paint(direction[shown], up) - out[shown])
        return out

    def _copied(
        self, direction: NDArray[np.float32], plan: tuple[NDArray[np.float32], NDArray[np.float32]]
    ) -> NDArray[np.float32]:
        """The quilt: between four pixels of the plan, up to eight pieces by their shares."""
        q, p = np.floor(plan[0]).astype(int), np.clip(np.floor(plan[1]), 0, PLAN_WIDTH // 2 - 2).astype(int)
        s, t = plan[0] - q, np.clip(plan[1] - p, 0, 1)
        out = np.zeros((*direction.shape[:2], 3), np.float32)
        for down, across in np.ndindex(2, 2):
            weight = (s if across else 1 - s) * (t if down else 1 - t)
            at = (p + down, (q + across) % PLAN_WIDTH)
            first = self.quilt.share[at]
            for rank, share in enumerate((first, 1 - first)):
                here = weight * share
                row, column = np.nonzero(here > 1e-4)
                turn = self.quilt.maps[self.quilt.piece[(*at, rank)][row, column]].astype(np.float32)
                seen = self.source.look_list((turn @ direction[row, column, :, None])[..., 0])
                out[row, column] += here[row, column, None] * seen
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
    latitude = np.pi / 2 - (np.arange(PLAN_WIDTH // 2) + 0.5) / (PLAN_WIDTH // 2) * np.pi
    _, _, inside = view.camera.project(plan)
    floor = texture_from(source, view.camera, -1.0, view.seed, "room" if view.scene == "indoor" else "ground")
    ceiling = texture_from(source, view.camera, 1.0, view.seed + 1, "room" if view.scene == "indoor" else "sky")
    low, high = _reach(view.camera)
    low, high = min(low, -_STAND), max(high, _STAND)
    indoors = view.scene == "indoor"
    upright = indoors or view.camera.horizontal_fov > _UPRIGHT
    pieces = quilt(source, view.camera, low, high, view.seed, upright=upright, indoors=indoors, size=plan.shape[:2])
    wobble = 0.05 * _wobble(view.seed)
    floor_share = _fade((low + np.radians(3) + wobble - latitude[:, None]) / _FADE)
    open_sky = 0.0 if indoors else float(source.sky[: max(1, len(source.sky) // 20)].mean())
    ragged = wobble * (0 if indoors else 1 - open_sky)  # treetops are; a ceiling and a sky have no such edge
    ceiling_share = _fade(
        (latitude[:, None] - high + np.radians(4 + 9 * open_sky) - ragged) / (_FADE + open_sky * np.radians(14))
    )
    as_it_is = np.ones(plan.shape[:2], np.float32)
    place = Place(
        source, pieces, floor, ceiling, floor_share, ceiling_share, as_it_is, as_it_is[..., None].repeat(3, -1)
    )
    stands = (1 - floor_share) * (1 - ceiling_share)
    mend = np.exp2(mended(pieces, stands, lambda k, row, column: source.stops(pieces.maps[k], plan[row, column])))
    shown = place.pieces(plan) * mend
    near = nearness(inside)
    left = colour_left(shown, layout, near)
    shown = greyed(shown, left)
    gain = lift(shown, layout, near)
    ends = (plan[..., 1] > 0) & (source.look_sky(plan) < 0.5) & (not indoors)  # a house or a tree, under the sky
    gain *= meeting(shown * gain, view, plan, inside, ends)
    return replace(place, colour_share=left, gain=gain * mend)


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
