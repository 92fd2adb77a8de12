from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest
import yaml
from live_server import listening
from packaging.requirements import Requirement
from starlette.responses import JSONResponse

from lucida.config import Settings, setting_variables
from lucida.jobs.kinds import RESOURCES

# The text at https://www.apache.org/licenses/LICENSE-2.0.txt.
APACHE_2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"


@pytest.fixture(scope="module")
def project(repository: Path) -> dict[str, Any]:
    """pyproject.toml."""
    return tomllib.loads((repository / "pyproject.toml").read_text())


def lines(path: Path) -> list[str]:
    return [line for line in path.read_text().splitlines() if line and not line.startswith("#")]


def test_requirements_are_the_core_dependencies(repository: Path, project: dict[str, Any]) -> None:
    listed = {str(Requirement(line)) for line in lines(repository / "requirements.txt")}
    assert listed == {str(Requirement(line)) for line in project["project"]["dependencies"]}


def test_every_core_dependency_is_one_that_the_package_imports(repository: Path, project: dict[str, Any]) -> None:
    imported = set()
    for path in (repository / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                imported |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported.add(node.module.split(".")[0])
    unused = []
    for name in (Requirement(line).name for line in project["project"]["dependencies"]):
        files = metadata.files(name) or []
        modules = {inspect.getmodulename(file.name) if len(file.parts) == 1 else file.parts[0] for file in files}
        if not modules & imported:
            unused.append(name)
    assert unused == ["python-multipart"]  # what FastAPI reads forms with


def test_torch_is_no_core_dependency_and_no_test_dependency(project: dict[str, Any]) -> None:
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert not {"torch", "torchvision", "diffusers", "gsplat"} & {Requirement(line).name for line in wanted}


def test_cuda_requirements_are_the_models_extra_from_one_cuda_index(repository: Path, project: dict[str, Any]) -> None:
    index, *listed = lines(repository / "requirements-cuda.txt")
    cuda = re.fullmatch(r"--extra-index-url https://download\.pytorch\.org/whl/(cu\d+)", index)
    assert cuda is not None
    cuda_requirements = {r.name: r for r in map(Requirement, listed)}
    extra = {r.name: r for r in map(Requirement, project["project"]["optional-dependencies"]["models"])}
    assert cuda_requirements.keys() == extra.keys()
    (pin,) = cuda_requirements.pop("torch").specifier
    assert pin.operator == "=="
    assert pin.version.endswith(f"+{cuda[1]}")
    assert extra.pop("torch").specifier.contains(pin.version)
    assert cuda_requirements == extra


def test_the_models_requirements_are_those_of_cuda_without_its_index(repository: Path) -> None:
    _, *cuda = lines(repository / "requirements-cuda.txt")
    assert lines(repository / "requirements-models.txt") == [re.sub(r"\+cu\d+$", "", line) for line in cuda]


def test_the_licence_is_apache_2(repository: Path, project: dict[str, Any]) -> None:
    assert hashlib.sha256((repository / "LICENSE").read_bytes()).hexdigest() == APACHE_2
    assert project["project"]["license"] == "Apache-2.0"


def test_the_version_stands_in_the_changelog(repository: Path, project: dict[str, Any]) -> None:
    changelog = (repository / "CHANGELOG.md").read_text()
    assert re.search(rf"^## \[(Unreleased|{re.escape(project['project']['version'])})\]", changelog, re.MULTILINE)


def test_a_wheel_carries_the_pages_the_types_and_the_licence(repository: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(repository / name, tree)
    shutil.copytree(repository / "src", tree / "src", ignore=shutil.ignore_patterns("static", "__pycache__"))
    page = tree / "src/lucida/web/static/index.html"
    page.parent.mkdir()
    page.write_text("<!doctype html>")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert {"lucida/web/static/index.html", "lucida/py.typed", "lucida/jobs/migrations/0001_initial.py"} <= set(names)
    assert any(name.endswith("/licenses/LICENSE") for name in names)
    assert not [name for name in names if name.startswith(("tests/", "web/"))]


def test_both_start_scripts_ask_for_the_python_that_the_package_needs(
    repository: Path, project: dict[str, Any]
) -> None:
    needed = re.fullmatch(r">=(\d+)\.(\d+)", project["project"]["requires-python"])
    assert needed is not None
    major, minor = needed.groups()
    for name in ("start.sh", "start.ps1"):
        script = (repository / name).read_text()
        assert f"sys.version_info < ({major}, {minor})" in script
        assert f"Lucida needs Python {major}.{minor} or newer" in script


def test_compose_names_settings_that_exist_and_keeps_its_secrets_out(repository: Path) -> None:
    compose = yaml.safe_load((repository / "compose.yaml").read_text())
    services = compose["services"]
    known = {name for field in Settings.model_fields for name in setting_variables(field)}
    ours = {name: service for name, service in services.items() if service["image"].startswith("lucida")}
    assert set(ours) == {"prepare", "web", "worker", "worker-gpu"}
    for service in ours.values():
        assert set(service["environment"]) <= known
        for name in ("LUCIDA_SECRET_KEY", "LUCIDA_DATABASE_URL", "LUCIDA_S3_SECRET_KEY"):
            assert ":?" in service["environment"][name]  # compose refuses to start without it
    queues = [service["command"][2] for name, service in ours.items() if name.startswith("worker")]
    assert sorted(",".join(queues).split(",")) == sorted(RESOURCES)
    assert services["web"]["ports"] == ["127.0.0.1:8000:8000"]
    unset = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIDA_", "POSTGRES_"))}
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("compose.yaml was only read: no docker-compose is installed to check it")
    secrets = {"LUCIDA_SECRET_KEY": "a", "LUCIDA_S3_SECRET_KEY": "b", "POSTGRES_PASSWORD": "c"}
    for variables, works in ((secrets, True), ({}, False)):
        told = subprocess.run(
            [program, "config", "-q"], cwd=repository, env={**unset, **variables}, capture_output=True
        )
        assert (told.returncode == 0) is works, told.stderr


def test_the_image_asks_for_its_health_at_the_port_it_serves(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (repository / "Dockerfile").read_text().replace("\\\n", " ")
    told = re.search(r"^HEALTHCHECK.* CMD (\[.*\])$", text, re.MULTILINE)
    assert told is not None
    python, *arguments = json.loads(re.sub(r" +", " ", told[1]))
    assert python == ".venv/bin/python"
    with listening(JSONResponse({"status": "ok"})) as address:
        port = address.rpartition(":")[2]
        for name in ("LUCIDA_PORT", "API_PORT", "PORT"):
            with monkeypatch.context() as patch:
                patch.setenv(name, port)
                asked = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
                assert asked.returncode == 0, asked.stderr
    monkeypatch.setenv("LUCIDA_PORT", port)
    assert subprocess.run([sys.executable, *arguments], capture_output=True, check=False).returncode == 1
