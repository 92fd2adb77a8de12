"""A way to a server that can be slow, break, or swallow what is sent over it."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

_CHUNK = 1 << 16
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends a reset


class _Way:
    """One connection through the proxy; one that has lost bytes is good for nothing any more, and looks alive."""

    def __init__(self, near: socket.socket, far: socket.socket, proxy: Proxy) -> None:
        self.ends = (near, far)
        self._proxy = proxy
        self._lost = False
        for source, target in ((near, far), (far, near)):
            threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def close(self, *, reset: bool = False) -> None:
        for end in self.ends:
            try:
                if reset:
                    end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)  # wakes who reads it, too: else it would stay open
            except OSError:
                pass  # it was closed by its other end
            end.close()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(_CHUNK):
                time.sleep(self._proxy.latency)
                self._lost = self._lost or self._proxy.swallows
                if not self._lost:
                    target.sendall(data)
        except OSError:
            pass
        if not self._lost:
            self.close()


class Proxy:
    """Listens on a port of its own for one of this machine's."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.latency = 0.0  # seconds, each way
        self.swallows = False
        self._ways: list[_Way] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._listen, daemon=True).start()

    def reset(self) -> None:
        """Break every connection."""
        ways, self._ways = self._ways, []
        for way in ways:
            way.close(reset=True)

    def close(self) -> None:
        """End."""
        self._listening.close()
        self.reset()

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self.target), timeout=5)
            except OSError:
                near.close()
                continue
            far.settimeout(None)
            self._ways.append(_Way(near, far, self))


@contextmanager
def faulty_network(target: int) -> Iterator[Proxy]:
    """A proxy for the length of a block."""
    proxy = Proxy(target)
    try:
        yield proxy
    finally:
        proxy.close()
