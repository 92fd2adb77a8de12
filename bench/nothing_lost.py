"""Kills what does the work while it is done, and counts what is lost: `python bench/nothing_lost.py [--embedded]`.

Five hundred small pictures over four workers. Every five seconds a worker is killed; the web process is killed once and
started again; with Postgres, Redis, S3 and Celery (not with `--embedded`), Redis is emptied and Postgres torn down
once, and one in seven requests for files fails, too. The servers are the installed ones, started for this in folders
of their own.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from cluster import cluster, hurt

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=500)
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--every", type=float, default=5.0, help="seconds from one kill to the next")
    parser.add_argument("--embedded", action="store_true", help="SQLite and the workers of the web process")
    parser.add_argument("--pooled", action="store_true", help="a transaction pooler (PgBouncer) before Postgres")
    parser.add_argument("--seed", type=int, default=0, help="who is killed")
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="lucida-") as folder,
        cluster(Path(folder), workers=given.workers, services=not given.embedded, pooled=given.pooled) as made,
    ):
        seconds = hurt(made, jobs=given.jobs, every=given.every, seed=given.seed)
        print(f"{given.jobs} jobs in {seconds:.0f} s, {len(made.killed)} workers killed")
        print(json.dumps(made.audit(), indent=1))
