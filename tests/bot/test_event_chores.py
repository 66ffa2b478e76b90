"""The timed work on sessions goes on until nothing is left, each batch committed by itself."""

import pytest

from bot import event_chores as module
from bot.event_chores import EventChores
from handlers import rsvps
from storage.db import Database, Tx
from tests.conftest import NOW
from tests.handlers.eventful import VOICE, before_start, make_event, make_going, standings, told_texts
from tests.handlers.resident import SmallLibrary

LIBRARY = SmallLibrary()


async def test_everybody_is_reminded_in_batches(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "BATCH", 3)

    def fill(tx: Tx) -> None:
        for _ in range(4):
            event_id = make_event(tx, remind_before=[1440]).event.id
        for _ in range(7):
            rsvps.come(tx, make_going(tx), event_id, 1, VOICE, NOW)

    await sqlite.write(fill)
    await EventChores(sqlite, VOICE, lambda: NOW, LIBRARY).plan()
    chores = EventChores(sqlite, VOICE, lambda: before_start(days=1), LIBRARY)
    with caplog.at_level("INFO"):
        await chores.plan()
        await chores.tell()
        await chores.tell()

    assert len(await sqlite.read(told_texts)) == 7
    assert [r.__dict__["batches"] for r in caplog.records if r.message == "people told of events"] == [6]


async def test_seats_that_became_free_are_given_to_all_who_wait(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)

    def fill(tx: Tx) -> int:
        event_id = make_event(tx, seats=5).event.id
        leaves = make_going(tx)
        rsvps.come(tx, leaves, event_id, 5, VOICE, NOW)
        for _ in range(6):
            rsvps.come(tx, make_going(tx), event_id, 1, VOICE, NOW)
        rsvps.withdraw_all(tx, leaves.resident_id, NOW)
        return event_id

    event_id = await sqlite.write(fill)
    with caplog.at_level("INFO"):
        await EventChores(sqlite, VOICE, lambda: NOW, LIBRARY).fill()

    statuses = [status for status, _ in await sqlite.read(standings, event_id)]
    assert statuses == ["declined", *["going"] * 5, "waiting"]
    assert [r.__dict__["number"] for r in caplog.records if r.message == "people moved up"] == [5]
