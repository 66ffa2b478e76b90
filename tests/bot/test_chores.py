"""Timed work: what is old goes, what is young stays, and trouble with one piece stops nobody."""

import asyncio
import os
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from bot import chores as chores_module
from bot.chores import Chores, every
from bot.files import Shelf
from bot.metrics import Metrics
from bot.transcript import BrowserTranscript
from handlers.messages import Address
from handlers.topics import Library
from storage import files, intake, messages, outbox, people, questions
from storage.db import Database, Tx
from storage.errors import Unavailable
from storage.files import Stored
from storage.outbox import Lane
from storage.tables import attachments, inbound
from storage.tables import messages as messages_table
from storage.tables import outbox as outbox_table
from storage.tables import questions as questions_table
from tests import samples
from tests.conftest import NOW
from tests.samples import pieces


class House:
    """The chores over one database, and a clock that the test sets."""

    def __init__(self, database: Database, library: Library, folder: Path) -> None:
        self.database = database
        self.time = NOW
        self.shelf = Shelf(folder)
        self.transcript = BrowserTranscript(database, self.shelf, lambda: self.time)
        self.metrics = Metrics()
        self.chores = Chores(
            database,
            self.transcript,
            self.shelf,
            self.metrics,
            library,
            lambda: self.time,
            ZoneInfo("Asia/Ho_Chi_Minh"),
            timedelta(days=730),
        )

    async def talk(self, at: datetime, number: int) -> int:
        """Store a question with its answer waiting for a browser; returns the answer's message id."""

        def work(tx: Tx) -> int:
            taken = intake.take(tx, "web", f"s:{number}", "done", at)
            assert taken is not None
            person = people.meet(tx, "web", "s", at)
            asked = messages.add_in(tx, person.address_id, taken, "hỏi", None, at)
            questions.add(
                tx, person.address_id, asked, "hỏi",
                verdict="unknown", score=0.1, topic_id=None, offered=(), for_official=True, now=at,
            )  # fmt: skip
            said = messages.add_out(tx, person.address_id, taken, "đáp", (), at)
            outbox.add_waiting(tx, said, person.address_id, "web", Lane.REPLY, at)
            return said

        return await self.database.write(work)

    async def count(self, table: sa.Table) -> int:
        query = sa.select(sa.func.count()).select_from(table)
        number: int = await self.database.read(lambda tx: tx.execute(query).scalar_one())
        return number


@pytest.fixture
async def house(database: Database, library: Library, tmp_path: Path) -> House:
    return House(database, library, tmp_path / "files")


async def test_conversations_past_their_retention_are_deleted_with_questions_and_deliveries(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chores_module, "DELETE_AT_ONCE", 2)
    for number in range(5):
        await house.talk(NOW - timedelta(days=731), number)
    await house.talk(NOW - timedelta(days=729), 99)

    await house.chores.drop_old_messages()

    assert await house.count(messages_table) == 2
    assert await house.count(questions_table) == 1
    assert await house.count(outbox_table) == 1


async def test_keys_of_updates_are_forgotten_after_a_week(house: House) -> None:
    await house.talk(NOW - timedelta(days=8), 1)
    await house.talk(NOW - timedelta(days=6), 2)

    await house.chores.drop_old_keys()

    assert await house.count(inbound) == 1


async def test_what_a_browser_has_fetched_is_written_down_as_sent(house: House) -> None:
    said = await house.talk(NOW, 1)
    house.transcript.fetched([said])

    await house.transcript.flush()

    statuses = await house.database.read(
        lambda tx: tx.execute(sa.select(outbox_table.c.status)).scalars().all()
    )
    assert list(statuses) == ["sent"]


async def test_what_could_not_be_written_is_written_the_next_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = await house.talk(NOW, 1)
    house.transcript.fetched([said])
    good = house.database.write

    async def full(*_: object, **__: object) -> None:
        raise Unavailable("full")

    monkeypatch.setattr(house.database, "write", full)
    with pytest.raises(Unavailable):
        await house.transcript.flush()
    monkeypatch.setattr(house.database, "write", good)
    await house.transcript.flush()

    statuses = await house.database.read(
        lambda tx: tx.execute(sa.select(outbox_table.c.status)).scalars().all()
    )
    assert list(statuses) == ["sent"]


async def test_trouble_with_one_chore_stops_no_other(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    done = asyncio.Event()

    async def fails() -> None:
        raise RuntimeError("no")

    async def works() -> None:
        done.set()

    monkeypatch.setattr(house.chores, "drop_old_keys", fails)
    monkeypatch.setattr(house.chores, "drop_old_messages", works)
    running = asyncio.create_task(house.chores.run())
    async with asyncio.timeout(10):
        await done.wait()
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert "chore failed" in caplog.text


async def test_files_of_forgotten_conversations_go_from_the_disk(house: House) -> None:
    async def send(at: datetime, number: int) -> Path:
        one = await house.shelf.keep(pieces(samples.PDF), "a.pdf")
        assert one.kept is not None
        stored = Stored(one.kept.file, one.kept.media_type, "a.pdf", one.kept.size)
        said = await house.talk(at, number)
        await house.database.write(files.add_stored, "web", said, "file", stored, at)
        return house.shelf.path(one.kept.file)

    old, young = await send(NOW - timedelta(days=731), 1), await send(NOW, 2)
    for path in (old, young):
        os.utime(path, (1_000_000_000, 1_000_000_000))

    await house.chores.drop_old_messages()
    await house.chores.drop_loose_files()

    assert (old.exists(), young.exists()) == (False, True)
    assert await house.count(attachments) == 1


async def test_an_open_page_is_woken_by_what_came_for_it_by_itself(house: House) -> None:
    """An official's answer is stored elsewhere, perhaps in another process; the resident's page hears within a second."""
    transcript = house.transcript

    def say(tx: Tx, value: str) -> None:
        address_id = people.meet(tx, "web", value, NOW).address_id
        outbox.add_waiting(
            tx, messages.add_out(tx, address_id, None, "tin", (), NOW), address_id, "web", Lane.NOTICE, NOW
        )

    await house.database.write(say, "mine")
    with transcript.watch(Address("web", "mine")) as mine, transcript.watch(Address("web", "other")) as other:
        await transcript.wake()
        assert not mine.is_set()
        await house.database.write(say, "mine")
        await transcript.wake()
        assert mine.is_set()
        assert not other.is_set()
        mine.clear()
        await transcript.wake()
        assert not mine.is_set()


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_a_start_need_not_wait_for_is_done_later(at_once: bool) -> None:
    """Sorting the topics for tomorrow took a tenth of every start."""
    done: list[int] = []

    async def work() -> None:
        done.append(1)

    chore = asyncio.create_task(every(3600, work, at_once=at_once))
    for _ in range(3):
        await asyncio.sleep(0)
    chore.cancel()

    assert done == ([1] if at_once else [])
