from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from photos import encode, landscape
from PIL import Image
from waiting import wait_until

LUCIDA = [sys.executable, "-m", "lucida.cli"]


def lucida(*arguments: object, data: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data), "COLUMNS": "120", **variables}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [*LUCIDA, *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=data)


def where(said: Iterable[str]) -> str:
    """The address of a server that is starting."""
    return next(match[1] for match in map(re.compile(r"Lucida serves (http\S+)").search, said) if match)


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small landscape: sky over ground."""
    path = tmp_path_factory.mktemp("photo") / "field.jpg"
    path.write_bytes(encode(landscape(), "JPEG", quality=92))
    return path


def test_help_comes_without_loading_anything_heavy(tmp_path: Path) -> None:
    code = (
        "import sys; from typer.testing import CliRunner; from lucida.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print(sorted({'django', 'fastapi', 'numpy', 'numba', 'pydantic'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout == "[]\n"


def test_the_version_is_the_packages(tmp_path: Path) -> None:
    from lucida import __version__

    assert lucida("--version", data=tmp_path).stdout == f"lucida {__version__}\n"


@pytest.mark.slow
def test_a_photo_becomes_a_panorama_in_each_form(photo: Path, tmp_path: Path) -> None:
    from lucida.imaging.exr import read_exr
    from lucida.imaging.radiance_hdr import read_hdr

    for name in ("out.exr", "out.hdr", "out.jpg", "out.png"):
        told = lucida("hdri", photo, "-o", name, "--width", 256, "--seed", 1, data=tmp_path)
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith(f"panorama   {name}  256x128  draft  seed 1")
    radiance, _ = read_exr(tmp_path / "out.exr")
    assert radiance.shape == (128, 256, 3)
    assert np.allclose(read_hdr(tmp_path / "out.hdr"), radiance, rtol=0.02, atol=0.02 * float(radiance.max()))
    for name in ("out.jpg", "out.png"):
        with Image.open(tmp_path / name) as picture:
            assert picture.size == (256, 128)


@pytest.mark.slow
def test_json_lines_tell_the_stages_and_the_end(photo: Path, tmp_path: Path) -> None:
    told = lucida("hdri", photo, "-o", "out.exr", "--width", 256, "--json", data=tmp_path)
    assert told.returncode == 0, told.stderr
    events: list[dict[str, Any]] = [json.loads(line) for line in told.stdout.splitlines()]
    stages = [event["stage"] for event in events if event["event"] == "status"]
    assert {"Loading image", "Merging HDR stack"} <= set(stages)
    assert [event["progress"] for event in events[:-1]] == sorted(event["progress"] for event in events[:-1])
    assert events[-1]["event"] == "done"
    assert events[-1]["report"]["size"] == [256, 128]


@pytest.mark.slow
def test_a_terminal_gets_a_bar(photo: Path, tmp_path: Path) -> None:
    leader, follower = pty.openpty()
    command = [*LUCIDA, "hdri", str(photo), "-o", str(tmp_path / "out.exr"), "--width", "256"]
    process = subprocess.Popen(command, stderr=follower, stdout=subprocess.DEVNULL, env={**os.environ, "TERM": "xterm"})
    os.close(follower)
    drawn = b""
    try:
        while chunk := os.read(leader, 65536):
            drawn += chunk
    except OSError:  # Linux's way to say that the terminal is closed
        pass
    os.close(leader)
    assert process.wait() == 0
    assert b"\x1b[" in drawn
    assert "━".encode() in drawn


@pytest.mark.slow
def test_making_a_panorama_needs_no_server(photo: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from lucida.hdri.command import make_panorama; "
        f"make_panorama(Path({str(photo)!r}), Path('out.exr'), width=256); "
        "print(sorted({'django', 'fastapi', 'starlette', 'uvicorn'} & set(sys.modules)))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert told.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["missing.heic", "-o", "out.exr"], "missing.heic"),
        (["text.heic", "-o", "out.exr"], "HEIC, HEIF, AVIF, JPEG, PNG or WebP"),
        (["field.jpg", "-o", "out.tiff"], "must end in .exr"),
        (["field.jpg", "-o", "nowhere/out.exr"], "There is no folder"),
        (["field.jpg", "-o", "out.exr", "--scene", "underwater"], "underwater"),
        (["field.jpg", "-o", "out.exr", "--engine", "crayon"], "crayon"),
        (["field.jpg", "-o", "out.exr", "--seed", "4294967296"], "4294967295"),
    ],
)
def test_bad_input_is_one_sentence_and_exit_code_2(
    photo: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    (tmp_path / "text.heic").write_text("no photo" * 20)
    (tmp_path / "field.jpg").write_bytes(photo.read_bytes())
    told = lucida("hdri", *arguments, data=tmp_path)
    assert told.returncode == 2
    *stages, sentence = told.stderr.splitlines()
    assert all(" %  " in stage for stage in stages)
    assert sentence.startswith("lucida: ")
    assert sentence.endswith(".")
    assert says in sentence
    assert not list(tmp_path.glob("out*"))


def test_a_setting_that_does_not_work_is_one_sentence(tmp_path: Path) -> None:
    told = lucida("settings", data=tmp_path, LUCIDA_PORT="eighty")
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "LUCIDA_PORT='eighty'" in told.stderr


def test_settings_are_shown_with_their_source_and_without_secrets(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("LUCIDA_WORKERS=2\n")
    names = ("SECRET_KEY", "OPENAI_API_KEY", "BFL_API_KEY")
    secrets = {f"LUCIDA_{name}": "hush-hush" for name in names}
    told = lucida("settings", "--json", data=tmp_path, CUBE_RES="512", **secrets)
    shown = {row["name"]: row for row in json.loads(told.stdout)}
    assert (shown["LUCIDA_CUBE_RES"]["value"], shown["LUCIDA_CUBE_RES"]["source"]) == (512, "CUBE_RES")
    assert shown["LUCIDA_WORKERS"]["source"] == "LUCIDA_WORKERS in .env"
    assert shown["LUCIDA_PORT"]["source"] == "default"
    assert "hush" not in told.stdout
    assert "LUCIDA_CUBE_RES" in lucida("settings", data=tmp_path).stdout


def test_the_doctor_looks_at_everything(tmp_path: Path) -> None:
    told = lucida("doctor", "--json", data=tmp_path)
    findings = {finding["what"]: finding for finding in json.loads(told.stdout)}
    assert {"Python", "Kernels", "Pages", "Data folder", "Disk", "Database", "CUDA", "Painter"} <= set(findings)
    assert told.returncode == (0 if all(finding["ok"] for finding in findings.values()) else 1)
    assert not findings["Database"]["ok"]
    assert lucida("migrate", data=tmp_path).returncode == 0
    assert lucida("migrate", data=tmp_path).stdout == "The database is up to date.\n"
    told = lucida("doctor", data=tmp_path)
    assert "ok    Database: up to date" in told.stdout


def test_a_data_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    told = lucida("migrate", data=tmp_path, LUCIDA_DATA_DIR=str(tmp_path / "file" / "data"))
    assert (told.returncode, told.stderr.count("\n")) == (2, 1)
    assert "cannot be written" in told.stderr


def test_serving_other_machines_needs_a_word(tmp_path: Path) -> None:
    told = lucida("serve", "--host", "0.0.0.0", "--port", 0, data=tmp_path)
    assert told.returncode == 2
    assert "LUCIDA_TRUSTED_NETWORK=1" in told.stderr


@pytest.mark.slow
def test_the_server_starts_answers_and_stops(tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path)}
    command = [*LUCIDA, "serve", "--port", "0", "--workers", "0"]
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = where(server.stderr)
        assert httpx.get(f"{address}/health", timeout=30).json()["status"] == "ok"
        (tmp_path / "other").mkdir()
        taken = lucida("serve", "--port", address.rsplit(":", 1)[1], "--workers", 0, data=tmp_path / "other")
        assert taken.returncode == 2
        assert "choose another with --port" in taken.stderr
        server.send_signal(signal.SIGINT)
        assert server.wait(30) == 0


def begun(address: str, photo: Path) -> str:
    """Where the state of a panorama is told, of which the photo has just been sent."""
    with photo.open("rb") as file:
        answer = httpx.post(f"{address}/api/upload", files={"file": file}, data={"width": "256"}, timeout=60)
    return f"{address}/api/status/{answer.json()['job_id']}"


@pytest.mark.slow
def test_workers_run_beside_a_server_that_has_none(photo: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path)}
    refused = lucida("worker", data=tmp_path)
    assert (refused.returncode, "lucida migrate" in refused.stderr) == (2, True)
    serve = [*LUCIDA, "serve", "--port", "0", "--workers", "0"]
    with subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = where(server.stderr)
        status = begun(address, photo)
        assert httpx.get(status, timeout=60).json()["status"] == "queued"
        worker = subprocess.Popen([*LUCIDA, "worker"], env=environment)

        def done() -> bool:
            assert worker.poll() is None
            return bool(httpx.get(status, timeout=60).json()["status"] == "done")

        wait_until(done, "the worker to make the panorama")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0
        assert httpx.get(f"{address}/health", timeout=60).json()["workers"] == []
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.mark.slow
def test_one_worker_alone_takes_the_jobs_of_its_queues(photo: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path)}
    assert lucida("migrate", data=tmp_path).returncode == 0
    refused = lucida("worker", "--solo", "--queues", "gpu,garden", data=tmp_path)
    assert (refused.returncode, refused.stderr) == (
        2,
        "lucida: There is no queue 'garden'; choose from gpu, cpu, io.\n",
    )
    serve = [*LUCIDA, "serve", "--port", "0", "--workers", "0"]
    with subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        address = where(server.stderr)
        status = begun(address, photo)

        def working(queues: str) -> subprocess.Popen[bytes]:
            worker = subprocess.Popen([*LUCIDA, "worker", "--solo", "--queues", queues], env=environment)
            wait_until(lambda: httpx.get(f"{address}/health", timeout=60).json()["workers"], "the worker")
            return worker

        other = working("io")
        idle = httpx.get(f"{address}/health", timeout=60).json()["workers"]
        assert [worker["queues"] for worker in idle] == [["io"]]
        other.send_signal(signal.SIGTERM)
        assert other.wait(60) == 0
        assert httpx.get(status, timeout=60).json()["status"] == "queued"
        worker = working("cpu")
        wait_until(lambda: httpx.get(status, timeout=60).json()["status"] == "done", "the panorama")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(60) == 0
        server.send_signal(signal.SIGINT)
        server.wait(30)


@pytest.mark.slow
def test_the_demo_makes_a_photo_and_its_panorama(tmp_path: Path) -> None:
    told = lucida("demo", "--width", 256, data=tmp_path)
    assert told.returncode == 0, told.stderr
    assert {path.name for path in tmp_path.glob("lucida-demo*")} == {"lucida-demo.jpg", "lucida-demo.exr"}
