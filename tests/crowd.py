"""Many clients of one server at once, cheap enough to share its machine: who listens, who asks, who uploads."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

LAST = ("done", "error")  # events after which a job's connection ends
_PATIENCE_SECONDS = 600.0
Parts = Sequence[bytes | memoryview]  # of a body
_CHUNK = 256 << 10
_IDLE_SECONDS = 3.0  # the server ends what is silent for five


@dataclass
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def said(self) -> dict[str, object]:
        """The body, where it is an object in JSON; nothing where it is not."""
        with suppress(ValueError):
            said = json.loads(self.body)
            if isinstance(said, dict):
                return said
        return {}


class Caller:
    """Sends requests over connections that are kept and used again, one request at a time on each."""

    def __init__(self, address: str) -> None:
        self.netloc = urlsplit(address).netloc
        self._free: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def call(self, method: str, path: str, parts: Parts = (), kind: str = "") -> Answer:
        """Raises OSError where the connection breaks."""
        head = f"{method} {path} HTTP/1.1\r\nHost: {self.netloc}\r\n"
        if parts:
            head += f"Content-Type: {kind}\r\nContent-Length: {sum(map(len, parts))}\r\n"
        reader, writer = await self._connection()
        try:
            writer.write(f"{head}\r\n".encode())
            for part in parts:
                for at in range(0, len(part), _CHUNK):
                    writer.write(part[at : at + _CHUNK])
                    await writer.drain()
            status, *fields = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            lengths = [field.split(":")[1] for field in fields if field.lower().startswith("content-length:")]
            body = await reader.readexactly(int(lengths[0]) if lengths else 0)
        except asyncio.IncompleteReadError as error:
            writer.close()
            raise ConnectionResetError("the server ended the connection") from error
        except BaseException:
            writer.close()
            raise
        self._free.append((time.monotonic(), reader, writer))
        return Answer(int(status.split()[1]), body)

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._free:
            used, reader, writer = self._free.pop()
            if time.monotonic() - used < _IDLE_SECONDS:
                return reader, writer
            writer.close()
        host, _, port = self.netloc.partition(":")
        return await asyncio.open_connection(host, int(port))

    async def upload(self, photo: Parts, **fields: str) -> Answer:
        """A photo, in parts, to `/api/upload`."""
        mark = "--------------------------lucida"
        before = "".join(
            f'--{mark}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        )
        before += f'--{mark}\r\nContent-Disposition: form-data; name="file"; filename="photo.jpg"\r\n\r\n'
        parts = [before.encode(), *photo, f"\r\n--{mark}--\r\n".encode()]
        return await self.call("POST", "/api/upload", parts, f"multipart/form-data; boundary={mark}")

    def close(self) -> None:
        """End the connections."""
        for _, _, writer in self._free:
            writer.close()
        self._free.clear()


@dataclass
class Asked:
    """Seconds of each answer, from the moment it was due to be asked for; how late the asking itself was."""

    seconds: list[float] = field(default_factory=list)
    late: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def quantile(values: Iterable[float], share: float) -> float:
    """Nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0


async def ask_steadily(caller: Caller, path: list[str], rate: float, asked: Asked) -> None:
    """So many times a second, whether or not answers come, until cancelled; `path` holds what is asked for now.

    The clock of each answer runs from when it was due, so that a server that stands still is not asked less.
    """
    began, number = time.monotonic(), 0
    tasks: set[asyncio.Task[None]] = set()

    async def ask(due: float) -> None:
        asked.late.append(time.monotonic() - due)
        try:
            answer = await asyncio.wait_for(caller.call("GET", path[0]), _PATIENCE_SECONDS)
            if answer.status != 200:
                asked.failed.append(f"{answer.status} {answer.body[:200]!r}")
        except OSError as error:
            asked.failed.append(str(error))
        asked.seconds.append(time.monotonic() - due)

    try:
        while True:
            due = began + number / rate
            number += 1
            await asyncio.sleep(due - time.monotonic())
            task = asyncio.create_task(ask(due))
            tasks.add(task)
            task.add_done_callback(tasks.discard)
    except asyncio.CancelledError:
        await asyncio.gather(*tasks)
        raise


@dataclass
class Heard:
    """What one listener heard of one job."""

    numbers: list[int] = field(default_factory=list)
    last: str = ""
    returned: int = 0  # after leaving on purpose
    cut_off: int = 0

    def missed(self, last_seq: int) -> int:
        """Numbers that did not come, came twice or came out of turn."""
        late = sum(number <= before for before, number in zip(self.numbers, self.numbers[1:], strict=False))
        return len(set(range(1, last_seq + 1)) - set(self.numbers)) + late


async def listen(address: str, job_id: str, *, leave_after: int | None = None) -> Heard:
    """Follow a job to its end as the page does, and come back after the last number where the connection breaks.

    `leave_after` so many events the listener goes once, and comes back.
    """
    heard = Heard()
    netloc = urlsplit(address).netloc
    while heard.last not in LAST:
        after = heard.numbers[-1] if heard.numbers else 0
        left = False
        try:
            # A browser asks for no signs of life.
            async with connect(
                f"ws://{netloc}/ws/jobs/{job_id}?after={after}", ping_interval=None, open_timeout=60, proxy=None
            ) as socket:
                async for message in socket:
                    event = json.loads(message)
                    heard.numbers.append(event["seq"])
                    heard.last = event["event"]
                    if len(heard.numbers) == leave_after and not heard.returned and heard.last not in LAST:
                        left = True
                        break
        except (OSError, TimeoutError, ConnectionClosed):
            await asyncio.sleep(0.5)
        if left:
            heard.returned += 1
        elif heard.last not in LAST:
            heard.cut_off += 1
    return heard
