"""What `lucida gaussians` does: files in, files out, progress on a terminal or as lines."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import typer
from numpy.typing import NDArray

from lucida.errors import BadInput, BadParameter, StorageFull
from lucida.gaussians.choice import choose_rasteriser
from lucida.gaussians.files import FORMATS, read, write
from lucida.gaussians.rasteriser import render
from lucida.gaussians.scene import Gaussians
from lucida.gaussians.training import Recipe, Trainer, train
from lucida.gaussians.views import View, read_cameras, read_views
from lucida.geometry.cameras import Camera
from lucida.imaging.lpips import SMALLEST, lpips_or_none
from lucida.imaging.metrics import psnr, ssim
from lucida.terminal import shown

_KEEP_SECONDS = 10.0  # between two writings of a checkpoint
_SHOWN = ("colour", "depth", "normal")


def train_gaussians(
    folder: Path,
    cameras_file: Path,
    out: Path,
    recipe: Recipe,
    *,
    seconds: float | None = None,
    left_out: list[str] | None = None,
    seed: int = 0,
    initial: Path | None = None,
    checkpoint: Path | None = None,
    rasteriser: str = "auto",
    as_json: bool = False,
) -> None:
    """Train on a folder's pictures and write the scene; views that were left out say how well it did."""
    check_writable(out)
    began = time.monotonic()
    cameras = read_cameras(cameras_file)
    unseen = chosen(left_out or [], cameras)
    every = read_views(folder, cameras)
    views = [view for view in every if view.name not in unseen]
    if len(views) < 2:
        raise BadInput(f"{len(views)} views are left to train on; two are the least.")
    start = read(initial) if initial is not None else None
    choice = choose_rasteriser(rasteriser)
    with shown(as_json) as progress:
        progress(0.0, f"Reading {len(views)} views")
        first: list[float] = []
        kept = [began]

        def watch(trainer: Trainer) -> None:
            now = time.monotonic()
            first[:] = first or [now]
            done = max(trainer.iteration / recipe.iterations, 0 if seconds is None else (now - first[0]) / seconds)
            progress(min(done, 1.0), f"Training: {trainer.iteration} steps, {len(trainer)} Gaussians")
            if checkpoint is not None and now - kept[0] > _KEEP_SECONDS:
                _replace(checkpoint, trainer.state())
                kept[0] = now

        again = checkpoint if checkpoint is not None and checkpoint.is_file() else None
        scene = train(
            views,
            recipe,
            seconds=seconds,
            seed=seed,
            initial=start,
            watch=watch,
            checkpoint=again,
            draw=choice.draw,
        )
        progress(1.0, f"Writing {out.name}")
        write(scene, out)
    told: dict[str, Any] = {
        "out": str(out),
        "gaussians": len(scene),
        "rasteriser": choice.name,
        "rasteriser_reason": choice.reason,
        "seconds": round(time.monotonic() - began, 2),
        **measured(scene, [view for view in every if view.name in unseen]),
    }
    if as_json:
        typer.echo(json.dumps({"event": "done", **told}))
        return
    typer.echo(f"gaussians  {out}  {len(scene)} Gaussians of {len(views)} views  seed {seed}  {told['seconds']} s")
    typer.echo(f"rasteriser {choice.name}: {choice.reason}")
    if unseen:
        scores = f"PSNR {told['psnr']:.2f} dB  SSIM {told['ssim']:.4f}  LPIPS {told['lpips']}"
        typer.echo(f"unseen     {', '.join(sorted(unseen))}  {scores}")


