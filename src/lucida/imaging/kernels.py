"""Compiled loops: how numba is set up, once, for everybody.

Kernels release the GIL and are kept on disk, so only the first start after an installation compiles them. Work over
rows is best spread with `in_bands`, which needs no OpenMP and may be called from several threads at once; numba's own
`prange` (`parallel_jit`) is for loops that cannot be cut into bands from outside.
"""

from __future__ import annotations

import hashlib
import importlib
import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, TypeVar, cast

import platformdirs

# Idle OpenMP threads sleep instead of spinning: the machine is shared with other workers, the server and the browser.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numba

Function = TypeVar("Function", bound=Callable[..., Any])

# Sums may be reordered and multiplications contracted, so that loops vectorise; NaN and infinity keep their meaning.
FAST = {"reassoc", "contract", "arcp", "nsz"}
PIPELINES = (
    "lucida.hdri.pipeline",
    "lucida.engines.painter.draft",
    "lucida.engines.painter.scene.draft",
    "lucida.engines.painter.completion",
    "lucida.engines.depth.draft",
    "lucida.engines.segmentation.draft",
    "lucida.pointcloud.cloud",
    "lucida.gaussians.training",
    "lucida.gaussians.surface",
)

HALVES = PIPELINES[:7], PIPELINES[7:]
"""What two processes may compile at the same time; each takes about as long."""

_warm_ups: deque[Callable[[], None]] = deque()


def _threading_layer() -> str:
    """The first of numba's layers that several threads may use at once; `none` where only workqueue is there."""
    for layer, module in (("tbb", "tbbpool"), ("omp", "omppool")):
        try:
            importlib.import_module(f"numba.np.ufunc.{module}")
        except ImportError:
            continue
        return layer
    return "none"


def _writable_folder(wanted: Path) -> Path:
    try:
        wanted.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=wanted):
            return wanted
    except OSError:
        return Path(tempfile.mkdtemp(prefix="lucida-kernels-"))


def _fingerprint() -> str:
    """Changes when a kernel that kernels in other files call changes: numba looks only at the caller's own file."""
    digest = hashlib.sha256()
    package = Path(__file__).parent.parent
    for path in sorted(
        found for part in ("imaging", "geometry", "engines", "gaussians") for found in package.glob(f"{part}/**/*.py")
    ):
        source = path.read_bytes()
        if b"lucida.imaging.kernels import" in source:
            digest.update(source)
    return digest.hexdigest()[:12]


_config: Any = numba.config
THREADING_LAYER = _threading_layer()
if THREADING_LAYER != "none" and "NUMBA_THREADING_LAYER" not in os.environ:
    _config.THREADING_LAYER = THREADING_LAYER
if not _config.CACHE_DIR:
    # One folder per layer: numba's own key does not tell parallel from sequential code.
    _caches = Path(platformdirs.user_cache_dir("lucida", appauthor=False)) / "kernels"
    _config.CACHE_DIR = str(_writable_folder(_caches / f"{THREADING_LAYER}-{_fingerprint()}"))


def _compiled(function: Function, parallel: bool = False, exact: bool = False) -> Function:
    options: dict[str, Any] = {
        "cache": True,
        "nogil": True,
        "error_model": "numpy",
        "fastmath": False if exact else FAST,
    }
    return cast(Function, numba.njit(parallel=parallel, **options)(function))


def jit(function: Function) -> Function:
    """Compile a loop for one thread: kept on disk, without the GIL, with the reorderings of `FAST`."""
    return _compiled(function)


def parallel_jit(function: Function) -> Function:
    """As `jit`, with `prange` over all cores where a thread-safe layer exists, else over one."""
    return _compiled(function, parallel=THREADING_LAYER != "none")


def exact_jit(function: Function) -> Function:
    """As `jit`, in the order that is written: what two loops work out is the same to the last bit."""
    return _compiled(function, exact=True)


def exact_parallel_jit(function: Function) -> Function:
    """As `parallel_jit`, in the order that is written."""
    return _compiled(function, parallel=THREADING_LAYER != "none", exact=True)


def cores() -> int:
    """How many threads a kernel may use: `NUMBA_NUM_THREADS`, else the CPUs this process may run on."""
    return int(_config.NUMBA_NUM_THREADS)


def bands(rows: int, height: int) -> Iterator[slice]:
    """Slices of at most `height` rows that cover `rows`."""
    for top in range(0, rows, height):
        yield slice(top, min(top + height, rows))


def in_bands(
    work: Callable[[slice], None],
    rows: int,
    height: int = 64,
    finished: Callable[[float], None] | None = None,
) -> None:
    """Run `work` over bands of rows on all cores; `finished` hears the fraction done, in the caller's thread.

    What `work` or `finished` raises stops the bands that have not begun and is raised again.
    """
    waiting = list(bands(rows, height))
    threads = min(cores(), len(waiting))
    if threads <= 1:
        for done, band in enumerate(waiting, start=1):
            work(band)
            if finished is not None:
                finished(done / len(waiting))
        return
    pool = ThreadPoolExecutor(threads, thread_name_prefix="bands")
    try:
        pending = {pool.submit(work, band) for band in waiting}
        while pending:
            over, pending = wait(pending, return_when=FIRST_COMPLETED)
            for future in over:
                future.result()
            if finished is not None:
                finished(1 - len(pending) / len(waiting))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def warm_up(function: Callable[[], None]) -> Callable[[], None]:
    """Register a function that calls a module's kernels once with tiny arrays of the types used in earnest."""
    _warm_ups.append(function)
    return function


_compiling = threading.Lock()


def compile_kernels(*modules: str) -> int:
    """Import `modules` (default: every pipeline and painter) and run the warm-ups they bring; how many were run.

    Set-up calls this, so that the first job is as fast as the second. What has run in this process is not run again.
    """
    for module in modules or PIPELINES:
        importlib.import_module(module)
    run = 0
    with _compiling:
        while _warm_ups:
            _warm_ups[0]()
            _warm_ups.popleft()
            run += 1
    return run
