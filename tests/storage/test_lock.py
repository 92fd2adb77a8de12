from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from lucida.storage.lock import lock_is_held, locked, take_lock, try_lock

HOLD = """
import sys, time
from pathlib import Path
from lucida.storage.lock import take_lock
held = take_lock(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_a_lock_falls_with_its_process_however_that_ends(tmp_path: Path) -> None:
    path = tmp_path / "locks" / "worker.lock"
    assert lock_is_held(path) is None
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"held\n"
        assert lock_is_held(path) is True
        assert try_lock(path) is None
        child.kill()
        child.wait()
        assert lock_is_held(path) is False


def test_one_waits_for_the_other(tmp_path: Path) -> None:
    path = tmp_path / "migrate.lock"
    order: list[str] = []
    descriptor = take_lock(path)

    def second() -> None:
        with locked(path):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    order.append("first")
    os.close(descriptor)
    thread.join()
    assert order == ["first", "second"]
