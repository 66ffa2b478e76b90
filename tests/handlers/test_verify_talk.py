"""Whoever doubts a message types its code, pastes it or asks; whoever asks something else is answered as ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers.announcement_texts import chat
from handlers.genuine import Verdict
from handlers.genuine_texts import ASK, VERDICTS, WARNING
from storage.db import Database
from tests.conftest import NOW
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event, store
from tests.handlers.resident import KNOWN, URGENT, WANTED, Resident

OURS, NOT_OURS, CANNOT_TELL = (VERDICTS[verdict] for verdict in Verdict)
TOLD = announcement(
    kind="event",
    text="Mời bà con đến dự lớp tập huấn chăn nuôi gà. Mỗi hộ được hỗ trợ 500.000 đồng. Hỏi số 0912 345 678.",
    started_at=NOW - timedelta(days=3),
)
TEXT = chat(TOLD, event(), ZONE, "").text


@pytest.fixture
async def asking(resident: Resident, sqlite: Database) -> Resident:
    """Somebody who was greeted, while one announcement is out."""
    await sqlite.write(store, TOLD, event())
    resident.guide = replace(resident.guide, public_url=PUBLIC_URL)
    return resident


async def test_code_shows_the_announcement_and_the_warning(asking: Resident) -> None:
    said = await asking.say("k7m-4xp")
    assert said.startswith("CÓ MÃ NÀY")
    assert TEXT in said
    assert said.endswith(WARNING)
    assert [b.url for b in asking.buttons] == [f"{PUBLIC_URL}/a/K7M4XP"]


async def test_copy_is_ours_and_a_changed_one_is_not(asking: Resident) -> None:
    assert (await asking.say(TEXT)).startswith(OURS)
    said = await asking.say(TEXT.replace("500.000", "5.000.000"))
    assert said.startswith(NOT_OURS)
    assert "Số tiền: tin này viết “5.000.000 đồng”, tin thật viết “500.000 đồng”" in said
    assert TEXT in said
    assert said.endswith(WARNING)


async def test_urgent_words_in_a_false_copy_do_not_hide_what_it_is(asking: Resident) -> None:
    said = await asking.say(f"{TEXT}\nHọ bắt đọc mã OTP")
    assert NOT_OURS in said


@pytest.mark.parametrize(
    "text",
    ["tin này có phải của xã không", "Tin nhắn này có đúng của UBND phường gửi không ạ?", "cho em hỏi tin này thật hay giả",
     "/verify"],
)  # fmt: skip
async def test_who_asks_is_asked_for_the_message(asking: Resident, text: str) -> None:
    assert ASK in await asking.say(text)
    assert (await asking.say(TEXT)).startswith(OURS)


async def test_command_takes_the_text_at_once(asking: Resident) -> None:
    assert (await asking.say(f"/verify {TEXT}")).startswith(OURS)
    assert (await asking.say("/verify K7M4XR")).startswith((NOT_OURS, CANNOT_TELL))


async def test_what_the_bot_says_to_one_person_cannot_be_told(asking: Resident) -> None:
    await asking.say("/verify")
    said = await asking.say(
        "Cán bộ đã tiếp nhận phản ánh mã K7M-4XP-9RT của bà con, hạn giải quyết trong tháng này"
    )
    assert said.startswith(CANNOT_TELL)


async def test_code_that_nobody_has_is_not_ours(asking: Resident) -> None:
    assert (await asking.say("mã tin R4T-9VC")).startswith(NOT_OURS)


@pytest.mark.parametrize("status", ["draft", "submitted", "approved", "scheduled"])
async def test_what_is_not_sent_yet_is_as_unknown_as_what_is_none(
    resident: Resident, sqlite: Database, status: str
) -> None:
    unknown = await resident.say("R4T-9VC")
    await sqlite.write(store, announcement(status=status, started_at=None, code="R4T9VC"))
    assert await resident.say("R4T-9VC") == unknown


@pytest.mark.parametrize("text", [*KNOWN, *WANTED, "4 tre em", "3tr4xe", "nhà có 2ha đất", "tin này hay quá"])
async def test_nothing_else_is_taken_for_it(asking: Resident, text: str) -> None:
    assert WARNING not in await asking.say(text)


@pytest.mark.parametrize("text", URGENT)
async def test_no_cry_for_help_is_taken_for_it(asking: Resident, text: str) -> None:
    assert WARNING not in await asking.say(text)


async def test_question_in_the_middle_is_answered_and_the_message_forgotten(asking: Resident) -> None:
    await asking.say("/verify")
    assert "Được mua thẻ rẻ hơn" in await asking.say("hộ cận nghèo có thẻ bảo hiểm không")
    assert (await asking.state())["flow"] is None


async def test_cancelled_one_says_so(resident: Resident, sqlite: Database) -> None:
    await sqlite.write(store, announcement(status="cancelled"))
    assert "nay đã huỷ" in await resident.say("K7M-4XP")


async def test_leaflet_brings_its_commune_along(newcomer: Resident) -> None:
    said = await newcomer.send(payload="1:menu:start:11020")
    assert "Tôi đã ghi: bà con ở" in said
    assert await newcomer.commune() == "11020"


@pytest.mark.parametrize("code", ["99999", "31", "x", ""])
async def test_leaflet_of_no_commune_chooses_none(newcomer: Resident, code: str) -> None:
    assert await newcomer.send(payload=f"1:menu:start:{code}")
    assert await newcomer.commune() is None
