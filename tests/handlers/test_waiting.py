"""What waits until a person writes: given once, with what is still wanted; nothing is lost without a word."""

import itertools
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from faq.signals import Urgency
from handlers import human_texts, my_data_texts, notify, taking_over, texts, urgent_texts, waiting
from handlers.conversation import Carrier
from handlers.messages import Address, Outbound
from handlers.reach import FREE_FOR, Windows
from handlers.turn import Guide
from storage import announcements, case_notices, claims, deliveries, joining, official_chats, people, renewing
from storage import messages as said
from storage import waiting as rows
from storage.db import Database, Tx
from storage.outbox import Lane, Lease
from storage.tables import addresses, messages, outbox
from tests.conftest import NOW
from tests.handlers.audiences import (
    RULES,
    add_address,
    agree,
    expand,
    list_deliveries,
    make_announcement,
    make_resident,
)
from tests.handlers.casework import make_case, make_official
from tests.handlers.resident import Resident, fetched
from tests.storage.builders import together

SENT = Carrier(fetched, Lease("worker-1", NOW + timedelta(seconds=60)))
LATER = NOW + timedelta(days=9)
MORNING = datetime(2026, 12, 2, 23, 0, tzinfo=NOW.tzinfo)
_names = itertools.count(1)


class Person(Resident):
    """Somebody on Zalo who agreed to be told, and was last heard of nine days before `LATER`."""

    def __init__(self, database: Database, guide: Guide, channel: str = "zalo") -> None:
        address = Address(channel, f"person-{next(_names)}")
        super().__init__(database, replace(guide, sending=RULES), carrier=SENT, address=address, now=NOW)
        self.resident_id = self.address_id = 0

    async def come(self) -> "Person":
        """Write for the first time, and agree."""
        await self.say("xin chào")
        known = await self.database.write(people.lock_known, self.address.channel, self.address.value)
        assert known is not None
        self.resident_id, self.address_id = known
        await self.database.write(lambda tx: agree(tx, self.resident_id, "news", "events"))
        self.now = LATER
        return self

    async def announce(self, now: datetime = LATER, **given: object) -> int:
        """Send an announcement to everybody, when the windows are closed; returns its id."""

        def make(tx: Tx) -> int:
            announcement = make_announcement(tx, now=now, **given)
            expand(tx, announcement, reach=Windows().at, now=now)
            return announcement.id

        return await self.database.write(make)

    async def of(self, announcement_id: int) -> sa.Row[tuple[object, ...]]:
        """Return their copy."""

        def find(tx: Tx) -> sa.Row[tuple[object, ...]]:
            own = (outbox.c.announcement_id == announcement_id, outbox.c.resident_id == self.resident_id)
            return tx.execute(sa.select(outbox).where(*own)).one()

        return await self.database.read(find)


async def set_status(database: Database, announcement_id: int, status: str) -> None:
    """Change how an announcement stands."""

    def change(tx: Tx) -> None:
        announcements.change(tx, announcements.get(tx, announcement_id), {"status": status})

    await database.write(change)


@pytest.fixture
async def person(database: Database, small: Guide) -> Person:
    return await Person(database, small).come()


async def test_who_is_out_of_reach_has_their_copy_wait_and_gets_it_when_they_write(person: Person) -> None:
    """Queued by itself, as the announcement as a whole may be over; behind the answer to what was written."""
    announcement_id = await person.announce()
    before = await person.of(announcement_id)
    await set_status(person.database, announcement_id, "sent")

    await person.say("xin chào")

    after = await person.of(announcement_id)
    assert (before.status, before.reason, before.finished_at) == ("waiting", "closed", None)
    assert (after.status, after.reason, after.lane) == ("queued", None, int(Lane.NOTICE))
    assert after.not_before > person.now
    assert after.message_id == before.message_id is not None
    await person.say("xin chào")
    assert await person.of(announcement_id) == after


