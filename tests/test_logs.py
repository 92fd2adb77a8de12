from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

SAYS = """
import logging
from lucida.logs import start_logging
start_logging()
logging.getLogger("lucida.jobs").warning("job %s: worker %s is lost", 7, "w")
def divide(token):
    return len(token) / 0
try:
    divide("a secret" + " token")
except ZeroDivisionError as error:
    logging.getLogger("lucida.server").error("request %s failed", 8, exc_info=error)
"""


def said(form: str) -> str:
    environment = {**os.environ, "LUCIDA_LOG_FORMAT": form}
    told = subprocess.run([sys.executable, "-c", SAYS], env=environment, capture_output=True, text=True, check=True)
    assert told.stdout == ""
    return told.stderr


def test_a_program_gets_each_record_as_a_line_of_json() -> None:
    lost, failed = [json.loads(line) for line in said("json").splitlines()]
    assert (lost["event"], lost["level"], lost["logger"]) == ("job 7: worker w is lost", "warning", "lucida.jobs")
    assert lost["timestamp"].endswith("Z")
    assert "exception" not in lost
    assert failed["exception"].endswith("ZeroDivisionError: division by zero")


def test_a_reader_gets_text_without_colours_where_it_is_kept() -> None:
    text = said("text")
    assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \[warning *\] job 7: worker w is lost", text)
    assert "ZeroDivisionError: division by zero" in text
    assert "a secret token" not in text  # the values of local variables stay out of the log
    assert "\x1b" not in text


@pytest.mark.slow
def test_the_server_and_its_workers_write_the_same_form(tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), "LUCIDA_LOG_FORMAT": "json"}
    command = [sys.executable, "-m", "lucida.cli", "serve", "--port", "0", "--workers", "1"]
    lines: list[str] = []
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        for line in server.stderr:
            lines.append(line)
            if "is ready" in line:
                break
        server.send_signal(signal.SIGINT)
        lines += server.stderr
    assert {"lucida.server", "lucida.worker"} <= {json.loads(line)["logger"] for line in lines}
