"""An announcement to many becomes deliveries: people a second through the real Database, and how it grows.

Beside it a bare executemany of the same rows: what SQLite alone needs for them.
"""

import resource
import sqlite3
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from handlers import audience, expansion
from handlers.audience import Audience, Tally
from handlers.messages import Outbound
from handlers.sending_rules import SendingRules
from storage import announcements as rows
from storage import facts, schema
from storage.announcements import Announcement
from storage.crypto import Vault
from storage.db import Database, Tx
from storage.messages import Button
from storage.tables import addresses, announcements, consents, conversations, residents
from tests.bench.report import Report
from tests.conftest import SECRET

PEOPLE_PER_SIZE = 100  # 100,000 at the size that is usual
AT_ONCE = 1000
GOAL_PEOPLE_PER_S = 20_000.0
GOAL_DRY_RUN_S = 5.0
NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
RULES = SendingRules(ZoneInfo("Asia/Ho_Chi_Minh"))
MESSAGE = Outbound(
    "Tập huấn chăn nuôi gà\n\nMời bà con đến dự lớp tập huấn, có bữa trưa và tài liệu phát tại chỗ.\n\nMã tin: K7M-4XP.",
    (Button("Tôi sẽ đi", "rsvp:yes:1", None), Button("Tôi không đi được", "rsvp:no:1", None)),
)
POOR = Audience(categories=frozenset(("poor", "near_poor")))


async def run(report: Report, folder: Path, size: int) -> None:
    """Expand to everybody, to those of a category, and write the same rows with the driver alone."""
    people = PEOPLE_PER_SIZE * size
    file = folder / "expansion.db"
    database = Database(f"sqlite+aiosqlite:///{file}", Vault(SECRET))
    try:
        await database.write(_prepare)
        for start in range(0, people, AT_ONCE):
            await database.write(_add_people, min(AT_ONCE, people - start))
        before_mb = _peak_mb()
        for name, wanted in (("everybody", Audience()), ("by category", POOR)):
            tally, spent = await _dry_run(database, wanted)
            report.figure(f"expansion: dry run over {people:,} residents, {name}", spent, "s")
            rate = await _expand(database, wanted, tally.people)
            report.figure(f"expansion: {tally.people:,} people, {name}", rate, "people/s")
            if wanted == Audience():
                whole, dry_run = rate, spent
    finally:
        await database.close()
    report.figure("expansion: growth of peak memory over what filling took", _peak_mb() - before_mb, "MB")
    bare = _bare(file, folder / "expansion-bare.db")
    report.figure("expansion: the same rows, bare executemany", bare, "people/s")
    report.ratio(
        f"expansion / goal of {GOAL_PEOPLE_PER_S:,.0f} people a second",
        whole / GOAL_PEOPLE_PER_S,
        1.0,
        "the whole of it: read, decide, store message and delivery, commit each chunk with a flush",
    )
    report.ratio(
        f"goal of {GOAL_DRY_RUN_S:g} s / dry run over {people:,} residents",
        GOAL_DRY_RUN_S / dry_run,
        1.0,
        "counting an audience, beside the writer",
    )
    report.ratio(
        "expansion / bare executemany",
        whole / bare,
        None,
        "people a second, beside the driver that is fed with ready rows, as many a commit",
    )


def _prepare(tx: Tx) -> None:
    schema.upgrade(tx)
    facts.claim_key(tx)


def _add_people(tx: Tx, count: int) -> None:
    first = (tx.execute(sa.select(sa.func.max(residents.c.id))).scalar() or 0) + 1
    ids = range(first, first + count)
    sealed = [tx.vault.seal("residents.category", c) for c in ("poor", "near_poor", "newly_escaped", "other")]
    tx.execute(
        sa.insert(residents),
        [
            {
                "id": i,
                "created_at": NOW,
                "commune_code": f"{11000 + i % 100}",
                "category_sealed": sealed[i % 4],
            }
            for i in ids
        ],
    )
    tx.execute(
        sa.insert(addresses),
        [
            {
                "id": i,
                "resident_id": i,
                "channel": "telegram" if i % 3 else "web",
                "value_sealed": sealed[0],
                "value_lookup": i.to_bytes(32),
                "last_interaction_at": NOW,
            }
            for i in ids
        ],
    )
    talk = {"revision": 1, "state": {}, "updated_at": NOW}
    tx.execute(sa.insert(conversations), [talk | {"address_id": i} for i in ids])
    given = {"wording": "1", "channel": "web", "given_at": NOW - timedelta(days=1)}
    tx.execute(
        sa.insert(consents),
        [given | {"resident_id": i, "purpose": purpose} for i in ids for purpose in ("news", "events")],
    )


async def _dry_run(database: Database, wanted: Audience) -> tuple[Tally, float]:
    began = time.perf_counter()
    tally = await database.read(audience.count, wanted, "notice", RULES, audience.always, NOW)
    return tally, time.perf_counter() - began


async def _expand(database: Database, wanted: Audience, people: int) -> float:
    announcement = await database.write(_make_announcement)
    began = time.perf_counter()
    while await database.write(
        expansion.expand_next, announcement, wanted, MESSAGE, RULES, audience.always, NOW
    ):
        pass
    return people / (time.perf_counter() - began)


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _make_announcement(tx: Tx) -> Announcement:
    row = {
        "code": f"B{tx.execute(sa.select(sa.func.count()).select_from(announcements)).scalar()}",
        "kind": "notice",
        "title": "Tập huấn chăn nuôi gà",
        "text": MESSAGE.text,
        "pictures": [],
        "audience": {},
        "spread_hours": 0,
        "late_joiners": False,
        "status": "sending",
        "version": 1,
        "created_by": 1,
        "created_at": NOW,
        "started_at": NOW,
        "cursor": 0,
        "late_cursor": 0,
    }
    new = sa.insert(announcements).values(row).returning(announcements.c.id)
    return rows.get(tx, tx.execute(new).scalar_one())


def _bare(file: Path, copy: Path) -> float:
    """Write the rows that were made once more into the same tables of an empty file, as many a commit."""
    source = sqlite3.connect(file)
    target = sqlite3.connect(copy, isolation_level=None)
    try:
        target.execute("PRAGMA journal_mode = WAL")
        target.execute("PRAGMA synchronous = FULL")
        for kind in ("table", "index"):
            for (sql,) in source.execute(
                "SELECT sql FROM sqlite_master WHERE tbl_name IN ('messages', 'outbox') AND type = ? AND sql IS NOT NULL",
                (kind,),
            ).fetchall():
                target.execute(sql)
        cursors = [
            source.execute(f"SELECT * FROM {table} WHERE announcement_id = 1 ORDER BY id")
            for table in ("messages", "outbox")
        ]
        chunks = []
        while chunk := [cursor.fetchmany(expansion.CHUNK) for cursor in cursors]:
            if not chunk[1]:
                break
            chunks.append(chunk)
        began = time.perf_counter()
        for chunk in chunks:
            target.execute("BEGIN IMMEDIATE")
            for table, made in zip(("messages", "outbox"), chunk, strict=True):
                marks = ", ".join("?" * len(made[0]))
                target.executemany(f"INSERT INTO {table} VALUES ({marks})", made)
            target.execute("COMMIT")
        return sum(len(chunk[1]) for chunk in chunks) / (time.perf_counter() - began)
    finally:
        source.close()
        target.close()
