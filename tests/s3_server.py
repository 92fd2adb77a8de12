"""An object storage of a test's own: moto as a process, behind a door that checks signatures and can be broken."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from free_port import free_port
from s3_signatures import refusal
from waiting import wait_until

MISSING = "no moto server is installed (pip install 'moto[server]')"
BINARY = shutil.which("moto_server", path=str(Path(sys.executable).parent)) or shutil.which("moto_server")
ACCESS_KEY, SECRET = "lucida", "not-a-secret"
_LEFT_OUT = {"connection", "transfer-encoding", "content-length", "server", "date"}


@dataclass
class S3Server:
    """Where it is, what it was asked, and how it breaks.

    `trouble` is asked with the method and the target of each request, and says how that one goes wrong: a status to
    answer, `reset` or `hang` before it reaches the storage, `lost` for an answer that is lost after it did, `silent`
    for one that does not come, `cut` for a body that ends in its middle; None where it goes well.
    """

    port: int
    behind: int
    trouble: Callable[[str, str], int | str | None] = lambda method, target: None
    asked: list[tuple[str, str]] = field(default_factory=list)
    hang_seconds: float = 3.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def variables(self, prefix: str) -> dict[str, str]:
        """What a Lucida is told of it; its buckets' names begin with the prefix."""
        return {
            "LUCIDA_STORAGE": "s3",
            "LUCIDA_S3_ENDPOINT": self.address,
            "LUCIDA_S3_ACCESS_KEY": ACCESS_KEY,
            "LUCIDA_S3_SECRET_KEY": SECRET,
            "LUCIDA_S3_BUCKET_PREFIX": prefix,
        }


def _error(code: str) -> bytes:
    return f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>told to</Message></Error>".encode()


def _door(server: S3Server) -> type[BaseHTTPRequestHandler]:
    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def _serve(self) -> None:
            body = self._body()
            server.asked.append((self.command, self.path))
            headers = {name.lower(): value for name, value in self.headers.items()}
            refused = refusal(self.command, self.path, headers, body, access_key=ACCESS_KEY, secret=SECRET)
            if refused is not None:
                self._say(403, {"Content-Type": "application/xml"}, _error(refused))
                return
            trouble = server.trouble(self.command, self.path)
            if isinstance(trouble, int):
                self._say(trouble, {"Content-Type": "application/xml"}, _error("InternalError"))
                return
            if trouble == "hang":
                time.sleep(server.hang_seconds)
            if trouble in ("hang", "reset"):
                self.close_connection = True
                return
            status, told, content = self._ask(headers, body)
            if trouble == "silent":
                time.sleep(server.hang_seconds)
            if trouble in ("lost", "silent"):
                self.close_connection = True
                return
            self._say(status, told, content, cut=trouble == "cut")

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = _serve

        def _body(self) -> bytes:
            if "chunked" in self.headers.get("transfer-encoding", ""):
                raise AssertionError("a body without its length")
            if self.headers.get("expect", "").lower() == "100-continue":
                self.send_response_only(100)
                self.end_headers()
                self.wfile.flush()
            return self.rfile.read(int(self.headers.get("content-length", 0)))

        def _ask(self, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
            onward = http.client.HTTPConnection("127.0.0.1", server.behind, timeout=60)
            try:
                kept = {name: value for name, value in headers.items() if name not in ("expect", "connection")}
                onward.request(self.command, self.path, body=body or None, headers=kept)
                answer = onward.getresponse()
                told = {name: value for name, value in answer.getheaders() if name.lower() not in _LEFT_OUT}
                content = answer.read()
                if self.command == "HEAD":
                    told["Content-Length"] = answer.getheader("Content-Length") or "0"
                return answer.status, told, content
            finally:
                onward.close()

        def _say(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
            self.wfile.flush()
            self.close_connection = self.close_connection or cut

        def log_message(self, format: str, *args: Any) -> None:
            """Says nothing: a test that fails shows what was asked."""

    return Door


class _Doors(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Says nothing of clients that have gone in the middle; what matters is what they were told."""


def _answers(process: subprocess.Popen[bytes], port: int) -> bool:
    assert process.poll() is None
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server for the length of a block."""
    behind = free_port()
    command = [str(BINARY), "-H", "127.0.0.1", "-p", str(behind)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = S3Server(0, behind)
    door = _Doors(("127.0.0.1", 0), _door(server))
    server.port = int(door.server_address[1])
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        wait_until(lambda: _answers(process, behind), "moto to answer")
        yield server
    finally:
        door.shutdown()
        door.server_close()
        process.kill()
        process.wait()
