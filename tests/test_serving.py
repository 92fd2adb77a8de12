"""What `lucida serve` asks of the operating system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

POOLS = """
import ctypes, threading
from lucida.serving import share_memory
share_memory()
met = threading.Barrier(9)
threads = [threading.Thread(target=lambda: (ctypes.CDLL(None).malloc(100), met.wait())) for _ in range(8)]
for thread in threads:
    thread.start()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
met.wait()
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has a pool of memory for each thread")
def test_threads_share_what_others_have_freed() -> None:
    told = subprocess.run([sys.executable, "-c", POOLS], capture_output=True, text=True, check=True).stdout
    assert 1 <= told.count("<heap nr=") <= 2
