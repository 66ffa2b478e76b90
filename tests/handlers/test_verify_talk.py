"""Whoever doubts a message types its code, pastes it or asks; whoever asks something else is answered as ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from handlers import event_messages, texts
from handlers.announcement_texts import chat
from handlers.genuine import Verdict
from handlers.genuine_texts import ASK, VERDICTS, WARNING
from storage.db import Database
from storage.events import Announced, Event
from storage.rsvps import Rsvp
from tests.conftest import NOW
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event, store
from tests.handlers.eventful import VOICE
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


@pytest.mark.parametrize(
    "text",
    [
        "Chúc mừng gia đình được xét nhận 5 triệu đồng quà Tết. Bấm vào https://qua-tet.example.com và nhập số tài khoản.",
        "UBND thông báo hộ nghèo được nhận 3.000.000 đồng, gọi số 0912 345 678 đóng lệ phí 50.000 đồng là có tiền ngay",
    ],
)  # fmt: skip
async def test_message_that_lures_and_is_none_of_ours_brings_the_warning(asking: Resident, text: str) -> None:
    """Whatever else is said to it, and without a word from whoever was sent it."""
    said = await asking.say(text)
    assert CANNOT_TELL in said
    assert WARNING in said


@pytest.mark.parametrize(
    "text",
    [
        "Tôi gọi số 0912 345 678 của trưởng thôn hỏi nhận tiền trợ cấp ở đâu mà không được?",
        "Nhà tôi đã nộp phí vệ sinh cả năm rồi mà tháng nào xe rác cũng không vào ngõ lấy",
    ],
)
async def test_who_asks_or_tells_of_money_is_answered_as_ever(asking: Resident, text: str) -> None:
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


# -- what who signed up is told besides


def told_besides() -> dict[str, tuple[Event, str]]:
    """Return what comes by itself of the session, each with the session as it stands then."""
    now, moved = event(), event(place="Đình làng", details_version=2)
    off = event(status="cancelled")
    rsvp = Rsvp(1, 7, 1, 1, None, "going", 3, NOW, NOW, 1, None, None, None)
    return {
        "reminder": (now, event_messages.reminder(Announced(now, TOLD), rsvp, VOICE).text),
        "moved up": (now, event_messages.moved_up(Announced(now, TOLD), rsvp, VOICE, NOW).text),
        "changed": (moved, event_messages.changed(Announced(moved, TOLD), rsvp, VOICE).text),
        "reminder after a change": (moved, event_messages.reminder(Announced(moved, TOLD), rsvp, VOICE).text),
        "cancelled": (off, event_messages.cancelled(Announced(off, TOLD), rsvp, VOICE).text),
    }


@pytest.mark.parametrize("which", list(told_besides()))
@pytest.mark.parametrize("repeated", [False, True], ids=["once", "repeated"])
async def test_what_who_signed_up_is_told_is_ours(
    resident: Resident, sqlite: Database, which: str, repeated: bool
) -> None:
    """Whoever doubts that a session was moved or called off, and is told "not ours", sets out in vain."""
    held, text = told_besides()[which]
    await sqlite.write(store, TOLD, held)

    said = await resident.say(texts.REMINDED.format(text=text) if repeated else text)

    assert said.startswith(OURS)
    assert "đã huỷ" in said if held.status == "cancelled" else "đã huỷ" not in said


@pytest.mark.parametrize(
    ("which", "was", "now"),
    [
        ("reminder", "thôn Đông", "thôn Bắc"),
        ("reminder", "8 giờ", "9 giờ"),
        ("changed", "Đình làng", "Đình làng Bắc"),
    ],
)
async def test_notice_in_which_a_fact_was_changed_is_not_ours(
    resident: Resident, sqlite: Database, which: str, was: str, now: str
) -> None:
    held, text = told_besides()[which]
    await sqlite.write(store, TOLD, held)

    assert (await resident.say(text.replace(was, now))).startswith(NOT_OURS)


async def test_false_word_that_a_session_is_called_off_is_not_ours(asking: Resident) -> None:
    assert (await asking.say(told_besides()["cancelled"][1])).startswith(NOT_OURS)
