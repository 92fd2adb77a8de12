"""Uploads are decoded once in a child process, with limits on its memory, time and files, before a job is accepted.

`PhotoCheck` is the parent's side; the module's `main` is the child: a path per line in, an answer per line out.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO, cast

import anyio
import anyio.to_thread

from lucida.config import get_settings
from lucida.errors import BadPhoto, LucidaError, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat

log = logging.getLogger("lucida.storage")

# A 120-megapixel HEIC takes 5 s and 1.5 GB on two slow cores; libraries reserve another 1.3 GB of addresses.
_SECONDS = 30.0
_MEMORY_BYTES = 6 << 30
_FILES = 64
# Behind the server, which answers others meanwhile, and before workers: somebody waits for an answer.
_NICENESS = 5


@dataclass(frozen=True)
class CheckedPhoto:
    """What the check found: the format by content, the size upright, and whether some of it is transparent."""

    format: str
    width: int
    height: int
    transparent: bool = False


class PhotoCheck:
    """A decoder that stands by; one photo at a time, replaced when a photo kills it."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._child: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()
        self._turns = anyio.CapacityLimiter(1)

    def __call__(self, path: Path, param: str = "file", max_megapixels: float | None = None) -> CheckedPhoto:
        """What the photo is; BadPhoto, or what is below it, where it cannot be read: errors name the field `param`.

        More than `LUCIDA_MAX_PHOTO_MEGAPIXELS`, or than are said, are not decoded.
        """
        request = {"path": str(path), "max_megapixels": max_megapixels or get_settings().max_photo_megapixels}
        with self._lock:
            answer = self._ask(json.dumps(request))
        if "code" in answer:
            known = {error.code: error for error in (BadPhoto, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat)}
            raise known.get(answer["code"], BadPhoto)(answer["message"], param=param)
        return CheckedPhoto(answer["format"], answer["width"], answer["height"], answer["transparent"])

    async def asked(self, path: Path, param: str = "file", max_megapixels: float | None = None) -> CheckedPhoto:
        """The same from async code; whoever waits for the decoder keeps no thread from other requests."""
        return await anyio.to_thread.run_sync(self, path, param, max_megapixels, limiter=self._turns)

    def start(self) -> None:
        """Have the decoder ready before the first photo comes."""
        with self._lock:
            self._standing_by()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _ask(self, line: str) -> dict[str, Any]:
        child = self._standing_by()
        requests, answers = cast(TextIO, child.stdin), cast(TextIO, child.stdout)  # both are pipes
        overdue = threading.Timer(self._seconds, child.kill)
        overdue.start()
        try:
            requests.write(line + "\n")
            requests.flush()
            answer = answers.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            overdue.cancel()
        if answer:
            found: dict[str, Any] = json.loads(answer)
            return found
        self._end()
        log.warning("the photo check ended over a photo with %s", child.returncode)
        return {"code": BadPhoto.code, "message": "The photo takes more than its share to decode; send another one."}

    def _standing_by(self) -> subprocess.Popen[str]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "lucida.storage.photo_check"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=_bare_environment(),
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    try:
                        pipe.close()
                    except BrokenPipeError:
                        log.debug("the photo check was gone before its pipe")


def _bare_environment() -> dict[str, str]:
    """Nothing of ours: a photo that took the decoder over would find no keys in it."""
    kept = ("PATH", "SYSTEMROOT", "PYTHONPATH", "LD_LIBRARY_PATH", "NUMBA_CACHE_DIR")
    return {name: os.environ[name] for name in kept if name in os.environ} | {
        "OMP_NUM_THREADS": "1",
        "LC_ALL": "C.UTF-8",
    }


def _limit_ourselves() -> None:
    if sys.platform == "win32":  # no such limits there; the parent's clock still holds
        return
    import resource

    os.nice(_NICENESS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FILES, _FILES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _check(path: Path, max_megapixels: float) -> dict[str, Any]:
    from lucida.imaging.decode import decode

    try:
        coded = decode(path.read_bytes(), max_megapixels)
    except LucidaError as error:
        return {"code": error.code, "message": error.message}
    height, width = coded.code.shape[:2]
    transparent = coded.alpha is not None and bool(coded.alpha.min() < coded.top / 2)
    return {"format": coded.format, "width": width, "height": height, "transparent": transparent}


def main() -> None:
    """Answer until standard input ends."""
    # A Ctrl-C on the terminal reaches the whole group; the server ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import lucida.imaging.decode  # noqa: F401  loads its libraries before files are forbidden

    _limit_ourselves()
    for line in sys.stdin:
        request = json.loads(line)
        sys.stdout.write(json.dumps(_check(Path(request["path"]), request["max_megapixels"])) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