async def test_who_has_two_or_more_waiting_is_told_so_first(person: Person) -> None:
    for _ in range(2):
        await person.announce()

    await person.say("xin chào")

    assert texts.WAITED.format(number=2) in [m.text for m in person.receipts[-1].replies]


async def test_no_more_than_the_weekly_ceiling_is_given_and_the_newest(person: Person) -> None:
    ids = [await person.announce() for _ in range(5)]
    emergency = await person.announce(kind="emergency")

    await person.say("xin chào")

    found = [(await person.of(i)) for i in ids]
    assert [(one.status, one.reason) for one in found] == [
        *[("skipped", "ceiling")] * 2,
        *[("queued", None)] * 3,
    ]
    assert (await person.of(emergency)).status == "queued"


@pytest.mark.parametrize(
    ("kind", "days", "status"),
    [("emergency", 8, "skipped"), ("emergency", 6, "queued"), ("notice", 300, "queued")],
)
async def test_a_warning_of_last_week_is_not_given(person: Person, kind: str, days: int, status: str) -> None:
    announcement_id = await person.announce(kind=kind)
    person.now = LATER + timedelta(days=days)

    await person.say("xin chào")

    assert (await person.of(announcement_id)).status == status


async def test_what_is_paused_goes_on_waiting(person: Person) -> None:
    announcement_id = await person.announce()
    await set_status(person.database, announcement_id, "paused")

    await person.say("xin chào")

    assert (await person.of(announcement_id)).status == "waiting"


async def test_what_was_cancelled_is_taken_back_while_it_waits(person: Person) -> None:
    announcement_id = await person.announce()
    await set_status(person.database, announcement_id, "cancelled")
    await person.database.write(deliveries.cancel, announcement_id, "cancelled", LATER, 100)

    await person.say("xin chào")

    assert ((found := await person.of(announcement_id)).status, found.reason) == ("skipped", "cancelled")


async def test_who_stops_in_that_very_message_gets_nothing(person: Person) -> None:
    announcement_id = await person.announce()

    await person.say("dừng")

    assert ((found := await person.of(announcement_id)).status, found.reason) == ("skipped", "stopped")


async def test_who_calls_for_help_is_not_given_old_news_first(person: Person) -> None:
    announcement_id = await person.announce()

    await person.say("cứu tôi với, nhà tôi đang cháy")

    assert (await person.of(announcement_id)).status == "waiting"
    await person.say("xin chào")
    assert (await person.of(announcement_id)).status == "queued"


async def test_at_night_announcements_are_given_in_the_morning_and_notices_at_once(person: Person) -> None:
    """Zalo wants no announcements then; who writes at night does not have to be woken for it."""
    announcement_id = await person.announce()
    notice = await person.database.write(_notice, person.address_id, LATER, None)
    person.now = MORNING - timedelta(hours=5)

    await person.say("xin chào")

    assert (await person.of(announcement_id)).not_before == MORNING
    assert (await person.database.read(_row, notice)).not_before == person.now + waiting.AFTER_REPLY


def _notice(tx: Tx, address_id: int, now: datetime, useful_until: datetime | None) -> int:
    """Write a notice to an address whose window is closed, and let the engine put it off."""
    message_id = notify.to_address(
        tx, address_id, Outbound("Có trả lời."), Lane.NOTICE, now, useful_until=useful_until
    )
    delivery_id: int = tx.execute(
        sa.select(outbox.c.id).where(outbox.c.message_id == message_id)
    ).scalar_one()
    lease = Lease("worker-a", now + timedelta(minutes=1))
    claims.claim(tx, "zalo", lease, now, 10)
    assert rows.hold(tx, [delivery_id], "worker-a", now - FREE_FOR, ("telegram",)) == {delivery_id}
    return delivery_id


def _row(tx: Tx, delivery_id: int) -> sa.Row[tuple[object, ...]]:
    return tx.execute(sa.select(outbox).where(outbox.c.id == delivery_id)).one()


