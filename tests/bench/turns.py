"""The durable turn alone, beside the same statements on a bare synchronous engine and on the async one as it comes."""

import asyncio
import secrets
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.ext.asyncio import create_async_engine

from faq import Hit, Match, Verdict
from handlers import areas, case_codes, case_kinds, conversation, deadlines, signals, topics, worktime
from handlers.conversation import Carrier
from handlers.messages import Address, Inbound
from handlers.secrets import Masked
from handlers.topics import Library
from handlers.turn import Guide, Reading
from storage import conversations, facts, intake, messages, outbox, people, questions, schema
from storage.crypto import Vault
from storage.db import Database, Tx, _begin_immediate, _on_connect
from storage.outbox import Lane, Lease
from tests.bench.report import Report
from tests.databases import SECRET

PEOPLE = 50
AT_ONCE = 32
TOPIC = "chuan-ngheo-2022-2025"
TEXT = "thu nhap bao nhieu thi duoc coi la ho ngheo"
ANSWER = "Ở nông thôn, thu nhập bình quân từ 1.500.000 đồng một người một tháng trở xuống. " * 6


async def run(report: Report, folder: Path, size: int) -> None:
    """Measure the three in turn, twice, and take the better of each: the noise only ever slows down."""
    content = topics.shipped()
    guide = Guide(
        Library(content),
        areas.load(),
        signals.shipped(content),
        "thành phố Hải Phòng",
        730,
        deadlines.load(worktime.load(ZoneInfo("Asia/Ho_Chi_Minh"))),
        case_kinds.load(),
        lambda: case_codes.make_code(secrets.choice),
    )
    ways = {
        "turn: this service, state and decision included": _ours,
        "turn: the same statements, bare synchronous engine, one thread": _bare,
        "turn: the same statements, async engine as it comes": _as_it_comes,
    }
    best = dict.fromkeys(ways, 0.0)
    for round_ in range(2):
        for name, way in ways.items():
            file = folder / f"turns-{round_}-{len(name)}.db"
            await _prepare(file)
            best[name] = max(best[name], await way(file, guide, size))
    for name, rate in best.items():
        report.figure(name, rate, "per second")
    ours, bare, as_it_comes = best.values()
    report.ratio(
        "durable turn / the same statements on a bare synchronous engine",
        ours / bare,
        0.5,
        "what thinking and the door to the database cost on top of the statements themselves",
    )
    report.ratio(
        "durable turn / the same statements on the async engine as it comes",
        ours / as_it_comes,
        None,
        "what handing the whole turn to one writer thread gains over awaiting statement by statement",
    )


async def _prepare(file: Path) -> None:
    database = _database(file)
    await database.write(schema.upgrade)
    await database.write(facts.claim_key)
    await database.close()


def _database(file: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{file}", Vault(SECRET))


async def _in_turn(size: int, one: Callable[[int], Awaitable[object]]) -> float:
    """Return how many a second, with so many people at once, each waiting for their own."""

    async def person(first: int) -> None:
        for number in range(first, size, AT_ONCE):
            await one(number)

    for number in range(PEOPLE):
        await one(-1 - number)  # first contact is not what is measured
    began = time.perf_counter()
    await asyncio.gather(*(person(first) for first in range(AT_ONCE)))
    return size / (time.perf_counter() - began)


async def _ours(file: Path, guide: Guide, size: int) -> float:
    database = _database(file)
    hits = (Hit(TOPIC, 0.9),)
    reading = Reading(date(2026, 11, 23), Match(Verdict.ANSWER, 0.9, hits, None, ()), answered=hits)

    async def one(number: int) -> object:
        now = datetime.now(UTC)
        inbound = Inbound(Address("telegram", str(number % PEOPLE)), f"1:{number}", now, TEXT)
        carrier = Carrier(lambda m: [m], Lease("bench", now))
        return await database.write(conversation.receive, Masked(inbound), reading, guide, carrier, now)

    rate = await _in_turn(size, one)
    await database.close()
    return rate


def _statements(tx: Tx, number: int, revisions: dict[int, int]) -> None:
    """Run what a turn runs, with everything it decides decided beforehand."""
    now = datetime.now(UTC)
    inbound_id = intake.take(tx, "telegram", f"1:{number}", "done", now)
    assert inbound_id is not None
    person = people.meet(tx, "telegram", str(number % PEOPLE), now)
    message_id = messages.add_in(tx, person.address_id, inbound_id, TEXT, None, now)
    questions.add(
        tx, person.address_id, message_id, TEXT,
        verdict="answer", score=0.9, topic_id=TOPIC, offered=(), for_official=False, now=now,
    )  # fmt: skip
    state: dict[str, object] = {"version": 1, "flow": None, "step": None, "data": {}}
    conversations.save(tx, person.address_id, person.revision, state, now)
    reply_id = messages.add_out(tx, person.address_id, inbound_id, ANSWER, (), now)
    outbox.add(tx, reply_id, person.address_id, "telegram", Lane.REPLY, now, Lease("bench", now))
    revisions[person.address_id] = person.revision


async def _bare(file: Path, _guide: Guide, size: int) -> float:
    engine = sa.create_engine(f"sqlite:///{file}")
    event.listen(engine, "connect", lambda raw, record: _on_connect(raw, record, reader=False))
    event.listen(engine, "begin", _begin_immediate)
    vault, thread, loop = Vault(SECRET), ThreadPoolExecutor(1), asyncio.get_running_loop()
    revisions: dict[int, int] = {}

    def work(number: int) -> None:
        with engine.begin() as connection:
            _statements(Tx(connection, vault), number, revisions)

    rate = await _in_turn(size, lambda number: loop.run_in_executor(thread, work, number))
    await loop.run_in_executor(thread, engine.dispose)
    thread.shutdown()
    return rate


async def _as_it_comes(file: Path, _guide: Guide, size: int) -> float:
    """The async engine over aiosqlite, with the same PRAGMAs; writers take turns, as SQLite makes them."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{file}", pool_size=1, max_overflow=0)
    event.listen(engine.sync_engine, "connect", lambda raw, record: _on_connect(raw, record, reader=False))
    event.listen(engine.sync_engine, "begin", _begin_immediate)
    vault = Vault(SECRET)
    revisions: dict[int, int] = {}

    async def one(number: int) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(lambda c: _statements(Tx(c, vault), number, revisions))

    rate = await _in_turn(size, one)
    await engine.dispose()
    return rate
