"""Photos that came from others are decoded in a child process, with limits on its memory, time and files.

Each once before a job is accepted, and again for the job, which gets the pixels. `PhotoCheck` is the parent's side; the
module's `main` is the child: a request per line in, an answer per line out, and behind it the pixels where they were
asked for.
"""

from __future__ import annotations

import atexit
import functools
import json
import logging
import os
import signal
import subprocess
import sys
import threading
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar, cast

import anyio
import anyio.to_thread

from lucida.config import get_settings
from lucida.errors import BadPhoto, LucidaError, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat

if TYPE_CHECKING:
    from lucida.imaging.decode import Coded

log = logging.getLogger("lucida.storage")

Found = TypeVar("Found")

# A 120-megapixel HEIC takes 5 s and 1.5 GB on two slow cores; libraries reserve another 1.3 GB of addresses.
_SECONDS = 30.0
_SECONDS_FOR_JOBS = 120.0  # what was accepted must not fail because other jobs keep the machine busy
_MEMORY_BYTES = 6 << 30
_FILES = 64
# Behind the server, which answers others meanwhile, and before workers: somebody waits for an answer.
_NICENESS = 5
_LONGEST_ANSWER = 1 << 20


@dataclass(frozen=True)
class CheckedPhoto:
    """What the check found: the format by content, the size upright, and whether some of it is transparent."""

    format: str
    width: int
    height: int
    transparent: bool = False


@functools.cache
def _decoder() -> PhotoCheck:
    decoder = PhotoCheck(seconds=_SECONDS_FOR_JOBS)
    atexit.register(decoder.close)
    return decoder


def decode_apart(path: Path, max_megapixels: float | None = None) -> Coded:
    """What `lucida.imaging.decode.decode` makes of a file that somebody sent, decoded in the child.

    Raises what that raises, and `BadPhoto` where the child does not survive it.
    """
    return _decoder().decode(path, max_megapixels)


class PhotoCheck:
    """A decoder that stands by; one photo at a time, replaced when a photo kills it."""

    def __init__(self, seconds: float = _SECONDS) -> None:
        self._seconds = seconds
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._turn = anyio.CapacityLimiter(1)

    async def in_turn(self, path: Path, param: str = "file", max_megapixels: float | None = None) -> CheckedPhoto:
        """The same from async code: those that wait hold none of the threads that everything else needs."""
        return await anyio.to_thread.run_sync(self, path, param, max_megapixels, limiter=self._turn)

    def __call__(self, path: Path, param: str = "file", max_megapixels: float | None = None) -> CheckedPhoto:
        """What the photo is; BadPhoto, or what is below it, where it cannot be read: errors name the field `param`.

        More than `LUCIDA_MAX_PHOTO_MEGAPIXELS`, or than are said, are not decoded.
        """

        def checked(answer: Mapping[str, Any], answers: BinaryIO) -> CheckedPhoto:
            size = int(answer["width"]), int(answer["height"])
            return CheckedPhoto(str(answer["format"]), *size, bool(answer["transparent"]))

        most = max_megapixels or get_settings().max_photo_megapixels
        return self._ask({"path": str(path), "max_megapixels": most}, checked, param)

    def decode(self, path: Path, max_megapixels: float | None = None) -> Coded:
        """The photo itself; raises as the check does."""
        from lucida.imaging.coded_wire import read_coded

        most = max_megapixels or get_settings().max_photo_megapixels
        request = {"path": str(path), "max_megapixels": most, "pixels": True}
        return self._ask(request, lambda answer, answers: read_coded(answer, answers, most))

    def start(self) -> None:
        """Have the decoder ready before the first photo comes."""
        with self._lock:
            self._standing_by()

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _ask(
        self, request: Mapping[str, Any], read: Callable[[Mapping[str, Any], BinaryIO], Found], param: str | None = None
    ) -> Found:
        """What `read` makes of the answer, and of what follows it; raises the child's refusal."""
        with self._lock:
            child = self._standing_by()
            requests, answers = cast(BinaryIO, child.stdin), cast(BinaryIO, child.stdout)  # both are pipes
            overdue = threading.Timer(self._seconds, child.kill)
            overdue.start()
            try:
                requests.write(json.dumps(request).encode() + b"\n")
                requests.flush()
                answer = json.loads(answers.readline(_LONGEST_ANSWER))
                if "refused" not in answer:
                    return read(answer, answers)
                refusal = str(answer["refused"]), str(answer["message"])
            except (BrokenPipeError, ValueError, LookupError, TypeError):  # it is gone, or no longer itself
                self._end()
                log.warning("the photo check ended over a photo with %s", child.returncode)
                refusal = BadPhoto.code, "The photo takes more than its share to decode; send another one."
            finally:
                overdue.cancel()
        known = {error.code: error for error in (BadPhoto, PhotoTooLarge, TruncatedPhoto, UnsupportedFormat)}
        raise known.get(refusal[0], BadPhoto)(refusal[1], param=param)

    def _standing_by(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self._end()
            self._child = subprocess.Popen(
                [sys.executable, "-m", "lucida.storage.photo_check"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
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


def _answer(request: Mapping[str, Any], answers: BinaryIO) -> None:
    from lucida.imaging.coded_wire import write_coded
    from lucida.imaging.decode import decode

    def say(**told: Any) -> None:
        answers.write(json.dumps(told).encode() + b"\n")

    try:
        coded = decode(Path(request["path"]).read_bytes(), request["max_megapixels"])
    except LucidaError as error:
        say(refused=error.code, message=error.message)
        return
    if request.get("pixels"):
        write_coded(coded, answers)
        return
    height, width = coded.code.shape[:2]
    transparent = coded.alpha is not None and bool(coded.alpha.min() < coded.top / 2)
    say(format=coded.format, width=width, height=height, transparent=transparent)


def main() -> None:
    """Answer until standard input ends."""
    # A Ctrl-C on the terminal reaches the whole group; the server ends us.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform != "win32":
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # nobody waits for the rest of a picture
    warnings.simplefilter("ignore")  # Pillow has one for each odd tag of a photo, and a photo may have thousands
    import lucida.imaging.coded_wire  # noqa: F401  loads its libraries before files are forbidden

    # What a library prints must not be taken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    _limit_ourselves()
    for line in sys.stdin:
        _answer(json.loads(line), answers)
        answers.flush()


if __name__ == "__main__":
    main()
