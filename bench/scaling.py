"""How many workers so many jobs a day need, and what they ask of the database: `python bench/scaling.py`.

Simulates the busiest hour event by event: jobs come at random (Poisson) from users of whom few ask for much (Zipf),
each takes its time (lognormal), and whoever is free takes the next in Lucida's order: the owner with the fewest
running, then the one served longest ago, then the oldest job. Found is the smallest number of workers with which 95 %
of the jobs wait no longer than a limit. docs/scaling.md quotes the tables; tests/test_scaling.py holds the simulation
against Erlang's formula, which knows the answer where times are exponential.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field

HOUR = 3_600.0
ENOUGH_JOBS = 30_000  # for a quantile that does not move
# Transactions, counted on a job that draws a picture: accepted, claimed, described, its results, done; while it runs
# two for each preview, one for each step that is told (four a second at most), one each five seconds for its lease.
OF_A_JOB, OF_A_PREVIEW, PREVIEWS_A_SECOND, STEPS_A_SECOND = 12.0, 2.0, 1.0, 2.0
WORKERS_A_PARENT, JOBS_AN_HOUR_A_WEB = 8, 20_000


@dataclass
class Outcome:
    """Seconds that jobs waited: of all, and of the four fifths of users who ask for least."""

    waits: list[float] = field(default_factory=list)
    of_light: list[float] = field(default_factory=list)
    busy: float = 0.0  # share of the workers' time

    def quantile(self, share: float, *, light: bool = False) -> float:
        """Nearest rank; 0 where nobody came."""
        values = sorted(self.of_light if light else self.waits)
        return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


class Queue:
    """Waiting jobs, taken in turns between owners or simply in the order they came."""

    def __init__(self, *, fair: bool) -> None:
        self._fair = fair
        self._of_owner: dict[int, deque[float]] = defaultdict(deque)
        self._line: deque[tuple[int, float]] = deque()
        self._turns: list[tuple[int, float, float, int]] = []  # running, served at, oldest job, owner
        self._running: dict[int, int] = defaultdict(int)
        self._served: dict[int, float] = {}

    def put(self, owner: int, now: float) -> None:
        """A job comes."""
        if not self._fair:
            self._line.append((owner, now))
            return
        self._of_owner[owner].append(now)
        if len(self._of_owner[owner]) == 1:
            self._announce(owner)

    def take(self, now: float) -> tuple[int, float] | None:
        """The next job's owner and when it came."""
        if not self._fair:
            return self._line.popleft() if self._line else None
        while self._turns:
            running, served, came, owner = heapq.heappop(self._turns)
            waiting = self._of_owner[owner]
            current = (self._running[owner], self._served.get(owner, -math.inf))
            if not waiting or waiting[0] != came or (running, served) != current:
                continue  # what was announced has changed, and was announced again
            waiting.popleft()
            self._running[owner] += 1
            self._served[owner] = now
            if waiting:
                self._announce(owner)
            return owner, came
        return None

    def end(self, owner: int) -> None:
        """A job of this owner has ended."""
        self._running[owner] -= 1
        if self._fair and self._of_owner[owner]:
            self._announce(owner)

    def _announce(self, owner: int) -> None:
        turn = (self._running[owner], self._served.get(owner, -math.inf), self._of_owner[owner][0], owner)
        heapq.heappush(self._turns, turn)


