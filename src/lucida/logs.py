"""One form for every line of the log, whichever library says it."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

from lucida.config import get_settings


def start_logging() -> None:
    """Write to the standard error what every logger says: as text to read, or by `LUCIDA_LOG_FORMAT` as JSON lines."""
    rendered: list[Processor]
    if get_settings().log_format == "json":
        time = structlog.processors.TimeStamper(fmt="iso", utc=True)
        rendered = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        time = structlog.processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False)
        console = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            pad_event_to=0,
            exception_formatter=structlog.dev.plain_traceback,  # the other kind shows local variables, secrets too
        )
        rendered = [console]
    about = structlog.contextvars.merge_contextvars  # the request, the job
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[about, structlog.stdlib.add_logger_name, structlog.stdlib.add_log_level, time],
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendered],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # it says of every start what we have said already
