from __future__ import annotations

from collections.abc import Callable

import pytest
from played import picture_file

from lucida.accounts.owner import local_user
from lucida.images.asked import asked
from lucida.images.jobs import KIND, params_of
from lucida.jobs.execution import execute
from lucida.jobs.lease import claim
from lucida.jobs.running import RunningJob
from lucida.jobs.submission import submit
from lucida.storage import get_storage
from lucida.storage.keys import make_key

pytestmark = pytest.mark.usefixtures("database")


@pytest.mark.parametrize("large", ["image", "mask"])
def test_as_many_megapixels_are_read_as_the_setting_says(setting: Callable[[str, object], None], large: str) -> None:
    sizes = {"image": (64, 64), "mask": (64, 64), large: (1200, 900)}
    inputs = {
        name: get_storage().write(make_key("project-uploads", "a" * 32, name), [picture_file(*size, mode="RGBA")]).key
        for name, size in sizes.items()
    }
    wanted = asked({"prompt": "a lake", "model": "draft", "size": "64x64"})
    submit(KIND, local_user(), params=params_of(wanted), inputs=inputs)
    setting("MAX_PHOTO_MEGAPIXELS", 1)
    job = claim("w", ["cpu"])
    assert job is not None
    execute(job, RunningJob(job))
    job.refresh_from_db()
    assert job.error_code == "photo_too_large"
