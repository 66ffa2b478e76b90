""" "Dừng" works in its very turn, however it is spelt; a dialogue is left by it; what only may mean it is confirmed."""

from datetime import datetime

import pytest
import sqlalchemy as sa

from faq.signals import Intent
from handlers import consent_texts, feedback_texts, human_texts, texts
from handlers.commands import Command, read_command
from handlers.turn import Guide
from storage import messages, outbox, tables
from storage.db import Database, Tx
from storage.outbox import Lane
from tests.handlers.eventful import make_event
from tests.handlers.resident import Resident


@pytest.fixture
async def told(database: Database, small: Guide) -> Resident:
    """Somebody who agreed to everything, on each kind of database."""
    resident = Resident(database, small)
    await _agree(resident)
    return resident


@pytest.fixture
async def subscriber(resident: Resident) -> Resident:
    """The same, where the database makes no difference."""
    await _agree(resident)
    return resident


async def _agree(resident: Resident) -> None:
    await resident.say("xin chào")
    await resident.say("đăng ký")
    await resident.press(consent_texts.BUTTON_ALL)
    await resident.press(texts.BUTTON_SKIP)


async def sign_up(resident: Resident) -> int:
    """Sign up for a coming session; returns its id."""
    event_id = (await resident.database.write(lambda tx: make_event(tx))).event.id
    await resident.send(payload=f"1:rsvp:yes:{event_id}")
    return event_id


async def given(resident: Resident) -> int:
    return sum(c.withdrawn_at is None for c in await resident.rows(tables.consents))


def announce(tx: Tx, now: datetime, number: int = 1) -> None:
    """Queue an announcement to the only resident: one delivery is on its way, the others wait."""
    address = tx.execute(sa.select(tables.addresses)).one()
    for each in range(number):
        announcement_id = tx.execute(
            sa.insert(tables.announcements).returning(tables.announcements.c.id),
            {
                "code": f"TB-{each}",
                "kind": "notice",
                "title": "t",
                "text": "x",
                "pictures": [],
                "audience": {},
                "spread_hours": 0,
                "late_joiners": False,
                "status": "sending",
                "version": 1,
                "created_by": 1,
                "created_at": now,
                "cursor": 0,
                "late_cursor": 0,
            },
        ).scalar_one()
        message_id = messages.add_out(tx, address.id, None, f"Thông báo {each}", (), now)
        tx.execute(
            sa.update(tables.messages)
            .where(tables.messages.c.id == message_id)
            .values(announcement_id=announcement_id)
        )
        outbox.add(tx, message_id, address.id, address.channel, Lane.BULK, now, None)
        tx.execute(
            sa.update(tables.outbox)
            .where(tables.outbox.c.message_id == message_id)
            .values(announcement_id=announcement_id, resident_id=address.resident_id)
        )


SPELLINGS = (
    "dừng",
    "Dừng ạ",
    "dung",
    "DUNG",
    "dungwf",
    "duwngf",
    "du72ng",
    "stop",
    "/stop",
    "STOP!!!",
    "huỷ đăng ký",
    "hủy đăng kí",
    "huy dang ky",
    "không nhận tin nữa",
    "ko nhận tin nữa",
    "k nhan tin nua",
    "khoong nhaanj tin nuwax",
    "đừng nhắn nữa",
    "dung nhan nua",
    "dừng tất cả",
    "dung tat ca",
    "dừng ngay",
    "dừng thôi",
    "ngưng",
    "nguwng",
    "ngưng nhận tin",
    "ngưng hết",
    "tôi không muốn nhận tin nhắn nữa",
)


@pytest.mark.parametrize("said", SPELLINGS)
async def test_a_plain_word_stops_in_its_turn(subscriber: Resident, said: str) -> None:
    await subscriber.database.write(announce, subscriber.now)

    await subscriber.say(said)

    assert await given(subscriber) == 0
    assert consent_texts.BUTTON_STOP not in subscriber.labels
    bulk = [row for row in await subscriber.rows(tables.outbox) if row.announcement_id]
    assert [(row.status, row.reason, row.message_id) for row in bulk] == [("skipped", "stopped", None)]


async def test_what_is_queued_is_withdrawn_and_a_call_under_way_is_not(told: Resident) -> None:
    await told.database.write(announce, told.now, 2)

    def begin(tx: Tx) -> None:
        first = tx.execute(
            sa.select(sa.func.min(tables.outbox.c.id)).where(tables.outbox.c.lane == 2)
        ).scalar()
        tx.execute(
            sa.update(tables.outbox)
            .where(tables.outbox.c.id == first)
            .values(attempted_at=told.now, attempts=1)
        )

    await told.database.write(begin)
    assert await told.say("dừng") == consent_texts.STOPPED_NEWS

    bulk = [row for row in await told.rows(tables.outbox) if row.announcement_id]
    assert [(row.status, row.reason) for row in bulk] == [("queued", "stopped"), ("skipped", "stopped")]
    assert [c.withdrawn_channel for c in await told.rows(tables.consents)] == ["web"] * 3


async def test_who_agreed_to_nothing_hears_that_nothing_comes(resident: Resident) -> None:
    assert await resident.say("dừng") == texts.STOPPED


