"""Reminders: at their moments, never at night, to those who come, once, whatever dies in the middle."""

import asyncio
from datetime import datetime, time, timedelta

import pytest
import sqlalchemy as sa

from handlers import event_notices, event_texts, rsvps
from handlers import events as session
from handlers.reminders import remind_at
from handlers.sending_rules import SendingRules
from storage import tables
from storage.db import Database, Tx
from tests.conftest import NOW
from tests.handlers.announcing import ZONE
from tests.handlers.eventful import RULES, STARTS, VOICE, before_start, make_event, make_going, told_texts
from tests.handlers.resident import at
from tests.handlers.test_event_changes import details, make_editor, tell_all
from tests.storage.builders import EMPTIED, together

database_url, sqlite, emptied_postgres_url, migrated_postgres_url, migrated_sqlite_file = EMPTIED
DAY_BEFORE = before_start(days=1)


@pytest.mark.parametrize(
    ("starts", "minutes", "now", "due"),
    [
        ("2026-12-12 08:00", 1440, "2026-12-01 10:00", "2026-12-11 08:00"),
        ("2026-12-12 08:00", 60, "2026-12-01 10:00", "2026-12-12 07:00"),
        # It would be due at 05:00: said before the night.
        ("2026-12-12 08:00", 180, "2026-12-01 10:00", "2026-12-11 20:30"),
        ("2026-12-12 08:00", 600, "2026-12-01 10:00", "2026-12-11 20:30"),
        # The evening is over: when the night ends, if that is still before it begins.
        ("2026-12-12 08:00", 180, "2026-12-11 20:45", "2026-12-12 06:00"),
        ("2026-12-12 05:30", 60, "2026-12-11 23:00", None),
        ("2026-12-12 08:00", 1440, "2026-12-11 09:00", None),
    ],
)
def test_moment_of_a_reminder(starts: str, minutes: int, now: str, due: str | None) -> None:
    assert remind_at(at(starts), minutes, RULES, at(now)) == (at(due) if due else None)


def test_without_quiet_hours_it_is_when_it_is() -> None:
    rules = SendingRules(ZONE, quiet=None)
    assert remind_at(at("2026-12-12 08:00"), 180, rules, NOW) == at("2026-12-12 05:00")


def test_quiet_hours_within_a_day_are_gone_round_too() -> None:
    rules = SendingRules(ZONE, quiet=(time(12), time(14)))
    assert remind_at(at("2026-12-12 15:00"), 120, rules, NOW) == at("2026-12-12 11:30")


async def test_those_who_come_are_reminded_once(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx, seats=3, remind_before=[1440, 120]).event.id
        going, declined, waits = (make_going(tx) for _ in range(3))
        rsvps.come(tx, going, event_id, 2, VOICE, NOW)
        rsvps.decline(tx, declined, event_id, VOICE, NOW)
        rsvps.come(tx, waits, event_id, 2, VOICE, NOW)
        for _ in range(3):
            event_notices.plan_reminders(tx, RULES, NOW, 10)

        tell_all(tx, DAY_BEFORE - timedelta(minutes=1))
        assert told_texts(tx) == []
        tell_all(tx, DAY_BEFORE)
        tell_all(tx, DAY_BEFORE + timedelta(hours=1))
        (said,) = told_texts(tx)
        assert said.startswith("Nhắc bà con: bà con đã ghi tên dự “Tập huấn chăn nuôi gà”, tất cả 2 người.")
        assert told_texts(tx, [going.address_id]) == [said]

        tell_all(tx, before_start(hours=2))
        assert told_texts(tx) == [said, said], "the one two hours before"
        tell_all(tx, STARTS)
        assert len(told_texts(tx)) == 2

    await database.write(work)


