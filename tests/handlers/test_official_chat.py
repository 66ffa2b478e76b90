"""An official in chat: linked once, told of cases of their area, answering them by the same rules as in the console."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import accounts, cases, official_texts, texts, urgent_notices
from handlers.case_life import Kind, Status
from handlers.messages import Address
from handlers.officials import Official
from storage import officials, tables, urgent
from storage.cases import Case
from storage.cases import get as get_case
from storage.db import Tx
from tests.handlers.casework import DEADLINES, ELSEWHERE, HERE, make_address, make_case, make_official
from tests.handlers.resident import Resident

CODE = "K7M4XP9R"
WORDS = "Tiền về thứ Năm tuần này bác nhé."


async def offer(resident: Resident, area: str = HERE, code: str = CODE) -> Official:
    """Make an officer with a linking code."""

    def write(tx: Tx) -> Official:
        official = make_official(tx, area)
        accounts.offer_link(tx, official, code, resident.now)
        return official

    return await resident.database.write(write)


@pytest.fixture
async def officer(resident: Resident) -> Resident:
    """An officer's own chat, linked."""
    await offer(resident)
    await resident.say(f"/cb {CODE}")
    return resident


async def opened(officer: Resident, **given: Any) -> Case:
    """Let somebody tell something in the officer's commune."""
    return await officer.database.write(lambda tx: make_case(tx, **given))


async def now(officer: Resident, case: Case) -> Case:
    """Return the case as it stands."""
    return await officer.database.read(get_case, case.id)


async def press(officer: Resident, action: str, case: Case) -> str:
    """Press a button of the notice, which came by itself."""
    return await officer.send(payload=f"1:official:{action}:{case.id}")


async def notices(officer: Resident) -> list[Any]:
    """Return what came to the officer by itself."""
    mine = officer.receipts[-1].address_id
    rows = await officer.rows(tables.messages)
    return [m for m in rows if m.direction == "out" and m.inbound_id is None and m.address_id == mine]


# -- linked


@pytest.mark.parametrize("typed", ["/cb {}", "liên kết {}", "lien ket {}", "LIÊN KẾT {}"])
async def test_code_links_once(resident: Resident, typed: str) -> None:
    official = await offer(resident)
    assert await resident.say(typed.format(CODE.lower())) == official_texts.LINKED.format(name=official.name)

    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")
    assert await other.say(typed.format(CODE)) == official_texts.WRONG_CODE


async def test_codes_are_not_tried_in_a_row(resident: Resident) -> None:
    await offer(resident)
    for _ in range(5):
        assert await resident.say("/cb AAAA2222") == official_texts.WRONG_CODE
    assert await resident.say(f"/cb {CODE}") == official_texts.TOO_MANY_TRIES


async def test_official_still_gets_answers(officer: Resident) -> None:
    assert "Được mua thẻ" in await officer.say("thẻ")


# -- told and answering


async def test_notice_taken_and_answered(officer: Resident) -> None:
    case = await opened(officer)
    (notice,) = await notices(officer)
    assert [b[0] for b in notice.buttons] == [official_texts.BUTTON_TAKE, official_texts.BUTTON_REPLY]

    assert await press(officer, "take", case) == official_texts.TAKEN
    assert (await now(officer, case)).status == Status.RECEIVED
    await officer.press(official_texts.BUTTON_REPLY)
    assert WORDS in await officer.say(WORDS)
    assert (await now(officer, case)).status == Status.RECEIVED, "nothing leaves without a look"
    assert await officer.press(official_texts.BUTTON_SEND) == official_texts.SENT

    assert (await now(officer, case)).status == Status.ANSWERED
    told = [m.text for m in await officer.rows(tables.messages) if m.address_id == case.address_id]
    assert WORDS in told[-1]


