"""Light on what a camera sees: sun, sky, lamps, mirrors and haze."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from .labels import label
from .place import Place
from .solids import UP
from .surfaces import Floats, Spot
from .tracing import Rays

Doubles = NDArray[np.float64]

# Where a pixel at an edge is looked at again, in pixels from its centre.
AGAIN = ((-0.3, -0.15), (0.3, -0.1), (0.0, 0.3))
BRIGHTEST = 12.0


@dataclass(frozen=True, eq=False)
class Seen:
    """What rays met: `length` (N,), which solid, points, faces' normals, and how it all looks."""

    length: Doubles
    number: NDArray[np.int32]
    points: Doubles
    normals: Doubles
    bent: Doubles
    colour: Floats
    mirror: Floats
    emitted: Floats
    through: Floats
    traced: NDArray[np.bool_]
    labels: NDArray[np.uint8]


def look(place: Place, rays: Rays, pixel: float) -> Seen:
    """What rays (N, 3) see; `pixel` is a pixel's width a metre along `direction`."""
    length, number = place.world.nearest(rays)
    count = len(length)
    far = np.where(number < 0, 1.0, length)
    points = rays.origin + far[:, None] * rays.direction
    away = rays.speed
    normals, bent = np.zeros((count, 3)), np.zeros((count, 3))
    colour, emitted = np.zeros((count, 3), np.float32), np.zeros((count, 3), np.float32)
    mirror, through = np.zeros(count, np.float32), np.zeros(count, np.float32)
    traced, labels = np.zeros(count, bool), np.full(count, label("sky"), np.uint8)
    order = np.argsort(number, kind="stable")
    for rows in np.split(order, np.flatnonzero(np.diff(number[order])) + 1):
        which = int(number[rows[0]]) if len(rows) else -1
        if which < 0:
            continue
        heading, at = rays.direction[rows] / away[rows, None], points[rows]
        if which < len(place.world.grounds):
            ground = place.world.grounds[which]
            normal, own, own_normal, surface, name = (
                ground.normals(at),
                at,
                ground.normals(at),
                ground.surface,
                ground.label,
            )
        else:
            solid = place.world.solids[which - len(place.world.grounds)]
            normal, own_normal = solid.normals(at)
            own, surface, name = solid.own(at), solid.surface, solid.label
        facing = np.einsum("nk,nk->n", normal, heading)
        normal = np.where(facing[:, None] > 0, -normal, normal)
        print_of = pixel * far[rows] * away[rows] / np.sqrt(np.maximum(np.abs(facing), 0.02))
        seen = surface(Spot(at, own, normal, own_normal, print_of))
        normals[rows], colour[rows] = normal, seen.colour
        bent[rows] = normal if seen.bump is None else _unit(normal + seen.bump)
        labels[rows] = label(name)
        if seen.labels is not None:
            labels[rows] = np.where(seen.labels == 255, label(name), seen.labels)
        if seen.mirror is not None:
            mirror[rows], traced[rows] = seen.mirror, seen.traced
        if seen.emitted is not None:
            emitted[rows] = seen.emitted
        through[rows] = seen.through
    return Seen(length, number, points, normals, bent, colour, mirror, emitted, through, traced, labels)


