from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import OpenEXR
import pytest
from checkpoints import SIDE, write_sdxl
from photos import encode, exif_block
from scenes import bracket_disagreement, outdoors, rays
from waiting import wait_until

from lucida.config import get_settings
from lucida.engines.diffusion.loaded import free_loaded, loaded
from lucida.engines.painter.painting import Painting
from lucida.engines.painter.repainted import CRUSHED, ORDER
from lucida.geometry.cameras import PinholeCamera
from lucida.geometry.sphere import look_through
from lucida.hdri import pipeline
from lucida.hdri.pipeline import Panorama, photo_to_panorama
from lucida.imaging.colour import linear_to_srgb, srgb_to_linear

pytestmark = pytest.mark.slow
WIDTH = 256
CAMERA = PinholeCamera(400, 300, 2 * float(np.arctan(18 / 26)))


def meadow() -> bytes:
    """A JPEG of a meadow whose sky is burnt out on the right, with a black shadow."""
    picture, (x, y, _) = outdoors(CAMERA), np.moveaxis(rays(CAMERA), -1, 0)
    picture[(x > 0.1) & (y > 0.02)] = 1
    picture[(x < -0.2) & (y < -0.2)] = 0
    code = np.round(255 * linear_to_srgb(picture)).astype(np.uint8)
    exif = exif_block(picture={0xA405: 26, 0x829A: (1, 1000), 0x829D: (2, 1), 0x8827: 100})
    return encode(code, "JPEG", quality=97, subsampling=0, exif=exif)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_sdxl(tmp_path_factory.mktemp("hub"))


@pytest.fixture
def tiny(checkpoint: Path, setting: Callable[[str, object], None]) -> Iterator[None]:
    """Settings under which the tiny model paints small faces."""
    setting("SDXL_MODEL", checkpoint)
    setting("AI_FACE_RES", SIDE)
    setting("AI_STEPS", 4)
    yield
    free_loaded()


def made(monkeypatch: pytest.MonkeyPatch, said: list[tuple[float, str]] | None = None) -> tuple[Panorama, Painting]:
    """A panorama painted by the tiny model, and the painting that it was merged from."""
    paintings: list[Painting] = []
    develop = pipeline.develop

    def kept(painting: Painting, *given: object, **named: object) -> object:
        paintings.append(painting)
        return develop(painting, *given, **named)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(pipeline, "develop", kept)
    progress = (lambda *step: said.append(step)) if said is not None else (lambda fraction, stage: None)
    panorama = photo_to_panorama(
        meadow(), width=WIDTH, seed=5, scene="outdoor", pitch=0.0, roll=0.0, engine="sdxl", progress=progress
    )
    return panorama, paintings[0]


_painted: list[np.ndarray] = []  # by the first test, for the next


