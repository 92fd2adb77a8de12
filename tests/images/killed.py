"""Keeps or removes pictures in a process of its own that is killed by SIGKILL: `python killed.py keep|remove`.

At the first step, then at the second, and so on, until once nothing is left to be killed at. A step is whatever
changes a file or asks the database something. After each kill it is looked at what is there.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from lucida import database

STEPS = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree"}


def kill_at(step: int) -> Callable[..., Any]:
    """Have this process killed at a step; returns what has to be told of each query."""
    left = step

    def count() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS:
            count()

    def query(execute: Callable[..., Any], *arguments: Any) -> Any:
        count()
        return execute(*arguments)

    sys.addaudithook(hear)
    return query


def main(action: str) -> int:
    """How often it was killed before it came to its end."""
    database.setup()
    database.migrate()
    from django.db import connection, connections

    from lucida.accounts.owner import local_user
    from lucida.images.keeping import keep, remove
    from lucida.images.models import GeneratedImage
    from lucida.jobs.sweeper import sweep
    from lucida.storage import get_storage

    picture = np.zeros((64, 64, 3), np.uint8)
    told = {"prompt": "a lake", "negative_prompt": "", "model": "draft", "parameters": {"seed": 1}}

    def kept() -> GeneratedImage:
        return keep(local_user(), picture, generation_time=1.0, **told)  # type: ignore[arg-type]  # as named

    def known() -> set[str]:
        return {key for row in GeneratedImage.objects.values_list("image", "thumbnail") for key in row}

    kept()
    for step in range(1000):
        image = kept() if action == "remove" else None
        connections.close_all()
        if connection.vendor == "postgresql":
            connection.close_pool()  # the child must not speak on what its parent keeps open
        child = os.fork()
        if not child:
            connection.ensure_connection()
            with connection.execute_wrapper(kill_at(step)):
                remove(image) if image is not None else kept()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        there = set(get_storage().keys())
        assert known() <= there, f"a row without its files, killed at step {step}"
        long_ago = time.time() - 7200
        for key in there:
            os.utime(get_storage().path(key), (long_ago, long_ago))
        sweep()
        assert set(get_storage().keys()) == known(), f"files without their row, killed at step {step}"
        if status == 0:
            return step
        assert os.WTERMSIG(status) == signal.SIGKILL, f"ended with {status}"
    raise AssertionError("it never came to its end")


if __name__ == "__main__":
    print(main(sys.argv[1]))
