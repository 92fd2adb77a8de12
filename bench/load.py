"""Many who listen, ask and upload while jobs run: `python bench/load.py [--minutes 10]`.

Starts `lucida serve` with one worker on a folder of its own. While panoramas are made one after the other, 200
WebSockets listen to the one that runs, each event counted, and its status is asked for 50 times a second, due or not.
Then 50 photos are uploaded at once. Prints what the web process took, and what of it is as wanted; status 1 where
something is not. What else the machine does is in the table: it had better be nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import psutil
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from crowd import Answer, Asked, Caller, Heard, Parts, ask_steadily, listen, quantile

MB = 1e6
STATUS_SECONDS, FLAT_MB_A_MINUTE, UPLOADS_MB = 0.25, 1.0, 600.0
LEAVERS = 10  # one listener in so many goes in the middle of each job and comes back
STARTING = 0.1  # share of the run, a minute at most, before memory is judged
PATIENCE_SECONDS = 1800.0


def camera_photo(width: int, height: int, quality: int, seed: int = 0) -> bytes:
    """A landscape with a sensor's noise, as a JPEG."""
    rng = np.random.default_rng(seed)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None, None]
    colours = np.where(rows < 0.5, np.float32([110, 150, 210]) + 60 * rows, np.float32([90, 95, 50]))
    noise = np.roll(rng.normal(0, 9, (1 << 16) + 1).astype(np.float32), seed)
    noise = np.resize(noise, height * width).reshape(height, width, 1)
    file = io.BytesIO()
    Image.fromarray(np.clip(colours + noise, 0, 255).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return file.getvalue()


def with_comment(photo: bytes, number: int) -> Parts:
    """The same picture as another file, in parts so that the large part is there once."""
    comment = f"number {number:06d}".encode()
    start = photo[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
    return start, memoryview(photo)[2:]


@dataclass
class Watch:
    """The server's processes, seen from outside."""

    web: psutil.Process
    began: float = field(default_factory=time.monotonic)
    rss: list[tuple[float, float]] = field(default_factory=list)  # seconds, MB
    pss: list[tuple[float, float]] = field(default_factory=list)
    decoders: int = 0
    decoder_mb: float = 0.0
    most_decoders_mb: float = 0.0

    def children(self, module: str) -> list[psutil.Process]:
        """The web process's children that run a module."""
        found = []
        for child in self.web.children():
            with suppress(psutil.NoSuchProcess):
                if module in child.cmdline():
                    found.append(child)
        return found

    async def run(self, every: float) -> None:
        """Look until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(every)

    def look(self) -> None:
        now = time.monotonic() - self.began
        self.rss.append((now, self.web.memory_info().rss / MB))
        if not self.pss or now - self.pss[-1][0] > 10:  # the kernel walks every page for it
            self.pss.append((now, self.web.memory_full_info().pss / MB))
        sizes = []
        for child in self.children("lucida.storage.photo_check"):
            with suppress(psutil.NoSuchProcess):
                sizes.append(child.memory_info().rss / MB)
        self.decoders = max(self.decoders, len(sizes))
        self.decoder_mb = max([self.decoder_mb, *sizes])
        self.most_decoders_mb = max(self.most_decoders_mb, sum(sizes))

    def forget_peak(self) -> None:
        """Let the kernel count the web process's peak anew, where it lets us."""
        with suppress(OSError):
            Path(f"/proc/{self.web.pid}/clear_refs").write_text("5")

    def peak_mb(self) -> float:
        """The most memory the web process has had since, to the page where the kernel counts it."""
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{self.web.pid}/status").read_text())
            if found:
                return int(found[1]) * 1024 / MB
        return max(size for _, size in self.rss)


@dataclass
class Shares:
    """Who has had how much of a core, from one moment on."""

    watch: Watch
    began: float = field(default_factory=time.monotonic)
    before: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.before = self._seconds()

    def _seconds(self) -> dict[str, float]:
        def spent(processes: list[psutil.Process]) -> float:
            return sum(sum(process.cpu_times()[:2]) for process in processes)

        machine = psutil.cpu_times()
        return {
            "web process": spent([self.watch.web]),
            "workers": spent(self.watch.children("lucida.jobs.worker")),
            "decoder": spent(self.watch.children("lucida.storage.photo_check")),
            "this load": time.process_time(),
            "machine": sum(machine) - machine.idle - getattr(machine, "iowait", 0.0) - machine.guest,
        }

    def read(self) -> dict[str, float]:
        """Shares of one core, and what others had."""
        passed = time.monotonic() - self.began
        shares = {name: (now - self.before[name]) / passed for name, now in self._seconds().items()}
        machine = shares.pop("machine")
        return {**shares, "everybody else": max(0.0, machine - sum(shares.values()))}


def slope(samples: list[tuple[float, float]]) -> float:
    """MB a minute, by least squares."""
    if len(samples) < 2:
        return 0.0
    seconds, sizes = np.array(samples).T
    return float(np.polyfit(seconds / 60, sizes, 1)[0])


@contextmanager
def server(data: Path) -> Iterator[tuple[str, psutil.Process]]:
    """`lucida serve` with its worker: where it answers, and its process.

    In the session of this load, for where Linux groups processes by session only its members make way for each other.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LUCIDA_", "DJANGO_"))}
    log = data / "log"
    with log.open("wb") as told:
        command = [sys.executable, "-m", "lucida.cli", "serve", "--port", "0", "--workers", "1"]
        process = subprocess.Popen(
            command, env={**kept, "LUCIDA_DATA_DIR": str(data)}, cwd=data, stderr=told, stdout=told
        )
    try:
        while not (found := re.search(r"Lucida serves (http\S+)", log.read_text())):
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        while log.read_text().count("is ready") < 1:
            time.sleep(0.1)
        yield found[1], psutil.Process(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


@dataclass
class Listened:
    """What all listeners heard of all jobs."""

    jobs: int = 0
    events: int = 0
    missed: int = 0
    returned: int = 0
    cut_off: int = 0
    ended: Counter[str] = field(default_factory=Counter)


def accepted(answer: Answer) -> str:
    assert answer.status == 200, answer.body
    return str(answer.said["job_id"])


async def under_load(
    address: str, watch: Watch, *, minutes: float, listeners: int, rate: float, photo: bytes, width: int
) -> tuple[Listened, Asked]:
    """Jobs one after the other, all listeners on the one that runs."""
    caller, listened, asked = Caller(address), Listened(), Asked()

    async def submit(number: int) -> str:
        return accepted(await caller.upload(with_comment(photo, number), width=str(width), engine="draft"))

    async def hear(job_id: str) -> None:
        heard: list[Heard] = await asyncio.gather(
            *(listen(address, job_id, leave_after=None if n % LEAVERS else 4) for n in range(listeners))
        )
        last_seq = (await caller.call("GET", f"/api/jobs/{job_id}")).said["last_seq"]
        assert isinstance(last_seq, int)
        listened.jobs += 1
        for each in heard:
            listened.events += len(each.numbers)
            listened.missed += each.missed(last_seq)
            listened.returned += each.returned
            listened.cut_off += each.cut_off
            listened.ended[each.last] += 1

    async def forget(job_id: str) -> None:
        await asyncio.sleep(1)  # questions about it may be on their way
        await caller.call("DELETE", f"/api/jobs/{job_id}")

    path = [f"/api/status/{(job_id := await submit(0))}"]
    looking = asyncio.create_task(watch.run(1.0))
    asking = asyncio.create_task(ask_steadily(Caller(address), path, rate, asked))
    until = time.monotonic() + 60 * minutes
    number, deleting = 0, None
    while True:
        number += 1
        more = time.monotonic() < until
        # The next one waits while this one runs, so that the worker is never idle.
        following = asyncio.create_task(submit(number)) if more else None
        await hear(job_id)
        if deleting is not None:
            await deleting
        if following is None:
            break
        over, job_id = job_id, await following
        path[0] = f"/api/status/{job_id}"
        deleting = asyncio.create_task(forget(over))
    for task in (asking, looking):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    caller.close()
    return listened, asked


@dataclass
class Uploaded:
    """How uploads were answered, and what became of their jobs."""

    answers: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    jobs: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    unclear: int = 0
    asked: Asked = field(default_factory=Asked)
    shares: dict[str, float] = field(default_factory=dict)
    peak_mb: float = 0.0


async def uploads_at_once(
    address: str, watch: Watch, photos: list[Parts], rate: float, *, to_the_end: bool
) -> Uploaded:
    """All photos at the same time, while a status is asked for; then their jobs, to their ends or called off."""
    uploaded = Uploaded()
    caller = Caller(address)
    first = accepted(await caller.upload(photos[0], width="256", engine="draft"))
    looking = asyncio.create_task(watch.run(0.05))
    asking = asyncio.create_task(ask_steadily(Caller(address), [f"/api/status/{first}"], rate, uploaded.asked))

    async def upload(photo: Parts) -> str | None:
        began = time.monotonic()
        try:
            answer = await Caller(address).upload(photo, width="256", engine="draft")
        except OSError as error:
            uploaded.answers[f"none: {error}"] += 1
            uploaded.unclear += 1
            return None
        uploaded.seconds.append(time.monotonic() - began)
        uploaded.answers[str(answer.said.get("code", answer.status))] += 1
        if answer.status == 200:
            return accepted(answer)
        uploaded.unclear += not (400 <= answer.status < 500 or answer.status == 503) or "code" not in answer.said
        return None

    watch.look()
    watch.forget_peak()
    shares = Shares(watch)
    made = await asyncio.gather(*(upload(photo) for photo in photos))
    uploaded.shares, uploaded.peak_mb = shares.read(), watch.peak_mb()
    for task in (asking, looking):
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    until = time.monotonic() + PATIENCE_SECONDS
    for job_id in filter(None, made):
        while True:
            answer = await caller.call("GET", f"/api/status/{job_id}")
            status = str(answer.said.get("status", answer.status))
            if not to_the_end or status in ("done", "error") or answer.status != 200 or time.monotonic() > until:
                break
            await asyncio.sleep(0.5)
        uploaded.jobs[status] += 1
        uploaded.lost += status != "done" and (to_the_end or status not in ("queued", "processing"))
        if not to_the_end:
            await caller.call("DELETE", f"/api/jobs/{job_id}")
    caller.close()
    return uploaded


class Report:
    """A table, and whether all in it is as wanted."""

    def __init__(self) -> None:
        self.well = True

    def head(self, title: str) -> None:
        print(f"\n| {title} | | wanted | |\n|---|---|---|---|", flush=True)

    def row(self, name: str, found: str, wanted: str = "", well: bool | None = None) -> None:
        """A figure and, where it is judged, how."""
        self.well &= well is not False
        print(
            f"| {name} | {found} | {wanted} | {'' if well is None else 'holds' if well else 'FALLS SHORT'} |",
            flush=True,
        )

    def shares(self, shares: dict[str, float]) -> None:
        for name, share in shares.items():
            self.row(f"core: {name}", f"{share:.0%}")

    def asked(self, asked: Asked, *, judged: bool) -> None:
        p99 = quantile(asked.seconds, 0.99)
        for share in (0.5, 0.95):
            self.row(f"status, {share:.0%}", f"{1e3 * quantile(asked.seconds, share):.0f} ms")
        wanted = f"under {1e3 * STATUS_SECONDS:.0f} ms" if judged else ""
        self.row("status, 99%", f"{1e3 * p99:.0f} ms", wanted, p99 < STATUS_SECONDS if judged else None)
        self.row("status, slowest", f"{1e3 * max(asked.seconds, default=0):.0f} ms")
        self.row("asked; failed", f"{len(asked.seconds)}; {len(asked.failed)}", "none failed", not asked.failed)
        for said, times in Counter(asked.failed).most_common(3):
            self.row("failed", f"{times} times: {said}")
        self.row("asked late by, 99%", f"{1e3 * quantile(asked.late, 0.99):.0f} ms")


def tell_of_load(
    report: Report, listened: Listened, asked: Asked, watch: Watch, shares: dict[str, float], settled: float
) -> None:
    """The rows of the first table; memory from so many seconds on."""
    report.asked(asked, judged=True)
    report.row("jobs; how they ended", f"{listened.jobs}; {dict(listened.ended)}")
    report.row("events sent", f"{listened.events} ({listened.events / watch.rss[-1][0]:.0f}/s)")
    report.row("events missed", f"{listened.missed}", "none", not listened.missed)
    report.row("cut off and came back", f"{listened.cut_off}")
    report.row("left and came back", f"{listened.returned}")
    for name, samples in (("RSS", watch.rss), ("PSS", watch.pss)):
        later = [sample for sample in samples if sample[0] >= settled] or samples[-1:]
        minutes = {int(at // 60): size for at, size in samples}
        grows = slope(later)
        wanted, flat = (f"under {FLAT_MB_A_MINUTE:g}", grows < FLAT_MB_A_MINUTE) if name == "RSS" else ("", None)
        report.row(f"web process, {name}, after {settled:.0f} s; end", f"{later[0][1]:.0f}; {later[-1][1]:.0f} MB")
        report.row(f"{name} at the end of each minute", " ".join(f"{size:.0f}" for size in minutes.values()))
        half = slope(later[len(later) // 2 :])
        report.row(f"{name} grows", f"{grows:+.2f} MB/min; second half {half:+.2f}", wanted, flat)
    report.shares(shares)


def tell_of_uploads(report: Report, uploaded: Uploaded, watch: Watch) -> None:
    """The rows of the second table."""
    peak, seconds = uploaded.peak_mb, uploaded.seconds
    decoders = f"{watch.decoders}; {watch.decoder_mb:.0f}; {watch.most_decoders_mb:.0f} MB"
    report.row("web process before", f"{watch.rss[0][1]:.0f} MB")
    report.row("web process, peak", f"{peak:.0f} MB", f"under {UPLOADS_MB:.0f} MB", peak < UPLOADS_MB)
    report.row("decoders at once; the largest; all", decoders)
    report.row("answers", str(dict(uploaded.answers)), "all clear", not uploaded.unclear)
    report.row("answered after", f"{min(seconds, default=0):.1f} to {max(seconds, default=0):.1f} s")
    report.row("what became of the jobs", str(dict(uploaded.jobs)), "none lost", not uploaded.lost)
    report.asked(uploaded.asked, judged=False)
    report.shares(uploaded.shares)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0, help="of listening and asking; 0 leaves them out")
    parser.add_argument("--listeners", type=int, default=200)
    parser.add_argument("--rate", type=float, default=50.0, help="questions a second")
    parser.add_argument("--uploads", type=int, default=50, help="at once; 0 leaves them out")
    parser.add_argument("--large", action="store_true", help="upload photos of 119 megapixels and some 90 MB instead")
    parser.add_argument("--width", type=int, default=8192, help="of the panoramas that are listened to")
    parser.add_argument("--megapixels", type=float, default=12.0, help="of the photos")
    given = parser.parse_args()
    report = Report()
    height = round((given.megapixels * 1e6 * 3 / 4) ** 0.5)
    width = height * 4 // 3
    photo = camera_photo(width, height, 88)
    with tempfile.TemporaryDirectory(prefix="lucida-load-") as folder, server(Path(folder)) as (address, web):
        watch = Watch(web)
        if given.minutes:
            shares = Shares(watch)
            loading = under_load(
                address,
                watch,
                minutes=given.minutes,
                listeners=given.listeners,
                rate=given.rate,
                photo=photo,
                width=given.width,
            )
            listened, asked = asyncio.run(loading)
            report.head(f"{given.listeners} listeners, {given.rate:g} questions/s, {given.minutes:g} minutes")
            settled = min(60.0, STARTING * 60 * given.minutes)
            tell_of_load(report, listened, asked, watch, shares.read(), settled)
        if given.uploads:
            photos: list[Parts]
            if given.large:
                large = camera_photo(12600, 9450, 99)
                photos = [with_comment(large, number) for number in range(given.uploads)]
            else:
                photos = [[camera_photo(width, height, 88 + seed % 5, seed)] for seed in range(given.uploads)]
            sizes = [sum(map(len, each)) / MB for each in photos]
            watch = Watch(web)
            uploaded = asyncio.run(uploads_at_once(address, watch, photos, given.rate, to_the_end=not given.large))
            report.head(f"{given.uploads} photos of {min(sizes):.1f} to {max(sizes):.1f} MB at once")
            tell_of_uploads(report, uploaded, watch)
    return 0 if report.well else 1


if __name__ == "__main__":
    sys.exit(main())