def shade(place: Place, rays: Rays, seen: Seen, open_sky: Floats, pixel: float, mirrors: bool = True) -> Floats:
    """Radiance (N, 3) along rays; `open_sky` (N,) is how much of what is around reaches each point."""
    heading = rays.direction / rays.speed[:, None]
    light = np.zeros((len(heading), 3), np.float32)
    out = np.flatnonzero(seen.number < 0)
    if len(out):
        light[out] = place.sky.radiance(heading[out])
    on = np.flatnonzero(seen.number >= 0)
    if not len(on):
        return light
    falls = _falling(place, seen, on, open_sky[on])
    body = seen.colour[on] * falls + seen.emitted[on]
    shiny = np.flatnonzero(seen.mirror[on] > 0)
    if len(shiny):
        rows = on[shiny]
        facing = -np.einsum("nk,nk->n", heading[rows], seen.bent[rows])
        share = seen.mirror[rows] + (1 - seen.mirror[rows]) * np.clip(1 - facing, 0, 1) ** 5
        mirrored = heading[rows] + 2 * np.maximum(facing, 0.02)[:, None] * seen.bent[rows]
        mirrored[:, 1] = np.where(seen.normals[rows, 1] > 0.9, np.maximum(mirrored[:, 1], 0.01), mirrored[:, 1])
        image = _mirrored(place, seen, rows, _unit(mirrored), pixel, mirrors)
        share = np.where(seen.traced[rows], share, share * 0.6)[:, None].astype(np.float32)
        body[shiny] = body[shiny] * (1 - share) + image * share
    if np.isfinite(place.clear_air):
        metres = seen.length[on] * rays.speed[on]
        lost = 1 - np.exp(-metres / place.clear_air)[:, None].astype(np.float32)
        level = _unit(heading[on] * [1, 0, 1] + 0.03 * UP)
        towards = np.clip(level @ place.sky.sun, 0, 1)[:, None].astype(np.float32)
        body = body * (1 - lost) + (place.sky.horizon + 0.4 * place.sky.glow * towards**6) * lost
    light[on] = np.minimum(body, BRIGHTEST)
    return light


def _falling(place: Place, seen: Seen, on: NDArray[np.intp], open_sky: Floats) -> Floats:
    """Light (M, 3) on points: from the sky or the room, the sun and the lamps."""
    above, below = place.ambient or place.sky.ambient()
    normal, flat, through = seen.bent[on], seen.normals[on], seen.through[on]
    # A hair off the surface, so that it does not stand in its own light.
    points = seen.points[on] + flat * np.maximum(1e-3, 2e-4 * seen.length[on])[:, None]
    part = (0.5 + 0.5 * normal[:, 1:2]).astype(np.float32)
    falls = (below * (1 - part) + above * part) * open_sky[:, None]
    if place.sky.sunlight.any() and place.ambient is None:
        sun = place.sky.sun
        cosine = normal @ sun
        meets = np.maximum(cosine, 0) * (1 - through) + through * np.clip(0.35 + 0.65 * cosine, 0, 1)
        lit = np.flatnonzero((meets > 0) & ((flat @ sun > 0) | (through > 0)))
        direction = np.broadcast_to(sun, (len(lit), 3))
        lit = lit[~place.world.hidden(Rays(points[lit], direction))]
        falls[lit] += place.sky.sunlight * meets[lit, None].astype(np.float32)
    for lamp in place.lamps:
        way = points - lamp.position
        squared = np.einsum("nk,nk->n", way, way)
        cosine = -np.einsum("nk,nk->n", way, normal) / np.sqrt(squared)
        strength = np.maximum(cosine, 0) / np.maximum(squared, 0.05)
        if lamp.facing is not None:
            strength *= np.maximum(way @ lamp.facing, 0) / np.sqrt(squared)
        lit = np.flatnonzero(strength * float(lamp.power.max()) > 3e-3)
        start = lamp.position[None]
        if lamp.bulb:
            start = start + lamp.bulb * way[lit] / np.sqrt(squared[lit])[:, None]
        lit = lit[~place.world.hidden(Rays(start, points[lit] - start), 0.999)]
        falls[lit] += lamp.power * strength[lit, None].astype(np.float32)
    return np.asarray(falls, np.float32)


def _mirrored(
    place: Place, seen: Seen, rows: NDArray[np.intp], direction: Doubles, pixel: float, mirrors: bool
) -> Floats:
    """What (M, 3) is seen in mirrors: the place where a surface asks for it, else the sky or the room's grey."""
    above, below = place.ambient or (None, None)
    if above is None or below is None:
        image = place.sky.radiance(direction)
        image[direction[:, 1] < 0] *= 0.3
    else:
        up = (0.5 + 0.5 * direction[:, 1:2]).astype(np.float32)
        image = (0.5 * (below * up + above * (1 - up))).astype(np.float32)
    again = np.flatnonzero(seen.traced[rows])
    if not mirrors or not len(again):
        return image
    start = seen.points[rows[again]] + 2e-3 * seen.normals[rows[again]]
    rays = Rays(start, direction[again])
    # What is mirrored is farther off than its mirror; waves and grain blur it.
    there = look(place, rays, pixel * 3)
    image[again] = shade(place, rays, there, np.full(len(again), 0.7, np.float32), pixel * 3, mirrors=False)
    return image


