"""The worker's chore: what is due begins, is expanded chunk by chunk, ends; nothing twice, whoever dies or helps."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.announcing import Announcing
from handlers import announcement_life as life
from handlers.announcement_sending import Means
from handlers.announcements import show
from handlers.audience import Reach, always
from handlers.errors import NotAllowed, TooLate
from handlers.reach import Window
from storage import announcements, audit
from storage.announcements import Announcement
from storage.db import Database, Tx
from storage.tables import announcements as rows
from storage.tables import events as event_rows
from storage.tables import messages, outbox
from tests.conftest import NOW
from tests.handlers.audiences import make_resident
from tests.handlers.filing import BOOK, EVENT, NOTICE, RULES, draft, file, make_editor, make_leader

PUBLIC_URL = "https://haichieu.example.vn"
PEOPLE, CHUNK = 7, 3


@dataclass(frozen=True)
class OwnReach(Means):
    """Asks the test who can be written to."""

    own: Reach = always

    def reach(self, tx: Tx, now: datetime) -> Reach:
        return self.own


class Town:
    """Seven people on Telegram who agreed to everything, and a worker whose chunks are of three."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.now = NOW
        self.rules = RULES
        self.dies_after: int | None = None

    async def look(self) -> None:
        """Let a worker look once."""
        means = OwnReach(BOOK, self.rules, PUBLIC_URL, CHUNK, self.reach)
        await Announcing(self.database, means, lambda: self.now).look()

    def reach(self, _channel: str, _heard_at: datetime | None, _now: datetime) -> Window:
        if self.dies_after is not None:
            self.dies_after -= 1
            if self.dies_after < 0:
                raise SystemError("killed")
        return Window.FREE

    async def sent_all(self) -> None:
        """Let everything that is queued arrive."""
        arrived = sa.update(outbox).where(outbox.c.status == "queued").values(status="sent")
        await self.database.write(lambda tx: tx.execute(arrived).rowcount)

    async def seen(self, announcement_id: int) -> Announcement:
        return await self.database.read(announcements.get, announcement_id)

    async def status(self, announcement_id: int) -> str:
        return (await self.seen(announcement_id)).status

    async def counts(self, announcement_id: int) -> dict[str, int]:
        shown = await self.database.read(show, announcement_id)
        return {status: number for status, number in shown.counts.items() if number}

    async def texts(self) -> list[str]:
        """Return what was written to people, first to last."""
        query = sa.select(messages.c.text).order_by(messages.c.id)
        return await self.database.read(lambda tx: list(tx.execute(query).scalars()))


def come_late(tx: Tx) -> None:
    """Let somebody new agree to be told, after the beginning."""
    make_resident(tx, "telegram", agreed_at=NOW + timedelta(seconds=1))


def approved(tx: Tx, /, base: Mapping[str, object] = NOTICE, **keys: object) -> int:
    """File an announcement that is approved at once; returns its id."""
    editor = make_editor(tx)
    filed = file(tx, editor, draft({**base, **keys}))
    return life.submit(tx, editor, filed.id, filed.version, 1, RULES, NOW).id


@pytest.fixture
async def town(database: Database) -> Town:
    """A town on each kind of database."""
    await database.write(lambda tx: [make_resident(tx, "telegram") for _ in range(PEOPLE)])
    return Town(database)


async def test_what_is_approved_is_sent_to_everybody_once(town: Town) -> None:
    """Nothing waits for another look; `sent` comes once nothing is queued."""
    one = await town.database.write(approved)

    await town.look()
    assert (await town.status(one), await town.counts(one)) == ("sending", {"queued": 7})
    assert "Mời bà con đến nhận gạo." in (await town.texts())[0]
    await town.sent_all()
    await town.look()

    assert (await town.status(one), await town.counts(one)) == ("sent", {"sent": 7})
    seen = await town.seen(one)
    assert (seen.started_at, seen.expanded_at, seen.finished_at) == (NOW, NOW, NOW)
    logged = await town.database.read(lambda tx: audit.list_entries(tx, subject_kind="announcement"))
    assert [(e.action, e.official_id) for e in reversed(logged)][-2:] == [
        ("announcement.start", None),
        ("announcement.finish", None),
    ]


async def test_what_is_for_later_begins_at_its_time(town: Town) -> None:
    at = NOW + timedelta(hours=2)
    one = await town.database.write(lambda tx: approved(tx, send_at=at.isoformat()))

    await town.look()
    assert await town.status(one) == "scheduled"
    town.now = at
    await town.look()

    assert await town.status(one) == "sending"


async def test_what_one_official_let_go_for_few_waits_for_a_second_when_there_are_many(town: Town) -> None:
    """The second person is asked for who gets it, not for who would have got it last week."""
    at = NOW + timedelta(hours=2)
    one = await town.database.write(lambda tx: approved(tx, send_at=at.isoformat()))
    await town.database.write(lambda tx: [make_resident(tx, "telegram") for _ in range(RULES.approval_above)])

    town.now = at
    await town.look()

    seen = await town.seen(one)
    assert (seen.status, seen.approved_by, await town.counts(one)) == ("submitted", None, {})
    assert str(RULES.approval_above) in (seen.reason or "")
    leader = await town.database.write(make_leader)
    await town.database.write(life.approve, leader, one, None, at)
    await town.look()
    assert await town.status(one) == "sending"


