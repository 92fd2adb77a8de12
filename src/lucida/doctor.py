"""What `lucida doctor` looks at."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lucida.config import get_settings
from lucida.errors import LucidaError

# A panorama with its previews and its upload, a few times over.
_FREE_BYTES = 2 << 30
_CUDA_SECONDS = 20


@dataclass(frozen=True)
class Finding:
    """One thing looked at, what was found, and whether Lucida can work with it."""

    what: str
    ok: bool
    found: str


def _python() -> Finding:
    ok = sys.version_info >= (3, 11)
    return Finding("Python", ok, f"{platform.python_version()}{'' if ok else '; 3.11 or newer is needed'}")


def _machine() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("Machine", True, f"{platform.system()} {platform.machine()}, {cores} cores")


def _kernels() -> Finding:
    from numba.core import config

    from lucida.imaging import kernels

    cache = Path(getattr(config, "CACHE_DIR", None) or "")
    compiled = sum(1 for _ in cache.rglob("*.nbc")) if cache.is_dir() else 0
    if not compiled:
        return Finding("Kernels", False, "not compiled; ./start.sh compiles them, and so does the first job, slowly")
    return Finding("Kernels", True, f"{compiled} compiled in {cache}, threading layer {kernels.THREADING_LAYER}")


def _pages() -> Finding:
    from lucida.web import is_built

    return Finding("Pages", is_built(), "built" if is_built() else "not built; run ./start.sh")


def _data_folder() -> list[Finding]:
    folder = get_settings().data_dir.expanduser().resolve()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            free = shutil.disk_usage(folder).free
    except OSError as error:
        return [Finding("Data folder", False, f"{folder} cannot be written: {error.strerror}")]
    room = f"{free / 1e9:.1f} GB free"
    enough = free >= _FREE_BYTES
    return [
        Finding("Data folder", True, str(folder)),
        Finding("Disk", enough, room if enough else f"{room}; {_FREE_BYTES / 1e9:.0f} GB are needed"),
    ]


def _database() -> Finding:
    from lucida import database

    try:
        database.setup()
        waiting = database.closing_connections(database.unapplied_migrations)()
    except LucidaError as error:
        return Finding("Database", False, error.message)
    if waiting:
        return Finding(
            "Database", False, f"lacks {len(waiting)} migrations; lucida serve or lucida migrate applies them"
        )
    return Finding("Database", True, "up to date")


def _storage() -> Finding:
    from lucida.storage import get_storage

    if get_settings().storage == "local":
        return Finding("Storage", True, "the data folder")
    try:
        get_storage().check()
    except LucidaError as error:
        return Finding("Storage", False, error.message)
    return Finding("Storage", True, f"S3 at {get_settings().s3_endpoint or 'Amazon'}, every bucket is there")


def _cuda() -> Finding:
    """A driver that answers; that nvidia-smi exists says nothing."""
    program = shutil.which("nvidia-smi")
    if program is None:
        return Finding("CUDA", True, "no NVIDIA driver; everything runs on the processor")
    command = [program, "--query-gpu=name,memory.total", "--format=csv,noheader"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_CUDA_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("CUDA", True, f"nvidia-smi does not answer ({type(error).__name__}); the processor is used")
    if told.returncode != 0:
        return Finding("CUDA", True, f"nvidia-smi fails with {told.returncode}; the processor is used")
    return Finding("CUDA", True, "; ".join(told.stdout.strip().splitlines()) or "no GPU listed")


def _painter() -> Finding:
    from lucida.engines.painter import choose_painter

    try:
        choice = choose_painter(get_settings().painter)
    except LucidaError as error:
        return Finding("Painter", False, error.message)
    return Finding("Painter", True, f"{choice.name} ({choice.licence}): {choice.reason}")


def examine() -> list[Finding]:
    """Everything, in the order a person would fix it."""
    return [
        _python(),
        _machine(),
        _kernels(),
        _pages(),
        *_data_folder(),
        _database(),
        _storage(),
        _cuda(),
        _painter(),
    ]
