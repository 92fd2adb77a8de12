"""The load that docs/benchmarks.md quotes, for moments: that it runs, counts and judges."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
from crowd import Asked, Caller, Heard, ask_steadily, quantile
from served import served
from websockets.sync.client import connect

SMALL = ("--listeners", "5", "--rate", "10", "--uploads", "3", "--width", "256", "--megapixels", "0.2")


@pytest.mark.slow
def test_a_short_load_misses_nothing_and_loses_nothing(repository: Path) -> None:
    command = [sys.executable, str(repository / "bench" / "load.py"), "--minutes", "0.05", *SMALL]
    told = subprocess.run(command, capture_output=True, text=True)
    rows = dict(re.findall(r"^\| (.+?) \| (.+?) \|", told.stdout, re.MULTILINE))
    assert rows["events missed"] == "0", told.stdout + told.stderr
    assert rows["cut off and came back"] == "0"
    assert rows["answers"] == "{'200': 3}"
    assert rows["what became of the jobs"] == "{'done': 3}"
    wanted = ("status, 99%", "RSS grows", "web process, peak", "core: this load")
    assert all(name in rows for name in wanted)
    assert told.returncode == ("FALLS SHORT" in told.stdout)


def test_numbers_that_are_missing_twice_or_out_of_turn_are_counted() -> None:
    assert Heard([1, 2, 3]).missed(3) == 0
    assert Heard([1, 3]).missed(3) == 1
    assert Heard([1, 2, 2, 3]).missed(3) == 1
    assert Heard([2, 1, 3]).missed(3) == 1
    assert Heard([]).missed(3) == 3


def test_a_server_that_stands_still_is_asked_as_often_and_found_slow() -> None:
    async def load() -> Asked:
        asked = Asked()
        turn = asyncio.Lock()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while await reader.readline() != b"":
                await reader.readuntil(b"\r\n\r\n")
                async with turn:
                    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            writer.close()
            await writer.wait_closed()

        async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
            caller = Caller(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
            async with turn:  # nobody is answered
                asking = asyncio.create_task(ask_steadily(caller, ["/"], 50.0, asked))
                await asyncio.sleep(1.0)
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            caller.close()
            await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))  # the server's ends
        return asked

    asked = asyncio.run(load())
    assert len(asked.seconds) == len(asked.late) >= 25
    assert not asked.failed
    assert quantile(asked.seconds, 0.99) > 0.9


def test_followers_of_a_job_have_no_packers(tmp_path: Path) -> None:
    with served(tmp_path, "--port", "0", "--workers", "0") as address:
        uri = f"ws{address.removeprefix('http')}/ws/jobs/none"
        with connect(uri, compression="deflate") as socket:
            assert socket.protocol.extensions == []
