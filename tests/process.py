"""The service as a real process of its own, to be used, killed and started again."""

import asyncio
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import aiohttp

from tests.databases import SECRET
from tests.learned import put_learned

ROOT = Path(__file__).parent.parent
READY_WITHIN_S = 90  # a wall clock on a busy machine; a quiet one takes a few seconds
SERVICE = ("-m", "bot", "run")


def free_port() -> int:
    """Return a port on loopback that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """One run of the service after another, on the same database and port."""

    def __init__(self, folder: Path, database_url: str, **settings: str) -> None:
        """Args: settings: further settings, by their names in the environment."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "log.txt"
        self._folder = folder
        self._child: asyncio.subprocess.Process | None = None
        self._environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": database_url,
            "SECRET_KEY": SECRET,
            "HTTP_PORT": str(self.port),
            "PUBLIC_URL": self.url,
            "LOG_LEVEL": "WARNING",
            **settings,
        }

    async def start(self, command: Sequence[str] = SERVICE, **settings: str) -> None:
        """Start and wait until it is ready. Raises AssertionError with its log if it ends before."""
        await self.spawn(command, **settings)
        assert self._child is not None
        async with asyncio.timeout(READY_WITHIN_S), aiohttp.ClientSession() as session:
            while True:
                assert self._child.returncode is None, self.log.read_text()
                try:
                    async with session.get(f"{self.url}/readyz") as answer:
                        if answer.status == 200:
                            return
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.02)

    async def spawn(self, command: Sequence[str] = SERVICE, **settings: str) -> None:
        """Start, and wait for nothing: a worker serves no page that could say that it is ready."""
        put_learned(self._folder)
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                sys.executable,
                *command,
                cwd=self._folder,
                env=self._environment | settings,
                stdout=log,
                stderr=log,
            )

    async def kill(self) -> None:
        """Kill it as a power cut would."""
        assert self._child is not None
        self._child.kill()
        await self._child.wait()

    async def ended(self) -> int:
        """Wait for it to end by itself; returns the exit status (minus the signal that killed it)."""
        assert self._child is not None
        async with asyncio.timeout(READY_WITHIN_S):
            return await self._child.wait()

    async def stop(self) -> int:
        """Ask it to stop; returns the exit status."""
        assert self._child is not None
        if self._child.returncode is None:
            self._child.send_signal(signal.SIGTERM)
        return await self.ended()

    async def clean_up(self) -> None:
        """Make sure that nothing is left running."""
        if self._child is not None and self._child.returncode is None:
            await self.kill()

    async def command(self, *words: str, said: str = "") -> str:
        """Run `hai-chieu` beside the service with something on its standard input; returns what it prints."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "bot", *words),
            cwd=self._folder,
            env=self._environment,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await child.communicate(said.encode())
        assert child.returncode == 0, err.decode()
        return out.decode()

    def environment(self) -> Mapping[str, str]:
        """Return the environment of the service, for commands beside it."""
        return dict(self._environment)
