"""A question is answered, asked back once, or honestly not known; and always kept."""

from dataclasses import replace
from datetime import date

import pytest

from handlers import consents, feedback_texts, open_question_texts, texts
from handlers.topics import Library
from handlers.turn import Guide
from storage import tables
from storage.db import Database
from tests.handlers.resident import HEALTH, LATER, Resident, SmallLibrary, at
from tests.samples import kept_photo


@pytest.fixture(autouse=True)
def nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is offered beneath these replies has its own tests (`test_subscribe`)."""
    monkeypatch.setattr(consents, "with_offer", lambda _turn, reply: reply)


QUESTION = "hộ cận nghèo có thẻ bảo hiểm không"


async def test_answer_states_where_what_to_bring_sources_and_day(resident: Resident) -> None:
    assert await resident.say(QUESTION) == (
        "Thẻ bảo hiểm y tế\n\nĐược mua thẻ rẻ hơn.\n\n"
        "Nơi đến: Uỷ ban nhân dân xã.\nMang theo: Căn cước.\n"
        f"{texts.CONFIRMED_BY}\n"
        "Căn cứ: Nghị định 07/2021/NĐ-CP, Điều 3 (đến hết 31/12/2026).\n"
        "Thông tin đúng cho ngày 23/11/2026."
    )
    assert resident.labels == [texts.BUTTON_MORE, texts.BUTTON_HELPED, texts.BUTTON_NOT_HELPED]


async def test_answer_is_stored_with_the_question(resident: Resident) -> None:
    await resident.say("Hộ CẬN nghèo có thẻ bảo hiểm không?")

    question = await resident.last_question()
    assert question.text == "Hộ CẬN nghèo có thẻ bảo hiểm không?"
    assert (question.verdict, question.score, question.topic_id) == ("answer", 0.9, "bhyt-ho-can-ngheo")
    assert question.offered == ["vay-von", "hoc-phi", "nha-o"]
    assert (question.helped, question.for_official) == (None, False)
    assert question.at == resident.now
    assert question.message_id == resident.receipts[-1].message_id


async def test_more_tells_the_detail(resident: Resident) -> None:
    await resident.say(QUESTION)

    assert await resident.press(texts.BUTTON_MORE) == "Thẻ bảo hiểm y tế\n\nMua ở xã."


async def test_more_is_not_offered_without_a_detail(resident: Resident) -> None:
    await resident.press("Chuẩn nghèo")

    assert texts.BUTTON_MORE not in resident.labels


async def test_helped_is_kept(resident: Resident) -> None:
    await resident.say(QUESTION)

    assert await resident.press(texts.BUTTON_HELPED) == texts.GLAD
    assert (await resident.last_question()).helped is True


async def test_not_helped_is_kept_and_offers_the_next_topics_and_the_official(resident: Resident) -> None:
    await resident.say(QUESTION)

    assert await resident.press(texts.BUTTON_NOT_HELPED) == texts.SORRY_OTHERS
    assert resident.labels == ["Vay vốn", "Miễn học phí", "Tiền làm nhà", texts.BUTTON_TO_OFFICIAL]
    assert (await resident.last_question()).helped is False


async def test_not_helped_without_other_topics_offers_the_official(resident: Resident) -> None:
    await resident.say("thẻ")

    assert await resident.press(texts.BUTTON_NOT_HELPED) == texts.SORRY
    assert resident.labels == [texts.BUTTON_TO_OFFICIAL]


async def test_official_is_told_of_the_question(resident: Resident) -> None:
    await resident.say(QUESTION)
    await resident.press(texts.BUTTON_NOT_HELPED)

    assert await resident.press(texts.BUTTON_TO_OFFICIAL) == texts.NOTED_FOR_OFFICIAL
    assert (await resident.last_question()).for_official is True


async def test_other_topics_are_offered_once_only(resident: Resident) -> None:
    """Whoever picked one of them and says no again gets the official, not the same buttons."""
    await resident.say(QUESTION)
    await resident.press(texts.BUTTON_NOT_HELPED)
    await resident.press("Vay vốn")

    assert await resident.press(texts.BUTTON_NOT_HELPED) == texts.SORRY
    assert resident.labels == [texts.BUTTON_TO_OFFICIAL]


async def test_unsure_asks_back_with_three_topics_and_none_of_these(resident: Resident) -> None:
    assert await resident.say("hỗ trợ") == texts.ASK_BACK
    assert resident.labels == ["Thẻ bảo hiểm y tế", "Vay vốn", "Miễn học phí", texts.BUTTON_NONE_OF_THESE]
    question = await resident.last_question()
    assert (question.verdict, question.score, question.topic_id) == ("ask", 0.4, None)
    assert question.offered == ["bhyt-ho-can-ngheo", "vay-von", "hoc-phi"]
    assert question.for_official is False


async def test_picked_topic_is_answered_and_kept_with_the_question(resident: Resident) -> None:
    await resident.say("hỗ trợ")
    await resident.press("Vay vốn")

    assert resident.reply.startswith("Vay vốn\n\nVay được.")
    (question,) = await resident.questions()
    assert (question.verdict, question.topic_id) == ("ask", "vay-von")


async def test_asking_back_happens_once(resident: Resident) -> None:
    await resident.say("hỗ trợ")
    await resident.press("Vay vốn")

    assert await resident.press(texts.BUTTON_NOT_HELPED) == texts.SORRY
    assert resident.labels == [texts.BUTTON_TO_OFFICIAL]


async def test_none_of_these_goes_to_the_official(resident: Resident) -> None:
    await resident.say("xin hỗ trợ cháu đi học xa")

    assert await resident.press(texts.BUTTON_NONE_OF_THESE) == texts.UNKNOWN
    (question,) = await resident.questions()
    assert (question.topic_id, question.for_official) == (None, True)


async def test_a_single_word_that_is_none_of_these_is_asked_for_again(resident: Resident) -> None:
    """An official could not answer it, and nothing is promised that will not come."""
    await resident.say("hỗ trợ")

    assert await resident.press(texts.BUTTON_NONE_OF_THESE) == open_question_texts.TOO_SHORT
    assert (await resident.last_question()).for_official is False


@pytest.mark.parametrize("said", ["xyz abcd qwrt", "đồ ngu", "hỏi tí", "😀 😀", "vãi lồn"])
async def test_noise_fills_no_officials_list(resident: Resident, said: str) -> None:
    reply = await resident.say(said)

    assert reply in (open_question_texts.TOO_SHORT, texts.EMPTY)
    assert not any(question.for_official for question in await resident.questions())


async def test_a_question_is_kept_with_the_commune_chosen_then(resident: Resident) -> None:
    await resident.say("tiền đi tàu vũ trụ")
    await resident.say("xã Tứ Kỳ")
    await resident.say("tiền đi tàu vũ trụ")

    assert [q.area_code for q in await resident.questions()] == [None, await resident.commune()]


async def test_unknown_is_said_and_kept_for_the_official_with_the_nearest_topics(resident: Resident) -> None:
    assert await resident.say("tiền đi tàu vũ trụ") == texts.UNKNOWN
    assert resident.labels == [texts.BUTTON_MENU]
    question = await resident.last_question()
    assert (question.verdict, question.score, question.topic_id) == ("unknown", 0.1, None)
    assert question.offered == ["vay-von", "hoc-phi"]
    assert question.for_official is True


async def test_neighbouring_matter_is_referred(resident: Resident) -> None:
    """A referral is its own sentence: no sources, no "did it help"."""
    assert await resident.say("lương hưu của tôi") == "Hỏi cơ quan bảo hiểm xã hội."
    assert resident.labels == [texts.BUTTON_MENU]
    question = await resident.last_question()
    assert (question.verdict, question.topic_id, question.for_official) == ("referral", "luong-huu", False)


async def test_holding_answer_says_who_settles_it_and_offers_the_official(resident: Resident) -> None:
    await resident.say("xin tiền làm nhà")

    assert "Mức tiền chưa được định." in resident.reply
    assert "Nơi xác nhận, căn cứ: " in resident.reply
    assert texts.CONFIRMED_BY not in resident.reply
    assert texts.BUTTON_TO_OFFICIAL in resident.labels
    assert (await resident.last_question()).verdict == "answer"
    assert await resident.press(texts.BUTTON_TO_OFFICIAL) == texts.NOTED_FOR_OFFICIAL


async def test_topic_past_its_end_gives_way_to_its_successor(resident: Resident) -> None:
    assert "Cách mới." in await resident.say("tiền điện")
    assert (await resident.last_question()).topic_id == "tien-dien-moi"


async def test_topic_is_told_as_it_was_on_the_day(resident: Resident) -> None:
    resident.now = at("2026-10-31 23:59")

    assert "Cách cũ." in await resident.say("tiền điện")
    assert "31/10/2026" in resident.reply


@pytest.mark.parametrize("text", ["việc đã hết", "việc sang năm"])
async def test_topic_without_a_text_for_the_day_is_never_given_as_current(
    resident: Resident, text: str
) -> None:
    assert await resident.say(text) == texts.NOT_ON_DAY.format(day="23/11/2026")
    assert resident.labels == [texts.BUTTON_MENU]
    question = await resident.last_question()
    assert (question.verdict, question.topic_id, question.for_official) == ("unknown", None, True)


async def test_day_without_any_topic_is_said_to_have_no_data(sqlite: Database, small: Guide) -> None:
    guide = replace(small, library=SmallLibrary((LATER,)))
    resident = Resident(sqlite, guide)
    await resident.say("xin chào")

    assert await resident.say("tiền đi tàu vũ trụ") == texts.NOT_ON_DAY.format(day="23/11/2026")
    assert (await resident.last_question()).verdict == "unknown"


async def test_title_pressed_in_the_menu_is_answered_and_stored(resident: Resident) -> None:
    await resident.press("Thẻ bảo hiểm y tế")

    assert "Được mua thẻ rẻ hơn." in resident.reply
    question = await resident.last_question()
    assert (question.text, question.verdict, question.score) == ("Thẻ bảo hiểm y tế", "answer", 1.0)
    assert question.topic_id == "bhyt-ho-can-ngheo"


async def test_pressed_button_is_kept_with_the_words_that_were_seen(resident: Resident) -> None:
    await resident.press("Thẻ bảo hiểm y tế")

    *_, pressed, _answer = await resident.rows(tables.messages)
    assert (pressed.direction, pressed.text) == ("in", "Thẻ bảo hiểm y tế")
    assert pressed.payload == "1:ask:topic:bhyt-ho-can-ngheo"


@pytest.mark.parametrize(
    ("typed", "answer"),
    [
        ("xem thêm", "Thẻ bảo hiểm y tế\n\nMua ở xã."),
        ("Có ích", texts.GLAD),
        ("co ich", texts.GLAD),
        ("chua dung y", texts.SORRY_OTHERS),
    ],
)
async def test_words_of_a_button_may_be_typed(resident: Resident, typed: str, answer: str) -> None:
    """Where buttons do not show, or are not understood as such."""
    await resident.say(QUESTION)
    await resident.say("cảm ơn")

    assert await resident.say(typed) == answer
    assert len(await resident.questions()) == 1


@pytest.mark.parametrize("typed", ["không phải", "khong phai cac y tren"])
async def test_typed_no_means_none_of_these(resident: Resident, typed: str) -> None:
    await resident.say("xin hỗ trợ cháu đi học xa")

    assert await resident.say(typed) == texts.UNKNOWN
    (question,) = await resident.questions()
    assert question.for_official is True


async def test_typed_words_of_a_button_that_was_not_shown_are_a_question(resident: Resident) -> None:
    assert await resident.say("xem thêm") == open_question_texts.TOO_SHORT


@pytest.mark.parametrize("typed", ["có", "không", "không phải", "thế à"])
async def test_yes_and_no_to_nothing_are_no_question(resident: Resident, typed: str) -> None:
    """They must not fill the officials' list."""
    assert await resident.say(typed) == texts.EMPTY
    assert await resident.questions() == []