@pytest.mark.parametrize(("hours", "expected"), [(1, ("queued", None)), (25, ("skipped", "over"))])
async def test_a_reminder_is_not_given_after_what_it_reminds_of(
    person: Person, hours: int, expected: tuple[str, str | None]
) -> None:
    notice = await person.database.write(_notice, person.address_id, LATER, LATER + timedelta(hours=24))
    person.now = LATER + timedelta(hours=hours)

    await person.say("xin chào")

    found = await person.database.read(_row, notice)
    assert (found.status, found.reason) == expected


async def test_a_notice_goes_to_another_of_the_person_s_chats(person: Person) -> None:
    """To one that is sent to and not blocked; its message goes with it."""
    other = await person.database.write(add_address, person.resident_id, "telegram")

    notice = await person.database.write(_notice, person.address_id, LATER, None)

    found = await person.database.read(_row, notice)
    assert (found.status, found.channel, found.address_id, found.reason) == (
        "queued",
        "telegram",
        other,
        None,
    )
    said = sa.select(messages.c.address_id).where(messages.c.id == found.message_id)
    assert await person.database.read(lambda tx: tx.execute(said).scalar_one()) == other


async def test_a_chat_in_which_everything_was_stopped_gets_no_notice_of_another(person: Person) -> None:
    other = await person.database.write(add_address, person.resident_id, "telegram")
    await person.database.write(_stop, other)

    notice = await person.database.write(_notice, person.address_id, LATER, None)
    await person.database.write(waiting.give, person.resident_id, other, "telegram", RULES, LATER)

    found = await person.database.read(_row, notice)
    assert (found.status, found.reason, found.address_id) == ("waiting", "closed", person.address_id)


def _stop(tx: Tx, address_id: int) -> None:
    tx.execute(sa.update(addresses).where(addresses.c.id == address_id).values(stopped_at=NOW))


async def test_what_was_agreed_to_in_one_chat_is_given_in_no_other(person: Person) -> None:
    """Whoever writes in a linked chat hears there of their case, and of announcements where they agreed to them."""
    announcement_id = await person.announce()
    notice = await person.database.write(_notice, person.address_id, LATER, None)
    other = await person.database.write(add_address, person.resident_id, "telegram")

    await person.database.write(waiting.give, person.resident_id, other, "telegram", RULES, LATER)

    assert (await person.of(announcement_id)).status == "waiting"
    found = await person.database.read(_row, notice)
    assert (found.status, found.channel, found.address_id) == ("queued", "telegram", other)

    await person.say("xin chào")
    assert (await person.of(announcement_id)).channel == "zalo"
    assert (await person.of(announcement_id)).status == "queued"


@pytest.mark.parametrize("channel", ["web", "telegram"])
async def test_what_an_official_is_to_read_waits_for_their_own_chat(person: Person, channel: str) -> None:
    """Linked sessions belong to the same person, yet nobody confirmed them as the official's: cases are not shown there."""

    def make(tx: Tx) -> tuple[int, int]:
        official_chats.link_address(tx, person.address_id, make_official(tx).id, LATER)
        return _notice(tx, person.address_id, LATER, None), add_address(tx, person.resident_id, channel)

    notice, other = await person.database.write(make)
    await person.database.write(waiting.give, person.resident_id, other, channel, RULES, LATER)

    found = await person.database.read(_row, notice)
    assert (found.status, found.reason, found.address_id) == ("waiting", "closed", person.address_id)
    await person.database.write(waiting.give, person.resident_id, person.address_id, "zalo", RULES, LATER)
    found = await person.database.read(_row, notice)
    assert (found.status, found.address_id) == ("queued", person.address_id)


