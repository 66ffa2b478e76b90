"""One door to the database, whichever it is: `read` and `write` hand a plain function a transaction.

The function is synchronous and gets a `Tx`. On SQLite a write runs in the one writer thread on a synchronous
connection: measured four times faster than awaiting each statement over aiosqlite, and one hop of threads a
turn. On PostgreSQL it runs on asyncpg through SQLAlchemy's greenlets. Since nothing inside can await, no
transaction can ever be held open across a network call.
"""

import asyncio
import functools
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Concatenate, ParamSpec, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, CursorResult, make_url
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.sql.base import Executable

from storage.crypto import Vault
from storage.driver_errors import Translated
from storage.errors import Damaged, Unavailable

BUSY_TIMEOUT_MS = 5000
BATCH_JOBS = 32  # pieces of work that share a transaction at most; nobody waits much longer than for a commit
WRITER_CACHE_KB = 16_000
CHECKPOINT_PAGES = 4000  # the log beside the database grows to 16 MB
READERS = 4
POSTGRES_POOL = 8

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Tx:
    """A transaction that somebody else opens and ends. Nobody who is given one commits."""

    connection: sa.Connection
    vault: Vault

    def execute(self, statement: Executable, rows: Any = None) -> CursorResult[Any]:
        """Run one statement; `rows` is one dict of parameters or a list of them."""
        return self.connection.execute(statement, rows)

    @property
    def dialect(self) -> str:
        """Return "sqlite" or "postgresql"."""
        return self.connection.dialect.name