async def test_change_of_time_moves_the_reminder(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        editor, event = make_editor(tx), make_event(tx).event
        person = make_going(tx)
        rsvps.come(tx, person, event.id, 1, VOICE, NOW)
        event_notices.plan_reminders(tx, RULES, NOW, 10)
        later_start = STARTS + timedelta(days=2)
        session.change(
            tx, editor, event.id, details(event, starts_at=later_start, ends_at=None), 1, VOICE, NOW
        )
        event_notices.plan_reminders(tx, RULES, NOW, 10)
        tell_all(tx)
        (changed,) = told_texts(tx)

        tell_all(tx, DAY_BEFORE)
        assert told_texts(tx) == [changed]
        tell_all(tx, DAY_BEFORE + timedelta(days=2))
        _, said = told_texts(tx)
        assert "14/12/2026" in said
        assert event_texts.UNCONFIRMED in said

    await sqlite.write(work)


async def test_late_worker_reminds_in_the_morning_but_not_after_the_beginning(sqlite: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx).event.id
        rsvps.come(tx, make_going(tx), event_id, 1, VOICE, NOW)
        event_notices.plan_reminders(tx, RULES, NOW, 10)

        tell_all(tx, before_start(hours=9))
        assert told_texts(tx) == [], "it is night"
        tell_all(tx, before_start(hours=2))
        assert len(told_texts(tx)) == 1

        other = make_event(tx).event.id
        rsvps.come(tx, make_going(tx), other, 1, VOICE, NOW)
        event_notices.plan_reminders(tx, RULES, NOW, 10)
        tell_all(tx, STARTS)
        assert len(told_texts(tx)) == 1

    await sqlite.write(work)


@pytest.mark.parametrize(
    ("remind_before", "now"), [([], NOW), ([1440], DAY_BEFORE), ([1440], before_start(hours=3))]
)
async def test_no_reminder_is_thought_of_once_and_told_to_nobody(
    sqlite: Database, remind_before: list[int], now: datetime
) -> None:
    """Whoever signs up after the moment has just read when it is."""

    def work(tx: Tx) -> None:
        event_id = make_event(tx, remind_before=remind_before, started_at=now).event.id
        rsvps.come(tx, make_going(tx), event_id, 1, VOICE, now)
        assert event_notices.plan_reminders(tx, RULES, now, 10) == 1
        assert event_notices.plan_reminders(tx, RULES, now, 10) == 0
        tell_all(tx, now)
        assert told_texts(tx) == []

    await sqlite.write(work)


async def test_promised_reminder_comes_late_rather_than_never(sqlite: Database) -> None:
    """The service went down before it had planned anything, and was up again when the moment had passed."""

    def work(tx: Tx) -> None:
        event_id = make_event(tx).event.id
        rsvps.come(tx, make_going(tx), event_id, 1, VOICE, NOW)
        up_again = DAY_BEFORE + timedelta(hours=2)
        event_notices.plan_reminders(tx, RULES, up_again, 10)
        tell_all(tx, up_again)
        (said,) = told_texts(tx)
        assert said.startswith("Nhắc bà con")

    await sqlite.write(work)


async def test_draft_has_no_reminder(sqlite: Database) -> None:
    def work(tx: Tx) -> int:
        make_event(tx, announcement="approved", started_at=None)
        return event_notices.plan_reminders(tx, RULES, NOW, 10)

    assert await sqlite.write(work) == 0


async def test_erased_and_left_people_are_not_reminded(database: Database) -> None:
    def work(tx: Tx) -> None:
        event_id = make_event(tx).event.id
        erased, left = make_going(tx), make_going(tx)
        for person in (erased, left):
            rsvps.come(tx, person, event_id, 1, VOICE, NOW)
        event_notices.plan_reminders(tx, RULES, NOW, 10)
        rsvps.withdraw_all(tx, erased.resident_id, NOW)
        tx.execute(sa.delete(tables.residents).where(tables.residents.c.id == erased.resident_id))
        rsvps.withdraw_all(tx, left.resident_id, NOW)
        tell_all(tx, DAY_BEFORE)
        assert told_texts(tx) == []

    await database.write(work)


# -- what dies in the middle


def _crowd(tx: Tx, number: int) -> int:
    event_id = make_event(tx, seats=None).event.id
    for _ in range(number):
        rsvps.come(tx, make_going(tx), event_id, 1, VOICE, NOW)
    event_notices.plan_reminders(tx, RULES, NOW, 10)
    return event_id


def _each_once(tx: Tx, number: int) -> None:
    m = tables.messages.c
    addresses = tx.execute(sa.select(m.address_id).where(m.direction == "out")).scalars().all()
    assert len(addresses) == len(set(addresses)) == number
    assert tx.execute(sa.select(sa.func.count()).select_from(tables.outbox)).scalar() == number


class Killed(Exception):
    """The process died before the commit."""


async def test_death_before_the_commit_tells_nobody_twice_and_forgets_nobody(database: Database) -> None:
    def dies(tx: Tx) -> None:
        event_notices.tell_next(tx, VOICE, DAY_BEFORE, 3)
        raise Killed

    await database.write(_crowd, 10)
    more = True
    while more:
        with pytest.raises(Killed):
            await database.write(dies)
        more = await database.write(event_notices.tell_next, VOICE, DAY_BEFORE, 3)
    await database.read(_each_once, 10)


async def test_two_workers_tell_each_person_once(database: Database) -> None:
    await database.write(_crowd, 20)

    async def worker() -> None:
        idle = 0
        while idle < 3:
            worked = await database.write(event_notices.tell_next, VOICE, DAY_BEFORE, 3)
            idle = 0 if worked else idle + 1
            await asyncio.sleep(0)

    await together(worker(), worker(), worker())
    while await database.write(event_notices.tell_next, VOICE, DAY_BEFORE, 3):
        pass
    await database.read(_each_once, 20)


async def test_two_workers_plan_each_reminder_once(database: Database) -> None:
    def prepare(tx: Tx) -> None:
        for _ in range(5):
            make_event(tx, remind_before=[1440, 120])

    await database.write(prepare)
    await together(*(database.write(event_notices.plan_reminders, RULES, NOW, 10) for _ in range(4)))

    def count(tx: Tx) -> int:
        return int(tx.execute(sa.select(sa.func.count()).select_from(tables.event_notices)).scalar_one())

    assert await database.read(count) == 10