async def test_a_reply_to_a_notice_that_was_stored_anew_still_finds_its_case(person: Person) -> None:
    """A page is shown messages of now: what told an official of a case goes on telling it."""

    def make(tx: Tx) -> tuple[int | None, int | None, int]:
        case, official = make_case(tx), make_official(tx)
        message_id = notify.to_address(tx, person.address_id, Outbound("Việc mới."), Lane.NOTICE, LATER)
        assert message_id is not None
        case_notices.add(tx, message_id, case.id, official.id)
        anew = renewing.renew(tx, message_id, person.address_id, LATER)
        tx.execute(sa.delete(outbox).where(outbox.c.message_id == message_id))
        tx.execute(sa.delete(messages).where(messages.c.id == message_id))
        last = case_notices.last_case(tx, person.address_id, official.id)
        return case_notices.find_case(tx, anew, official.id), last, case.id

    found, last, case_id = await person.database.write(make)
    assert found == last == case_id


async def test_following_opens_the_window_as_a_message_does(person: Person) -> None:
    announcement_id = await person.announce()

    await person.database.write(waiting.hear, person.address, LATER, RULES, LATER)
    await person.database.write(waiting.hear, Address("zalo", "nobody"), LATER, RULES, LATER)

    assert (await person.of(announcement_id)).status == "queued"
    heard = sa.select(addresses.c.last_interaction_at).where(addresses.c.id == person.address_id)
    assert await person.database.read(lambda tx: tx.execute(heard).scalar_one()) == LATER


async def test_a_browser_s_messages_are_nobody_else_s(person: Person) -> None:
    """They wait as well, for another reason; writing on Zalo leaves them alone, and they leave alone what waits there."""

    def make(tx: Tx) -> None:
        web = add_address(tx, person.resident_id, "web")
        notify.to_address(tx, web, Outbound("Có trả lời."), Lane.NOTICE, LATER)

    await person.database.write(make)
    await person.say("xin chào")

    waits = sa.select(outbox.c.status, outbox.c.reason).where(outbox.c.channel == "web")
    assert [tuple(r) for r in await person.database.read(lambda tx: tx.execute(waits).all())] == [
        ("waiting", None)
    ]


async def test_two_messages_at_once_give_it_once(person: Person, small: Guide) -> None:
    """Through two processes, from two chats of the same person."""
    announcement_id = await person.announce()
    other = Person(person.database, small, "telegram")
    await other.say("xin chào")

    def link(tx: Tx) -> None:
        known = people.lock_known(tx, "telegram", other.address.value)
        assert known is not None
        move = sa.update(addresses).where(addresses.c.id == known.address_id)
        tx.execute(move.values(resident_id=person.resident_id))

    await person.database.write(link)
    other.now = LATER

    await together(*(one.say("xin chào") for one in (person, other, person, other)))

    found = await person.of(announcement_id)
    assert (found.status, found.reason) == ("queued", None)
    queued = sa.select(sa.func.count()).where(outbox.c.announcement_id == announcement_id)
    assert await person.database.read(lambda tx: tx.execute(queued).scalar_one()) == 1


async def test_what_waits_does_not_count_as_received(sqlite: Database) -> None:
    """Three are waiting; who may be written to again gets the fourth, and they count from then on."""

    def make(tx: Tx) -> list[tuple[str, str, str | None]]:
        resident_id = make_resident(tx, "zalo", heard_at=NOW - timedelta(days=3))
        told = []
        for at in (*(NOW + timedelta(minutes=m) for m in range(3)), NOW + timedelta(minutes=9)):
            if at == NOW + timedelta(minutes=9):
                tx.execute(sa.update(addresses).values(last_interaction_at=at))
            announcement = make_announcement(tx, now=at)
            expand(tx, announcement, reach=Windows().at, now=at)
            told.append(list_deliveries(tx, announcement)[resident_id])
        return told

    assert await sqlite.write(make) == [("zalo", "waiting", "closed")] * 3 + [("zalo", "queued", None)]