async def test_a_worker_that_dies_in_a_chunk_loses_and_doubles_nobody(town: Town) -> None:
    one = await town.database.write(approved)
    town.dies_after = PEOPLE + CHUNK + 1  # counted first, as one official let it go alone

    await town.look()
    assert await town.counts(one) == {"queued": CHUNK}
    town.dies_after = None
    await town.look()

    assert await town.counts(one) == {"queued": 7}


async def test_two_workers_at_once_give_everybody_one(town: Town) -> None:
    ids = [await town.database.write(approved) for _ in range(3)]

    await asyncio.gather(*(town.look() for _ in range(3)))
    await town.look()

    assert [await town.counts(one) for one in ids] == [{"queued": 7}] * 3


async def test_one_that_fails_keeps_no_other_from_being_sent(town: Town) -> None:
    bad, good = [await town.database.write(approved) for _ in range(2)]
    spoilt = sa.update(rows).where(rows.c.id == bad).values(audience={"areas": ["gone"]})
    await town.database.write(lambda tx: tx.execute(spoilt).rowcount)

    await town.look()

    assert (await town.counts(bad), await town.counts(good)) == ({}, {"queued": 7})
    assert await town.status(bad) == "approved"


async def test_emergencies_are_expanded_first(town: Town) -> None:
    await town.database.write(approved)
    await town.database.write(lambda tx: approved(tx, kind="emergency", text="Nước lên, sơ tán ngay."))

    await town.look()

    assert "Nước lên" in (await town.texts())[0]


async def test_what_is_paused_is_not_expanded_further(town: Town) -> None:
    one = await town.database.write(approved)
    town.dies_after = PEOPLE + CHUNK + 1  # counted first, as one official let it go alone
    await town.look()
    town.dies_after = None
    editor = await town.database.write(make_editor)

    await town.database.write(life.pause, editor, one, NOW)
    await town.look()
    assert await town.counts(one) == {"queued": CHUNK}
    await town.database.write(life.resume, editor, one, NOW)
    await town.look()

    assert await town.counts(one) == {"queued": 7}


async def test_what_is_cancelled_takes_back_what_is_queued(town: Town) -> None:
    one = await town.database.write(approved)
    await town.look()
    editor = await town.database.write(make_editor)

    await town.database.write(life.cancel, editor, one, "nhầm ngày", NOW)
    await town.look()

    assert await town.counts(one) == {"skipped": 7}
    assert (await town.seen(one)).finished_at == NOW


@pytest.mark.parametrize("begun", [True, False])
async def test_nobody_is_invited_to_what_has_begun_or_was_cancelled(town: Town, begun: bool) -> None:
    """Also when the worker was down until then, or half of it is queued still."""
    waiting, half = [await town.database.write(lambda tx: approved(tx, EVENT)) for _ in range(2)]
    announced = event_rows.c.announcement_id
    await town.database.write(
        lambda tx: announcements.change(
            tx, announcements.get(tx, half), {"status": "sending", "started_at": NOW}
        )
    )
    if begun:
        town.now = datetime.fromisoformat("2026-12-12T08:00+07:00")
    else:
        cancelled = sa.update(event_rows).where(announced.in_((waiting, half))).values(status="cancelled")
        await town.database.write(lambda tx: tx.execute(cancelled).rowcount)

    await town.look()

    assert [await town.status(one) for one in (waiting, half)] == ["cancelled"] * 2
    assert await town.texts() == []


@pytest.mark.parametrize("late_joiners", [True, False])
async def test_who_comes_late_gets_it_where_that_was_chosen(town: Town, late_joiners: bool) -> None:
    """It is being sent again while theirs is queued."""
    one = await town.database.write(lambda tx: approved(tx, late_joiners=late_joiners))
    await town.look()
    await town.sent_all()
    await town.look()
    assert await town.status(one) == "sent"

    await town.database.write(come_late)
    town.now += timedelta(minutes=2)
    await town.look()
    assert await town.status(one) == ("sending" if late_joiners else "sent")
    await town.sent_all()
    await town.look()

    assert (await town.status(one), await town.counts(one)) == ("sent", {"sent": 7 + late_joiners})


async def test_after_a_week_nobody_comes_late_any_more(town: Town) -> None:
    one = await town.database.write(lambda tx: approved(tx, late_joiners=True))
    await town.look()
    await town.sent_all()
    await town.look()
    await town.database.write(come_late)
    town.now = NOW + announcements.LATE_FOR

    await town.look()

    assert await town.counts(one) == {"sent": 7}


