"""What brings a place's pieces to the layout's light and colour, and to the photo at its border."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from lucida.engines.painter.painting import View
from lucida.engines.painter.sky import LUMINANCE, luminance

FAINTEST = np.float32(1e-4)
WIDE, WIDE_TINT = np.radians(12.0), np.radians(6.0)  # over what angle the pieces keep to the layout
MEETING_TINT = 0.5  # stops by which the pieces may take on the colour of the border
_BAND = np.ones((9, 9), np.uint8)  # of the plan, along borders and rims
_NEAR = np.radians(25.0)  # over which the colours beside the photo turn from its own to the layout's
# Angles in degrees over which the border's brightness is carried, and how much each counts. The wide ones lead, else a
# dark border would hang under a bright ceiling as a smudge.
_CARRIED = ((1.5, 1.0), (6.0, 0.1), (20.0, 0.06), (60.0, 0.09))
_FAR = 10.0  # degrees; what ends is not carried so far
_GIVEN_BACK = 0.45  # of the light that meeting the border takes or adds
_RIM = 2.5  # degrees over which the light behind a rim rises
_FAINT, _LEAST_COLOUR = 0.03, 0.6  # stops² of an average colour that is as good as grey; share of colour always left


def greyed(radiance: NDArray[np.float32], colour_share: NDArray[np.float32]) -> NDArray[np.float32]:
    """Radiance (H, W, 3) with `colour_share` (H, W) of its distance from grey; its luminance stays."""
    light = luminance(radiance)[..., None]
    return np.asarray(light + colour_share[..., None] * (radiance - light), np.float32)


def nearness(inside: NDArray[np.bool_]) -> NDArray[np.float32]:
    """How near (h, w) a direction is to the photo: 1 at its border, fading over `_NEAR`."""
    blurred = around_blur(inside.astype(np.float32), _NEAR)
    border = inside & ~cv2.erode(inside.astype(np.uint8), _BAND).astype(bool)
    return np.asarray(np.clip(blurred / max(float(blurred[border].mean()), 1e-6), 0, 1), np.float32)


def lift(pieces: NDArray[np.float32], layout: NDArray[np.float32], near: NDArray[np.float32]) -> NDArray[np.float32]:
    """The factor (h, w, 3) that brings the pieces' wide averages to the layout's; both are plans (h, w, 3).

    Where it is `near` the photo (h, w) the pieces keep their colour, which is the photo's.
    """
    have, want = around_blur(pieces, WIDE), around_blur(layout, WIDE)
    ratio = np.clip(luminance(want) / np.maximum(luminance(have), 1e-5), 1 / 64, 64)
    light = around_blur(np.asarray(ratio, np.float32), np.radians(4.0))
    # Of colours the logs: what is dark beside a bright sky shall have its own colour right.
    colour = np.exp2((1 - near[..., None]) * around_blur(tint(layout) - tint(pieces), WIDE_TINT))
    return np.asarray(light[..., None] * np.clip(colour, 0.25, 4), np.float32)


def colour_left(
    pieces: NDArray[np.float32], layout: NDArray[np.float32], near: NDArray[np.float32]
) -> NDArray[np.float32]:
    """How much (h, w) of the pieces' colour the layout believes in, by its wide averages; all of it `near` the photo.

    A tint alone would turn the white tiles of a brown kitchen blue; with its brown taken back they stay white.
    """
    have, want = around_blur(tint(pieces), WIDE), around_blur(tint(layout), WIDE)
    share = ((have * want).sum(-1) + _FAINT) / ((have * have).sum(-1) + _FAINT)
    share = np.clip(share, _LEAST_COLOUR, 1)
    return np.asarray(share + near * (1 - share), np.float32)


def tint(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log2 (…, 3) of a radiance (…, 3) over its luminance."""
    colour = np.maximum(radiance, FAINTEST)
    return np.asarray(np.log2(colour / luminance(colour)[..., None]), np.float32)


