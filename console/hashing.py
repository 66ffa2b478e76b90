"""Passwords hashed beside the event loop, a few at a time, so that a flood of sign-ins cannot stop the service."""

import asyncio

from aiohttp import web

from storage import password_hash

AT_ONCE = 2  # 64 MiB each
LONGEST_QUEUE = 6  # about a second and a half of waiting


class TooMany(Exception):
    """Too many passwords wait to be checked; try again in a moment."""


class Hashing:
    """Hashes and checks in threads, at most `AT_ONCE` at a time; raises TooMany rather than queue for long."""

    def __init__(self) -> None:
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._inside = 0

    async def make(self, password: str) -> str:
        """Return the hash to store."""
        async with _Place(self):
            return await asyncio.to_thread(password_hash.make, password)

    async def check(self, kept: str | None, password: str) -> bool:
        """Say whether the password is right; takes as long when there is none to compare with."""
        async with _Place(self):
            return await asyncio.to_thread(password_hash.check, kept, password)

    def room(self) -> None:
        """Raise TooMany if there is no place left."""
        if self._inside >= AT_ONCE + LONGEST_QUEUE:
            raise TooMany

    async def enter(self) -> None:
        """Take a place, and wait for the turn."""
        self.room()
        self._inside += 1
        try:
            await self._turns.acquire()
        except BaseException:
            self._inside -= 1
            raise

    def leave(self) -> None:
        """Give the place to the next one."""
        self._turns.release()
        self._inside -= 1


class _Place:
    def __init__(self, hashing: Hashing) -> None:
        self._hashing = hashing

    async def __aenter__(self) -> None:
        await self._hashing.enter()

    async def __aexit__(self, *_exc: object) -> None:
        self._hashing.leave()


HASHING = web.AppKey("console_hashing", Hashing)


def hashing(request: web.Request) -> Hashing:
    """Return the console's own."""
    return request.config_dict[HASHING]
