"""Whoever doubts a message types its code, pastes it or asks; whoever asks something else is answered as ever."""

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from handlers import dialogue_messages, event_messages, texts
from handlers import events as session
from handlers.announcement_texts import chat
from handlers.events import Details
from handlers.genuine import Verdict
from handlers.genuine_texts import ASK, VERDICTS, WARNING
from handlers.officials import Role
from storage import agenda, events, messages, people, tables
from storage.db import Database, Tx
from storage.events import Announced, Event
from storage.rsvps import Rsvp
from tests.conftest import NOW
from tests.handlers.announcing import PUBLIC_URL, ZONE, announcement, event, store
from tests.handlers.casework import make_official
from tests.handlers.eventful import STARTS, VOICE, make_going
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


@pytest.mark.parametrize(
    ("message", "session", "off"),
    [
        ("cancelled", "planned", False),
        ("cancelled", "held", False),
        ("sent", "cancelled", True),
        ("cancelled", "cancelled", True),
    ],
)
async def test_a_session_is_called_off_by_itself_and_not_by_its_message(
    resident: Resident, sqlite: Database, message: str, session: str, off: bool
) -> None:
    """A message that was taken back after many had it leaves the session as it was."""
    await sqlite.write(store, announcement(status=message, kind="event"), event(status=session))
    assert ("nay đã huỷ" in await resident.say("K7M-4XP")) is off


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


# -- what was said before a change, and after a session


PLACES = ("Nhà văn hóa thôn Đông", "Đình làng", "Trường tiểu học")


@pytest.fixture
async def changed_twice(resident: Resident, sqlite: Database) -> list[tuple[str, str]]:
    """Return invitation and notice of change as they were at each of three places; the last one is the place now."""

    def work(tx: Tx) -> list[tuple[str, str]]:
        store(tx, TOLD, event(starts_at=STARTS, ends_at=None))
        editor, told = make_official(tx, None, Role.EDITOR), []
        for place in PLACES:
            held = events.get(tx, event().id)
            if held.place != place:
                held = session.change(
                    tx,
                    editor,
                    held.id,
                    Details(STARTS, None, place, None, held.seats),
                    held.version,
                    VOICE,
                    NOW,
                )
            announced = events.get_announced(tx, held.id)
            rsvp = Rsvp(1, 7, 1, 1, None, "going", 1, NOW, NOW, 1, None, None, None)
            told.append(
                (chat(TOLD, held, ZONE, "").text, event_messages.changed(announced, rsvp, VOICE).text)
            )
        return told

    return await sqlite.write(work)


@pytest.mark.parametrize("at", [0, 1])
async def test_text_before_any_change_is_ours_and_brings_the_one_of_today(
    resident: Resident, changed_twice: list[tuple[str, str]], at: int
) -> None:
    """Of a session that was changed twice there are three texts out there, and each one is ours."""
    invitation, notice = changed_twice[at]
    for text in (invitation, *([notice] if at else [])):
        said = await resident.say(text)
        assert said.startswith(OURS)
        assert "sau đó đã thay đổi" in said
        assert changed_twice[-1][0] in said


async def test_text_of_today_is_ours_as_it_is_and_a_fourth_place_is_not(
    resident: Resident, changed_twice: list[tuple[str, str]]
) -> None:
    for text in changed_twice[-1]:
        said = await resident.say(text)
        assert said.startswith(OURS)
        assert "đã thay đổi" not in said
        said = await resident.say(text.replace(PLACES[-1], "Chợ huyện"))
        assert said.startswith(NOT_OURS)


QUESTIONS = ("Bao giờ xã làm đường thôn Đông?", "Hộ cận nghèo vay vốn ở đâu, lãi bao nhiêu?")


@pytest.fixture
async def held(resident: Resident, sqlite: Database) -> dict[str, str]:
    """Return what was told after a dialogue in which two people's questions came up."""

    def work(tx: Tx) -> dict[str, str]:
        store(tx, TOLD, event(type="dialogue", starts_at=STARTS, status="held"))
        tx.execute(
            sa.update(tables.events).values(
                minutes="Xã đã trả lời hai câu hỏi. Họp xong lúc 11 giờ.", minutes_at=NOW
            )
        )
        announced = events.get_announced(tx, event().id)
        asked = []
        for number, text in enumerate(QUESTIONS):
            person = make_going(tx)
            item = agenda.add_item(tx, announced.event.id, f"Mục {number}")
            question_id = agenda.add_question(
                tx, announced.event.id, person.resident_id, person.address_id, None, text, NOW
            )
            agenda.put(tx, [question_id], item)
            question = agenda.find_question(tx, question_id)
            assert question is not None
            found = agenda.get_item(tx, item)
            row = agenda.change_item(
                tx, item, found.version, {"outcome": "answered", "outcome_text": "Xong trong tháng 3/2027."}
            )
            asked.append((row, [question]))
        rsvp = Rsvp(1, 7, 1, 1, None, "going", 1, NOW, NOW, 1, None, None, None)
        return {
            "one": dialogue_messages.outcomes(announced, asked[:1], VOICE)[0].text,
            "two": dialogue_messages.outcomes(announced, asked, VOICE)[0].text,
            "minutes": dialogue_messages.minutes(announced, rsvp, VOICE).text,
            "survey": dialogue_messages.survey(announced, rsvp, VOICE).text,
        }

    return await sqlite.write(work)


@pytest.mark.parametrize("which", ["one", "two", "minutes", "survey"])
async def test_what_is_told_after_a_session_is_ours(
    resident: Resident, held: dict[str, str], which: str
) -> None:
    """Also to somebody else than who got it: a paper, a neighbour's telephone."""
    assert "Mã tin: K7M-4XP" in held[which]
    assert (await resident.say(held[which])).startswith(OURS)


@pytest.mark.parametrize(
    ("which", "was", "now"),
    [
        ("one", "tháng 3/2027", "tháng 5/2027"),
        ("one", QUESTIONS[0], "Bao giờ trả tiền? Gọi 0988 777 666"),
        ("minutes", "11 giờ", "10 giờ"),
        ("survey", "Bà con bấm một nút", "Bà con bấm https://xau.example"),
    ],
)
async def test_what_is_told_after_a_session_and_was_changed_is_not_ours(
    resident: Resident, held: dict[str, str], which: str, was: str, now: str
) -> None:
    assert was in held[which]
    assert (await resident.say(held[which].replace(was, now))).startswith(NOT_OURS)


async def test_what_came_to_one_person_alone_is_known_where_it_came(
    resident: Resident, sqlite: Database
) -> None:
    """An official's answer has no code of an announcement; it is known in the chat that got it, and in no other."""
    text = "Cán bộ trả lời câu hỏi của bà con: hồ sơ đã đủ, bà con đến nhận thẻ ở trụ sở xã vào thứ Năm."

    def send(tx: Tx) -> None:
        address_id = people.find_address(tx, resident.address.channel, resident.address.value)
        assert address_id is not None
        messages.add_out(tx, address_id, None, text, (), NOW)

    await sqlite.write(send)

    assert (await resident.say(f"/verify {text}")).startswith(OURS)
    assert (await resident.say(f"/verify {text.replace('thứ Năm', 'thứ Ba')}")).startswith(CANNOT_TELL)
