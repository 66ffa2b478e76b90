"""A message is taken once; its replies, their deliveries and the state are saved together, whatever happens."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import conversation, pace, texts
from handlers.conversation import Carrier
from handlers.messages import Address, Outbound
from handlers.secrets import Masked
from handlers.turn import Guide
from storage import tables
from storage.crypto import Vault
from storage.db import Database
from storage.outbox import Lane, Lease
from tests.conftest import NOW
from tests.databases import SECRET
from tests.handlers.resident import WEB, ZONE, Resident, fetched

LEASE = Lease("worker-1", NOW + timedelta(seconds=60))
SENT = Carrier(fetched, LEASE)
QUESTION = "hộ cận nghèo có thẻ bảo hiểm không"


async def _everything(resident: Resident) -> dict[str, Sequence[object]]:
    return {table.name: await resident.rows(table) for table in tables.metadata.sorted_tables}


# -- taken once


async def test_redelivered_message_has_no_effect_and_the_same_replies(
    database: Database, small: Guide
) -> None:
    """A platform repeats an update when our answer was late."""
    resident = Resident(database, small)
    await resident.say(QUESTION, external_id="update-7")
    before = await _everything(resident)

    await resident.say(QUESTION, external_id="update-7")

    first, again = resident.receipts
    assert (first.fresh, again.fresh) == (True, False)
    assert [(m.id, m.text, m.buttons) for m in again.replies] == [
        (m.id, m.text, m.buttons) for m in first.replies
    ]
    assert again.address_id == first.address_id
    assert again.deliveries == ()
    assert await _everything(resident) == before


async def test_redelivered_press_has_no_effect(resident: Resident) -> None:
    await resident.say(QUESTION)
    press = resident.inbound(payload=resident.buttons[-1].payload, external_id="press-1")
    await resident.take(press)
    before = await _everything(resident)

    assert not (await resident.take(press)).fresh
    assert await _everything(resident) == before


async def test_redelivered_message_is_the_id_not_the_text(resident: Resident) -> None:
    await resident.say("thẻ")
    await resident.say("thẻ")

    assert len(await resident.questions()) == 2


async def test_same_id_on_another_channel_is_another_message(sqlite: Database, small: Guide) -> None:
    web = Resident(sqlite, small, address=Address("web", "1"))
    telegram = Resident(sqlite, small, address=Address("telegram", "1"))
    await web.say("thẻ", external_id="7")
    await telegram.say("thẻ", external_id="7")

    assert telegram.receipts[-1].fresh
    assert telegram.receipts[-1].address_id != web.receipts[-1].address_id


async def test_late_redelivery_into_a_moved_dialogue_does_not_move_it(resident: Resident) -> None:
    await resident.say("chọn xã", external_id="late")
    await resident.say("menu")
    await resident.say("chọn xã", external_id="late")

    assert (await resident.state())["flow"] is None


async def test_redelivery_that_meets_the_first_is_taken_once(postgres: Database, small: Guide) -> None:
    """Two processes get the same update at the same moment."""
    other = Database(postgres.url.render_as_string(hide_password=False), Vault(SECRET))
    one, two = (Resident(d, small, address=Address("web", "x")) for d in (postgres, other))
    await one.say("xin chào")

    await asyncio.gather(one.say("thẻ", external_id="same"), two.say("thẻ", external_id="same"))

    assert sorted(r.receipts[-1].fresh for r in (one, two)) == [False, True]
    assert len(await one.questions()) == 1
    assert one.reply == two.reply
    await other.close()


async def test_two_turns_of_one_person_at_once_keep_the_state_whole(postgres: Database, small: Guide) -> None:
    """Two processes, one resident: one waits for the other, and every message is counted."""
    other = Database(postgres.url.render_as_string(hide_password=False), Vault(SECRET))
    one, two = (Resident(d, small, address=Address("web", "x")) for d in (postgres, other))
    await one.say("xin chào")

    await asyncio.gather(
        *(r.say(text) for r in (one, two) for text in ("thẻ", "chọn xã", "thẻ", "Tân Kỳ", "hỗ trợ"))
    )

    (conversation_row,) = await one.rows(tables.conversations)
    assert conversation_row.revision == 11
    assert conversation_row.state["pace"][1] == 11
    assert len(await one.questions()) == 6
    assert await one.commune() == "11113"
    await other.close()


async def test_newcomer_whom_two_processes_meet_at_once_is_greeted_once(
    postgres: Database, small: Guide
) -> None:
    other = Database(postgres.url.render_as_string(hide_password=False), Vault(SECRET))
    one, two = (Resident(d, small, address=Address("web", "x")) for d in (postgres, other))

    await asyncio.gather(one.say("thẻ"), two.say("thẻ"))

    assert sorted(len(r.replies) for r in (one, two)) == [1, 2]
    assert len(await one.rows(tables.residents)) == 1
    await other.close()


# -- replies leave


async def test_replies_are_leased_to_this_process_in_their_order(sqlite: Database, small: Guide) -> None:
    resident = Resident(sqlite, small, carrier=SENT)
    await resident.say(QUESTION)

    receipt, rows = resident.receipts[-1], await resident.rows(tables.outbox)
    assert [d.message_id for d in receipt.deliveries] == [m.id for m in receipt.replies]
    assert [d.id for d in receipt.deliveries] == [row.id for row in rows]
    assert [d.text for d in receipt.deliveries] == [m.text for m in receipt.replies]
    assert [d.buttons for d in receipt.deliveries] == [m.buttons for m in receipt.replies]
    assert {d.address for d in receipt.deliveries} == {resident.address.value}
    assert {d.lane for d in receipt.deliveries} == {Lane.REPLY}
    assert {(d.repeated, d.attempts) for d in receipt.deliveries} == {(False, 0)}
    assert {(r.status, r.lease_owner, r.lease_until) for r in rows} == {("queued", LEASE.owner, LEASE.until)}


async def test_replies_without_a_lease_wait_for_whoever_claims_them(sqlite: Database, small: Guide) -> None:
    resident = Resident(sqlite, small, carrier=Carrier(fetched))
    await resident.say(QUESTION)

    assert resident.receipts[-1].deliveries == ()
    assert {(r.status, r.lease_owner) for r in await resident.rows(tables.outbox)} == {("queued", None)}


async def test_replies_that_browsers_fetch_wait_for_them(newcomer: Resident) -> None:
    await newcomer.say(QUESTION)

    rows = await newcomer.rows(tables.outbox)
    assert newcomer.receipts[-1].deliveries == ()
    assert [(r.status, r.message_id) for r in rows] == [("waiting", m.id) for m in newcomer.replies]


async def test_parts_keep_their_order_and_the_last_has_the_buttons(sqlite: Database, small: Guide) -> None:
    def in_two(message: Outbound) -> list[Outbound]:
        half = len(message.text) // 2
        return [Outbound(message.text[:half]), Outbound(message.text[half:], message.buttons)]

    resident = Resident(sqlite, small, carrier=Carrier(in_two, LEASE))
    await resident.say(QUESTION)

    greeting_1, greeting_2, answer_1, answer_2 = resident.replies
    assert greeting_1.text.startswith("Chào bà con!")
    assert answer_1.text.startswith("Thẻ bảo hiểm")
    assert answer_2.text.endswith("23/11/2026.")
    assert (greeting_1.buttons, answer_1.buttons) == ((), ())
    assert answer_2.buttons[-1].label == texts.BUTTON_NOT_HELPED
    assert greeting_2.buttons
    assert [d.text for d in resident.receipts[-1].deliveries] == [m.text for m in resident.replies]


async def test_what_was_said_is_stored_with_what_it_answers(newcomer: Resident) -> None:
    await newcomer.say(QUESTION)

    asked, *answered = await newcomer.rows(tables.messages)
    assert (asked.direction, asked.text, asked.at) == ("in", QUESTION, NOW)
    assert [(m.direction, m.inbound_id) for m in answered] == [("out", asked.inbound_id)] * 2
    assert [m.text for m in answered] == [m.text for m in newcomer.replies]


async def test_chat_address_is_not_stored_in_the_clear(newcomer: Resident) -> None:
    await newcomer.say(QUESTION)

    assert newcomer.address.value not in str(await _everything(newcomer))


# -- a turn that fails


async def test_failed_turn_leaves_no_trace(resident: Resident) -> None:
    before = await _everything(resident)
    resident.carrier = Carrier(_fails, None, True)

    with pytest.raises(RuntimeError, match="cannot shape"):
        await resident.say("chọn xã")
    assert await _everything(resident) == before


def _fails(_message: Outbound) -> list[Outbound]:
    raise RuntimeError("cannot shape")


async def test_apology_is_stored_and_the_dialogue_stays_where_it_was(resident: Resident) -> None:
    await resident.say("chọn xã")
    state = await resident.state()
    failed = resident.inbound("câu hỏi làm hỏng máy")

    receipt = await resident.database.write(conversation.apologise, Masked(failed), None, WEB, resident.now)

    assert [m.text for m in receipt.replies] == [texts.TROUBLE]
    assert receipt.fresh
    assert await resident.state() == state
    *_, asked, answered = await resident.rows(tables.messages)
    assert (asked.text, answered.text) == ("câu hỏi làm hỏng máy", texts.TROUBLE)
    assert (await resident.rows(tables.inbound))[-1].outcome == "failed"
    assert "xã Tân Kỳ" in await resident.say("tan ky")


async def test_apology_leaves_like_any_reply(sqlite: Database, small: Guide) -> None:
    resident = Resident(sqlite, small, carrier=SENT)
    receipt = await sqlite.write(conversation.apologise, Masked(resident.inbound("x")), None, SENT, NOW)

    assert [d.text for d in receipt.deliveries] == [texts.TROUBLE]
    (row,) = await resident.rows(tables.outbox)
    assert (row.status, row.lease_owner) == ("queued", LEASE.owner)


async def test_message_that_failed_is_not_taken_again(resident: Resident) -> None:
    failed = resident.inbound("thẻ", external_id="bad")
    await resident.database.write(conversation.apologise, Masked(failed), None, WEB, resident.now)

    receipt = await resident.take(failed)
    again = await resident.database.write(conversation.apologise, Masked(failed), None, WEB, resident.now)

    assert (receipt.fresh, again.fresh) == (False, False)
    assert [m.text for m in receipt.replies] == [m.text for m in again.replies] == [texts.TROUBLE]
    assert await resident.questions() == []


async def test_first_message_that_failed_leaves_the_greeting_to_the_next(newcomer: Resident) -> None:
    await newcomer.database.write(
        conversation.apologise, Masked(newcomer.inbound("x")), None, WEB, newcomer.now
    )

    assert (await newcomer.say("thẻ")).startswith("Chào bà con! Tôi là Hai Chiều")


# -- pace


async def test_sixty_first_message_of_a_minute_is_stored_and_answered_once_with_a_sentence(
    resident: Resident,
) -> None:
    """The greeting was the first."""
    for _ in range(pace.LIMIT - 1):
        assert "Được mua thẻ" in await resident.say("thẻ")
    assert await resident.say("thẻ") == texts.TOO_FAST
    for _ in range(3):
        assert await resident.say("thẻ") == ""
        assert resident.receipts[-1].fresh

    came = [m for m in await resident.rows(tables.messages) if m.direction == "in"]
    assert len(came) == pace.LIMIT + 4
    assert len(await resident.questions()) == pace.LIMIT - 1


async def _hurry(resident: Resident) -> None:
    for _ in range(pace.LIMIT + 2):
        await resident.say("cảm ơn")
    assert resident.replies == ()


async def test_minute_over_is_answered_again(resident: Resident) -> None:
    await _hurry(resident)
    resident.wait(59)
    assert await resident.say("thẻ") == ""
    resident.wait(2)

    assert "Được mua thẻ" in await resident.say("thẻ")


async def test_clock_that_stepped_back_silences_nobody(resident: Resident) -> None:
    await _hurry(resident)
    resident.wait(-3600)

    assert "Được mua thẻ" in await resident.say("thẻ")


async def test_haste_of_one_does_not_slow_another(sqlite: Database, resident: Resident) -> None:
    await _hurry(resident)

    assert "Được mua thẻ" in await Resident(sqlite, resident.guide).say("thẻ")


async def test_silenced_message_leaves_the_dialogue_where_it_was(resident: Resident) -> None:
    await resident.say("chọn xã")
    await _hurry(resident)
    await resident.say("menu")

    assert (await resident.state())["flow"] == "commune"


async def test_redelivered_silence_stays_silent(resident: Resident) -> None:
    await _hurry(resident)
    await resident.say("thẻ", external_id="again")
    resident.wait(61)

    assert await resident.say("thẻ", external_id="again") == ""
    assert not resident.receipts[-1].fresh


# -- reading


def test_reading_needs_no_database_and_knows_the_day_here(small: Guide) -> None:
    resident = Resident(Database("sqlite+aiosqlite:///never-opened.db", Vault(SECRET)), small)
    reading = conversation.read(
        Masked(resident.inbound("menu")), small, NOW + timedelta(hours=14, minutes=1), ZONE
    )

    assert reading.command == "menu"
    assert str(reading.day) == "2026-11-24"


@pytest.mark.parametrize(("early", "expected"), [(timedelta(hours=-3), -3), (timedelta(hours=2), 0)])
async def test_person_was_heard_of_when_the_platform_says_and_not_later_than_now(
    database: Database, small: Guide, early: timedelta, expected: int
) -> None:
    """A window that a channel opens is counted from there."""
    resident = Resident(database, small)

    await resident.take(replace(resident.inbound("xin chào"), at=NOW + early))

    (address,) = await resident.rows(tables.addresses)
    assert address.last_interaction_at == NOW + timedelta(hours=expected)
