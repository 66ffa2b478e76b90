"""The whole way through Telegram: told with a photo, answered by an official in their own chat or in the console."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from handlers import feedback_texts, official_texts, texts, track_texts
from handlers.case_life import Category
from handlers.case_texts import CATEGORY_NAMES, NOTICE_NEW
from tests import samples
from tests.browser.conftest import Open
from tests.browser.test_whole_way import ANSWER, DAYS_LATER, STORY, take_and_answer
from tests.browser.town import Town, code_in, picture, town
from tests.fakes.telegram_server import FakeTelegram, Message, Person

PHONE = "0912345678"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


def settings(telegram: FakeTelegram) -> dict[str, str]:
    """Return what the service needs to meet this Telegram."""
    return {
        "TELEGRAM_BOT_TOKEN": telegram.token,
        "TELEGRAM_API_URL": telegram.url,
        "TELEGRAM_MODE": "polling",
        "LOG_LEVEL": "DEBUG",
    }


async def read_until(person: Person, words: str) -> Message:
    """Return the next message with these words."""
    while words not in (message := await person.next_message()).text:
        pass
    return message


async def tell(telegram: FakeTelegram, person: Person, *, anonymous: bool = False) -> str:
    """Tell the story under a photo, to the end; returns the code."""
    photo = telegram.keep_file(samples.picture("JPEG", (800, 600)))
    sizes = [{"file_id": photo, "file_unique_id": photo, "width": 800, "height": 600, "file_size": 5000}]
    person.send(photo=sizes, caption=STORY)
    await read_until(person, "Tiền trợ cấp đến chậm, bị tạm dừng")
    person.press(texts.BUTTON_TELL_OFFICIAL)
    await read_until(person, feedback_texts.ASK_KIND)
    person.press(CATEGORY_NAMES[Category.ALLOWANCE])
    await read_until(person, feedback_texts.ASK_COMMUNE)
    person.say("xã tứ kỳ")
    summary = await read_until(person, STORY)
    assert "1 ảnh" in summary.text
    person.press(feedback_texts.BUTTON_SEND_ANONYMOUS if anonymous else feedback_texts.BUTTON_SEND)
    return code_in((await read_until(person, "Mã: ")).text)


async def link(here: Town, username: str, person: Person) -> None:
    """Make a chat an official's own, as their account's page says."""
    desk = await here.official(username, "/account")
    await desk.get_by_role("button", name="Lấy mã liên kết").click()
    said = await desk.locator(".once").inner_text()
    await picture(desk, "link-code")
    person.say(said.strip())
    await read_until(person, "Đã liên kết")


async def test_an_official_answers_in_their_own_chat_and_it_is_solved(
    tmp_path: Path, visit: Open, telegram: FakeTelegram
) -> None:
    resident, officer = telegram.user(1001), telegram.user(2002)
    async with town(tmp_path, visit, **settings(telegram)) as here:
        await here.hire("hanh", "Phạm Thị Hạnh")
        await link(here, "hanh", officer)
        code = await tell(telegram, resident)

        notice = await read_until(officer, NOTICE_NEW)
        assert code in notice.text
        assert STORY in notice.text
        asked = {"message_id": notice.message_id, "date": 1, "chat": officer.chat, "text": notice.text}
        officer.send(text=ANSWER, reply_to_message=asked)
        await read_until(officer, ANSWER)
        officer.press(official_texts.BUTTON_SEND)
        await read_until(officer, official_texts.SENT)
        await read_until(resident, ANSWER)

        await here.move_clock(DAYS_LATER)
        await read_until(resident, "Đã giải quyết xong chưa ạ?")
        resident.press(track_texts.BUTTON_SOLVED)
        await read_until(resident, track_texts.SOLVED)
        (row,) = await here.exported("feedback")
        assert (row["Mã"], row["Kênh"], row["Nội dung trả lời"]) == (code, "Telegram", ANSWER)
        assert (row["Tình trạng"], row["Người dân báo đã xong"]) == ("Đã xong", "Có")
        assert sum(ANSWER in message.text for message in resident.received) == 1


async def test_nobody_is_shown_who_told_anonymously_and_the_answer_still_comes(
    tmp_path: Path, visit: Open, telegram: FakeTelegram
) -> None:
    resident = telegram.user(7654321098)
    resident.user["first_name"] = resident.chat["first_name"] = "Bưởi"
    resident.user["username"] = resident.chat["username"] = "buoi_tu_ky"
    async with town(tmp_path, visit, **settings(telegram)) as here:
        await here.hire("hanh", "Phạm Thị Hạnh")
        await here.hire("quan.tri", "Quản Trị", "admin", None)
        code = await tell(telegram, resident, anonymous=True)
        desk = await here.official("hanh", "/cases")
        shown = [await desk.content()]
        await take_and_answer(desk, code, ANSWER)
        await read_until(resident, ANSWER)
        shown.append(await desk.content())
        await expect(desk.locator(".badges").first).to_contain_text("ẩn danh")
        await picture(desk, "case-anonymous")
        await desk.get_by_role("link", name="In phiếu").click()
        shown.append(await desk.content())
        admin = await here.official("quan.tri", "/audit")
        for path in ("/audit", "/people", "/cases", "/urgent", "/questions"):
            await admin.goto(f"{here.url}/console{path}")
            shown.append(await admin.content())
        shown += [
            (await here.export(kind, form)).read_text(encoding="utf-8-sig")
            for kind in ("feedback", "questions", "deliveries", "residents")
            for form in ("csv", "jsonl")
        ]
        shown.append(here.process.log.read_text(encoding="utf-8"))

        for text in shown:
            assert not any(words in text for words in ("Bưởi", "buoi_tu_ky", "7654321098"))
