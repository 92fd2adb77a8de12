from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

# What stands beside the layers: the package's face, and what Django reads.
BESIDE = {"__init__", "django_settings", "django_urls"}


def test_no_module_imports_against_the_layers(repository: Path) -> None:
    lint = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    told = subprocess.run(lint, cwd=repository, capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


def test_every_part_of_the_package_stands_in_a_layer(repository: Path) -> None:
    package = repository / "src" / "lucida"
    parts = {path.stem for path in package.iterdir() if path.suffix == ".py" or (path / "__init__.py").is_file()}
    contracts = tomllib.loads((repository / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    layers = [layer for contract in contracts for layer in contract.get("layers", [])]
    placed = {name.strip().split(".")[1] for layer in layers for name in layer.replace(":", "|").split("|")}
    assert parts - placed - BESIDE == set()