def simulate(
    *,
    jobs_an_hour: float,
    workers: int,
    service: Callable[[random.Random], float],
    users: int,
    hours: float = 1.0,
    fair: bool = True,
    zipf: float = 1.1,
    burst: int = 0,
    seed: int = 0,
) -> Outcome:
    """Hours in which jobs come, after a tenth of one that fills the queue and is not counted.

    `burst` is how many the greatest of the users asks for at once, at the beginning of what is counted.
    """
    choose = random.Random(seed)
    weights = [1.0 / (rank + 1) ** zipf for rank in range(users)]
    cumulated = []
    total = 0.0
    for weight in weights:
        total += weight
        cumulated.append(total)
    warm = 0.1 * HOUR
    end = warm + hours * HOUR
    queue, outcome = Queue(fair=fair), Outcome()
    waited: list[tuple[int, float]] = []
    ends: list[tuple[float, int]] = []
    free, now, worked = workers, 0.0, 0.0
    coming = choose.expovariate(jobs_an_hour / HOUR)
    while True:
        if ends and ends[0][0] <= coming:
            now, owner = heapq.heappop(ends)
            queue.end(owner)
            free += 1
        elif coming < end:
            now = coming
            if burst and now >= warm:
                for _ in range(burst):
                    queue.put(0, now)
                burst = 0
            owner = choose.choices(range(users), cum_weights=cumulated)[0]
            queue.put(owner, now)
            coming = now + choose.expovariate(jobs_an_hour / HOUR)
        else:
            break
        while free and (taken := queue.take(now)) is not None:
            owner, came = taken
            free -= 1
            seconds = service(choose)
            worked += seconds
            heapq.heappush(ends, (now + seconds, owner))
            if came >= warm:
                waited.append((owner, now - came))
    outcome.waits = [wait for _, wait in waited]
    outcome.of_light = [wait for owner, wait in waited if owner >= users // 5]
    outcome.busy = min(1.0, worked / (workers * end))
    return outcome


def lognormal(mean: float, variation: float) -> Callable[[random.Random], float]:
    """Seconds of a job: their mean, and their standard deviation as a share of it."""
    sigma = math.sqrt(math.log(1.0 + variation**2))
    mu = math.log(mean) - sigma**2 / 2
    return lambda choose: choose.lognormvariate(mu, sigma)


def fewest_workers(jobs_an_hour: float, mean: float, limit: float, *, users: int) -> tuple[int, Outcome]:
    """The smallest number with which 95 % wait no longer than the limit."""
    service = lognormal(mean, 0.5)
    low = max(1, math.ceil(jobs_an_hour / HOUR * mean))  # fewer are always behind
    high = low
    hours = max(1.0, ENOUGH_JOBS / jobs_an_hour)

    def run(workers: int) -> Outcome:
        return simulate(jobs_an_hour=jobs_an_hour, workers=workers, service=service, users=users, hours=hours)

    while run(high).quantile(0.95) > limit:
        low, high = high + 1, high + max(1, high // 4)
    while low < high:
        middle = (low + high) // 2
        if run(middle).quantile(0.95) > limit:
            low = middle + 1
        else:
            high = middle
    return high, run(high)


def database_load(workers: int, jobs_a_second: float, mean: float) -> float:
    """Transactions a second."""
    busy = min(workers, jobs_a_second * mean)
    working = busy * (OF_A_PREVIEW * PREVIEWS_A_SECOND + STEPS_A_SECOND + 1 / 5)
    parents, webs = workers / WORKERS_A_PARENT, max(1.0, jobs_a_second * HOUR / JOBS_AN_HOUR_A_WEB)
    # Heartbeats each five seconds; two looks a second of each parent, four of each web's hub, two of who is on duty.
    return jobs_a_second * OF_A_JOB + working + workers / 5 + parents * 2 + webs * 4 + 2


def print_sizes(mean: float, limit: float, peak: float, most: float) -> None:
    """The table of workers."""
    print(f"{mean:g} s a job, busiest hour {peak:g} times the mean, 95 % wait {limit:g} s at most\n")
    print("| jobs a day | workers | busy | wait, median | 95 % | transactions/s |")
    print("|---|---|---|---|---|---|")
    jobs_a_day = 1_000.0
    while jobs_a_day <= most:
        jobs_an_hour = jobs_a_day / 24 * peak
        workers, found = fewest_workers(jobs_an_hour, mean, limit, users=max(10, int(jobs_a_day / 20)))
        print(
            f"| {jobs_a_day:,.0f} | {workers} | {found.busy:.0%} | {found.quantile(0.5):.1f} s "
            f"| {found.quantile(0.95):.1f} s | {database_load(workers, jobs_an_hour / HOUR, mean):,.0f} |"
        )
        jobs_a_day *= 10


def print_turns(mean: float) -> None:
    """What taking turns is worth when one user asks for five hundred things at once."""
    print(f"\nFour workers, {mean:g} s a job, 50 users who keep them half busy, and 500 jobs at once of one more:\n")
    print("| order | wait of the others, median | 95 % |")
    print("|---|---|---|")
    for fair, name in ((True, "in turns, as Lucida does"), (False, "first come, first served")):
        found = simulate(
            jobs_an_hour=0.5 * 4 / mean * HOUR,
            workers=4,
            service=lognormal(mean, 0.5),
            users=51,
            zipf=0.0,
            burst=500,
            fair=fair,
        )
        print(f"| {name} | {found.quantile(0.5, light=True):.1f} s | {found.quantile(0.95, light=True):.1f} s |")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=6.0, help="a job takes on one worker")
    parser.add_argument("--limit", type=float, default=10.0, help="seconds that 95 %% may wait")
    parser.add_argument("--peak", type=float, default=3.0, help="times the mean hour that the busiest has")
    parser.add_argument("--most", type=float, default=1e7, help="jobs a day in the last row")
    given = parser.parse_args()
    print_sizes(given.seconds, given.limit, given.peak, given.most)
    print_turns(given.seconds)