def measured(scene: Gaussians, views: list[View]) -> dict[str, float | str]:
    """Mean PSNR in dB, SSIM and LPIPS (n/a without its weights) of views over white; nothing where there are none."""
    scores, distances = [], []
    for view in views:
        alpha = np.ones(view.colour.shape[:2], np.float32) if view.alpha is None else view.alpha
        real = view.colour * alpha[..., None] + 1 - alpha[..., None]
        drawn = np.clip(render(scene, view.camera, (1, 1, 1)).colour, 0, 1)
        scores.append((psnr(drawn, real), ssim(drawn, real)))
        distances.append(lpips_or_none(drawn, real) if min(drawn.shape[:2]) >= SMALLEST else None)
    if not scores:
        return {}
    mean = np.mean(scores, axis=0)
    known = [distance for distance in distances if distance is not None]
    distance = round(float(np.mean(known)), 4) if len(known) == len(views) else "n/a"
    return {"psnr": round(float(mean[0]), 4), "ssim": round(float(mean[1]), 4), "lpips": distance}


def chosen(named: list[str], cameras: dict[str, Camera]) -> set[str]:
    """Views by name, or by number in the file's order. Raises `BadParameter`."""
    names = list(cameras)
    found = set()
    for each in named:
        if each in cameras:
            found.add(each)
        elif each.isdigit() and int(each) < len(names):
            found.add(names[int(each)])
        else:
            raise BadParameter(f"There is no view {each}; there are {', '.join(names)}.", param="views")
    return found


def render_gaussians(
    scene_file: Path,
    out: Path,
    cameras_file: Path,
    *,
    names: list[str] | None = None,
    what: str = "colour",
    background: str = "none",
    as_json: bool = False,
) -> None:
    """Write pictures of a scene: one `.png`, or one for each view into a folder."""
    if what not in _SHOWN:
        raise BadParameter(f"There is no picture of {what}; choose {', '.join(_SHOWN)}.", param="what")
    behind = colour_of(background)
    cameras = read_cameras(cameras_file)
    wanted = chosen(names or [], cameras) or set(cameras)
    one = out.suffix.lower() == ".png"
    if one and len(wanted) > 1:
        raise BadParameter(f"{len(wanted)} views do not go into {out.name}; choose one with --view, or give a folder.")
    scene = read(scene_file)
    if one:
        check_writable(out)
    else:
        out.mkdir(parents=True, exist_ok=True)
    with shown(as_json) as progress:
        for done, name in enumerate(name for name in cameras if name in wanted):
            progress(done / len(wanted), f"Drawing: {name}")
            path = out if one else out / f"{name}.png"
            _replace(path, png_of(scene, cameras[name], what, behind))
    if as_json:
        typer.echo(json.dumps({"event": "done", "out": str(out), "views": len(wanted)}))
    else:
        typer.echo(f"render     {out}  {len(wanted)} {'view' if len(wanted) == 1 else 'views'}")


def png_of(scene: Gaussians, camera: Camera, what: str, background: tuple[float, float, float] | None) -> bytes:
    """A PNG of what a camera sees; depth in 16 bits, 65535 nearest and 1 farthest, 0 where nothing is."""
    seen = render(scene, camera, background or (0, 0, 0))
    if what == "depth":
        there = seen.alpha > 0.5
        near, far = (seen.depth[there].min(), seen.depth[there].max()) if there.any() else (0.0, 1.0)
        share = 1 - (seen.depth - near) / max(far - near, 1e-9)
        return _png(np.where(there, 1 + np.rint(np.clip(share, 0, 1) * 65534), 0).astype(np.uint16))
    colour = seen.colour if what == "colour" else 0.5 + 0.5 * seen.normal
    if background is None:
        straight = colour / np.maximum(seen.alpha, 1e-6)[..., None] if what == "colour" else colour
        colour = np.concatenate([straight, seen.alpha[..., None]], axis=-1)
    return _png(np.rint(np.clip(colour, 0, 1) * 255).astype(np.uint8))


def _png(pixels: NDArray[Any]) -> bytes:
    order = {2: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}
    code = order[2] if pixels.ndim == 2 else order[pixels.shape[2]]
    return bytes(cv2.imencode(".png", pixels if code is None else cv2.cvtColor(pixels, code))[1].tobytes())