def open_around(seen: Seen, shape: tuple[int, int], focal: float, reach: float) -> Floats:
    """How open (N,) each pixel's point is to what is around it, from its neighbours in the picture.

    Neighbours above the point's own tangent plane and within some `reach` metres darken it.
    """
    height, width = shape
    rows, columns = np.divmod(np.arange(height * width), width)
    shut = np.zeros(height * width)
    solid = seen.number >= 0
    depth = np.where(solid, seen.length, 1.0)
    for ring in (1.0, 0.35):
        radius = np.clip(ring * reach * focal / depth, 1.5, 0.12 * width)
        for turn in np.arange(8) * np.pi / 4 + ring:
            i = np.clip(rows + np.rint(radius * np.sin(turn)), 0, height - 1).astype(np.intp)
            j = np.clip(columns + np.rint(radius * np.cos(turn)), 0, width - 1).astype(np.intp)
            other = i * width + j
            way = seen.points[other] - seen.points
            away = np.sqrt(np.einsum("nk,nk->n", way, way)) + 1e-9
            over = np.einsum("nk,nk->n", way, seen.normals) / away
            shut += np.maximum(over - 0.12, 0) * solid[other] / (1 + (away / reach) ** 2)
    shut = np.where(solid, shut / 16, 0).reshape(height, width)
    smooth = cv2.blur(shut.astype(np.float32), (3, 3)).ravel()
    return np.clip(1 - 2.2 * smooth, 0.25, 1).astype(np.float32)


def render(place: Place, width: int, height: int) -> tuple[Floats, NDArray[np.float32], NDArray[np.uint8]]:
    """Linear light (H, W, 3), metres along the viewing axis (H, W), infinite in the sky, and labels (H, W).

    Metres and labels are those of the pixels' centres; light at the edges is the mean of more places.
    """
    shape, focal = (height, width), place.camera.focal(width, height)
    y, x = np.divmod(np.arange(width * height), width)
    x, y = x + 0.5, y + 0.5
    rays = Rays(place.camera.eye[None], place.camera.rays(x, y, width, height))
    seen = look(place, rays, 1 / focal)
    open_sky = open_around(seen, shape, focal, place.contact)
    light = shade(place, rays, seen, open_sky, 1 / focal)
    edges = np.flatnonzero(_edges(seen, shape))
    again = np.tile(edges, len(AGAIN))
    right, down = np.repeat(np.array(AGAIN), len(edges), axis=0).T
    more = Rays(rays.origin, place.camera.rays(x[again] + right, y[again] + down, width, height))
    around = shade(place, more, look(place, more, 1 / focal), open_sky[again], 1 / focal)
    light[edges] = (light[edges] + around.reshape(len(AGAIN), len(edges), 3).sum(0)) / (1 + len(AGAIN))
    metres = seen.length.astype(np.float32).reshape(shape)
    return light.reshape(height, width, 3), metres, seen.labels.reshape(shape)


def _edges(seen: Seen, shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Pixels (N,) beside another thing or face, where one ray does not tell the whole."""
    number, names = seen.number.reshape(shape), seen.labels.reshape(shape)
    normals = seen.normals.reshape(*shape, 3)
    leafy, nearness = (seen.through > 0.3).reshape(shape), (1 / seen.length).reshape(shape)
    found = np.zeros(shape, bool)
    for axis in (0, 1):
        here = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        there = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        deeper = np.abs(nearness[here] - nearness[there]) > 0.04 * np.maximum(nearness[here], nearness[there])
        differs = deeper & (number[here] != number[there])
        differs |= (names[here] != names[there]) | ((normals[here] * normals[there]).sum(-1) < 0.5) & ~leafy[here]
        found[here] |= differs
        found[there] |= differs
    return found.ravel()


def _unit(vectors: NDArray[np.floating]) -> Doubles:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))
