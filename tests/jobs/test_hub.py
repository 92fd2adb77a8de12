from __future__ import annotations

import asyncio
import json
from pathlib import Path
from uuid import UUID

import pytest

from lucida.accounts.owner import local_user
from lucida.jobs.hub import Event, TooSlow, Watcher, _read
from lucida.jobs.submission import submit


def event(seq: int) -> Event:
    return Event({"event": "status", "seq": seq, "stage": "x", "progress": 0.0})


def test_a_reader_that_falls_behind_is_told_and_none_waits_for_it() -> None:
    async def read() -> list[int]:
        slow = Watcher(UUID(int=1), 0)
        for seq in range(1, 200):
            slow.deliver([event(seq)], last=False)
        return [found["seq"] async for found in slow.events() if found]

    with pytest.raises(TooSlow):
        asyncio.run(read())


def test_events_a_reader_has_had_are_not_sent_again() -> None:
    async def read() -> list[int]:
        watcher = Watcher(UUID(int=1), 2)
        watcher.deliver([event(1), event(2), event(3)], last=False)
        watcher.deliver([event(3), event(4)], last=True)
        watcher.deliver([event(5)], last=True)
        return [found["seq"] async for found in watcher.events() if found]

    assert asyncio.run(read()) == [3, 4]


def test_who_comes_while_others_events_are_read_waits_for_its_own() -> None:
    async def read() -> list[int]:
        late = Watcher(UUID(int=1), 0)
        late.deliver([event(3)], after=2, last=True)
        late.deliver([event(1), event(2), event(3)], after=0, last=True)
        return [found["seq"] async for found in late.events() if found]

    assert asyncio.run(read()) == [1, 2, 3]


def test_silence_is_broken_by_a_sign_of_life() -> None:
    async def read() -> list[object]:
        watcher = Watcher(UUID(int=1), 0)
        heard: list[object] = []
        async for found in watcher.events(keepalive=0.02):
            heard.append(found)
            if len(heard) == 2:
                watcher.deliver([], last=True)
        return heard

    assert asyncio.run(read()) == [None, None]


def test_what_goes_out_is_written_once_for_all_who_hear_it(database: Path) -> None:
    job, _ = submit("hashing", local_user(), params={}, inputs={})
    ((found,), ended) = _read({job.id: 0})[job.id]
    assert not ended
    assert json.loads(found.text) == found == {"event": "status", "seq": 1, "stage": "Waiting", "progress": 0.0}

    async def heard() -> list[str]:
        watchers = [Watcher(job.id, 0) for _ in range(2)]
        for watcher in watchers:
            watcher.deliver([found], last=True)
        return [event.text for watcher in watchers async for event in watcher.events() if event]

    first, second = asyncio.run(heard())
    assert first is second
