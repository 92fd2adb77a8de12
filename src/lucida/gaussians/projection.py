"""Splats as a camera sees them: EWA projection (Zwicker et al. 2001; Kerbl et al. 2023, section 4), and its gradient.

The covariance on the screen is B Bᵀ + 0.3 I with B = J W R S: J the camera's Jacobian at the splat, W its rotation,
R and S the splat's. reference.py says the same slowly.
"""

from __future__ import annotations

import numpy as np
from numba import prange
from numpy.typing import NDArray

from lucida.gaussians.blending import (
    CONIC_A,
    CONIC_B,
    CONIC_C,
    CUTOFF,
    DETERMINANT,
    FEATURES,
    INVERSE_C,
    LEAST_ALPHA,
    MOMENTS,
    OPACITY,
    REACH,
    RECORD,
    ROOM,
    TIP,
    U,
    V,
)
from lucida.gaussians.harmonics import basis_gradient, fill_basis
from lucida.imaging.kernels import jit, parallel_jit

BLUR = np.float32(0.3)  # pixels², added to every splat on the screen
NEAR = np.float32(0.01)
_WIDER = np.float32(0.3)  # share of a field of view's half by which the Jacobian looks beyond it
_CHUNKS = 32
_HALF, _ONE, _TWO, _NONE = np.float32(0.5), np.float32(1), np.float32(2), np.float32(0)
_LEAST_DETERMINANT = np.float32(1e-12)


@jit
def rotation(w: np.float32, x: np.float32, y: np.float32, z: np.float32, out: NDArray[np.float32]) -> np.float32:
    """The rotation matrix of a quaternion, into `out` (9); the quaternion's length."""
    length: np.float32 = np.sqrt(w * w + x * x + y * y + z * z)
    w, x, y, z = w / length, x / length, y / length, z / length
    out[0], out[1], out[2] = _ONE - _TWO * (y * y + z * z), _TWO * (x * y - w * z), _TWO * (x * z + w * y)
    out[3], out[4], out[5] = _TWO * (x * y + w * z), _ONE - _TWO * (x * x + z * z), _TWO * (y * z - w * x)
    out[6], out[7], out[8] = _TWO * (x * z - w * y), _TWO * (y * z + w * x), _ONE - _TWO * (x * x + y * y)
    return length


@jit
def _thinnest(log_scales: NDArray[np.float32]) -> int:
    """The axis along which a splat is thinnest: its normal."""
    axis = 0
    if log_scales[1] < log_scales[axis]:
        axis = 1
    if log_scales[2] < log_scales[axis]:
        axis = 2
    return axis