async def test_words_with_a_photo_are_a_question(resident: Resident) -> None:
    assert "Được mua thẻ" in await resident.send(QUESTION, files=(kept_photo(),))


@pytest.mark.parametrize("text", ["", "   ", "…", "???", "😀😀", "\u0301\u0301", "\u200e\u200f"])
async def test_nothing_readable_is_no_question(resident: Resident, text: str) -> None:
    assert await resident.say(text) == texts.EMPTY
    assert await resident.questions() == []


async def test_topic_that_left_between_answer_and_press_is_an_old_button(resident: Resident) -> None:
    await resident.say(QUESTION)
    resident.guide = replace(resident.guide, library=SmallLibrary((LATER,)))

    await resident.press(texts.BUTTON_MORE)
    assert resident.reply.startswith(texts.OLD_BUTTON)


async def test_offered_topics_that_all_left_are_not_offered(resident: Resident) -> None:
    await resident.say(QUESTION)
    resident.guide = replace(resident.guide, library=SmallLibrary((HEALTH,)))

    assert await resident.press(texts.BUTTON_NOT_HELPED) == texts.SORRY


async def test_topic_picked_after_its_end_is_not_told(resident: Resident) -> None:
    await resident.say("hỗ trợ")
    resident.now = at("2027-01-01 08:00")
    library = SmallLibrary((LATER,))
    resident.guide = replace(resident.guide, library=library)

    assert await resident.press("Vay vốn") == texts.NOT_ON_DAY.format(day="01/01/2027")
    assert library.covers(date(2027, 1, 1))


