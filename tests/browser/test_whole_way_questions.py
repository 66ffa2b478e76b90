"""A question nobody could answer: asked by two, one group in the console, one answer, told to both once."""

from pathlib import Path

from playwright.async_api import expect

from handlers import texts
from tests.browser.conftest import Open
from tests.browser.test_chat_page import send
from tests.browser.test_whole_way import bubble
from tests.browser.town import picture, town

ASKED = (
    "Xã mình bao giờ sửa cầu đò Quán Phe để xe máy qua được?",
    "sao xa minh mai khong sua cau do Quan Phe de xe may qua duoc?",
)
ANSWER = "Cầu Quán Phe sửa xong trước ngày 15/12, xe máy đi tạm lối đê."


async def test_two_ask_the_same_and_both_get_the_one_answer_once(tmp_path: Path, visit: Open) -> None:
    async with town(tmp_path, visit) as here:
        await here.hire("bien.tap", "Trần Biên Tập", "editor", None)
        chats = [await here.resident() for _ in ASKED]
        for chat, question in zip(chats, ASKED, strict=True):
            await send(chat, question)
            await expect(bubble(chat, texts.UNKNOWN.split("\n")[0])).to_be_visible()
        await picture(chats[0], "unknown")
        desk = await here.official("bien.tap", "/questions")
        for _ in range(20):
            if await desk.get_by_role("cell", name="2", exact=True).count() == 2:
                break
            await desk.wait_for_timeout(500)
            await desk.reload()
        await picture(desk, "questions")
        (group,) = await desk.locator("main table a").all()
        await group.click()
        await desk.get_by_label("Câu trả lời").fill(ANSWER)
        await desk.get_by_role("button", name="Xem trước").click()
        await expect(desk.locator(".bubble")).to_contain_text(ANSWER)
        await picture(desk, "question-preview")
        await desk.get_by_role("button", name="Gửi trả lời").click()
        for chat in chats:
            await expect(bubble(chat, ANSWER)).to_have_count(1)
        await picture(chats[1], "question-answered")
        for chat in chats:
            await chat.reload()
            await expect(bubble(chat, ANSWER)).to_have_count(1)
