"""Who we are is said once, in three sentences, and nothing is asked before the first answer."""

import pytest

from handlers import consent_texts, feedback_texts, file_texts, link_texts, my_data_texts, texts
from handlers.turn import Guide
from storage import tables
from storage.db import Database
from tests.handlers.resident import ZONE, Resident, at
from tests.samples import kept_photo

GREETING = texts.first_contact("thành phố Hải Phòng", 730)


def test_greeting_says_who_what_and_how_long_in_three_lines() -> None:
    who, what, kept = GREETING.splitlines()

    assert "máy trả lời tự động của Uỷ ban nhân dân thành phố Hải Phòng, không phải người thật" in who
    assert "hộ nghèo, hộ cận nghèo và hộ mới thoát nghèo" in what
    assert "2 năm" in kept
    assert "không cần biết bà con là ai" in kept
    assert "?" not in GREETING


@pytest.mark.parametrize(
    ("days", "said"), [(365, "1 năm"), (730, "2 năm"), (90, "90 ngày"), (400, "400 ngày")]
)
def test_greeting_says_the_time_that_is_set(days: int, said: str) -> None:
    assert f"tin nhắn của bà con {said} " in texts.first_contact("thành phố Hải Phòng", days)


@pytest.mark.parametrize("first", ["xin chào", "Xin chao a", "menu", "/start", "giúp", "alo", "cán bộ ơi"])
async def test_hello_brings_the_greeting_alone(newcomer: Resident, first: str) -> None:
    await newcomer.say(first)

    assert [m.text for m in newcomer.replies] == [f"{GREETING}\n\n{texts.ASK_ME}"]
    assert texts.BUTTON_COMMUNE in newcomer.labels
    assert texts.BUTTON_HELP in newcomer.labels
    assert await newcomer.questions() == []


async def test_start_button_brings_the_greeting_alone(newcomer: Resident) -> None:
    await newcomer.send("/start", payload="1:menu:start")

    assert len(newcomer.replies) == 1
    assert newcomer.reply.startswith(GREETING)


async def test_first_message_that_is_a_question_is_answered_in_the_same_turn(newcomer: Resident) -> None:
    await newcomer.say("hộ cận nghèo có thẻ bảo hiểm không")

    greeting, answer = newcomer.replies
    assert greeting.text.startswith(GREETING)
    assert "Được mua thẻ rẻ hơn." in answer.text
    assert (await newcomer.last_question()).topic_id == "bhyt-ho-can-ngheo"


async def test_greeting_comes_once_ever(newcomer: Resident) -> None:
    for text in ("xin chào", "xin chào", "/start", "thẻ", "menu"):
        await newcomer.say(text)

    said = [m.text for receipt in newcomer.receipts for m in receipt.replies]
    assert sum(GREETING in text for text in said) == 1
    assert texts.HELLO in said


async def test_greeting_comes_once_to_everybody(sqlite: Database, small: Guide) -> None:
    for resident in (Resident(sqlite, small), Resident(sqlite, small)):
        assert GREETING in await resident.say("xin chào")


async def test_first_message_without_words_is_greeted_and_answered(newcomer: Resident) -> None:
    await newcomer.send(files=(kept_photo(),))

    assert newcomer.replies[0].text.startswith(GREETING)
    assert newcomer.replies[-1].text == file_texts.KEPT


async def test_menu_offers_what_is_asked_most_if_it_has_a_text_for_the_day(newcomer: Resident) -> None:
    """Of the topics named in the menu the small library holds two."""
    await newcomer.say("xin chào")

    assert newcomer.labels[:2] == ["Chuẩn nghèo", "Thẻ bảo hiểm y tế"]
    assert newcomer.labels[2:4] == [texts.BUTTON_CHECK, texts.BUTTON_BENEFITS]
    assert newcomer.labels[4:6] == [feedback_texts.BUTTON_START, texts.BUTTON_MY_CASES]
    assert newcomer.labels[6:] == [
        texts.BUTTON_COMMUNE,
        consent_texts.BUTTON_SUBSCRIBE,
        my_data_texts.BUTTON_MY_DATA,
        link_texts.BUTTON_LINK,
        texts.BUTTON_HELP,
    ]


async def test_menu_says_change_once_a_commune_is_chosen(resident: Resident) -> None:
    await resident.say("Kim Thành")
    await resident.say("menu")

    assert texts.BUTTON_COMMUNE_CHANGE in resident.labels
    assert texts.BUTTON_COMMUNE not in resident.labels


async def test_day_of_a_question_is_the_day_in_viet_nam(newcomer: Resident) -> None:
    """At 17:30 UTC of 2026-12-31 the new year has begun here."""
    newcomer.now = at("2027-01-01 00:30")

    assert newcomer.now.day == 31
    assert "Sang năm." in await newcomer.say("việc sang năm")
    assert newcomer.now.astimezone(ZONE).day == 1


async def test_nobody_is_asked_who_they_are(newcomer: Resident) -> None:
    await newcomer.say("thẻ")

    (kept,) = await newcomer.rows(tables.residents)
    assert (kept.name_sealed, kept.phone_sealed, kept.phone_lookup) == (None, None, None)
    assert kept.category_sealed is None