async def test_everything_is_stopped_and_says_so_and_welcome_again_after_subscribing(told: Resident) -> None:
    assert await told.say("dừng tất cả") == consent_texts.STOPPED_ALL
    assert [r.stopped_at for r in await told.rows(tables.addresses)] == [told.now]

    assert consent_texts.RESUMED in await told.say("đăng ký")
    assert [r.stopped_at for r in await told.rows(tables.addresses)] == [None]
    assert await given(told) == 0


async def test_who_signed_up_hears_that_the_reminder_still_comes(told: Resident) -> None:
    await sign_up(told)
    assert await told.say("dung") == f"{consent_texts.STOPPED_NEWS}\n{consent_texts.STILL_REMINDED}"
    assert [r.status for r in await told.rows(tables.rsvps)] == ["going"]


async def test_stopping_everything_takes_sign_ups_back_says_so_and_one_tap_undoes_it(told: Resident) -> None:
    event_id = await sign_up(told)
    said = await told.say("dung tat ca")
    assert said == f"{consent_texts.STOPPED_ALL}\n{consent_texts.SIGN_UPS_WITHDRAWN}"
    assert [r.status for r in await told.rows(tables.rsvps)] == ["declined"]
    assert [e.taken for e in await told.rows(tables.events)] == [0]

    assert [b.payload for b in told.buttons] == [f"1:rsvp:yes:{event_id}"]
    await told.press(told.labels[0])
    assert [r.status for r in await told.rows(tables.rsvps)] == ["going"]


# -- in a dialogue


@pytest.mark.parametrize("word", ["dừng", "thôi"])
async def test_word_leaves_the_dialogue_and_says_how_to_stop_what_is_announced(
    subscriber: Resident, word: str
) -> None:
    for start, left in (
        (feedback_texts.BUTTON_START, feedback_texts.LEFT),
        (texts.BUTTON_CHECK, consent_texts.LEFT),
    ):
        await subscriber.say("menu")
        await subscriber.press(start)
        assert await subscriber.say(word) == f"{left}\n\n{consent_texts.STILL_TOLD}"
        assert (await subscriber.state())["flow"] is None
    assert await given(subscriber) == 3

    await subscriber.say("dừng")
    assert await given(subscriber) == 0


async def test_word_after_an_announcement_is_an_answer_to_it_whatever_was_begun_before(
    subscriber: Resident,
) -> None:
    await subscriber.say("menu")
    await subscriber.press(feedback_texts.BUTTON_START)
    await subscriber.database.write(announce, subscriber.now)

    assert await subscriber.say("thôi") == consent_texts.STOPPED_NEWS
    assert await given(subscriber) == 0


async def test_words_that_name_what_is_to_stop_leave_the_dialogue_where_it_is(subscriber: Resident) -> None:
    await subscriber.say("menu")
    await subscriber.press(feedback_texts.BUTTON_START)
    assert await subscriber.say("không nhận tin nữa") == consent_texts.STOPPED_NEWS

    assert (await subscriber.state())["flow"] == "feedback"


async def test_leaving_word_outside_a_dialogue_ends_nothing(subscriber: Resident) -> None:
    assert await subscriber.say("thôi") == f"{consent_texts.LEFT}\n\n{consent_texts.STILL_TOLD}"
    assert await given(subscriber) == 3


async def test_dialogue_with_a_person_is_left_as_before(subscriber: Resident) -> None:
    await subscriber.say("cho tôi gặp người thật")
    assert await subscriber.say("dừng") == f"{human_texts.LEFT}\n\n{consent_texts.STILL_TOLD}"


# -- sentences


async def test_long_sentence_is_confirmed(subscriber: Resident) -> None:
    assert await subscriber.say("tôi không muốn nhận tin của các anh nữa") == consent_texts.STOP_ASK
    assert await given(subscriber) == 3
    assert await subscriber.press(consent_texts.BUTTON_KEEP) == consent_texts.KEPT_AS_IT_IS
    assert await given(subscriber) == 3
    assert await subscriber.press(consent_texts.BUTTON_STOP) == consent_texts.STOPPED_NEWS
    assert await given(subscriber) == 0


@pytest.mark.parametrize(
    ("said", "at_once"),
    [("bỏ mình khỏi tin này", True), ("thôi tôi chẳng cần nữa", False), ("tin này dừng được không?", False)],
)
async def test_short_sentence_of_messages_needs_no_confirmation(
    subscriber: Resident, monkeypatch: pytest.MonkeyPatch, said: str, at_once: bool
) -> None:
    monkeypatch.setattr(subscriber.guide.signals, "intent", lambda _: Intent.STOP)

    await subscriber.say(said)
    assert await given(subscriber) == (0 if at_once else 3)


@pytest.mark.parametrize("said", ["đúng", "dụng", "dừng trợ cấp", "thôi việc", "đừng", "đăng", "dung dịch"])
def test_other_words_stop_nothing(said: str) -> None:
    assert read_command(said) not in (Command.STOP, Command.STOP_ALL, Command.UNSUBSCRIBE)
