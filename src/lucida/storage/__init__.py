"""Where bytes live."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from lucida.errors import BadSetting

if TYPE_CHECKING:
    from lucida.storage.base import Storage


@functools.cache
def get_storage() -> Storage:
    """The storage of this process, as the settings say. Raises `BadSetting` where its client is not installed."""
    from lucida.config import get_settings
    from lucida.storage.local import LocalStorage

    folder = get_settings().data_dir.expanduser().resolve()
    if get_settings().storage == "local":
        return LocalStorage(folder)
    try:
        from lucida.storage.s3 import S3Storage, bucket_settings
    except ImportError:
        raise BadSetting("LUCIDA_STORAGE=s3 needs a client for it: pip install 'lucida[cluster]'.") from None
    return S3Storage(folder / "tmp", bucket_settings())
