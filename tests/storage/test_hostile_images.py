"""Files made to hurt, sent to the decoder in its child process and to a whole Lucida."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import psutil
import pytest
from cluster import UNLIMITED, Cluster
from hostile_images import ACCEPTED, Hostile, by_chance, corpus, drawn_up
from waiting import wait_until

from lucida.errors import BadPhoto
from lucida.hdri.exif_utils import sun_position
from lucida.imaging.read import read_photo
from lucida.imaging.screen import read_picture
from lucida.storage.photo_check import CheckedPhoto, PhotoCheck

pytestmark = pytest.mark.slow

MOST_MEMORY = 2 << 30  # bytes of the decoder's: 110 megapixels take 1.7 GB
SERVER_MEMORY = 400 << 20
MOST_SECONDS = 15.0  # of a file, however busy the machine; four of them take more than one
MOST_READ = 4_000_000  # pixels of those that are read as a job reads them


@pytest.fixture(scope="module")
def check() -> Iterator[PhotoCheck]:
    check = PhotoCheck()
    check.start()
    yield check
    check.close()


def peak_memory(process: int) -> dict[str, int]:
    """The most bytes that a process had in memory (`VmHWM`) and addresses for (`VmPeak`)."""
    status = (line.split() for line in (Path("/proc") / str(process) / "status").read_text().splitlines())
    return {words[0][:-1]: int(words[1]) << 10 for words in status if words[0] in ("VmHWM:", "VmPeak:")}


def answer(check: PhotoCheck, path: Path) -> tuple[str, str, CheckedPhoto | None]:
    """What became of the file, the sentence that says so, and what is known of one that was accepted."""
    try:
        return ACCEPTED, "", check(path)
    except BadPhoto as error:
        return error.code, error.message, None


def read_as_jobs_do(check: PhotoCheck, path: Path, checked: CheckedPhoto) -> str:
    """What is wrong with the light or the numbers of a photo that was accepted, if anything is."""
    if checked.width * checked.height > MOST_READ:
        return ""
    coded = check.decode(path)
    photo = read_photo(coded)
    wrong = {
        "size": photo.radiance.shape != (checked.height, checked.width, 3),
        "light": not np.isfinite(photo.radiance).all() or photo.radiance.min() < 0,
        "profile": len(photo.color_profile) > 100,
        "sun": (sun := sun_position(photo.exif)) is not None
        and not np.isfinite((sun.azimuth_deg, sun.altitude_deg)).all(),
        "screen": read_picture(coded).pixels.shape != photo.radiance.shape,
    }
    return ", ".join(name for name, is_wrong in wrong.items() if is_wrong)


def test_every_file_becomes_what_it_should_and_hurts_nobody(check: PhotoCheck, tmp_path: Path) -> None:
    child, mine = check._child, psutil.Process()
    assert child is not None
    process = psutil.Process(child.pid)
    files = corpus()
    assert len({file.name for file in files}) == len(files) > 700
    path = tmp_path / "photo"
    wrong, accepted, before = [], 0, mine.memory_info().rss
    for file in files:
        path.write_bytes(file.content)
        began = time.monotonic()
        became, sentence, checked = answer(check, path)
        seconds = time.monotonic() - began
        said = became == ACCEPTED or (sentence.endswith(".") and "\n" not in sentence and len(sentence) < 200)
        if checked is not None and not file.damaged:
            wrong += [f"{file}: {fault}" for fault in [read_as_jobs_do(check, path, checked)] if fault]
        accepted += became == ACCEPTED
        if became not in file.becomes or not said or seconds > MOST_SECONDS or check._child is not child:
            wrong.append(f"{file}: {became} after {seconds:.1f} s: {sentence}")
            check.start()
            child = check._child
    assert wrong == []
    assert accepted > 200
    assert mine.memory_info().rss - before < SERVER_MEMORY
    assert list(tmp_path.iterdir()) == [path]
    if not Path("/proc/self/status").exists():
        pytest.skip("the answers are right; this system has no /proc to look at the decoder's memory")
    assert child is not None
    limit = int((Path("/proc") / str(child.pid) / "limits").read_text().partition("Max address space")[2].split()[0])
    peak = peak_memory(child.pid)
    print(f"{len(files)} files; at most {peak['VmHWM'] >> 20} MiB of memory, {peak['VmPeak'] >> 20} of addresses")
    assert peak["VmHWM"] < MOST_MEMORY
    assert peak["VmPeak"] < limit
    assert process.num_fds() < 10 and process.children() == []


# Those whose jobs are done to their ends: what else there is than pixels, and shapes, are the worker's to digest.
WORKED = (
    "exif_of_jpeg: the end of time",
    "exif_elsewhere: two megabytes of tags that lie on each other, type 6, in HEIC",
    "icc: a hundred tags of 20 megabytes each, in HEIC",
    "icc: curves to the power of -32768, in JPEG",
    "xmp: a gain map of three numbers without digits",
    "odd: a strip of PNG",
)
WAYS = {
    "/api/upload": ("file", {"width": "256"}),
    "/v1/images/edits": ("image", {"prompt": "a lake", "model": "draft"}),
    "/generate": ("image", {"depth_model": "draft", "seg_model": "draft", "width": "64"}),
}


@pytest.fixture
def lucida(tmp_path: Path) -> Iterator[Cluster]:
    """A whole Lucida, which does not work yet."""
    variables = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), "LUCIDA_CUBE_RES": "64", **UNLIMITED}
    for name in ("DJANGO_SETTINGS_MODULE", "PYTHONPATH"):
        variables.pop(name, None)
    made = Cluster(tmp_path, variables, workers=0)
    try:
        assert made.lucida("migrate").wait(120) == 0
        made.start_web("0")
        yield made
    finally:
        made.stop()


def test_a_whole_lucida_refuses_or_digests_them(lucida: Cluster) -> None:
    assert lucida.web is not None
    server = psutil.Process(lucida.web.pid)
    made = drawn_up()
    small = [file for file in made if "110 megapixels" not in file.name]
    few = [file for at, file in enumerate(small) if at % 5 == 0 or file.name in WORKED[:2]]
    large = [file for file in made if file.name == "png: 110 megapixels of one bit"]
    sent: list[tuple[str, Hostile]] = [("/api/upload", file) for file in (*large, *small, *by_chance()[::15])]
    sent += [(way, file) for way in ("/v1/images/edits", "/generate") for file in few]
    jobs: dict[str, str] = {}
    accepted: list[str] = []

    def forget(job: str) -> None:
        """Cancel the job where it waits, and delete it."""
        while lucida.client.delete(f"/api/jobs/{job}").raise_for_status().status_code != 204:
            pass

    def send(way: str, file: Hostile) -> str | None:
        """What is wrong with the answer, if anything is."""
        field, others = WAYS[way]
        answer = lucida.client.post(
            way, files={field: ("a", file.content)}, data=others, headers={"Prefer": "respond-async"}, timeout=120
        )
        told = answer.json()
        if answer.status_code in (200, 202):
            job = told.get("job_id") or told["id"]
            accepted.append(file.name)
            if file.name in (WORKED if way == "/api/upload" else WORKED[:2]):
                jobs[f"{way} {file}"] = job
            else:
                forget(job)
            return None if ACCEPTED in file.becomes else f"{way} {file}: accepted"
        error = told["error"] if way.startswith("/v1/") else {"message": told["detail"], "code": told["code"]}
        fine = 400 <= answer.status_code < 500 and error["code"] in {*file.becomes, "bad_parameter", "photo_too_large"}
        sentence = error["message"]
        fine = fine and sentence.endswith(".") and "\n" not in sentence and "Traceback" not in sentence
        return None if fine else f"{way} {file}: {answer.status_code} {answer.text[:300]}"

    with ThreadPoolExecutor(2) as two:
        wrong = [fault for fault in two.map(lambda each: send(*each), sent) if fault]
    assert wrong == []
    assert lucida.client.get("/health/ready").status_code == 200
    assert server.memory_info().rss < SERVER_MEMORY
    assert len(jobs) == len(WORKED) + 2 * 2 and len(accepted) > 200

    lucida.crew = lucida.lucida("worker", "--workers", "1")
    wait_until(lambda: lucida.waiting() == 0, "the jobs to end")
    for name, job in jobs.items():
        ended = lucida.client.get(f"/api/jobs/{job}").json()
        assert (ended["status"], ended["error_code"]) == ("done", None), (name, ended)
        forget(job)
    found = lucida.audit()
    assert found["worker_deaths"] == found["lost_files"] == found["orphans"] == 0
    log = (lucida.data / "log").read_text()
    assert "Traceback" not in log and "photo check ended" not in log