def meeting(
    painted: NDArray[np.float32],
    view: View,
    plan: NDArray[np.float32],
    inside: NDArray[np.bool_],
    ends: NDArray[np.bool_],
) -> NDArray[np.float32]:
    """The factor that makes the pieces meet the photo's border, and the rims of what it burns out, as bright as it is.

    From the border it fades away slowly, and far away gives back part of the light that it took; soon where what the
    photo shows there `ends` (h, w), as a house does under the sky; from a rim at once, for behind it is light that the
    photo could not hold.
    """
    seen, unknown = _photo_on(view, plan)
    burnt = unknown > 0.02
    ratio = np.log2(np.maximum(seen, 2e-3) / np.maximum(painted, 2e-3))
    light = ratio @ LUMINANCE
    colour = np.clip(ratio - light[..., None], -MEETING_TINT, MEETING_TINT)
    # A burnt-out border says no more than that it is at least this bright.
    light, colour = np.where(burnt, np.maximum(light, 0), light), np.where(burnt[..., None], 0, colour)
    ratio = np.asarray(np.clip(light, -3, 3)[..., None] + colour, np.float32)
    border = inside & ~cv2.erode(inside.astype(np.uint8), _BAND).astype(bool)
    out, carried = _spread(ratio, border, _CARRIED, 1e-3, ends)
    power = luminance(painted) * ~inside * np.hypot(plan[..., 0], plan[..., 2])
    taken = float((power * (1 - np.exp2(out @ LUMINANCE))).sum()) / max(float((power * (1 - carried)).sum()), 1e-9)
    out += ((1 - carried) * np.log2(np.clip(1 + _GIVEN_BACK * taken, 2 / 3, 3 / 2)))[..., None]
    rim = inside & ~burnt & cv2.dilate((burnt & inside).astype(np.uint8), _BAND).astype(bool)
    if rim.any():
        out += _spread(np.asarray(ratio - out, np.float32), rim, ((_RIM, 1.0),), 0.03)[0]
    return np.asarray(np.exp2(out), np.float32)


def _photo_on(view: View, plan: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """The photo and the share of it that is burnt out along the plan; beyond its border both are continued."""
    height, width = view.radiance.shape[:2]
    size = (min(width, 512), max(1, round(min(width, 512) * height / width)))
    x, y, _ = view.camera.project(plan)
    x = np.clip(x * size[0] / width - 0.5, -1, size[0]).astype(np.float32)
    y = np.clip(y * size[1] / height - 0.5, -1, size[1]).astype(np.float32)

    def along(picture: NDArray[np.float32]) -> NDArray[np.float32]:
        small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.remap(small, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)

    return along(view.radiance), along(view.clipped.astype(np.float32))


def _spread(
    ratio: NDArray[np.float32],
    at: NDArray[np.bool_],
    scales: tuple[tuple[float, float], ...],
    doubt: float,
    ends: NDArray[np.bool_] | None = None,
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What `ratio` is at some places, carried around them over angles in degrees of so much importance.

    Also how much (h, w) of it is left; less where there is little of it against the `doubt`. What `ends` is not carried
    far.
    """
    total, trust = np.zeros_like(ratio), np.zeros(ratio.shape[:2], np.float32)
    for degrees, importance in scales:
        weight = (at if ends is None or degrees < _FAR else at & ~ends).astype(np.float32)
        total += importance * around_blur(ratio * weight[..., None], np.radians(degrees))
        trust += importance * around_blur(weight, np.radians(degrees))
    return np.asarray(total / (trust[..., None] + doubt), np.float32), np.asarray(trust / (trust + doubt), np.float32)


def around_blur(plan: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """A plan blurred by `sigma` radians at the equator; towards the poles as wide on the sphere."""
    height, width = plan.shape[:2]
    scale = max(1, int(sigma * width / (2 * np.pi) / 4))
    small = cv2.resize(plan, (width // scale, height // scale), interpolation=cv2.INTER_AREA)
    pixels = sigma * small.shape[1] / (2 * np.pi)
    h, w = small.shape[:2]
    beyond = min(h, int(4 * pixels) + 1)
    over = np.roll(small, w // 2, axis=1)  # beyond a pole lies the other side
    tall = np.concatenate([over[:beyond][::-1], small, over[-beyond:][::-1]], 0)
    middle = gaussian_filter1d(tall, pixels, axis=0, truncate=3.0)[beyond : beyond + h]
    spectrum = np.fft.rfft(middle, axis=1)
    latitude = (0.5 - (np.arange(h) + 0.5) / h) * np.pi
    wide = sigma / np.maximum(np.cos(latitude), 0.02)
    k = np.arange(spectrum.shape[1])
    response = np.exp(-0.5 * (wide[:, None] * k[None]) ** 2)
    response = response if small.ndim == 2 else response[..., None]
    blurred = np.fft.irfft(spectrum * response, n=w, axis=1).astype(np.float32)
    wrapped = np.concatenate([blurred[:, -2:], blurred, blurred[:, :2]], 1)
    grown = cv2.resize(wrapped, ((w + 4) * scale, h * scale), interpolation=cv2.INTER_LINEAR)
    grown = grown[:, 2 * scale : -2 * scale]
    return np.asarray(cv2.resize(grown, (width, height)) if grown.shape[:2] != (height, width) else grown, np.float32)
