"""Workers, servers and services killed while they work: every job ends done, once, with one set of files."""

from __future__ import annotations

from pathlib import Path

import pytest
from cluster import cluster, hurt
from pooler import BINARY as POOLER
from postgres import MISSING as NO_POSTGRES
from postgres import binary
from redis_server import BINARY as REDIS
from redis_server import MISSING as NO_REDIS
from s3_server import BINARY as S3
from s3_server import MISSING as NO_S3

pytestmark = pytest.mark.slow

JOBS = 40


@pytest.mark.parametrize(
    "services",
    [
        pytest.param(False, id="embedded"),
        pytest.param(
            True,
            id="services",
            marks=[
                pytest.mark.skipif(binary("postgres") is None, reason=NO_POSTGRES),
                pytest.mark.skipif(REDIS is None, reason=NO_REDIS),
                pytest.mark.skipif(S3 is None, reason=NO_S3),
            ],
        ),
    ],
)
def test_every_job_ends_done_and_once(services: bool, tmp_path: Path) -> None:
    pooled = services and POOLER is not None  # harder, and where there is none, nobody goes without the rest
    with cluster(tmp_path, workers=2, services=services, pooled=pooled) as made:
        hurt(made, jobs=JOBS, every=3.0)
        assert len(made.killed) >= 4
        found = made.audit()
    assert found["statuses"] == {"done": JOBS}
    assert found["done_events"] == found["pictures_a_job"] == {"1": JOBS}
    assert found["gaps"] == found["lost_files"] == 0
    assert found["orphans"] == found["swept"]  # left by the killed, and nothing else
