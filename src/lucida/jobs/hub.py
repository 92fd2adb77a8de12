"""Brings events from the table to whoever watches, one hub per process.

The watcher's own place in the sequence is all the state there is: what it has not had is read from the table,
whether it was written before it came or after, by this process or another.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db import Error

from lucida.database import run_db
from lucida.errors import DatabaseBusy, StorageFull
from lucida.jobs.events import events_after
from lucida.jobs.models import FINISHED, Job

log = logging.getLogger("lucida.jobs")

POLL_SECONDS = 0.25
# A reader this many polls behind is closed; it can come back and go on where it was.
_BACKLOG = 64


class Event(dict[str, Any]):
    """What happened, as it goes out."""

    @cached_property
    def text(self) -> str:
        """As JSON, made once for all who hear of it."""
        return json.dumps(self, ensure_ascii=False, separators=(",", ":"))


class TooSlow(Exception):
    """The reader does not keep up."""


@dataclass(eq=False)
class Watcher:
    """One reader's place in one job's events."""

    job_id: UUID
    seq: int
    queue: asyncio.Queue[list[Event] | None] = field(default_factory=asyncio.Queue)
    slow: bool = False
    served: bool = False  # to the end

    def deliver(self, events: list[Event], *, after: int = 0, last: bool) -> None:
        """Queue the events that this reader has not had, of those that were read after a place in the sequence.

        A reader who came during the read may be before that place; the next read is for it, too.
        """
        if self.served or self.seq < after:
            return
        self.slow = self.queue.qsize() >= _BACKLOG
        self.served = last or self.slow
        new = [event for event in events if event["seq"] > self.seq]
        if new and not self.slow:
            self.seq = new[-1]["seq"]
            self.queue.put_nowait(new)
        if self.served:
            self.queue.put_nowait(None)

    async def events(self, keepalive: float | None = None) -> AsyncIterator[Event | None]:
        """Each event as it comes, until the job ends; None after `keepalive` seconds of silence.

        Raises TooSlow where this reader fell behind.
        """
        while True:
            try:
                batch = await asyncio.wait_for(self.queue.get(), keepalive)
            except TimeoutError:
                yield None
                continue
            if self.slow:
                raise TooSlow
            if batch is None:
                return
            for event in batch:
                yield event


def _read(watched: dict[UUID, int]) -> dict[UUID, tuple[list[Event], bool]]:
    """The new events of each watched job, and whether there will be no more; a job that is gone has ended."""
    rows = Job.objects.filter(id__in=list(watched)).values_list("id", "last_seq", "status")
    news: dict[UUID, tuple[list[Event], bool]] = {job_id: ([], True) for job_id in watched}
    for job_id, last_seq, status in rows:
        events = events_after(job_id, watched[job_id]) if last_seq > watched[job_id] else []
        news[job_id] = ([Event(event) for event in events], status in FINISHED)
    return news


class Hub:
    """Polls for all watchers of this process together; idle while nobody watches."""

    def __init__(self) -> None:
        self._watchers: dict[UUID, set[Watcher]] = {}
        self._wake = asyncio.Event()

    @asynccontextmanager
    async def watch(self, job_id: UUID, after: int) -> AsyncIterator[Watcher]:
        """Watch a job from an event on; one that is gone has ended."""
        watcher = Watcher(job_id, after)
        self._watchers.setdefault(job_id, set()).add(watcher)
        self._wake.set()
        try:
            yield watcher
        finally:
            self._watchers[job_id].discard(watcher)
            if not self._watchers[job_id]:
                del self._watchers[job_id]

    @property
    def watching(self) -> int:
        """How many readers there are."""
        return sum(len(watchers) for watchers in self._watchers.values())

    async def run(self) -> None:
        """Poll until cancelled."""
        while True:
            self._wake.clear()
            if not self._watchers:
                await self._wake.wait()
                continue
            try:
                await self._poll()
            except (Error, DatabaseBusy, StorageFull) as error:
                log.warning("the database did not answer: %s", error)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), POLL_SECONDS)

    async def _poll(self) -> None:
        watched = {job_id: min(watcher.seq for watcher in group) for job_id, group in self._watchers.items()}
        for job_id, (events, ended) in (await run_db(_read, watched)).items():
            for watcher in tuple(self._watchers.get(job_id, ())):
                watcher.deliver(events, after=watched[job_id], last=ended)
