"""Around a dialogue in the conversation: questions handed in, being counted in the room, the survey."""

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from handlers import announcement_texts, dialogue_texts, event_questions, event_texts, genuine_texts, texts
from handlers.turn import Guide
from storage import people, tables
from storage.db import Database, Tx
from storage.events import Announced
from tests.handlers.eventful import STARTS, announce_to, make_event, standings
from tests.handlers.resident import Resident

ROAD = "Bao giờ xã làm lại đường thôn Đông?"
CODE = "234ACD"


@pytest.fixture
async def knowing(sqlite: Database, guide: Guide) -> Resident:
    """Somebody in the conversation as it is shipped: what it learned takes sentences on officials for many things."""
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")
    return resident


async def announce(resident: Resident, **given: Any) -> Announced:
    """Announce a dialogue to this resident."""

    def work(tx: Tx) -> Announced:
        announced = make_event(
            tx, **({"title": "Đối thoại", "type": "dialogue", "check_in_code": CODE} | given)
        )
        person = people.meet(tx, resident.address.channel, resident.address.value, resident.now)
        announce_to(tx, announced, person.resident_id)
        return announced

    return await resident.database.write(work)


async def tap(resident: Resident, flow: str, action: str, *arguments: int) -> str:
    """Press a button of ours."""
    return await resident.send(payload=":".join(("1", flow, action, *map(str, arguments))))


async def asked(resident: Resident) -> list[str]:
    """Return the questions that are kept."""
    return [row.text for row in await resident.rows(tables.event_questions)]


# -- questions handed in


async def test_who_comes_hands_in_a_question(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "rsvp", "yes", announced.event.id)

    said = await resident.press(dialogue_texts.BUTTON_ASK)
    assert "không thấy ai hỏi" in said
    said = await resident.say(ROAD)

    assert said == f"Tôi đã ghi câu hỏi của bà con:\n“{ROAD}”\n{dialogue_texts.FROM_HERE}"
    (row,) = await resident.rows(tables.event_questions)
    assert (row.event_id, row.text, row.item_id, row.told_at) == (announced.event.id, ROAD, None, None)
    assert (await resident.state())["flow"] is None


async def test_who_does_not_come_hands_one_in_too(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "rsvp", "no", announced.event.id)

    await resident.press(dialogue_texts.BUTTON_ASK)
    await resident.say(ROAD)
    assert await asked(resident) == [ROAD]


async def test_training_takes_no_questions(resident: Resident) -> None:
    announced = await announce(resident, type="training")
    await tap(resident, "rsvp", "yes", announced.event.id)

    assert dialogue_texts.BUTTON_ASK not in resident.labels
    assert texts.OLD_BUTTON in await tap(resident, "dialogue", "ask", announced.event.id)


async def test_several_lines_that_ask_are_several_questions(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)

    await resident.say(f"{ROAD}\nTiền điện có được hỗ trợ không?")
    assert await asked(resident) == [ROAD, "Tiền điện có được hỗ trợ không?"]


async def test_the_same_question_is_kept_once_and_another_is_one_tap_away(resident: Resident) -> None:
    announced = await announce(resident)
    for text in (ROAD, ROAD.lower(), "Nước sạch bao giờ về thôn?"):
        await tap(resident, "dialogue", "ask", announced.event.id)
        await resident.say(text)

    assert await asked(resident) == [ROAD, "Nước sạch bao giờ về thôn?"]
    await resident.press(dialogue_texts.BUTTON_ANOTHER)
    assert (await resident.state())["flow"] == "dialogue"


async def test_secret_in_a_question_is_struck_out(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)

    await resident.say("Sao thẻ 9704 1234 5678 9012 345 của tôi chưa có tiền trợ cấp?")
    (kept,) = await asked(resident)
    assert "9704" not in kept
    assert "chưa có tiền trợ cấp" in kept


async def test_questions_are_seen_and_taken_back(resident: Resident) -> None:
    announced = await announce(resident)
    for text in (ROAD, "Nước sạch bao giờ về thôn?"):
        await tap(resident, "dialogue", "ask", announced.event.id)
        await resident.say(text)

    said = await resident.press(dialogue_texts.BUTTON_OWN)
    assert f"1. {ROAD}\n2. Nước sạch bao giờ về thôn?" in said
    assert await resident.press("Rút câu 1") == f"Tôi đã rút câu hỏi: “{ROAD}”."
    assert await asked(resident) == ["Nước sạch bao giờ về thôn?"]
    assert texts.OLD_BUTTON in await resident.press("Rút câu 1")


async def test_question_of_somebody_else_is_not_taken_back(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)
    await resident.say(ROAD)
    other = Resident(resident.database, resident.guide)
    await other.say("xin chào")

    (row,) = await resident.rows(tables.event_questions)
    assert texts.OLD_BUTTON in await tap(other, "dialogue", "drop", row.id)
    assert await asked(resident) == [ROAD]