STORY = "xã chưa trả tiền trợ cấp xã hội hai tháng nay rồi, hỏi ai cũng bảo chờ"


async def test_what_may_be_a_story_can_be_told_to_the_officials_by_one_tap(
    resident: Resident, library: Library
) -> None:
    """A statement that a topic fits is answered or asked back, and one button takes it, as it is, to the officials."""
    resident.guide = replace(resident.guide, library=library)
    await resident.say(STORY)
    assert texts.BUTTON_TELL_OFFICIAL in resident.labels

    await resident.press(texts.BUTTON_TELL_OFFICIAL)

    assert feedback_texts.ASK_KIND in resident.reply


async def test_a_question_is_not_offered_to_be_told(resident: Resident, library: Library) -> None:
    resident.guide = replace(resident.guide, library=library)
    await resident.say("hộ cận nghèo có được thẻ bảo hiểm y tế không")
    assert texts.BUTTON_TELL_OFFICIAL not in resident.labels


async def test_who_says_that_it_is_to_be_passed_on_is_taken_at_their_word(
    resident: Resident, library: Library
) -> None:
    resident.guide = replace(resident.guide, library=library)
    await resident.say(f"{STORY}, tôi muốn phản ánh")
    assert feedback_texts.ASK_KIND in resident.reply
