"""Passwords hashed beside the event loop, a few at a time, so that a flood of sign-ins cannot stop the service."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from storage import password_hash

AT_ONCE = 2  # 64 MiB each
LONGEST_QUEUE = 6  # a second or so of waiting


class TooMany(Exception):
    """Too many passwords wait to be checked; try again in a moment."""


class Hashing:
    """Hashes and checks in threads, at most `AT_ONCE` at a time."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn; raises TooMany rather than queue for long.

        Taken before anything is read or counted: who is sent away must not have used up an attempt.
        """
        if self._inside >= AT_ONCE + LONGEST_QUEUE:
            raise TooMany
        self._inside += 1
        try:
            async with self._turns:
                yield
        finally:
            self._inside -= 1


async def make(password: str) -> str:
    """Return the hash to store."""
    return await asyncio.to_thread(password_hash.make, password)


async def check(kept: str | None, password: str) -> bool:
    """Say whether the password is right; takes as long when there is none to compare with."""
    return await asyncio.to_thread(password_hash.check, kept, password)


HASHING = web.AppKey("console_hashing", Hashing)


def hashing(request: web.Request) -> Hashing:
    """Return the console's own."""
    return request.config_dict[HASHING]