async def test_pressing_send_twice_answers_once(officer: Resident) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say(WORDS)
    await officer.press(official_texts.BUTTON_SEND)

    assert await officer.press(official_texts.BUTTON_SEND) == official_texts.OVER
    answers = [e for e in await officer.rows(tables.case_entries) if e.action == "answer"]
    assert len(answers) == 1


async def test_reply_to_the_notice_is_the_answer(officer: Resident) -> None:
    case = await opened(officer)
    (notice,) = await notices(officer)

    def send(tx: Tx) -> None:
        delivered = sa.update(tables.outbox).where(tables.outbox.c.message_id == notice.id)
        tx.execute(delivered.values(status="sent", platform_id="4711"))

    await officer.database.write(send)
    await officer.take(replace(officer.inbound(WORDS), reply_to="4711"))
    assert WORDS in officer.reply
    await officer.say("gửi")
    assert (await now(officer, case)).status == Status.ANSWERED


async def test_reply_to_anything_else_is_no_answer(officer: Resident) -> None:
    await opened(officer)
    await officer.take(replace(officer.inbound("thẻ"), reply_to="4712"))

    assert "Được mua thẻ" in officer.reply


async def test_second_of_two_sees_the_change_and_keeps_the_words(officer: Resident) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say(WORDS)

    def other(tx: Tx) -> None:
        cases.answer(tx, make_official(tx), case.id, "Đã xong.", case.version, DEADLINES, officer.now)

    await officer.database.write(other)
    said = await officer.press(official_texts.BUTTON_SEND)
    assert said.startswith(official_texts.CHANGED)
    assert WORDS in said
    answers = [e.text for e in await officer.rows(tables.case_entries) if e.action == "answer"]
    assert answers == ["Đã xong."]

    assert await officer.press(official_texts.BUTTON_SEND) == official_texts.SENT


async def test_answer_with_a_hole_is_not_sent(officer: Resident) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say("Hẹn bác ngày {ngày}.")
    assert "{ngày}" in await officer.press(official_texts.BUTTON_SEND)
    await officer.say("Hẹn bác ngày mai.")

    assert await officer.press(official_texts.BUTTON_SEND) == official_texts.SENT


@pytest.mark.parametrize("drop", ["thôi", "không gửi", "menu"])
async def test_answer_can_be_dropped(officer: Resident, drop: str) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say(WORDS)

    assert await officer.say(drop) == official_texts.DROPPED
    assert (await now(officer, case)).status == Status.NEW


async def test_advice_on_whom_to_call_is_an_answer_and_no_cry_for_help(officer: Resident) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say("bác nói cháu bị bố đánh thì gọi 111 ngay")
    await officer.press(official_texts.BUTTON_SEND)

    assert (await now(officer, case)).status == Status.ANSWERED


# -- nobody else


@pytest.mark.parametrize("action", ["take", "reply", "send", "drop"])
async def test_residents_have_no_such_buttons(officer: Resident, action: str) -> None:
    case = await opened(officer)
    resident = Resident(officer.database, officer.guide)
    await resident.say("xin chào")

    assert texts.OLD_BUTTON in await press(resident, action, case)
    assert (await now(officer, case)).status == Status.NEW


@pytest.mark.parametrize("action", ["take", "reply"])
async def test_case_of_another_commune_is_not_there(officer: Resident, action: str) -> None:
    case = await opened(officer, area_code=ELSEWHERE)

    assert await notices(officer) == []
    assert await press(officer, action, case) == official_texts.GONE
    assert (await now(officer, case)).status == Status.NEW


async def test_case_that_left_the_commune_while_it_was_answered(officer: Resident) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say(WORDS)
    moved = sa.update(tables.cases).values(area_code=ELSEWHERE)
    await officer.database.write(lambda tx: tx.execute(moved))

    assert await officer.press(official_texts.BUTTON_SEND) == official_texts.GONE


