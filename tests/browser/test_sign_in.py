"""The page of a server that asks for tokens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
from browser.page_driver import JOB_SECONDS, Lucida
from playwright.sync_api import Locator, expect


def users(data: Path, *arguments: str) -> str:
    """What `lucida users` says."""
    command = [sys.executable, "-m", "lucida.cli", "users", *arguments]
    environment = {**os.environ, "LUCIDA_DATA_DIR": str(data)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout


def new_user(data: Path, name: str) -> str:
    """Their token."""
    token: str = json.loads(users(data, "add", name, "--json"))["token"]
    return token


def send(address: str, token: str, photo: Path) -> str:
    """A job of theirs."""
    files = {"file": (photo.name, photo.read_bytes(), "image/jpeg")}
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(f"{address}/api/upload", files=files, headers=headers, timeout=60).raise_for_status()
    job: str = answer.json()["job_id"]
    return job


def asked(lucida: Lucida) -> Locator:
    """Where the page asks for a token, with the cursor in it."""
    field = lucida.page.get_by_label("Token")
    expect(field).to_be_focused()
    return field


def test_who_signs_in_sees_their_own_history_and_signs_out_again(
    guarded: Lucida, photo: Path, another_photo: Path, tmp_path: Path
) -> None:
    guarded.expected = lambda text: "Failed to load resource" in text and "401" in text
    page, address = guarded.page, guarded.address
    tokens = {name: new_user(tmp_path, name) for name in ("anna", "bob")}
    annas = send(address, tokens["anna"], photo)
    send(address, tokens["bob"], another_photo)

    page.goto(f"{address}/#job={annas}")
    asked(guarded).fill("lucida_wrong")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("does not know this token")
    page.get_by_label("Token").fill(tokens["anna"])
    page.keyboard.press("Enter")
    history = page.get_by_role("region", name="History").get_by_role("listitem")
    expect(history).to_have_count(1)
    expect(history).to_contain_text("evening.jpg")
    guarded.wait_until_done()  # the WebSocket and the files come by the cookie
    with page.expect_download(timeout=JOB_SECONDS) as download:
        page.get_by_role("link", name="Download EXR").click()
    assert Path(download.value.path()).read_bytes()[:4] == b"\x76\x2f\x31\x01"
    kept = page.evaluate("() => JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "lucida_" not in kept
    guarded.wait_until_lit()

    leave = page.get_by_role("button", name="Sign out anna")
    page.get_by_role("button", name="Appearance").focus()
    page.keyboard.press("Tab")
    expect(leave).to_be_focused()
    page.keyboard.press("Enter")
    asked(guarded)
    assert page.request.get(f"{address}/api/jobs/{annas}").status == 401

    asked(guarded).fill(tokens["bob"])
    page.get_by_role("button", name="Sign in").click()
    expect(history).to_have_count(1)
    expect(history).to_contain_text("morning.jpg")
    guarded.wait_until_done()
    users(tmp_path, "revoke", tokens["bob"])
    page.reload()
    asked(guarded)


def test_where_nobody_has_to_log_in_there_is_nothing_to_sign_out_of(lucida: Lucida) -> None:
    lucida.open()
    expect(lucida.page.get_by_role("button", name="Appearance")).to_be_visible()
    expect(lucida.page.get_by_role("button", name="Sign out")).to_have_count(0)