async def sent_with_a_copy_that_waits(town: Town, base: Mapping[str, object] = NOTICE) -> int:
    """Send to everybody but one, who has to write first."""
    announcement_id = await town.database.write(approved, base)
    await town.look()

    def close(tx: Tx) -> None:
        first = sa.select(sa.func.min(outbox.c.id)).scalar_subquery()
        tx.execute(sa.update(outbox).where(outbox.c.id == first).values(status="waiting", reason="closed"))

    await town.database.write(close)
    await town.sent_all()
    await town.look()
    assert await town.counts(announcement_id) == {"sent": PEOPLE - 1, "waiting": 1}
    assert await town.status(announcement_id) == "sent"
    return announcement_id


async def test_cancelling_what_was_sent_ends_the_copies_that_wait(town: Town) -> None:
    """What is wrong in it reaches nobody who writes later; who has it has it."""
    announcement_id = await sent_with_a_copy_that_waits(town)

    await town.database.write(
        lambda tx: life.cancel(tx, make_leader(tx), announcement_id, "sai giờ", town.now)
    )
    await town.look()

    assert await town.counts(announcement_id) == {"sent": PEOPLE - 1, "skipped": 1}
    seen = await town.seen(announcement_id)
    assert (seen.status, seen.reason, seen.finished_at) == ("cancelled", "sai giờ", town.now)


async def test_copies_that_wait_end_with_the_event_they_invite_to(town: Town) -> None:
    """Nobody has to write to us for the list to become true."""
    announcement_id = await sent_with_a_copy_that_waits(town, EVENT)
    town.now = datetime(2027, 1, 1, tzinfo=NOW.tzinfo)

    await town.look()

    assert await town.counts(announcement_id) == {"sent": PEOPLE - 1, "skipped": 1}
    ended = sa.select(outbox.c.reason).where(outbox.c.status == "skipped")
    assert await town.database.read(lambda tx: tx.execute(ended).scalar_one()) == "over"
    assert await town.status(announcement_id) == "sent"


@pytest.mark.parametrize(("kind", "left"), [("emergency", "skipped"), ("notice", "waiting")])
async def test_a_warning_waits_for_a_week_and_news_until_they_are_taken_back(
    town: Town, kind: str, left: str
) -> None:
    announcement_id = await sent_with_a_copy_that_waits(town, {**NOTICE, "kind": kind})
    town.now = NOW + timedelta(days=8)

    await town.look()

    assert await town.counts(announcement_id) == {"sent": PEOPLE - 1, left: 1}


async def test_late_joiners_carry_nothing_past_what_one_may_send_alone(town: Town) -> None:
    """Let go alone for seven: of three who come later one more has it; the others wait for a second person, all the way."""
    town.rules = replace(RULES, approval_above=PEOPLE + 1)
    one = await town.database.write(lambda tx: approved(tx, late_joiners=True))
    await town.look()
    await town.sent_all()
    await town.look()
    for _ in range(3):
        await town.database.write(come_late)
    town.now += timedelta(minutes=2)
    for _ in range(3):
        await town.look()
        await town.sent_all()

    assert await town.counts(one) == {"sent": PEOPLE + 1}
    held = await town.seen(one)
    assert (held.status, held.held_at) == ("sent", town.now)
    logged = await town.database.read(lambda tx: audit.list_entries(tx, subject_kind="announcement"))
    assert [e.action for e in logged].count("announcement.outgrow") == 1

    def approve(tx: Tx) -> None:
        with pytest.raises(NotAllowed):
            life.approve(tx, replace(make_leader(tx), id=held.created_by), one, held.version, town.now)
        life.approve(tx, make_leader(tx), one, held.version, town.now)
        with pytest.raises(TooLate):
            life.approve(tx, make_leader(tx), one, None, town.now)

    await town.database.write(approve)
    await town.look()
    await town.sent_all()

    assert await town.counts(one) == {"sent": PEOPLE + 3}
    assert (await town.seen(one)).held_at is None


async def test_late_joiners_of_what_a_second_person_approved_are_not_counted(town: Town) -> None:
    def submit(tx: Tx) -> int:
        editor = make_editor(tx)
        filed = file(tx, editor, draft({**NOTICE, "late_joiners": True}))
        filed = life.submit(tx, editor, filed.id, filed.version, PEOPLE, town.rules, NOW)
        return life.approve(tx, make_leader(tx), filed.id, None, NOW).id

    town.rules = replace(RULES, approval_above=1)
    one = await town.database.write(submit)
    await town.look()
    await town.database.write(come_late)
    town.now += timedelta(minutes=2)
    await town.look()

    assert await town.counts(one) == {"queued": PEOPLE + 1}


async def test_what_was_paused_before_it_began_is_counted_again(town: Town) -> None:
    """Approved alone for seven, paused at once, and resumed when there are eight: a second person looks at it."""
    town.rules = replace(RULES, approval_above=PEOPLE)
    one = await town.database.write(approved)
    await town.database.write(lambda tx: life.pause(tx, make_leader(tx), one, NOW))
    await town.database.write(come_late)
    town.now += timedelta(days=2)
    await town.database.write(lambda tx: life.resume(tx, make_leader(tx), one, town.now))
    await town.look()

    assert await town.status(one) == "submitted"
    assert await town.texts() == []
