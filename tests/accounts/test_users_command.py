"""`lucida users`, as it is typed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

LUCIDA = [sys.executable, "-m", "lucida.cli"]


def told(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data), "COLUMNS": "120"}
    environment.pop("DJANGO_SETTINGS_MODULE", None)
    command = [*LUCIDA, "users", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, cwd=data)


def said(data: Path, *arguments: str) -> str:
    answer = told(data, *arguments)
    assert answer.returncode == 0, answer.stderr
    return answer.stdout


def test_users_come_show_their_tokens_and_go(tmp_path: Path) -> None:
    assert "lucida users add" in said(tmp_path, "list")
    printed = said(tmp_path, "add", "anna", "--email", "anna@example.org")
    (text,) = re.findall(r"^token +(lucida_\S{43})$", printed, flags=re.MULTILINE)
    another: dict[str, Any] = json.loads(
        said(tmp_path, "token", "anna", "--name", "laptop", "--scopes", "read", "--days", "30", "--json")
    )
    assert another["user"] == "anna"
    ends = datetime.now(UTC) + timedelta(days=30)
    listed = said(tmp_path, "list")
    assert listed.startswith("anna  anna@example.org\n")
    assert f"{text[:13]}…  read,write  made " in listed
    assert f"{another['begins']}…  laptop  read  made " in listed
    assert f"never used  ends {ends:%Y-%m-%d}\n" in listed
    (row,) = json.loads(said(tmp_path, "list", "--json"))
    assert [token["scopes"] for token in row["tokens"]] == [["read", "write"], ["read"]]
    assert [token["expires_at"] is None for token in row["tokens"]] == [True, False]
    assert text[13:] not in listed + said(tmp_path, "list", "--json")
    assert "is revoked" in said(tmp_path, "revoke", text[:13])
    (row,) = json.loads(said(tmp_path, "list", "--json"))
    assert [bool(token["revoked_at"]) for token in row["tokens"]] == [True, False]
    assert said(tmp_path, "remove", "anna") == "anna is gone.\n"
    assert json.loads(said(tmp_path, "list", "--json")) == []


def test_mistakes_are_one_sentence_and_exit_code_2(tmp_path: Path) -> None:
    said(tmp_path, "add", "anna")
    for arguments, sentence in (
        (("add", "anna"), "There is a user anna already"),
        (("add", "an na"), "'an na' does not work"),
        (("add", "bob", "--email", "bob"), "'bob' does not work"),
        (("token", "bob"), "There is no user bob"),
        (("token", "anna", "--name", "x" * 65), "at most 64 letters"),
        (("token", "anna", "--scopes", "read,all"), "There is no scope 'all'; choose from read, write, metrics"),
        (("revoke", "lucida_nobody"), "There is no such token"),
        (("remove", "bob"), "There is no user bob"),
    ):
        answer = told(tmp_path, *arguments)
        assert (answer.returncode, answer.stderr.count("\n"), answer.stdout) == (2, 1, ""), answer
        assert sentence in answer.stderr
    answer = told(tmp_path, "add", "anna", "--json")
    assert json.loads(answer.stdout)["code"] == "bad_input"


@pytest.mark.slow
def test_a_server_that_asks_for_tokens_says_how_to_get_one_and_keeps_them_out_of_its_log(tmp_path: Path) -> None:
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(tmp_path), "LUCIDA_AUTH": "token"}
    serve = [*LUCIDA, "serve", "--host", "0.0.0.0", "--port", "0", "--workers", "0"]
    with subprocess.Popen(serve, env=environment, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        lines = []
        for line in server.stderr:
            lines.append(line)
            if found := re.search(r"Lucida serves (http\S+)", line):
                break
        assert found
        assert sum("lucida users add NAME" in line for line in lines) == 1
        assert httpx.get(f"{found[1]}/api/jobs").status_code == 401
        text = json.loads(said(tmp_path, "add", "anna", "--json"))["token"]
        headers = {"Authorization": f"Bearer {text}"}
        assert httpx.get(f"{found[1]}/api/jobs", headers=headers).json()["jobs"] == []
        said(tmp_path, "revoke", text)
        assert httpx.get(f"{found[1]}/api/jobs", headers=headers).status_code == 401
        server.send_signal(signal.SIGINT)
        rest = server.stderr.read()
        assert server.wait(30) == 0
    assert "without https" in rest
    assert text not in "".join(lines) + rest