class Database:
    """SQLite or PostgreSQL behind `read` and `write`; ended by `close`, or see `opened`."""

    def __init__(self, url: str, vault: Vault) -> None:
        """Args: url: `sqlite+aiosqlite:///file` or `postgresql+asyncpg://…`; ValueError for any other.

        Opens nothing yet.
        """
        self.url: URL = make_url(url)
        self.vault = vault
        self._closed = False
        self._reading: set[asyncio.Future[Any]] = set()
        if self.url.drivername == "sqlite+aiosqlite" and self.url.database not in (None, "", ":memory:"):
            self._writer: _SqliteWriter | None = _SqliteWriter(str(self.url.database))
            self._engine = create_async_engine(self.url, pool_size=READERS, max_overflow=0)
            event.listen(self._engine.sync_engine, "connect", functools.partial(_on_connect, reader=True))
            event.listen(self._engine.sync_engine, "begin", _begin_deferred)
        elif self.url.drivername == "postgresql+asyncpg":
            self._writer = None
            self._engine = create_async_engine(
                self.url, pool_size=POSTGRES_POOL, pool_pre_ping=True, connect_args={"timeout": 10}
            )
        else:
            raise ValueError("neither sqlite+aiosqlite:///file nor postgresql+asyncpg://user@host/name")

    @property
    def file(self) -> Path | None:
        """Return the SQLite file, or None on PostgreSQL."""
        return Path(self.url.database) if self._writer and self.url.database else None

    async def write(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(tx, …)` in one writing transaction, commit, and return its result.

        Any exception of `work` rolls back and is raised. Cancelling the caller does not stop a transaction
        that has begun: it ends by itself, committed or rolled back. Raises Unavailable when the database
        is locked, full or gone, Damaged when its file is not a database.
        """

        def bound(tx: Tx) -> T:
            return work(tx, *args, **kwargs)

        if self._writer:
            return await self._writer.run(self.vault, bound)
        with Translated():
            async with self._connected() as connection, connection.begin():
                return await connection.run_sync(lambda c: bound(Tx(c, self.vault)))

    async def read(self, work: Callable[Concatenate[Tx, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run `work(tx, …)` on one consistent snapshot, without waiting for writers; it cannot write.

        Whoever stops waiting does not stop it: cut off while it is being made, a connection would be lost to the pool.
        """
        if self._closed:
            raise Unavailable("the database was closed")
        reading = asyncio.ensure_future(self._read(lambda tx: work(tx, *args, **kwargs)))
        self._reading.add(reading)
        reading.add_done_callback(self._read_ended)
        return await asyncio.shield(reading)

    async def _read(self, bound: Callable[[Tx], T]) -> T:
        with Translated():
            async with self._connected() as connection:
                if not self._writer:
                    await connection.execution_options(
                        isolation_level="REPEATABLE READ", postgresql_readonly=True
                    )
                return await connection.run_sync(lambda c: bound(Tx(c, self.vault)))

    def _read_ended(self, reading: "asyncio.Future[Any]") -> None:
        self._reading.discard(reading)
        if not reading.cancelled():
            reading.exception()  # whoever waited has it

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[AsyncConnection]:
        try:
            connection = await self._engine.connect()
        except (OSError, TimeoutError) as exc:
            # asyncpg raises plain connection errors while it connects.
            raise Unavailable(f"the database cannot be reached: {exc}") from exc
        try:
            yield connection
        finally:
            await connection.close()

    async def close(self) -> None:
        """End what runs and let go of every connection."""
        await self._close_readers()
        if self._writer:
            await self._writer.close()

    async def _close_readers(self) -> None:
        self._closed = True
        if self._reading:
            await asyncio.wait(self._reading)
        await self._engine.dispose()


@asynccontextmanager
async def opened(url: str, vault: Vault) -> AsyncIterator[Database]:
    """Give a Database for the length of a block."""
    database = Database(url, vault)
    try:
        yield database
    finally:
        await database.close()


@dataclass(slots=True)
class _Job:
    """Work that waits for the writer, and where its outcome goes."""

    vault: Vault
    work: Callable[[Tx], Any]
    future: "Future[Any]" = field(default_factory=Future)
    result: Any = None

    def ready(self) -> bool:
        """Say whether somebody still wants it done."""
        return self.future.set_running_or_notify_cancel()


class _SqliteWriter:
    """The one writing connection and its thread.

    Work that piled up while a commit was under way shares the next one, each piece in a savepoint of its own: a
    commit is a flush to the disk, and a flush costs the same for one turn as for thirty.
    """

    def __init__(self, file: str) -> None:
        self._file = file
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        self._engine: sa.Engine | None = None
        self._connection: sa.Connection | None = None
        self._thread: threading.Thread | None = None
        self._closed = False

    async def run(self, vault: Vault, work: Callable[[Tx], T]) -> T:
        if self._closed:
            raise Unavailable("the database was closed")
        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="sqlite-writer", daemon=True)
            self._thread.start()
        job = _Job(vault, work)
        self._jobs.put(job)
        result: T = await asyncio.wrap_future(job.future)
        return result

    def _serve(self) -> None:
        while (job := self._jobs.get()) is not None:
            if job.ready():
                self._commit_together(job)
        self._disconnect()

    def _commit_together(self, first: _Job) -> None:
        """Run a job and those that wait behind it in one transaction; tell each how it went after the commit."""
        done: list[_Job] = []
        current = first
        try:
            with Translated():
                if self._connection is None:
                    self._connection = self._connect()
                with self._connection.begin():
                    for current in self._batch(first):
                        if self._run_one(current, self._connection):
                            done.append(current)
        except BaseException as exc:
            # The transaction is gone, and with it what others did in it. A connection that saw an error is not
            # trusted with the next one: a new one costs a millisecond.
            self._disconnect()
            for job in (*done, current):
                if not job.future.done():
                    job.future.set_exception(exc)
        else:
            for job in done:
                job.future.set_result(job.result)

    def _batch(self, first: _Job) -> Iterator[_Job]:
        yield first
        for _ in range(BATCH_JOBS - 1):
            try:
                job = self._jobs.get_nowait()
            except Empty:
                return
            if job is None:
                self._jobs.put(None)
                return
            if job.ready():
                yield job

    def _run_one(self, job: _Job, connection: sa.Connection) -> bool:
        """Run one job in its savepoint; an error of its own ends it alone. Returns whether it counts."""
        # Past SQLAlchemy, which would spend as much on a savepoint as on three statements.
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)  # noqa: S101  # this is the SQLite writer
        driver.execute("SAVEPOINT job")
        try:
            with Translated():
                job.result = job.work(Tx(connection, job.vault))
        except (Unavailable, Damaged):
            raise  # the database's own trouble: SQLite may have ended the whole transaction already
        except Exception as exc:
            driver.execute("ROLLBACK TO job")
            job.future.set_exception(exc)
            return False
        driver.execute("RELEASE job")
        return True

    def _connect(self) -> sa.Connection:
        if self._engine is None:
            Path(self._file).parent.mkdir(parents=True, exist_ok=True)
            self._engine = sa.create_engine(f"sqlite:///{self._file}", poolclass=sa.pool.NullPool)
            event.listen(self._engine, "connect", functools.partial(_on_connect, reader=False))
            event.listen(self._engine, "begin", _begin_immediate)
        return self._engine.connect()

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    async def close(self) -> None:
        self._closed = True
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None


def _on_connect(raw: Any, _record: object, *, reader: bool) -> None:
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    if reader:
        cursor.execute("PRAGMA query_only = ON")
    else:
        # WAL: readers never wait for the writer. FULL: what was committed survives a power cut, which is
        # what "accepted is not lost" promises; NORMAL would be a third faster and may lose the last moments.
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        # An announcement's rows touch more pages than 2 MB, and each checkpoint waits for the disk twice.
        cursor.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KB}")
        cursor.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        # What is deleted is overwritten with zeros: what somebody had erased is not read from the file.
        cursor.execute("PRAGMA secure_delete = ON")
    cursor.close()
    # The driver begins transactions only before it writes, so that every SELECT would see another moment. We begin.
    raw.isolation_level = None


def _begin_deferred(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN")


def _begin_immediate(connection: sa.Connection) -> None:
    # IMMEDIATE takes the write lock at once: a transaction that read first and wrote later would be refused
    # outright, whatever the busy timeout, when another process wrote in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")


__all__ = ["Database", "Tx", "opened"]