def colour_of(text: str) -> tuple[float, float, float] | None:
    """`#rrggbb` as sRGB 0–1; None for none. Raises `BadParameter`."""
    if text == "none":
        return None
    digits = text.removeprefix("#")
    try:
        red, green, blue = (value / 255 for value in bytes.fromhex(digits))
    except ValueError:
        raise BadParameter(f"{text} is no colour; say none or #rrggbb.", param="background") from None
    return red, green, blue


def convert_gaussians(scene_file: Path, out: Path) -> None:
    """Write a scene in the format that the suffix of `out` says."""
    check_writable(out)
    scene = read(scene_file)
    write(scene, out)
    before, after = scene_file.stat().st_size, out.stat().st_size
    typer.echo(f"gaussians  {out}  {len(scene)} Gaussians  {before / 1e6:.2f} MB to {after / 1e6:.2f} MB")


def mesh_gaussians(
    scene_file: Path,
    out: Path,
    cameras_file: Path | None = None,
    *,
    up: str | None = None,
    faces: int = 20_000,
    as_json: bool = False,
) -> None:
    """Write a closed, textured mesh of a scene's surface; `up` is the axis that points up, the scene's own if None."""
    from lucida.gaussians.surface import mesh_of
    from lucida.geometry.mesh_files import AXES, write_mesh
    from lucida.geometry.mesh_files import FORMATS as MESHES
    from lucida.geometry.meshing import Plan

    if out.suffix.lower() not in MESHES:
        raise BadParameter(f"{out.name} must end in {', '.join(MESHES)}.", param="out")
    if up is not None and up not in AXES:
        raise BadParameter(f"There is no axis {up} that could be up; choose {', '.join(AXES)}.", param="up")
    check_folder(out)
    began = time.monotonic()
    cameras = [] if cameras_file is None else list(read_cameras(cameras_file).values())
    scene = read(scene_file)
    with shown(as_json) as progress:
        mesh = mesh_of(scene, cameras, Plan(faces=faces), progress)
        progress(1.0, f"Writing {out.name}")
        write_mesh(mesh, out, scene.up if up is None else AXES[up])
    told = {"out": str(out), "faces": len(mesh.faces), "seconds": round(time.monotonic() - began, 2)}
    if as_json:
        typer.echo(json.dumps({"event": "done", **told}))
    else:
        typer.echo(f"mesh       {out}  {told['faces']} triangles  {told['seconds']} s")


def told_of(path: Path) -> dict[str, Any]:
    """What a file holds: how many, how large, how opaque."""
    scene = read(path)
    told: dict[str, Any] = {
        "file": str(path),
        "megabytes": round(path.stat().st_size / 1e6, 3),
        "gaussians": len(scene),
        "degree": scene.degree,
    }
    if len(scene):
        low, high = scene.means.min(axis=0), scene.means.max(axis=0)
        told |= {
            "from": " ".join(f"{value:.4g}" for value in low),
            "to": " ".join(f"{value:.4g}" for value in high),
            "up": " ".join(f"{value:.4g}" for value in scene.up),
            "size": f"{float(np.median(scene.scales)):.4g} (median standard deviation)",
            "opacity": f"{float(scene.opacities.mean()):.3f} (mean)",
        }
    return told


def check_folder(out: Path) -> None:
    """Raise `BadParameter` where there is no folder to write a file into."""
    if not out.absolute().parent.is_dir():
        raise BadParameter(f"There is no folder {out.absolute().parent}; make it first.", param="out")


def check_writable(out: Path) -> None:
    """Raise `BadParameter` for a file of Gaussians or a picture that cannot be written, before the work."""
    name = out.name.lower()
    if not name.endswith((*FORMATS, ".png")):
        raise BadParameter(f"{out.name} must end in {', '.join(FORMATS)}.", param="out")
    check_folder(out)


def _replace(path: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    beside = path.with_name(f".{path.name}.part")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise StorageFull(f"{path} cannot be written: {error.strerror or error}.") from error