async def test_disabled_official_is_told_and_unlinked(officer: Resident) -> None:
    case = await opened(officer)
    await press(officer, "reply", case)
    await officer.say(WORDS)
    (account,) = await officer.rows(tables.officials)
    await officer.database.write(lambda tx: officials.set_disabled(tx, account.id, officer.now))

    assert await officer.press(official_texts.BUTTON_SEND) == official_texts.DISABLED
    assert await officer.rows(tables.official_addresses) == []
    assert (await now(officer, case)).status == Status.NEW
    assert "Được mua thẻ" in await officer.say("thẻ")


async def test_denunciation_shows_no_word_in_chat(officer: Resident) -> None:
    await opened(officer, kind=Kind.DENUNCIATION)
    (notice,) = await notices(officer)

    assert [b[0] for b in notice.buttons] == [official_texts.BUTTON_TAKE]


@pytest.mark.parametrize("step", ["answer", "send", "unheard-of", None])
@pytest.mark.parametrize("data", [{}, {"case": "x"}, {"case": 99, "version": 1, "said": 1}])
async def test_any_state_is_survived(officer: Resident, step: str | None, data: dict[str, object]) -> None:
    for said in ("một hai ba", "gửi", "quay lại"):
        state = {"version": 1, "flow": "official", "step": step, "data": dict(data)}
        mine = officer.receipts[-1].address_id
        change = sa.update(tables.conversations).where(tables.conversations.c.address_id == mine)
        await officer.database.write(Tx.execute, change.values(state=state))
        assert await officer.say(said)
        assert await officer.send(payload="1:official:send:1")


async def test_cry_for_help_pings_the_commune_s_officers_at_any_hour(officer: Resident) -> None:
    resident = Resident(officer.database, officer.guide, now=officer.now + timedelta(hours=14))
    await resident.say("xin chào")
    await resident.send(payload=f"1:commune:set:{HERE}")
    await resident.say("cháu bị bố đánh")

    (notice,) = await notices(officer)
    assert "trẻ em bị hại" in notice.text
    assert "00:00 ngày 24/11" in notice.text
    assert "bố đánh" not in notice.text
    for _ in range(5):
        await resident.say("cháu bị bố đánh")
    assert len(await notices(officer)) == urgent_notices.PINGS


@pytest.mark.parametrize("anonymous", [False, True])
async def test_whoever_told_of_a_commune_cries_to_that_commune(officer: Resident, anonymous: bool) -> None:
    """Somebody who named none otherwise; of an anonymous case nobody is to know that it was they."""
    resident = Resident(officer.database, officer.guide)
    await resident.say("xin chào")
    mine = resident.receipts[-1].address_id
    case = await officer.database.write(lambda tx: make_case(tx, address_id=mine, anonymous=anonymous))
    assert case.area_code == HERE
    before = len(await notices(officer))

    await resident.say("cháu bị bố đánh")

    waiting = await officer.database.read(lambda tx: urgent.list_waiting(tx, HERE, 9))
    assert [message.area_code for message in waiting] == ([] if anonymous else [HERE])
    assert len(await notices(officer)) - before == (0 if anonymous else 1)


async def test_cry_from_elsewhere_pings_nobody_here(officer: Resident) -> None:
    resident = Resident(officer.database, officer.guide)
    await resident.say("cứu tôi với")

    assert await notices(officer) == []


async def test_notice_waits_for_the_office_to_open(officer: Resident) -> None:
    telegram = Resident(officer.database, officer.guide, address=Address("telegram", "555"))
    await telegram.say("xin chào")
    await offer(telegram, code="ABCD2345")
    await telegram.say("/cb ABCD2345")
    telegram.wait(10 * 3600)

    def write(tx: Tx) -> Case:
        return make_case(tx, address_id=make_address(tx), now=telegram.now)

    await officer.database.write(write)
    mine = telegram.receipts[-1].address_id
    (notice,) = [o for o in await officer.rows(tables.outbox) if (o.lane, o.address_id) == (1, mine)]
    assert notice.not_before == DEADLINES.calendar.next_opening(telegram.now)
