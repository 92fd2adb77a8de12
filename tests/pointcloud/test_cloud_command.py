from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import trimesh
from live_server import listening
from PIL import Image
from served import served
from starlette.responses import JSONResponse
from typer.testing import CliRunner

from lucida.cli import app
from lucida.pointcloud.wire import read_cloud

SMALL = ("--image-model", "draft", "--seed", "3")


def lucida(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lucida.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def photo(folder: Path) -> str:
    pixels = np.zeros((60, 90, 3), np.uint8)
    pixels[:30], pixels[30:] = (150, 190, 240), (110, 90, 60)
    Image.fromarray(pixels).save(folder / "view.jpg", quality=95)
    return "view.jpg"


@pytest.mark.slow
def test_a_picture_becomes_a_cloud_in_each_form(tmp_path: Path) -> None:
    name = photo(tmp_path)
    told = lucida("cloud", "--image", name, "-o", "a.bin", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert events[-1]["event"] == "done"
    assert events[-1]["report"]["engines"]["depth"]["name"] == "draft"
    whole = read_cloud((tmp_path / "a.bin").read_bytes())
    assert len(whole.points) == 60 * 90
    for suffix in ("ply", "glb"):
        told = lucida("cloud", "--image", name, "-o", f"a.{suffix}", "--stride", "2", cwd=tmp_path)
        assert told.returncode == 0, told.stderr
        assert " 1350 points " in told.stdout
        loaded = trimesh.load(tmp_path / f"a.{suffix}")
        shown = loaded if suffix == "ply" else next(iter(loaded.geometry.values()))
        assert len(shown.vertices) == 30 * 45


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("cloud",), "Say what the cloud shows"),
        (("cloud", "a lake", "-o", "a.obj"), "must end in .bin, .glb or .ply"),
        (("cloud", "a lake", "-o", "nowhere/a.bin"), "There is no folder"),
        (("cloud", "--image", "none.jpg"), "There is no file none.jpg"),
        (("cloud", "a lake", "--mode", "sideways"), "mode:"),
        (("cloud", "a lake", "--depth", "guess"), "There is no depth model 'guess'"),
    ],
)
def test_mistakes_are_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = CliRunner().invoke(app, arguments)
    assert told.exit_code == 2
    assert says in told.stderr
    assert told.stderr.count("\n") <= 8
    assert "Traceback" not in told.stderr
    assert list(tmp_path.glob("*.bin")) == []


@pytest.mark.slow
def test_the_script_asks_a_server_and_checks_what_comes(tmp_path: Path, repository: Path) -> None:
    script = [sys.executable, str(repository / "scripts" / "try_generate.py")]
    keyless = {name: value for name, value in os.environ.items() if name != "OPENAI_API_KEY"}
    with served(tmp_path) as address:
        command = [*script, "a lake with trees", "--url", address, "-o", str(tmp_path / "cloud.bin")]
        told = subprocess.run(command, capture_output=True, text=True, check=False, env=keyless)
        assert told.returncode == 0, told.stderr
        assert "1032192 points of 1344x768, planar: as it must be" in told.stdout
        assert "total_ms" in told.stdout
        refused = subprocess.run(
            [*script, " ", "--url", address], capture_output=True, text=True, check=False, env=keyless
        )
        assert refused.returncode == 1
        assert refused.stderr.startswith("The server answered 422: prompt is empty")
        nowhere = subprocess.run(
            [*script, "a lake", "--url", address, "-o", str(tmp_path / "nowhere" / "cloud.bin")],
            capture_output=True, text=True, check=False, env=keyless,
        )  # fmt: skip
        assert nowhere.stderr == f"There is no folder {tmp_path / 'nowhere'}; make it first.\n"
    gone = subprocess.run([*script, "a lake", "--url", address], capture_output=True, text=True, check=False)
    assert gone.returncode == 1
    assert "cannot be reached" in gone.stderr


@pytest.mark.parametrize("url", ["localhost", "localhost:8000", "ftp://localhost", "http://[", "http://127.0.0.1:x"])
def test_the_script_says_what_is_no_address(repository: Path, url: str) -> None:
    script = [sys.executable, str(repository / "scripts" / "try_generate.py"), "a lake", "--url", url]
    told = subprocess.run(script, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr.count("\n")) == (1, 1)
    assert told.stderr.startswith(url)


@pytest.mark.parametrize("body", [["no"], {"detail": ["no"]}, "no", None, {}])
def test_the_script_shows_an_error_that_is_not_lucida_s(repository: Path, body: object) -> None:
    script = [sys.executable, str(repository / "scripts" / "try_generate.py"), "a lake", "--url"]
    with listening(JSONResponse(body, 418)) as address:
        told = subprocess.run([*script, address], capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.startswith("The server answered 418: ")
    assert told.stderr.count("\n") == 1
