"""Cases at size: inbox page, search, case page and opening one, beside a bare SELECT by primary key in the same run."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from faq.text import fold
from handlers import cases, deadlines, inbox, worktime
from handlers.case_codes import make_code
from handlers.case_life import OPEN_STATUSES, Category, Kind, Status
from handlers.cases import Draft, searchable
from handlers.inbox import Filter, Order
from handlers.officials import Official, Role
from storage import cases as rows
from storage import facts, people, schema
from storage.crypto import Vault
from storage.db import Database, Tx
from storage.tables import cases as table
from tests import postgres
from tests.bench.report import Report
from tests.databases import SECRET

CASES_PER_SIZE, MESSAGES_PER_CASE = 100, 10  # 100,000 and 1,000,000 at the size that is usual
PEOPLE = 2000
TIMES = 120
LIMIT_MS = 100.0
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
DEADLINES = deadlines.load(worktime.load(ZoneInfo("Asia/Ho_Chi_Minh")))
COMMUNES = [str(10500 + number) for number in range(114)]
WORDS = [
    "tiền",
    "trợ",
    "cấp",
    "xã",
    "hội",
    "hai",
    "tháng",
    "nay",
    "chưa",
    "nhận",
    "hộ",
    "nghèo",
    "danh",
    "sách",
    "bình",
    "xét",
    "thẻ",
    "bảo",
    "hiểm",
    "y",
    "tế",
    "hết",
    "hạn",
    "trường",
    "thu",
    "quỹ",
    "lớp",
    "nhà",
    "dột",
    "nát",
    "mưa",
    "bão",
    "vay",
    "vốn",
    "ngân",
    "hàng",
    "cán",
    "bộ",
    "thái",
    "độ",
    "đường",
    "ngập",
    "nước",
    "thôn",
    "xóm",
]
_NUMBERS = {
    "sqlite": (
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :number) SELECT i FROM n"
    ),
    "postgresql": "SELECT i FROM generate_series(0, CAST(:number AS integer) - 1) AS g(i)",
}


async def run(report: Report, folder: Path, size: int) -> None:
    """Measure on SQLite, and on PostgreSQL where its programs are installed."""
    await _measure(report, "SQLite", f"sqlite+aiosqlite:///{folder / 'cases.db'}", size)
    if (programs := postgres.find_programs()) is not None:
        with postgres.server(programs) as url:
            await _measure(report, "PostgreSQL", url, size)


async def _measure(report: Report, name: str, url: str, size: int) -> None:
    database = Database(url, Vault(SECRET))
    await database.write(schema.upgrade)
    await database.write(facts.claim_key)
    began = time.perf_counter()
    await database.write(_fill, size * CASES_PER_SIZE)
    if database.file is None:
        await database.write(lambda tx: tx.execute(sa.text("ANALYZE")))
    report.figure(
        f"cases on {name}: seconds to fill {size * CASES_PER_SIZE:,} cases", time.perf_counter() - began, "s"
    )
    chance = random.Random(7)
    everywhere = Official(1, "lanh-dao", "Lãnh đạo", Role.LEADER, None)

    def officer() -> Official:
        return Official(2, "can-bo", "Cán bộ", Role.OFFICER, chance.choice(COMMUNES))

    def listed(official: Official, wanted: Filter) -> Callable[[Tx], object]:
        return lambda tx: inbox.list_inbox(tx, official, wanted, None, 50, NOW)

    def deep(tx: Tx) -> object:
        after = inbox.Cursor(None, chance.randrange(1, size * CASES_PER_SIZE))
        return inbox.list_inbox(tx, everywhere, Filter(order=Order.NEWEST, open_only=False), after, 50, NOW)

    def word(number: int) -> str:
        return " ".join(chance.sample(WORDS, number))

    def any_case() -> int:
        return chance.randrange(1, size * CASES_PER_SIZE)

    ways: dict[str, Callable[[], Callable[[Tx], object]]] = {
        "inbox of a commune, next due first": lambda: listed(officer(), Filter()),
        "inbox of all, next due first": lambda: listed(everywhere, Filter()),
        "inbox of all, any page, newest first": lambda: deep,
        "search of a commune, one word": lambda: listed(officer(), Filter(search=word(1), open_only=False)),
        "search of a commune, three words, open": lambda: listed(officer(), Filter(search=word(3))),
        "search of all, one word": lambda: listed(everywhere, Filter(search=word(1), open_only=False)),
        "search of all, three words, open": lambda: listed(everywhere, Filter(search=word(3))),
        "search of all, a word nobody wrote": lambda: listed(everywhere, Filter(search="không-ai-viết xyz")),
        "search of all, half a code": lambda: listed(everywhere, Filter(search="K7M4X", open_only=False)),
        "count of what is late": lambda: lambda tx: inbox.count_inbox(tx, everywhere, Filter(late=True), NOW),
        "case page": lambda: partial(inbox.get, official=everywhere, case_id=any_case()),
        "duplicates of a case": lambda: partial(_duplicates, official=everywhere, case_id=any_case()),
    }
    bare = await _p95(lambda: database.read(_bare, any_case()))
    report.figure(f"cases on {name}: bare SELECT by primary key, p95", bare, "ms")
    worst = 0.0
    for what, way in ways.items():
        taken = await _p95(lambda way=way: database.read(way()))  # type: ignore[misc]
        worst = max(worst, taken)
        report.figure(f"cases on {name}: {what}, p95", taken, "ms")
        report.ratio(
            f"{name}: {what} / bare SELECT", taken / bare, None, "how many bare SELECTs by key a page costs"
        )
    report.ratio(f"{name}: 100 ms / the slowest page's p95", LIMIT_MS / worst, 1.0, "server time of a page")
    opened = await _p95(lambda: database.write(_open, chance))
    report.figure(f"cases on {name}: open a case, p95", opened, "ms")
    report.ratio(
        f"{name}: 50 ms / opening a case", 50.0 / opened, 1.0, "on top of a turn, its own commit included"
    )
    await database.close()


def _duplicates(tx: Tx, official: Official, case_id: int) -> object:
    return inbox.similar(tx, official, rows.get(tx, case_id), NOW)


def _bare(tx: Tx, case_id: int) -> object:
    return tx.execute(sa.select(table.c.id, table.c.code).where(table.c.id == case_id)).one_or_none()


async def _p95(once: Callable[[], Awaitable[object]]) -> float:
    """Return milliseconds that 95 of 100 take at most, after a few that warm up."""
    taken = []
    for number in range(TIMES + 5):
        began = time.perf_counter()
        await once()
        if number >= 5:
            taken.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0)
    return sorted(taken)[int(len(taken) * 0.95)]


def _open(tx: Tx, chance: random.Random) -> object:
    draft = Draft(
        Kind.REFLECTION, Category.ALLOWANCE, "Hai tháng nay chưa nhận được tiền trợ cấp xã hội", COMMUNES[0],
        "web", chance.randrange(1, PEOPLE), anonymous=chance.random() < 0.5,
    )  # fmt: skip
    return cases.open_case(tx, draft, lambda: make_code(chance.choice), DEADLINES, NOW)


def _fill(tx: Tx, number: int) -> None:
    """Make people, cases of all ages (a twentieth of them open), a history each, and ten messages a case."""
    chance = random.Random(3)
    for person in range(PEOPLE):
        people.meet(tx, "web", f"p{person}", NOW)
    seen: set[str] = set()
    batch: list[dict[str, object]] = []
    for count in range(number):
        while (code := make_code(chance.choice)) in seen:
            pass
        seen.add(code)
        batch.append(_row(code, count, number, chance))
        if len(batch) == 5000:
            tx.execute(sa.insert(table), batch)
            batch = []
    if batch:
        tx.execute(sa.insert(table), batch)
    tx.execute(
        sa.text(
            "INSERT INTO case_entries (case_id, at, actor, action, status, public) "
            "SELECT id, opened_at, 'resident', 'open', 'new', is_open = is_open FROM cases"
        )
    )
    tx.execute(
        sa.text(
            "INSERT INTO messages (address_id, direction, text, at) "  # our own words
            f"SELECT i % {PEOPLE} + 1, 'out', 'Cán bộ trả lời phản ánh của bà con.', :now FROM "
            f"({_NUMBERS[tx.dialect]}) AS numbers"
        ).bindparams(sa.bindparam("now", NOW, type_=table.c.opened_at.type)),
        {"number": number * MESSAGES_PER_CASE},
    )


def _row(code: str, count: int, number: int, chance: random.Random) -> dict[str, object]:
    is_open = chance.random() < 0.05
    status = chance.choice(sorted(OPEN_STATUSES)) if is_open else Status.CLOSED
    area = chance.choice(COMMUNES)
    text = " ".join(chance.choices(WORDS, k=chance.randrange(8, 40)))
    opened = NOW - timedelta(minutes=(number - count) * 5)
    due = opened + timedelta(days=14)
    return {
        "code": code,
        "kind": Kind.REFLECTION,
        "category": Category.OTHER,
        "status": status,
        "is_open": is_open,
        "area_code": area,
        "text": text,
        "folded": searchable(code, area, fold(text)),
        "channel": "web",
        "anonymous": False,
        "address_id": count % PEOPLE + 1,
        "version": 1,
        "opened_at": opened,
        "changed_at": opened,
        "due_at": due if is_open else None,
        "due_soon_at": due - timedelta(days=3) if is_open else None,
        "escalated": 2,
        "answered_at": None if is_open else opened,
    }
