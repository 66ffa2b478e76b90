"""Exports under way and their files, in this process alone: gone when it ends, and in any case after an hour.

Two are written at once, the others wait their turn. Each belongs to the official who asked for it and to nobody else.
"""

import asyncio
import logging
import secrets
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

from aiohttp import web

from console.exporting import write_file
from console.parts import Parts
from handlers.errors import TooLate
from handlers.exports import Order, Words

AT_ONCE = 2
EACH = 2  # of one official, waiting or being written
KEPT = timedelta(hours=1)

log = logging.getLogger(__name__)


class State(StrEnum):
    """Where a job stands."""

    WAITING = "waiting"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"


@dataclass(slots=True)
class Job:
    """One export. `rows` of `of` are written; `until`: when a finished one is taken away."""

    id: str
    official_id: int
    order: Order
    format_name: str
    asked_at: datetime
    state: State = State.WAITING
    rows: int = 0
    of: int = 0
    until: datetime | None = None

    @property
    def over(self) -> bool:
        """Say whether nothing more happens to it."""
        return self.state in (State.READY, State.FAILED)

    def show(self, rows: int, of: int) -> None:
        """Note how far it is."""
        self.rows, self.of = rows, of


class Jobs:
    """Every export of this process."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._folder: Path | None = None

    def start(self, parts: Parts, official_id: int, order: Order, format_name: str) -> Job:
        """Begin to write an order that was allowed. Raises TooLate when this official has enough of them under way."""
        self.check_room(parts.now(), official_id)
        job = Job(secrets.token_urlsafe(16), official_id, order, format_name, parts.now())
        self._jobs[job.id] = job
        task = asyncio.create_task(self._write(parts, job))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return job

    def check_room(self, now: datetime, official_id: int) -> None:
        """Raise TooLate when this official has enough of them under way."""
        if sum(not job.over for job in self.list(now, official_id)) >= EACH:
            raise TooLate("exports of this official are under way")

    def list(self, now: datetime, official_id: int) -> list[Job]:
        """Return this official's jobs, newest first."""
        self._sweep(now)
        own = [job for job in self._jobs.values() if job.official_id == official_id]
        return sorted(own, key=lambda job: job.asked_at, reverse=True)

    def find(self, now: datetime, official_id: int, job_id: str) -> Job | None:
        """Return a job of this official; None for anybody else's, and for one that was taken away."""
        self._sweep(now)
        job = self._jobs.get(job_id)
        return job if job and job.official_id == official_id else None

    def file(self, job: Job) -> Path:
        """Return where the file of a job lies."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="hai-chieu-export-"))  # 0700: nobody else's to read
        return self._folder / f"{job.id}.{job.format_name}"

    async def _write(self, parts: Parts, job: Job) -> None:
        titles = {topic.id: topic.title for topic in parts.guide.library.topics.values()}
        words = Words(parts.guide.areas, titles, parts.zone)
        async with self._turn:
            job.state = State.WRITING
            try:
                await write_file(parts.database, words, job.order, job.format_name, self.file(job), job.show)
                job.state = State.READY
            except Exception:
                log.exception("export failed", extra={"kind": str(job.order.kind)})
                job.state = State.FAILED
        job.until = parts.now() + KEPT
        # Also where nobody looks again.
        asyncio.get_running_loop().call_later(KEPT.total_seconds(), self._drop, job.id)

    def _sweep(self, now: datetime) -> None:
        for job in list(self._jobs.values()):
            if job.until is not None and job.until <= now:
                self._drop(job.id)

    def _drop(self, job_id: str) -> None:
        job = self._jobs.pop(job_id, None)
        if job is not None and self._folder is not None:
            self.file(job).unlink(missing_ok=True)

    async def close(self) -> None:
        """End what runs and take every file away."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._folder is not None:
            await asyncio.to_thread(shutil.rmtree, self._folder, ignore_errors=True)


JOBS = web.AppKey("console_exports", Jobs)


async def _close(app: web.Application) -> None:
    await app[JOBS].close()


def add_to(app: web.Application) -> None:
    """Give the application its exports, and end them with it."""
    app[JOBS] = Jobs()
    app.on_cleanup.append(_close)