@parallel_jit
def project(
    means: NDArray[np.float32],
    quaternions: NDArray[np.float32],
    log_scales: NDArray[np.float32],
    opacity_logits: NDArray[np.float32],
    harmonics: NDArray[np.float32],
    intrinsics: NDArray[np.float32],
    pose: NDArray[np.float32],
    width: int,
    height: int,
    records: NDArray[np.float32],
    colours: NDArray[np.float32],
    shapes: NDArray[np.float32],
) -> None:
    """Fill `records`, `colours` (red, green, blue, depth) and `shapes` (normal in the world, depth²), all flat.

    `intrinsics` is fx, fy, cx, cy; `pose` the first three rows of world to camera. What lies behind the camera, is
    fainter than can be seen or has no extent gets a cutoff of 0.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    half_x, half_y = _HALF * np.float32(width) / fx, _HALF * np.float32(height) / fy
    right, left = (np.float32(width) - cx) / fx + _WIDER * half_x, cx / fx + _WIDER * half_x
    below, above = (np.float32(height) - cy) / fy + _WIDER * half_y, cy / fy + _WIDER * half_y
    count = harmonics.shape[1]
    total = len(means)
    for chunk in prange(_CHUNKS):
        r = np.empty(9, means.dtype)
        y_lm = np.empty(16, means.dtype)
        for n in range(total * chunk // _CHUNKS, total * (chunk + 1) // _CHUNKS):
            at = n * RECORD
            records[at + CUTOFF] = _NONE
            mx, my, mz = means[n, 0], means[n, 1], means[n, 2]
            x = pose[0, 0] * mx + pose[0, 1] * my + pose[0, 2] * mz + pose[0, 3]
            y = pose[1, 0] * mx + pose[1, 1] * my + pose[1, 2] * mz + pose[1, 3]
            z = pose[2, 0] * mx + pose[2, 1] * my + pose[2, 2] * mz + pose[2, 3]
            colours[n * FEATURES + 3] = z
            if not z > NEAR:
                continue
            opacity = _ONE / (_ONE + np.exp(-opacity_logits[n]))
            if opacity < LEAST_ALPHA:
                continue
            rotation(quaternions[n, 0], quaternions[n, 1], quaternions[n, 2], quaternions[n, 3], r)
            px, py = min(max(x / z, -left), right), min(max(y / z, -above), below)
            p, q, s = _NONE, _NONE, _NONE
            for j in range(3):
                scale = np.exp(log_scales[n, j])
                vx = pose[0, 0] * r[j] + pose[0, 1] * r[3 + j] + pose[0, 2] * r[6 + j]
                vy = pose[1, 0] * r[j] + pose[1, 1] * r[3 + j] + pose[1, 2] * r[6 + j]
                vz = pose[2, 0] * r[j] + pose[2, 1] * r[3 + j] + pose[2, 2] * r[6 + j]
                b0, b1 = fx / z * (vx - px * vz) * scale, fy / z * (vy - py * vz) * scale
                p += b0 * b0
                q += b0 * b1
                s += b1 * b1
            p += BLUR
            s += BLUR
            determinant = p * s - q * q
            if not determinant > _LEAST_DETERMINANT * p * s:
                continue
            cutoff = _TWO * np.log(opacity / LEAST_ALPHA)
            records[at + U], records[at + V] = fx * x / z + cx, fy * y / z + cy
            records[at + CONIC_A], records[at + CONIC_B] = s / determinant, -q / determinant
            records[at + CONIC_C], records[at + OPACITY] = p / determinant, opacity
            records[at + REACH], records[at + CUTOFF] = np.sqrt(cutoff * s), cutoff
            # The ellipse is lowest at x = TIP; at any x it ends √(ROOM − DETERMINANT x²) / c from its middle there.
            records[at + TIP], records[at + ROOM] = q * np.sqrt(cutoff / s), p / determinant * cutoff
            records[at + DETERMINANT], records[at + INVERSE_C] = _ONE / determinant, determinant / p
            dx = mx + pose[0, 0] * pose[0, 3] + pose[1, 0] * pose[1, 3] + pose[2, 0] * pose[2, 3]
            dy = my + pose[0, 1] * pose[0, 3] + pose[1, 1] * pose[1, 3] + pose[2, 1] * pose[2, 3]
            dz = mz + pose[0, 2] * pose[0, 3] + pose[1, 2] * pose[1, 3] + pose[2, 2] * pose[2, 3]
            length = np.sqrt(dx * dx + dy * dy + dz * dz)
            fill_basis(dx / length, dy / length, dz / length, count, y_lm)
            for channel in range(3):
                value = _HALF
                for k in range(count):
                    value += y_lm[k] * harmonics[n, k, channel]
                colours[n * FEATURES + channel] = max(value, _NONE)
            axis = _thinnest(log_scales[n])
            facing = r[axis] * dx + r[3 + axis] * dy + r[6 + axis] * dz
            sign = -_ONE if facing > _NONE else _ONE
            for i in range(3):
                shapes[n * FEATURES + i] = sign * r[3 * i + axis]
            shapes[n * FEATURES + 3] = z * z


@jit
def _gather(moments: NDArray[np.float32], begin: int, end: int, out: NDArray[np.float32]) -> None:
    """The sum of a splat's slots."""
    for j in range(MOMENTS):
        out[j] = _NONE
    for slot in range(begin, end):
        for j in range(MOMENTS):
            out[j] += moments[slot * MOMENTS + j]


