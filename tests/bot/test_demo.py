"""The made-up commune: everything a screen shows is there, nothing leaves, and nobody real stands beside it."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.cli import main
from bot.demo import Filled, fill
from handlers.areas import AreaBook
from handlers.case_life import Status
from handlers.officials import Role
from handlers.topics import Library
from storage import audit, facts, people, schema, tables
from storage.crypto import Vault
from storage.db import Database, Tx, opened
from tests.conftest import NOW
from tests.databases import SECRET, sqlite_url
from tests.handlers.casework import ZONE
from tests.handlers.conftest import book, sqlite

__all__ = ["book", "sqlite"]


async def make(database: Database, areas: AreaBook, library: Library, seed: int = 1) -> Filled:
    """Fill a database."""
    return await fill(database, areas, library, ZONE, "$argon2id$…", seed, NOW, lambda *_, **__: None)


@pytest.fixture
async def filled(
    sqlite: Database, book: AreaBook, library: Library, monkeypatch: pytest.MonkeyPatch
) -> Database:
    """A smaller year than the real one."""
    monkeypatch.setattr("bot.demo.asking.QUESTIONS", 150)
    monkeypatch.setattr("bot.demo.telling.CASES", 130)
    await make(sqlite, book, library)
    return sqlite


def rows(tx: Tx, *columns: Any) -> set[Any]:
    """Return the different values there are."""
    return {row[0] if len(row) == 1 else tuple(row) for row in tx.execute(sa.select(*columns))}


async def test_every_screen_has_something_on_it(filled: Database) -> None:
    def look(tx: Tx) -> None:
        cases = tables.cases.c
        assert rows(tx, cases.status) == {str(s) for s in Status}
        assert rows(tx, cases.anonymous) == {True, False}
        assert rows(tx, tables.officials.c.role) == {str(role) for role in Role}
        assert rows(tx, tables.announcements.c.status) == {"draft", "submitted", "sent"}
        assert rows(tx, tables.rsvps.c.status) >= {"going", "declined"}
        late = sa.select(cases.id).where(cases.is_open, cases.due_at < NOW)
        soon = sa.select(cases.id).where(cases.is_open, cases.due_soon_at <= NOW, cases.due_at > NOW)
        alone = (
            late,
            soon,
            sa.select(cases.id).where(cases.merged_into.is_not(None)),
            sa.select(cases.id).where(cases.assisted_by.is_not(None)),
            sa.select(tables.messages.c.id).where(
                tables.messages.c.urgent.is_not(None), tables.messages.c.urgent_seen_at.is_(None)
            ),
            sa.select(tables.questions.c.id).where(tables.questions.c.for_official),
            sa.select(tables.offices.c.area_code),
            sa.select(tables.events.c.id).where(tables.events.c.starts_at > NOW, tables.events.c.taken > 0),
            sa.select(tables.rsvps.c.id).where(tables.rsvps.c.attended_people > 0),
            sa.select(tables.canned_replies.c.id),
        )
        for query in alone:
            assert tx.execute(query.limit(1)).first() is not None, str(query)

    await filled.read(look)


async def test_nothing_of_it_is_ever_sent(filled: Database) -> None:
    """A made-up chat that happened to exist would get a stranger's letter."""

    def look(tx: Tx) -> None:
        assert "queued" not in rows(tx, tables.outbox.c.status)
        for (sealed,) in tx.execute(sa.select(tables.addresses.c.value_sealed)):
            assert not people.open_address(tx, sealed).lstrip("-").isdigit()

    await filled.read(look)


async def test_nothing_happens_after_now_and_the_audit_log_is_in_order(filled: Database) -> None:
    def look(tx: Tx) -> None:
        for column in (tables.messages.c.at, tables.case_entries.c.at, tables.audit.c.at):
            newest = tx.execute(sa.select(sa.func.max(column))).scalar_one()
            assert newest < NOW, column
        moments = [row.at for row in tx.execute(sa.select(tables.audit.c.at).order_by(tables.audit.c.id))]
        assert moments == sorted(moments)
        assert NOW - moments[0] > timedelta(days=300)

    await filled.read(look)
    assert (await filled.read(audit.verify)).bad_id is None


async def test_the_same_seed_makes_the_same_year(
    tmp_path: Path, book: AreaBook, library: Library, filled: Database
) -> None:
    def told(tx: Tx) -> list[Any]:
        cases = sa.select(
            tables.cases.c.code, tables.cases.c.status, tables.cases.c.text, tables.cases.c.due_at
        )
        asked = sa.select(tables.questions.c.text, tables.questions.c.at, tables.questions.c.helped)
        return [
            [tuple(row) for row in tx.execute(query)]
            for query in (cases.order_by("id"), asked.order_by("id"))
        ]

    async with opened(sqlite_url(tmp_path), Vault(SECRET)) as other:
        await other.write(schema.upgrade)
        await other.write(facts.claim_key)
        await make(other, book, library)

        assert await other.read(told) == await filled.read(told)


def test_a_database_that_holds_anything_is_left_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", SECRET)
    monkeypatch.setenv("DATABASE_URL", sqlite_url(tmp_path))
    monkeypatch.setattr("bot.demo.asking.QUESTIONS", 5)
    monkeypatch.setattr("bot.demo.telling.CASES", 5)
    monkeypatch.setattr("bot.demo.cast.RESIDENTS", 20)
    assert main(["demo"]) == 0
    first = capsys.readouterr().out
    assert "password of all of them, shown this once: " in first
    assert "can.bo.a.1" in first

    assert main(["demo"]) == 1
    assert "not empty" in capsys.readouterr().err
    assert main(["demo", "--if-empty"]) == 0
    assert "password" not in capsys.readouterr().out
