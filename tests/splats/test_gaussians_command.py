"""`lucida gaussians` from pictures to files, as a person calls it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from gaussians.scenes import ball_views, scene
from PIL import Image
from typer.testing import CliRunner

from lucida.cli import app
from lucida.gaussians.choice import choose_rasteriser
from lucida.gaussians.files import read, write
from lucida.gaussians.rasteriser import render
from lucida.gaussians.training import Recipe, train
from lucida.gaussians.views import read_cameras, read_views
from lucida.splats.command import measured


def lucida(*arguments: object, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lucida.cli", "gaussians", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """A folder `views` of a ball from eight sides, and `cameras.json`."""
    (tmp_path / "views").mkdir()
    told = []
    for view in ball_views(8, size=64):
        assert view.alpha is not None
        pixels = np.rint(255 * np.concatenate([np.clip(view.colour, 0, 1), view.alpha[..., None]], -1))
        Image.fromarray(pixels.astype(np.uint8), "RGBA").save(tmp_path / "views" / f"{view.name}.png")
        told.append({"name": view.name, "world_to_camera": view.camera.world_to_camera.tolist()})
    intrinsics = view.camera.intrinsics.tolist()
    (tmp_path / "cameras.json").write_text(json.dumps({"width": 64, "height": 64, "K": intrinsics, "views": told}))
    return tmp_path


TRAIN = ("train", "--views", "views", "--cameras", "cameras.json")


@pytest.mark.slow
def test_pictures_become_gaussians_that_are_drawn_and_converted(pictures: Path) -> None:
    choice = choose_rasteriser()
    told = lucida(*TRAIN, "-o", "ball.ply", "--iterations", 200, "--leave-out", "1,005", "--json", cwd=pictures)
    assert told.returncode == 0, told.stderr
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert any(event.get("stage", "").startswith("Training: ") for event in events)
    assert events[-1]["event"] == "done"
    assert events[-1]["psnr"] > 24
    assert events[-1]["lpips"] == "n/a"  # without its weights
    assert (events[-1]["rasteriser"], events[-1]["rasteriser_reason"]) == (choice.name, choice.reason)
    ball = read(pictures / "ball.ply")
    assert len(ball) == events[-1]["gaussians"]
    assert lucida("convert", "ball.ply", "ball.spz", cwd=pictures).returncode == 0
    assert len(read(pictures / "ball.spz")) == len(ball)
    drawn = lucida("render", "ball.ply", "-o", "one.png", "--cameras", "cameras.json", "--view", "3", cwd=pictures)
    assert drawn.returncode == 0, drawn.stderr
    camera = read_cameras(pictures / "cameras.json")["003"]
    seen = render(ball, camera)
    with Image.open(pictures / "one.png") as picture:
        pixels = np.asarray(picture, np.float64) / 255
    assert pixels.shape == (64, 64, 4)
    np.testing.assert_allclose(pixels[..., 3], seen.alpha, atol=0.003)
    weighted = pixels[..., :3] * pixels[..., 3:]
    np.testing.assert_allclose(weighted, np.clip(seen.colour, 0, 1), atol=0.01)
    for what in ("depth", "normal"):
        shown = ("render", "ball.ply", "-o", what, "--cameras", "cameras.json", "--what", what)
        assert lucida(*shown, cwd=pictures).returncode == 0
        assert len(list((pictures / what).glob("*.png"))) == 8
    made = lucida("mesh", "ball.ply", "-o", "a.glb", "--cameras", "cameras.json", cwd=pictures)
    assert made.returncode == 0, made.stderr
    mesh = trimesh.load_mesh(pictures / "a.glb")
    mesh.merge_vertices(merge_tex=True, merge_norm=True)
    assert mesh.is_watertight
    assert np.abs(np.linalg.norm(mesh.vertices, axis=1) - 0.4).mean() < 0.03
    told = lucida("info", "ball.ply", "--json", cwd=pictures)
    assert json.loads(told.stdout)["gaussians"] == len(ball)
    assert json.loads(told.stdout)["up"] == "0 0 1"  # as those who took the pictures stood


@pytest.mark.slow
def test_a_training_goes_on_from_its_checkpoint(pictures: Path) -> None:
    views = read_views(pictures / "views", read_cameras(pictures / "cameras.json"))
    kept = pictures / "kept"

    def watch(trainer: object) -> None:
        if trainer.iteration == 150:  # type: ignore[attr-defined]  # a Trainer
            kept.write_bytes(trainer.state())  # type: ignore[attr-defined]

    whole = train(views, Recipe(iterations=200), watch=watch)
    told = lucida(*TRAIN, "-o", "ball.ply", "--iterations", 200, "--checkpoint", "kept", cwd=pictures)
    assert told.returncode == 0, told.stderr
    np.testing.assert_array_equal(read(pictures / "ball.ply").means, whole.means)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ((*TRAIN, "-o", "ball.obj"), "must end in .ply"),
        ((*TRAIN, "-o", "nowhere/ball.ply"), "There is no folder"),
        ((*TRAIN, "-o", "ball.ply", "--leave-out", "99"), "There is no view 99"),
        ((*TRAIN, "-o", "ball.ply", "--leave-out", "0,1,2,3,4,5,6"), "1 views are left"),
        (("train", "--views", "none", "--cameras", "cameras.json", "-o", "a.ply"), "There is no folder none"),
        (("train", "--views", "views", "--cameras", "none.json", "-o", "a.ply"), "cannot be read"),
        (("train", "--views", "views", "--cameras", "bad.json", "-o", "a.ply"), "is no JSON"),
        (("train", "--views", "views", "--cameras", "empty.json", "-o", "a.ply"), "has no views"),
        (("train", "--views", "views", "--cameras", "mirrored.json", "-o", "a.ply"), "does not begin with a rotation"),
        (("convert", "bad.json", "a.spz"), "bad.json"),
        (("render", "some.ply", "-o", "a.png", "--cameras", "cameras.json"), "8 views do not go into a.png"),
        (("render", "some.ply", "-o", "a", "--cameras", "cameras.json", "--what", "smell"), "no picture of smell"),
        (("render", "some.ply", "-o", "a", "--cameras", "cameras.json", "--background", "red"), "red is no colour"),
        (("info", "none.ply"), "none.ply"),
        (("mesh", "some.ply", "-o", "a.stl"), "must end in .glb"),
        (("mesh", "some.ply", "-o", "a.glb", "--up", "w"), "no axis w"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    pictures: Path, arguments: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (pictures / "bad.json").write_text("no json")
    (pictures / "empty.json").write_text("{}")
    told = json.loads((pictures / "cameras.json").read_text())
    told["views"][0]["world_to_camera"][0] = [-value for value in told["views"][0]["world_to_camera"][0]]
    (pictures / "mirrored.json").write_text(json.dumps(told))
    write(scene(10), pictures / "some.ply")
    monkeypatch.chdir(pictures)
    answer = CliRunner().invoke(app, ["gaussians", *arguments])
    assert answer.exit_code == 2, answer.stderr
    sentence = answer.stderr.splitlines()[-1]
    assert sentence.startswith("lucida: ")
    assert says in sentence
    assert "Traceback" not in answer.stderr


@pytest.mark.slow
@pytest.mark.shared
def test_a_real_object_is_shown_from_sides_that_were_not_trained_on(shared_folder: Path) -> None:
    folder = shared_folder / "data" / "multiview"
    views = read_views(folder / "chicken" / "real", read_cameras(folder / "cameras.json"))
    unseen = views[1::4]
    seen = [view for view in views if all(view is not other for other in unseen)]
    scores = measured(train(seen, Recipe(iterations=1000)), unseen)
    assert scores["psnr"] > 33.0
    assert scores["ssim"] > 0.975