async def test_after_the_beginning_nothing_is_handed_in_or_taken_back(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)
    await resident.say(ROAD)
    await tap(resident, "dialogue", "ask", announced.event.id)
    resident.now = STARTS

    assert "đã bắt đầu" in await resident.say("Nước sạch bao giờ về thôn?")
    await tap(resident, "dialogue", "own", announced.event.id)
    assert resident.labels == []
    (row,) = await resident.rows(tables.event_questions)
    assert "đã bắt đầu" in await tap(resident, "dialogue", "drop", row.id)
    assert await asked(resident) == [ROAD]


async def test_number_of_questions_of_one_person_has_an_end(resident: Resident) -> None:
    announced = await announce(resident)
    for number in range(event_questions.MOST_OF_ONE):
        await tap(resident, "dialogue", "ask", announced.event.id)
        await resident.say(f"Câu hỏi về việc thứ {number} thì sao?")

    assert "rút bớt một câu" in await tap(resident, "dialogue", "ask", announced.event.id)
    assert len(await asked(resident)) == event_questions.MOST_OF_ONE


@pytest.mark.parametrize("text", ["cho tôi gặp người thật", "việc tôi báo đến đâu rồi", "quay lại", "menu"])
async def test_other_wish_in_the_middle_is_no_question_for_the_chairman(
    resident: Resident, text: str
) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)

    await resident.say(text)
    assert await asked(resident) == []


@pytest.mark.parametrize(
    "text",
    [
        "kiến nghị lần trước làm đến đâu rồi",
        "việc xã hứa lần trước sao chưa làm",
        "tình hình giải quyết kiến nghị lần trước thế nào",
        "cán bộ thôn làm việc thế nào",
    ],
)
async def test_what_the_commune_promised_is_a_question_for_the_chairman(knowing: Resident, text: str) -> None:
    announced = await announce(knowing)
    await tap(knowing, "dialogue", "ask", announced.event.id)

    assert f"“{text}”" in await knowing.say(text)
    assert await asked(knowing) == [text]


async def test_saying_that_there_is_nothing_to_ask_leaves(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)

    assert await resident.say("không") == dialogue_texts.LEFT
    assert await resident.say("?!") != dialogue_texts.ASK_AGAIN, "the dialogue is over"
    await tap(resident, "dialogue", "ask", announced.event.id)
    assert await resident.press(dialogue_texts.BUTTON_LEAVE) == dialogue_texts.LEFT
    await tap(resident, "dialogue", "ask", announced.event.id)
    assert await resident.say("thôi") == dialogue_texts.LEFT
    assert await asked(resident) == []


async def test_question_that_has_an_answer_already_offers_it(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "dialogue", "ask", announced.event.id)

    await resident.say("hộ cận nghèo có thẻ bảo hiểm không")
    assert await asked(resident) == ["hộ cận nghèo có thẻ bảo hiểm không"]
    assert "Được mua thẻ rẻ hơn." in await resident.press("Thẻ bảo hiểm y tế")


# -- being counted


async def test_code_in_the_room_counts_once(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "rsvp", "people", announced.event.id, 1)
    resident.now = STARTS

    assert "tất cả 2 người" in await resident.say("234-acd")
    assert "rồi" in await resident.say("mã điểm danh 234ACD")
    (row,) = await resident.rows(tables.rsvps)
    assert (row.status, row.attended_people, row.attended_by) == ("going", 2, None)

    await resident.press(event_texts.BUTTON_ALONE)
    (row,) = await resident.rows(tables.rsvps)
    assert row.attended_people == 1


async def test_who_did_not_sign_up_is_counted_as_walking_in(resident: Resident) -> None:
    announced = await announce(resident)
    resident.now = STARTS + timedelta(hours=1)

    assert "Tôi đã điểm danh" in await resident.say(CODE)
    assert await resident.database.read(standings, announced.event.id) == [("walk_in", 1)]


@pytest.mark.parametrize(("days", "said"), [(-1, "Hôm đó bà con gõ mã"), (1, "đã qua ngày họp")])
async def test_on_another_day_the_code_counts_nobody(resident: Resident, days: int, said: str) -> None:
    announced = await announce(resident)
    resident.now = STARTS + timedelta(days=days)

    assert said in await resident.say(CODE)
    assert await resident.database.read(standings, announced.event.id) == []


async def test_code_of_a_draft_and_of_a_cancelled_session_count_nobody(resident: Resident) -> None:
    await announce(resident, announcement="draft", started_at=None)
    resident.now = STARTS
    assert "điểm danh" not in await resident.say(CODE)
    await announce(resident, status="cancelled")
    assert "không tổ chức nữa" in await resident.say(CODE)
    assert await resident.rows(tables.rsvps) == []


async def test_announcement_s_code_is_the_announcement_s(resident: Resident) -> None:
    """Were the two the same, whether a message is ours must still be answered."""
    announced = await announce(resident, check_in_code="777VVV")
    await announce(resident)

    def take_code(tx: Tx) -> None:
        row = tables.announcements.c.id == announced.announcement.id
        tx.execute(sa.update(tables.announcements).where(row).values(code=CODE))

    await resident.database.write(take_code)
    resident.now = STARTS

    said = await resident.say(f"mã {CODE}")
    assert genuine_texts.WARNING in said
    assert await resident.rows(tables.rsvps) == []


