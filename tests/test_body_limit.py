"""Many large bodies at once, from clients that send faster than anybody reads."""

from __future__ import annotations

import asyncio

from starlette.types import Message, Receive, Scope, Send

from lucida.web.body_limit import BodyLimit

UPLOADS, PIECES = 20, 10


async def _read_all(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive()).get("more_body"):
        pass


async def _rounds_between(path: str) -> int:
    """The rounds of the event loop that others had while all bodies were read."""
    app = BodyLimit(_read_all, {"/upload": 1 << 30})
    rounds = 0

    async def others() -> None:
        nonlocal rounds
        while True:
            await asyncio.sleep(0)
            rounds += 1

    async def upload() -> None:
        left = PIECES

        async def receive() -> Message:
            nonlocal left
            left -= 1
            return {"type": "http.request", "body": b"piece", "more_body": left > 0}

        async def send(message: Message) -> None:
            raise AssertionError(message)

        await app({"type": "http", "path": path, "headers": []}, receive, send)

    asking = asyncio.create_task(others())
    await asyncio.gather(*(upload() for _ in range(UPLOADS)))
    asking.cancel()
    return rounds


def test_others_come_in_between_the_pieces_of_uploads() -> None:
    assert asyncio.run(_rounds_between("/upload")) >= UPLOADS * PIECES


def test_small_bodies_are_not_kept_waiting() -> None:
    assert asyncio.run(_rounds_between("/small")) < UPLOADS
