from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import numba
import numpy as np
import pytest

from lucida.imaging.kernels import THREADING_LAYER, bands, compile_kernels, in_bands, jit, parallel_jit, warm_up


@jit
def _doubled(values: np.ndarray) -> np.ndarray:
    out = np.empty_like(values)
    for i in range(values.size):
        out[i] = 2 * values[i]
    return out


@parallel_jit
def _summed(values: np.ndarray) -> float:
    total = 0.0
    for i in numba.prange(values.size):
        total += values[i]
    return total


def test_bands_cover_every_row_once() -> None:
    assert [row for band in bands(103, 10) for row in range(band.start, band.stop)] == list(range(103))


def test_work_in_bands_touches_every_row_and_tells_how_far_it_is() -> None:
    rows = np.zeros(1000, np.int64)
    told: list[float] = []

    def work(band: slice) -> None:
        rows[band] += 1

    in_bands(work, 1000, 7, told.append)
    assert (rows == 1).all()
    assert told == sorted(told)
    assert told[-1] == 1.0


def test_an_error_in_a_band_reaches_the_caller() -> None:
    def work(band: slice) -> None:
        if band.start == 30:
            raise ValueError("band 30")

    with pytest.raises(ValueError, match="band 30"):
        in_bands(work, 100, 10)


def test_whoever_watches_can_stop_the_bands_that_have_not_begun() -> None:
    begun: list[int] = []

    def work(band: slice) -> None:
        begun.append(band.start)
        time.sleep(0.001)

    def stop(fraction: float) -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        in_bands(work, 1000, 1, stop)
    assert len(begun) < 1000


def test_parallel_kernels_may_run_in_two_threads_at_once() -> None:
    values = np.arange(200_000, dtype=np.float64)
    sums: list[float] = []
    threads = [threading.Thread(target=lambda: sums.append(_summed(values))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert np.allclose(sums, values.sum())


def test_compiled_code_is_kept_in_a_folder_that_can_be_written() -> None:
    assert _doubled(np.ones(3, np.float32)).tolist() == [2, 2, 2]
    folder = Path(numba.config.CACHE_DIR)
    assert any(folder.rglob("*_doubled*.nbi"))
    assert THREADING_LAYER in {"tbb", "omp", "none"}


def test_a_cache_folder_that_cannot_be_made_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "lucida").write_text("a file where the folder should be")
    run = subprocess.run(
        [sys.executable, "-c", "import lucida.imaging.kernels, numba; print(numba.config.CACHE_DIR)"],
        env={"XDG_CACHE_HOME": str(tmp_path), "HOME": str(tmp_path), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "lucida-kernels-" in run.stdout
    Path(run.stdout.strip()).rmdir()


def test_set_up_runs_every_registered_warm_up_once() -> None:
    ran: list[str] = []

    @warm_up
    def mine() -> None:
        ran.append("mine")

    assert compile_kernels("lucida.imaging.kernels") >= 1
    assert compile_kernels("lucida.imaging.kernels") == 0
    assert ran == ["mine"]