@parallel_jit
def project_gradient(
    means: NDArray[np.float32],
    quaternions: NDArray[np.float32],
    log_scales: NDArray[np.float32],
    opacity_logits: NDArray[np.float32],
    harmonics: NDArray[np.float32],
    intrinsics: NDArray[np.float32],
    pose: NDArray[np.float32],
    width: int,
    height: int,
    records: NDArray[np.float32],
    offsets: NDArray[np.int64],
    moments: NDArray[np.float32],
    shape_moments: NDArray[np.float32],
    g_means: NDArray[np.float32],
    g_quaternions: NDArray[np.float32],
    g_log_scales: NDArray[np.float32],
    g_opacity_logits: NDArray[np.float32],
    g_harmonics: NDArray[np.float32],
    g_pose: NDArray[np.float32],
) -> None:
    """Fill the gradients from the moments of `blend_gradient`; `g_pose` is (chunks, 3, 4), to be summed.

    `shape_moments` are those of a second blending, of the shapes; empty where there was none. A splat that no tile
    shows has a gradient of 0.
    """
    fx, fy, cx, cy = intrinsics[0], intrinsics[1], intrinsics[2], intrinsics[3]
    half_x, half_y = _HALF * np.float32(width) / fx, _HALF * np.float32(height) / fy
    right, left = (np.float32(width) - cx) / fx + _WIDER * half_x, cx / fx + _WIDER * half_x
    below, above = (np.float32(height) - cy) / fy + _WIDER * half_y, cy / fy + _WIDER * half_y
    count = harmonics.shape[1]
    total, chunks = len(means), len(g_pose)
    for chunk in prange(chunks):
        r = np.empty(9, means.dtype)
        g_r = np.empty(9, means.dtype)
        y_lm, weights = np.empty(16, means.dtype), np.empty(16, means.dtype)
        m, m_shape = np.empty(MOMENTS, means.dtype), np.zeros(MOMENTS, means.dtype)
        gp = g_pose[chunk]
        gp[:] = _NONE
        for n in range(total * chunk // chunks, total * (chunk + 1) // chunks):
            g_means[n] = _NONE
            g_quaternions[n] = _NONE
            g_log_scales[n] = _NONE
            g_opacity_logits[n] = _NONE
            g_harmonics[n] = _NONE
            if offsets[n + 1] == offsets[n]:
                continue
            _gather(moments, offsets[n], offsets[n + 1], m)
            if len(shape_moments):
                _gather(shape_moments, offsets[n], offsets[n + 1], m_shape)
            at = n * RECORD
            a, b, c = records[at + CONIC_A], records[at + CONIC_B], records[at + CONIC_C]
            opacity = records[at + OPACITY]
            m0, m1, m2 = m[0] + m_shape[0], m[1] + m_shape[1], m[2] + m_shape[2]
            m3, m4, m5 = m[3] + m_shape[3], m[4] + m_shape[4], m[5] + m_shape[5]
            g_opacity_logits[n] = m0 * (_ONE - opacity)
            gu, gv = a * m1 + b * m2, b * m1 + c * m2
            ga, gb, gc = -_HALF * m3, -_HALF * m4, -_HALF * m5  # b stands twice in the form: half of it each
            # The conic is the covariance's inverse: G ← −conic · G · conic.
            ha, hb = a * ga + b * gb, a * gb + b * gc
            hc, hd = b * ga + c * gb, b * gb + c * gc
            gpp, gpq, gss = -(ha * a + hb * b), -(ha * b + hb * c), -(hc * b + hd * c)

            mx, my, mz = means[n, 0], means[n, 1], means[n, 2]
            x = pose[0, 0] * mx + pose[0, 1] * my + pose[0, 2] * mz + pose[0, 3]
            y = pose[1, 0] * mx + pose[1, 1] * my + pose[1, 2] * mz + pose[1, 3]
            z = pose[2, 0] * mx + pose[2, 1] * my + pose[2, 2] * mz + pose[2, 3]
            px, py = min(max(x / z, -left), right), min(max(y / z, -above), below)
            gx, gy = fx / z * gu, fy / z * gv
            gz = -(gx * x + gy * y) / z + m[9] + _TWO * z * m_shape[9]
            length = rotation(quaternions[n, 0], quaternions[n, 1], quaternions[n, 2], quaternions[n, 3], r)
            for i in range(9):
                g_r[i] = _NONE
            gpx, gpy = _NONE, _NONE
            for j in range(3):
                scale = np.exp(log_scales[n, j])
                vx = pose[0, 0] * r[j] + pose[0, 1] * r[3 + j] + pose[0, 2] * r[6 + j]
                vy = pose[1, 0] * r[j] + pose[1, 1] * r[3 + j] + pose[1, 2] * r[6 + j]
                vz = pose[2, 0] * r[j] + pose[2, 1] * r[3 + j] + pose[2, 2] * r[6 + j]
                b0, b1 = fx / z * (vx - px * vz) * scale, fy / z * (vy - py * vz) * scale
                g0, g1 = _TWO * (gpp * b0 + gpq * b1), _TWO * (gpq * b0 + gss * b1)
                g_log_scales[n, j] = g0 * b0 + g1 * b1
                gz -= (g0 * b0 + g1 * b1) / z
                gpx -= g0 * fx / z * vz * scale
                gpy -= g1 * fy / z * vz * scale
                gvx, gvy = g0 * fx / z * scale, g1 * fy / z * scale
                gvz = -(gvx * px + gvy * py)
                for k in range(3):
                    g_r[3 * k + j] = pose[0, k] * gvx + pose[1, k] * gvy + pose[2, k] * gvz
                    gp[0, k] += gvx * r[3 * k + j]
                    gp[1, k] += gvy * r[3 * k + j]
                    gp[2, k] += gvz * r[3 * k + j]
            if -left < x / z < right:
                gx += gpx / z
                gz -= gpx * x / (z * z)
            if -above < y / z < below:
                gy += gpy / z
                gz -= gpy * y / (z * z)

            dx = mx + pose[0, 0] * pose[0, 3] + pose[1, 0] * pose[1, 3] + pose[2, 0] * pose[2, 3]
            dy = my + pose[0, 1] * pose[0, 3] + pose[1, 1] * pose[1, 3] + pose[2, 1] * pose[2, 3]
            dz = mz + pose[0, 2] * pose[0, 3] + pose[1, 2] * pose[1, 3] + pose[2, 2] * pose[2, 3]
            if len(shape_moments):
                axis = _thinnest(log_scales[n])
                facing = r[axis] * dx + r[3 + axis] * dy + r[6 + axis] * dz
                sign = -_ONE if facing > _NONE else _ONE
                for i in range(3):
                    g_r[3 * i + axis] += sign * m_shape[6 + i]
            _quaternion_gradient(quaternions[n], length, g_r, g_quaternions[n])

            far = np.sqrt(dx * dx + dy * dy + dz * dz)
            dx, dy, dz = dx / far, dy / far, dz / far
            fill_basis(dx, dy, dz, count, y_lm)
            for k in range(count):
                weights[k] = _NONE
            for channel in range(3):
                value = _HALF
                for k in range(count):
                    value += y_lm[k] * harmonics[n, k, channel]
                if value > _NONE:
                    g = m[6 + channel]
                    for k in range(count):
                        g_harmonics[n, k, channel] = g * y_lm[k]
                        weights[k] += g * harmonics[n, k, channel]
            ex, ey, ez = basis_gradient(dx, dy, dz, count, weights)
            along = ex * dx + ey * dy + ez * dz
            ex, ey, ez = (ex - along * dx) / far, (ey - along * dy) / far, (ez - along * dz) / far
            for k in range(3):
                e = ex if k == 0 else (ey if k == 1 else ez)
                g_means[n, k] = pose[0, k] * gx + pose[1, k] * gy + pose[2, k] * gz + e
                mean = means[n, k]
                gp[0, k] += gx * mean + e * pose[0, 3]
                gp[1, k] += gy * mean + e * pose[1, 3]
                gp[2, k] += gz * mean + e * pose[2, 3]
            gp[0, 3] += gx + ex * pose[0, 0] + ey * pose[0, 1] + ez * pose[0, 2]
            gp[1, 3] += gy + ex * pose[1, 0] + ey * pose[1, 1] + ez * pose[1, 2]
            gp[2, 3] += gz + ex * pose[2, 0] + ey * pose[2, 1] + ez * pose[2, 2]


@jit
def _quaternion_gradient(
    quaternion: NDArray[np.float32], length: np.float32, g: NDArray[np.float32], out: NDArray[np.float32]
) -> None:
    """From the gradient of the rotation matrix to that of the quaternion, which may have any length."""
    w, x, y, z = quaternion[0] / length, quaternion[1] / length, quaternion[2] / length, quaternion[3] / length
    gw = _TWO * (x * (g[7] - g[5]) + y * (g[2] - g[6]) + z * (g[3] - g[1]))
    gx = _TWO * (y * (g[1] + g[3]) + z * (g[2] + g[6]) + w * (g[7] - g[5]) - _TWO * x * (g[4] + g[8]))
    gy = _TWO * (x * (g[1] + g[3]) + z * (g[5] + g[7]) + w * (g[2] - g[6]) - _TWO * y * (g[0] + g[8]))
    gz = _TWO * (x * (g[2] + g[6]) + y * (g[5] + g[7]) + w * (g[3] - g[1]) - _TWO * z * (g[0] + g[4]))
    along = gw * w + gx * x + gy * y + gz * z
    out[0], out[1] = (gw - along * w) / length, (gx - along * x) / length
    out[2], out[3] = (gy - along * y) / length, (gz - along * z) / length