async def test_code_of_nobody_is_still_judged_as_one_of_a_message(resident: Resident) -> None:
    await announce(resident)
    resident.now = STARTS

    assert genuine_texts.WARNING in await resident.say("mã 999-ACD")


async def test_code_of_a_case_is_no_check_in(resident: Resident) -> None:
    await announce(resident)
    resident.now = STARTS

    await resident.say("234-ACD-234")
    assert await resident.rows(tables.rsvps) == []


async def test_code_counts_in_the_middle_of_asking_whether_a_message_is_ours(resident: Resident) -> None:
    await announce(resident)
    resident.now = STARTS
    await resident.say("/verify")

    assert "Tôi đã điểm danh" in await resident.say(CODE)


async def test_button_alone_counts_nobody(resident: Resident) -> None:
    announced = await announce(resident)
    resident.now = STARTS

    assert texts.OLD_BUTTON in await tap(resident, "attend", "came", announced.event.id, 2)
    assert await resident.rows(tables.rsvps) == []


# -- the survey


async def test_one_tap_and_a_sentence(resident: Resident) -> None:
    announced = await announce(resident)
    resident.now = STARTS
    await resident.say(CODE)
    resident.now = STARTS + timedelta(days=1)

    assert await tap(resident, "survey", "rate", announced.event.id, 3) == dialogue_texts.THANKS
    assert await resident.say("Cán bộ nói dễ hiểu") == dialogue_texts.REMARKED
    await tap(resident, "survey", "rate", announced.event.id, 2)
    assert await resident.press(dialogue_texts.BUTTON_NOTHING) == dialogue_texts.NO_REMARK
    await tap(resident, "survey", "rate", announced.event.id, 2)
    assert await resident.say("thôi") == dialogue_texts.NO_REMARK
    (row,) = await resident.rows(tables.survey_answers)
    assert (row.score, row.remark) == (2, "Cán bộ nói dễ hiểu")


@pytest.mark.parametrize(
    "text",
    [
        "cán bộ nói dễ hiểu",
        "hội trường nóng",
        "chủ tịch xã trả lời chưa rõ",
        "cán bộ chưa trả lời câu của tôi",
        "ý kiến của tôi chưa được ghi",
    ],
)
async def test_what_is_said_of_a_session_is_a_remark_though_it_speaks_of_officials(
    knowing: Resident, text: str
) -> None:
    announced = await announce(knowing)
    knowing.now = STARTS
    await knowing.say(CODE)
    await tap(knowing, "survey", "rate", announced.event.id, 3)

    assert await knowing.say(text) == dialogue_texts.REMARKED
    (row,) = await knowing.rows(tables.survey_answers)
    assert row.remark == text


@pytest.mark.parametrize("text", ["cho tôi gặp cán bộ", "hồ sơ của tôi đến đâu rồi", "xóa dữ liệu của tôi"])
async def test_another_wish_after_a_score_is_no_remark(knowing: Resident, text: str) -> None:
    announced = await announce(knowing)
    knowing.now = STARTS
    await knowing.say(CODE)
    await tap(knowing, "survey", "rate", announced.event.id, 3)

    assert await knowing.say(text) != dialogue_texts.REMARKED
    (row,) = await knowing.rows(tables.survey_answers)
    assert row.remark is None


async def test_question_after_a_score_is_answered_and_no_remark(resident: Resident) -> None:
    announced = await announce(resident)
    resident.now = STARTS
    await resident.say(CODE)
    await tap(resident, "survey", "rate", announced.event.id, 1)

    assert "Được mua thẻ rẻ hơn." in await resident.say("thẻ")
    (row,) = await resident.rows(tables.survey_answers)
    assert (row.score, row.remark) == (1, None)


async def test_who_was_not_there_rates_nothing(resident: Resident) -> None:
    announced = await announce(resident)
    await tap(resident, "rsvp", "yes", announced.event.id)

    assert texts.OLD_BUTTON in await tap(resident, "survey", "rate", announced.event.id, 3)
    assert texts.OLD_BUTTON in await tap(resident, "survey", "rate", announced.event.id, 9)
    assert await resident.rows(tables.survey_answers) == []


async def test_survey_is_over_some_time(resident: Resident) -> None:
    announced = await announce(resident)
    resident.now = STARTS
    await resident.say(CODE)
    resident.now = STARTS + timedelta(days=31)

    assert await tap(resident, "survey", "rate", announced.event.id, 3) == dialogue_texts.SURVEY_OVER


def test_buttons_of_other_dialogues_are_told_apart() -> None:
    """A label that is typed leads to one button only."""
    labels = [value for name, value in vars(dialogue_texts).items() if name.startswith("BUTTON_")]
    others = [value for name, value in vars(announcement_texts).items() if name.startswith("BUTTON_")]
    assert len({*labels, *others}) == len(labels) + len(others)