def test_known_pixels_seams_and_brackets_hold(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[float, str]] = []
    panorama, painting = made(monkeypatch, said)
    _painted.append(panorama.radiance)
    assert panorama.report["engine"] == "sdxl"
    assert panorama.report["licence"] == "CreativeML Open RAIL++-M"
    assert panorama.report["seed"] == 5
    # Every step of every face is told; the stages are the specification's.
    stages = [stage for _, stage in said]
    for face in ORDER:
        assert any(stage.startswith(f"EV +0, face {face}: ") for stage in stages)
    assert "EV +0, face pz: step 2/3 (66%)" in stages
    assert "Merging HDR stack" in stages
    assert [fraction for fraction, _ in said] == sorted(fraction for fraction, _ in said)
    # The photo's own pixels, seen through its camera, averaged to the panorama's resolution.
    small = PinholeCamera(40, 30, CAMERA.horizontal_fov)
    photo = srgb_to_linear(cv2.imdecode(np.frombuffer(meadow(), np.uint8), cv2.IMREAD_COLOR)[..., ::-1])
    averaged = cv2.resize(photo, (40, 30), interpolation=cv2.INTER_AREA)
    x, y = np.meshgrid(np.arange(40) + 0.5, np.arange(30) + 0.5)
    seen = look_through(panorama.radiance.astype(np.float32), small.directions(x, y))
    held = cv2.erode((averaged.max(-1) < 0.9).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    apart = np.abs(linear_to_srgb(seen) - linear_to_srgb(averaged))[held]
    assert np.median(apart) < 1.5 / 255
    # Across ±180° nothing jumps that does not elsewhere.
    log = np.log2(panorama.radiance.astype(np.float32) + 1e-3)
    jumps = np.abs(np.diff(log, axis=1, append=log[:, :1])).mean((0, 2))
    assert jumps[-1] < 2 * np.median(jumps)
    # Exposures agree outside what they may make anew.
    assert painting.exposures is not None
    disagreement = bracket_disagreement(painting.exposures, CRUSHED)
    assert max(disagreement.values()) < 2, disagreement


def test_the_same_seed_is_the_same_panorama(tiny: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _painted[0] if _painted else made(monkeypatch)[0].radiance
    free_loaded()
    again, _ = made(monkeypatch)
    assert np.array_equal(first, again.radiance)


def test_the_command_paints_with_sdxl_and_says_so(checkpoint: Path, tmp_path: Path) -> None:
    photo, out = tmp_path / "meadow.jpg", tmp_path / "meadow.exr"
    photo.write_bytes(meadow())
    environment = {
        **os.environ,
        "LUCIDA_SDXL_MODEL": str(checkpoint),
        "LUCIDA_AI_FACE_RES": str(SIDE),
        "LUCIDA_AI_STEPS": "3",
        "LUCIDA_DATA_DIR": str(tmp_path),
    }
    command = [
        sys.executable,
        "-m",
        "lucida.cli",
        "hdri",
        photo,
        "-o",
        out,
        "--width",
        "256",
        "--engine",
        "sdxl",
        "--json",
    ]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    events = [json.loads(line) for line in told.stdout.splitlines()]
    assert any(event.get("stage", "").startswith("EV +0, face nz: step 1/") for event in events)
    with OpenEXR.File(str(out)) as file:
        assert file.channels()["RGB"].pixels.shape == (128, 256, 3)
        assert file.header()["lucida:engine"] == "sdxl"


def test_a_model_that_does_not_load_ends_the_command_with_one_sentence(tmp_path: Path) -> None:
    photo = tmp_path / "meadow.jpg"
    photo.write_bytes(meadow())
    environment = {
        **os.environ,
        "LUCIDA_SDXL_MODEL": str(tmp_path / "no such folder"),
        "LUCIDA_DATA_DIR": str(tmp_path),
    }
    environment |= {"HF_HUB_OFFLINE": "1"}
    command = [sys.executable, "-m", "lucida.cli", "hdri", photo, "-o", tmp_path / "x.exr", "--engine", "sdxl"]
    told = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert told.returncode != 0
    assert "SDXL could not be loaded" in told.stderr
    assert "Traceback" not in told.stderr


def environment(data: Path, **variables: str) -> dict[str, str]:
    given = {**os.environ, "LUCIDA_DATA_DIR": str(data), "LUCIDA_PAINTER": "sdxl", "HF_HUB_OFFLINE": "1", **variables}
    given.pop("DJANGO_SETTINGS_MODULE", None)
    return given


@pytest.mark.parametrize("command", ["serve", "worker"])
def test_a_server_or_worker_whose_model_does_not_load_ends_and_says_why(tmp_path: Path, command: str) -> None:
    """It does not go on without it, and does not try for ever."""
    lucida = [sys.executable, "-m", "lucida.cli"]
    variables = environment(tmp_path, LUCIDA_SDXL_MODEL=str(tmp_path / "no such folder"))
    subprocess.run([*lucida, "migrate"], env=variables, cwd=tmp_path, check=True, capture_output=True)
    options = ["--port", "0"] if command == "serve" else []
    told = subprocess.run(
        [*lucida, command, *options],
        env=variables,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert told.returncode == 1
    assert "a worker cannot start: SDXL could not be loaded from the model" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_job_is_painted_by_the_model_that_its_worker_loaded(checkpoint: Path, tmp_path: Path) -> None:
    """Over the server: `/health` names it, and the status tells of every step."""
    variables = environment(
        tmp_path, LUCIDA_SDXL_MODEL=str(checkpoint), LUCIDA_AI_FACE_RES=str(SIDE), LUCIDA_AI_STEPS="3"
    )
    command = [sys.executable, "-m", "lucida.cli", "serve", "--port", "0"]
    with subprocess.Popen(command, env=variables, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as server:
        try:
            assert server.stderr is not None
            lines = iter(server.stderr.readline, "")
            address = next(match[1] for match in map(re.compile(r"Lucida serves (http\S+)").search, lines) if match)
            threading.Thread(target=server.stderr.read, daemon=True).start()
            with httpx.Client(base_url=address, timeout=30) as client:
                wait_until(lambda: client.get("/health").json()["workers"], "a worker")
                files = {"file": ("meadow.jpg", meadow(), "image/jpeg")}
                sent = client.post("/api/upload", files=files, data={"width": "256"})
                assert sent.status_code in (200, 202), sent.text
                job = sent.json()["job_id"]
                stages = set()

                def ended() -> bool:
                    status = client.get(f"/api/status/{job}").json()
                    stages.add(status["current_stage"])
                    return status["status"] in ("done", "error")

                wait_until(ended, "the job to end")
                assert client.get(f"/api/status/{job}").json()["status"] == "done"
                assert any(re.match(r"EV [+-]\d, face \w\w: step \d/\d", stage) for stage in stages)
                painter = client.get("/health").json()["engines"]["painter"]
                assert (painter["name"], painter["reason"]) == ("sdxl", "asked for by name")
                assert client.get("/api/jobs").json()["jobs"][0]["engine"] == "sdxl"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=30)


def test_a_face_that_fails_fails_its_job_with_a_sentence(
    tiny: None, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row, from which status and socket are told, says at which face; the model is tried again first."""
    from lucida.accounts.owner import local_user
    from lucida.jobs.execution import execute
    from lucida.jobs.lease import claim
    from lucida.jobs.models import Job, JobEvent, Status
    from lucida.jobs.running import RunningJob
    from lucida.jobs.submission import submit
    from lucida.storage import get_storage

    with loaded("sdxl") as model:
        unet = model._text_to_image.unet
    forward, calls = unet.forward, []

    def failing(*given: object, **named: object) -> object:
        calls.append(1)
        if len(calls) % 7 == 0:
            raise RuntimeError("CUDA error: an illegal memory access was encountered")
        return forward(*given, **named)

    monkeypatch.setattr(unet, "forward", failing)
    stored = get_storage().write("project-uploads/p/photo", [meadow()])
    params = {"scene_type": "outdoor", "engine": "sdxl", "width": 256}
    submit("hdri", local_user(), params=params, inputs={"photo": stored.key})
    for _ in range(get_settings().max_attempts):
        Job.objects.update(not_before=None)
        job = claim("w", ["gpu"])
        assert job is not None
        execute(job, RunningJob(job))
    job.refresh_from_db()
    assert (job.status, job.error_code) == (Status.ERROR, "painting_failed")
    assert re.match(r"sdxl failed at EV \+0, face \w\w: try again", job.error_message)
    told = JobEvent.objects.filter(job=job, kind="error").get().payload
    assert "illegal memory" not in json.dumps(told)