async def test_who_has_everything_erased_is_given_nothing_of_what_waited(person: Person) -> None:
    """Neither now nor when they come again, as somebody new; what was counted stays counted, as nobody's."""
    announcement_id = await person.announce()
    notice = await person.database.write(_notice, person.address_id, LATER, None)

    await person.say("xóa dữ liệu")
    await person.press(my_data_texts.BUTTON_ERASE_SURE)
    await person.say("xin chào")

    copies = sa.select(outbox.c.status, outbox.c.resident_id, outbox.c.message_id).where(
        outbox.c.announcement_id == announcement_id
    )
    assert [tuple(row) for row in await person.database.read(lambda tx: tx.execute(copies).all())] == [
        ("skipped", None, None)
    ]
    left = sa.select(sa.func.count()).where(outbox.c.id == notice)
    assert await person.database.read(lambda tx: tx.execute(left).scalar_one()) == 0


@pytest.mark.parametrize("said", ["dừng", "dừng tất cả"])
async def test_a_warning_put_off_until_the_morning_is_stopped_like_the_rest(
    person: Person, said: str
) -> None:
    person.now = MORNING - timedelta(hours=5)
    announcement_id = await person.announce(person.now, kind="emergency")

    def put_off(tx: Tx) -> None:
        later = sa.update(outbox).where(outbox.c.announcement_id == announcement_id)
        tx.execute(later.values(status="queued", reason=None, not_before=MORNING))

    await person.database.write(put_off)
    await person.say(said)

    assert ((found := await person.of(announcement_id)).status, found.reason) == ("skipped", "stopped")


async def test_what_waits_is_given_though_an_official_writes_and_a_cry_holds_it_back(person: Person) -> None:
    """Their message opened the window, and an answer to a case may be among it; the machine itself keeps quiet."""
    announcement_id = await person.announce()
    await person.database.write(taking_over.pause, person.address, None, LATER, LATER)

    await person.say("cứu tôi với, nhà tôi đang cháy")
    assert person.replies[0].text == urgent_texts.CALL[Urgency.DISASTER]
    assert (await person.of(announcement_id)).status == "waiting"

    await person.say("tôi đỡ rồi")
    assert (await person.of(announcement_id)).status == "queued"


async def test_an_official_who_writes_on_one_platform_is_not_there_in_the_linked_chat(
    person: Person, small: Guide
) -> None:
    """What is asked there reaches nobody but the machine; where the official writes it keeps quiet all the same."""
    other = Person(person.database, small, "telegram")
    await other.say("xin chào")

    def link(tx: Tx) -> None:
        known = people.lock_known(tx, "telegram", other.address.value)
        assert known is not None
        joining.join(tx, person.address_id, known.address_id, LATER)

    await person.database.write(link)
    other.now = LATER
    await person.database.write(taking_over.pause, person.address, None, LATER, LATER)

    assert "Được mua thẻ" in await other.say("thẻ")
    assert await person.say("thẻ") == human_texts.QUIET_ELSEWHERE
    assert await person.say("thẻ") == ""
    assert "Được mua thẻ" in await other.say("thẻ")


async def test_who_writes_on_a_linked_page_reads_there_what_waited_for_them_elsewhere(
    person: Person,
) -> None:
    """The answer to their case, that is; an announcement goes on waiting where it was agreed to."""
    announcement_id = await person.announce()
    notice = await person.database.write(_notice, person.address_id, LATER, None)
    web = await person.database.write(add_address, person.resident_id, "web")
    known = sa.select(sa.func.max(messages.c.id))
    newest = await person.database.read(lambda tx: tx.execute(known).scalar_one())

    for _ in range(2):
        await person.database.write(waiting.give, person.resident_id, web, "web", RULES, LATER)

    found = await person.database.read(_row, notice)
    assert (found.status, found.channel, found.address_id, found.reason) == ("waiting", "web", web, None)
    shown = await person.database.read(said.list_history, web, newest, 10)
    assert [message.text for message in shown] == ["Có trả lời."]
    assert (await person.of(announcement_id)).status == "waiting"
    await person.say("xin chào")
    assert (await person.database.read(_row, notice)).channel == "web"
