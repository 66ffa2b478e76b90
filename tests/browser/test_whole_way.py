"""The whole way of a piece of feedback: told in the web chat, answered in the console, seen, solved, exported."""

import io
from pathlib import Path

import openpyxl
from playwright.async_api import FilePayload, Locator, Page, expect

from handlers import feedback_texts, texts, track_texts
from handlers.case_life import Category
from handlers.case_texts import CATEGORY_NAMES
from tests import samples
from tests.browser.conftest import Open
from tests.browser.test_chat_page import send
from tests.browser.town import COMMUNE, code_in, picture, town

STORY = "Xã chưa trả tiền trợ cấp hai tháng nay."
ANSWER = "Chào bác, tiền tháng 10 và 11 xã chi trả sáng thứ Năm tại nhà văn hoá thôn."
DAYS_LATER = "2026-11-30T08:00:00+07:00"
"""When it is time to ask whether an answer of the Monday before, with a holiday after it, has solved it."""


def bubble(chat: Page, words: str) -> Locator:
    """Return what the bot said with these words in it."""
    return chat.locator("#log .m.bot", has_text=words)


async def tap(chat: Page, label: str) -> None:
    """Press the newest button of this name."""
    await chat.get_by_role("button", name=label, exact=True).last.click()


async def tell(chat: Page, story: str, *, anonymous: bool = False) -> str:
    """Tell a story with a photo, to the summary and beyond; returns the code."""
    await send(chat, story)
    await expect(bubble(chat, "Tiền trợ cấp đến chậm, bị tạm dừng")).to_be_visible()
    await picture(chat, "told-answered")
    await tap(chat, texts.BUTTON_TELL_OFFICIAL)
    await expect(bubble(chat, feedback_texts.ASK_KIND)).to_have_count(1)
    photo = FilePayload(name="bang tin.png", mimeType="image/png", buffer=samples.picture("PNG", (800, 600)))
    await chat.get_by_label("Gửi ảnh").set_input_files(photo)
    await expect(bubble(chat, "Tôi đã nhận 1 ảnh.")).to_be_visible()
    await picture(chat, "told-photo")
    await tap(chat, CATEGORY_NAMES[Category.ALLOWANCE])
    await expect(bubble(chat, feedback_texts.ASK_COMMUNE)).to_be_visible()
    await send(chat, "xã tứ kỳ")
    summary = bubble(chat, feedback_texts.CONFIRM.split(",")[0])
    await expect(summary).to_contain_text(story)
    await expect(summary).to_contain_text("1 ảnh")
    await picture(chat, "told-summary")
    await tap(chat, feedback_texts.BUTTON_SEND_ANONYMOUS if anonymous else feedback_texts.BUTTON_SEND)
    sent = bubble(chat, "Mã: ")
    await expect(sent).to_be_visible()
    await picture(chat, "told-sent")
    return code_in(await sent.inner_text())


async def take_and_answer(desk: Page, code: str, answer: str) -> None:
    """Find a case in the inbox, take it on, and answer it."""
    await expect(desk.get_by_role("link", name=code)).to_be_visible()
    await picture(desk, "inbox")
    await desk.get_by_role("link", name=code).click()
    await expect(desk.get_by_role("heading", level=1)).to_contain_text(code)
    photo = desk.locator(".files img")
    assert await photo.evaluate("i => i.decode().then(() => i.naturalWidth)") == 800
    await picture(desk, "case-new")
    await desk.get_by_role("button", name="Nhận việc").click()
    await expect(desk.locator(".badges").first).to_contain_text("Đang xử lý")
    await desk.get_by_label("Trả lời người dân").fill(answer)
    await desk.get_by_role("button", name="Gửi trả lời").click()
    await expect(desk.locator(".badges").first).to_contain_text("Đã trả lời")
    await picture(desk, "case-answered")


async def test_what_is_told_is_answered_seen_without_reloading_solved_and_exported(
    tmp_path: Path, visit: Open
) -> None:
    async with town(tmp_path, visit) as here:
        await here.hire("hanh", "Phạm Thị Hạnh")
        chat = await here.resident()
        code = await tell(chat, STORY)
        desk = await here.official("hanh", "/cases")
        await take_and_answer(desk, code, ANSWER)

        await expect(bubble(chat, ANSWER)).to_have_count(1)
        await picture(chat, "answer-seen")
        public = await chat.request.get(f"{here.url}/case/{code}")
        page = await public.text()
        assert public.status == 200
        assert "Cán bộ đã trả lời." in page
        assert not any(words in page for words in (STORY, ANSWER, "Hạnh"))

        await here.move_clock(DAYS_LATER)
        await expect(bubble(chat, "Đã giải quyết xong chưa ạ?")).to_have_count(1)
        await picture(chat, "asked-solved")
        await tap(chat, track_texts.BUTTON_SOLVED)
        await expect(bubble(chat, track_texts.SOLVED)).to_be_visible()
        await desk.reload()
        await here.sign_in(desk, "hanh")  # the session of a week ago has ended
        await expect(desk.locator(".badges").first).to_contain_text("Đã xong")
        await picture(desk, "case-closed")

        (row,) = await here.exported("feedback")
        assert row["Mã"] == code
        assert (row["Nội dung"], row["Nội dung trả lời"]) == (STORY, ANSWER)
        assert (row["Xã, phường"], row["Tình trạng"], row["Người dân báo đã xong"]) == (
            COMMUNE,
            "Đã xong",
            "Có",
        )
        sheet = openpyxl.load_workbook(
            io.BytesIO((await here.export("feedback", "xlsx")).read_bytes())
        ).active
        assert sheet is not None
        heading, filled = sheet.iter_rows(values_only=True)
        assert {str(name): str(cell or "") for name, cell in zip(heading, filled, strict=True)}.items() >= {
            "Mã": code,
            "Nội dung trả lời": ANSWER,
            "Người dân báo đã xong": "Có",
        }.items()
