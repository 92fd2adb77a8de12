"""The kinds of long work there are, and what each needs to run."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lucida.jobs.models import Job
    from lucida.jobs.running import RunningJob

# The queues of real work, by what it needs; a worker takes all of them unless it is told otherwise.
RESOURCES = ("gpu", "cpu", "io")

Run = Callable[["RunningJob"], dict[str, Any]]
Queue = str | Callable[[Mapping[str, Any], Collection[str]], str]
Warm = Callable[[Collection[str]], None]
Links = Callable[["Job", Mapping[str, str]], dict[str, str | None]]


def _no_links(job: Job, artifacts: Mapping[str, str]) -> dict[str, str | None]:
    return {}


def _nothing(queues: Collection[str]) -> None:
    return None


def _no_engines() -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Kind:
    """One kind: `run` does the work and returns the payload of the `done` event.

    `queue` is where its jobs wait, or tells where from a job's parameters and the names of its inputs; `links` gives
    the addresses of a job's results from the names of its artifacts and their version tags; `warm` loads and compiles
    what the first job of some queues would wait for; `engines` says what this process has loaded, for its heartbeat.
    """

    name: str
    run: Run = field(repr=False)
    queue: Queue = "cpu"
    links: Links = field(default=_no_links, repr=False)
    warm: Warm = field(default=_nothing, repr=False)
    engines: Callable[[], dict[str, Any]] = field(default=_no_engines, repr=False)

    def queue_of(self, params: Mapping[str, Any], inputs: Collection[str]) -> str:
        """Where a job of this kind waits."""
        return self.queue if isinstance(self.queue, str) else self.queue(params, inputs)

    def waits_in(self, queues: Collection[str]) -> bool:
        """Whether jobs of this kind may wait in one of these queues."""
        own = (self.queue,) if isinstance(self.queue, str) else RESOURCES
        return any(queue in queues for queue in own)


_kinds: dict[str, Kind] = {}


def register(
    name: str,
    run: Run,
    queue: Queue = "cpu",
    *,
    links: Links = _no_links,
    warm: Warm = _nothing,
    engines: Callable[[], dict[str, Any]] = _no_engines,
) -> Kind:
    """Make a kind of work known; a second registration of a name replaces the first."""
    kind = Kind(name, run, queue, links, warm, engines)
    _kinds[name] = kind
    return kind


def load_kinds() -> None:
    """Import every module that registers kinds."""
    from django.conf import settings

    for module in settings.JOB_MODULES:
        importlib.import_module(module)


def get_kind(name: str) -> Kind | None:
    """The kind of that name."""
    return _kinds.get(name)


def every_kind() -> tuple[Kind, ...]:
    """All that are registered."""
    return tuple(_kinds.values())
