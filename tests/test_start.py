from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.skipif(os.name == "nt", reason="start.sh needs a POSIX shell")

NEEDED = (13, 0)


@pytest.fixture(scope="module")
def start(repository: Path) -> ModuleType:
    """start.py as a module."""
    spec = importlib.util.spec_from_file_location("start", repository / "start.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["start"] = module  # its dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Path:
    """The scripts in a folder of their own, with nothing set up."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    for name in (
        "start.sh",
        "start.py",
        "requirements.txt",
        "requirements-cuda.txt",
        "requirements-models.txt",
        "pyproject.toml",
    ):
        shutil.copy(repository / name, folder)
    return folder


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder that is the whole PATH: Python and what the script itself calls."""
    folder = tmp_path / "programs"
    folder.mkdir()
    for name in ("bash", "dirname", "env", "cat"):
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    (folder / "python3").symlink_to(sys.executable)
    return folder


def program(folder: Path, name: str, *, says: str = "", status: int = 0) -> None:
    path = folder / name
    path.unlink(missing_ok=True)
    path.write_text("#!/usr/bin/env bash\n" + (f"echo '{says}'\n" if says else "") + f"exit {status}\n")
    path.chmod(0o755)


def nvidia_smi(folder: Path, cuda: str = "13.1", status: int = 0) -> None:
    says = f"| NVIDIA-SMI 590.44      Driver Version: 590.44      CUDA Version: {cuda}     |"
    program(folder, "nvidia-smi", says=says, status=status)


def start_sh(checkout: Path, programs: Path, *options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", str(checkout / "start.sh"), *options],
        env={"PATH": str(programs), "HOME": str(checkout), **variables},
        cwd="/",
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def plan(checkout: Path, programs: Path, **variables: str) -> str:
    told = start_sh(checkout, programs, "--plan", **variables)
    assert told.returncode == 0, told.stderr
    assert told.stdout.count("\n") == 1, "what was found and chosen is one line"
    assert not (checkout / ".venv").exists(), "a plan changes nothing"
    return told.stdout


def test_a_working_gpu_gets_the_models_packages(checkout: Path, programs: Path) -> None:
    nvidia_smi(programs)
    line = plan(checkout, programs)
    assert "driver knows CUDA 13.1" in line
    assert line.endswith("-> CUDA 13.0, core and models' packages\n")


def test_no_gpu_gets_the_core_packages_only(checkout: Path, programs: Path) -> None:
    assert plan(checkout, programs).endswith("no NVIDIA GPU (no nvidia-smi) -> CPU, core packages\n")


def test_the_clients_of_other_services_are_had_where_they_are_wanted(checkout: Path, programs: Path) -> None:
    told = start_sh(checkout, programs, "--plan", "--cluster")
    assert told.stdout.endswith("-> CPU, core and cluster's packages\n")


def test_models_can_be_had_without_a_gpu(checkout: Path, programs: Path) -> None:
    told = start_sh(checkout, programs, "--plan", "--models")
    assert told.stdout.endswith("-> CPU, core and models' packages\n")


def test_an_nvidia_smi_that_fails_is_no_gpu(checkout: Path, programs: Path) -> None:
    nvidia_smi(programs, status=9)
    assert plan(checkout, programs).endswith("fails (exit status 9) -> CPU, core packages\n")


def test_a_driver_older_than_the_wheels_is_no_gpu(checkout: Path, programs: Path) -> None:
    nvidia_smi(programs, cuda="12.9")
    line = plan(checkout, programs)
    assert "CUDA 12.9, 13.0 is needed: update it" in line
    assert line.endswith("-> CPU, core packages\n")


def test_an_nvidia_smi_without_a_cuda_version_is_no_gpu(checkout: Path, programs: Path) -> None:
    program(programs, "nvidia-smi", says="NVIDIA-SMI has failed")
    assert "names no CUDA version -> CPU" in plan(checkout, programs)


def test_what_is_asked_for_wins_over_what_is_found(checkout: Path, programs: Path) -> None:
    assert "LUCIDA_DEVICE=cuda -> CUDA" in plan(checkout, programs, LUCIDA_DEVICE="cuda")
    nvidia_smi(programs)
    assert "LUCIDA_DEVICE=cpu -> CPU" in plan(checkout, programs, LUCIDA_DEVICE="cpu")


def test_the_device_may_be_named_in_the_env_file(checkout: Path, programs: Path) -> None:
    (checkout / ".env").write_text('# mine\nexport LUCIDA_DEVICE="cuda"\n')
    assert "LUCIDA_DEVICE=cuda -> CUDA" in plan(checkout, programs)
    assert "LUCIDA_DEVICE=cpu -> CPU" in plan(checkout, programs, LUCIDA_DEVICE="cpu")


def test_an_unknown_device_is_one_sentence(checkout: Path, programs: Path) -> None:
    told = start_sh(checkout, programs, "--plan", LUCIDA_DEVICE="gpu")
    assert told.returncode == 1
    assert told.stderr == "LUCIDA_DEVICE=gpu does not work: say cpu, cuda or auto.\n"


def test_a_python_that_is_too_old_is_one_sentence(checkout: Path, programs: Path) -> None:
    program(programs, "python3", status=1)
    told = start_sh(checkout, programs, "--plan")
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr.startswith("Lucida needs Python 3.11 or newer")
    assert told.stderr.count("\n") == 1


def test_a_newer_python_beside_an_old_one_is_found(checkout: Path, programs: Path) -> None:
    (programs / "python3.12").symlink_to(sys.executable)
    program(programs, "python3", status=1)
    assert plan(checkout, programs).startswith("Lucida: Python 3.")


@pytest.mark.parametrize(
    ("version", "chosen"),
    [
        ("v20.19.0", "Node 20.19.0"),
        ("v24.1.0", "Node 24.1.0"),
        ("v20.18.9", "Node from its wheel (v20.18.9 is too old)"),
        ("v21.7.0", "Node from its wheel (v21.7.0 is too old)"),
        ("v22.11.0", "Node from its wheel (v22.11.0 is too old)"),
    ],
)
def test_only_a_node_that_builds_the_pages_is_used(checkout: Path, programs: Path, version: str, chosen: str) -> None:
    program(programs, "node", says=version)
    program(programs, "npm")
    assert f", {chosen}, " in plan(checkout, programs)


def test_without_node_its_wheel_is_used(checkout: Path, programs: Path) -> None:
    assert ", Node from its wheel (none here), " in plan(checkout, programs)


def test_a_step_is_done_again_when_what_it_is_made_from_changes(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path / ".venv")
    (tmp_path / ".venv").mkdir()
    made_from = tmp_path / "requirements.txt"
    made_from.write_text("numpy\n")
    start.done("packages", start.digest("cpu", files=[made_from]))
    assert start.holds("packages", start.digest("cpu", files=[made_from]))
    assert not start.holds("packages", start.digest("cuda", files=[made_from]))
    made_from.write_text("numpy\nscipy\n")
    assert not start.holds("packages", start.digest("cpu", files=[made_from]))
    start.undone("packages")
    assert not start.holds("packages", start.digest("cpu", files=[made_from]))


def test_packages_of_npm_do_not_count_as_the_pages_source(start: ModuleType, tmp_path: Path) -> None:
    for name in ("index.html", "src/main.ts", "node_modules/three/index.js"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    assert sorted(start.sources(tmp_path)) == [tmp_path / "index.html", tmp_path / "src/main.ts"]


def test_a_step_that_fails_says_so_with_its_last_lines(
    start: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "LOG", tmp_path / "setup.log")
    fails = [sys.executable, "-c", "print('no room left'); raise SystemExit(3)"]
    with pytest.raises(
        start.SetupFailed, match=r"(?s)^Unpacking did not work \(all of it: setup\.log\):.*no room left"
    ):
        start.run(fails, what="Unpacking")
    assert "no room left" in (tmp_path / "setup.log").read_text()


def test_the_server_starts_in_the_checkout_with_what_is_left_of_the_arguments(checkout: Path, programs: Path) -> None:
    served = checkout / ".venv/bin/lucida"
    served.parent.mkdir(parents=True)
    served.write_text('#!/usr/bin/env bash\necho "$PWD" "$@"\n')
    served.chmod(0o755)
    call = f"import sys; sys.path[0] = {str(checkout)!r}; import start; start.serve(['--port', '9'])"
    told = subprocess.run(
        [sys.executable, "-c", call],
        cwd="/",
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == f"{checkout} serve --port 9\n"


@pytest.mark.parametrize("script", ["start.sh", "test.sh", ".ci/run"])
def test_scripts_parse_and_may_be_run(repository: Path, script: str) -> None:
    assert os.access(repository / script, os.X_OK)
    assert subprocess.run(["bash", "-n", str(repository / script)], check=False).returncode == 0
