"""`lucida gaussians`: train, render, convert, mesh, info. What a command needs is imported when it runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from lucida.terminal import one_sentence

gaussians = typer.Typer(
    help="3D Gaussians, on any computer: trained, drawn, converted, made a mesh.", no_args_is_help=True
)

_AsJson = Annotated[bool, typer.Option("--json", help="Write each event as a line of JSON.")]
_Cameras = Annotated[Path, typer.Option(help="JSON: width, height, K, and views of name and world_to_camera (OpenCV).")]


def _names(listed: str | None) -> list[str]:
    return [name.strip() for name in (listed or "").split(",") if name.strip()]


@gaussians.command()
def train(
    views: Annotated[Path, typer.Option(help="The folder of pictures; transparent where the object is not.")],
    cameras: _Cameras,
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write: .ply, .splat, .spz, .glb or .usdz.")],
    seconds: Annotated[float | None, typer.Option(help="How long to train at most.", min=0.1)] = None,
    iterations: Annotated[int, typer.Option(help="How many steps to train at most.", min=1)] = 4000,
    leave_out: Annotated[
        str | None, typer.Option("--leave-out", help="Views to measure with and not to train on: 1,5,9 or their names.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many Gaussians.", min=1, max=10_000_000)] = 12_000,
    degree: Annotated[
        int, typer.Option(help="Of the harmonics: colours that change with direction.", min=0, max=3)
    ] = 0,
    seed: Annotated[int, typer.Option(help="0 to 4294967295; with --iterations the same gives the same.", min=0)] = 0,
    initial: Annotated[Path | None, typer.Option(help="Gaussians to begin with, in place of the silhouettes.")] = None,
    checkpoint: Annotated[
        Path | None, typer.Option(help="Kept while it trains; where it is there, the training goes on from it.")
    ] = None,
    rasteriser: Annotated[
        str, typer.Option(help="cpu, gsplat (an NVIDIA card), or auto: gsplat where it is installed and has a card.")
    ] = "auto",
    as_json: _AsJson = False,
) -> None:
    """Train Gaussians on pictures whose cameras are known."""
    with one_sentence(as_json=as_json):
        from lucida.gaussians.training import Recipe
        from lucida.splats.command import train_gaussians

        recipe = Recipe(iterations=iterations, limit=limit, degree=degree)
        train_gaussians(
            views,
            cameras,
            out,
            recipe,
            seconds=seconds,
            left_out=_names(leave_out),
            seed=seed,
            initial=initial,
            checkpoint=checkpoint,
            rasteriser=rasteriser,
            as_json=as_json,
        )


@gaussians.command()
def render(
    scene: Annotated[Path, typer.Argument(help="Gaussians: .ply, .splat, .spz, .glb, .usdz.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="A .png, or a folder for several views.")],
    cameras: _Cameras,
    view: Annotated[
        str | None, typer.Option(help="Which views: 3, or 0,4,8, or their names; all if not given.")
    ] = None,
    what: Annotated[str, typer.Option(help="colour, depth (16 bits, near is bright) or normal.")] = "colour",
    background: Annotated[str, typer.Option(help="none: transparent; or a colour, as #ffffff.")] = "none",
    as_json: _AsJson = False,
) -> None:
    """Draw Gaussians as cameras see them."""
    with one_sentence(as_json=as_json):
        from lucida.splats.command import render_gaussians

        render_gaussians(scene, out, cameras, names=_names(view), what=what, background=background, as_json=as_json)


@gaussians.command()
def convert(
    scene: Annotated[Path, typer.Argument(help="Gaussians: .ply, .splat, .spz, .glb, .usdz.")],
    out: Annotated[Path, typer.Argument(help="What to write; its suffix says the format.")],
) -> None:
    """Write Gaussians in another format."""
    with one_sentence():
        from lucida.splats.command import convert_gaussians

        convert_gaussians(scene, out)


@gaussians.command()
def mesh(
    scene: Annotated[Path, typer.Argument(help="Gaussians: .ply, .splat, .spz, .glb, .usdz.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="What to write: .glb, .obj or .usdz.")],
    cameras: Annotated[
        Path | None, typer.Option(help="Those it was trained with: where none of them looked, the mesh is closed.")
    ] = None,
    up: Annotated[
        str | None, typer.Option(help="The axis that points up: y, z, -y …; what the scene says if not given.")
    ] = None,
    faces: Annotated[int, typer.Option(help="At most so many triangles.", min=100, max=2_000_000)] = 20_000,
    as_json: _AsJson = False,
) -> None:
    """Make a closed mesh with a texture of the surface that Gaussians draw."""
    with one_sentence(as_json=as_json):
        from lucida.splats.command import mesh_gaussians

        mesh_gaussians(scene, out, cameras, up=up, faces=faces, as_json=as_json)


@gaussians.command()
def info(
    scene: Annotated[Path, typer.Argument(help="Gaussians: .ply, .splat, .spz, .glb, .usdz.")],
    as_json: Annotated[bool, typer.Option("--json", help="Write it as JSON.")] = False,
) -> None:
    """Tell what a file of Gaussians holds."""
    with one_sentence(as_json=as_json):
        from lucida.splats.command import told_of

        told = told_of(scene)
    if as_json:
        typer.echo(json.dumps(told))
        return
    for name, value in told.items():
        typer.echo(f"{name:<14}{value}")
