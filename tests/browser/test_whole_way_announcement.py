"""The whole way of an invitation: written, looked at, approved by another, read in the chat, answered, counted."""

from pathlib import Path

from playwright.async_api import expect

from handlers import announcement_texts, consent_texts
from tests.browser.conftest import Open
from tests.browser.test_chat_page import send
from tests.browser.test_whole_way import bubble, tap
from tests.browser.town import picture, town

TITLE = "Tập huấn chăn nuôi gà"


async def test_invitation_goes_out_and_the_answer_is_on_the_list(tmp_path: Path, visit: Open) -> None:
    async with town(tmp_path, visit, APPROVAL_ABOVE="0") as here:
        await here.hire("bien.tap", "Trần Biên Tập", "editor", None)
        await here.hire("lanh.dao", "Lê Lãnh Đạo", "leader", None)
        chat = await here.resident()
        await send(chat, "đăng ký")
        await tap(chat, consent_texts.BUTTON_ALL)
        editor = await here.official("bien.tap", "/announcements/new")
        await editor.select_option("[name=kind]", "event")
        await editor.fill("[name=title]", TITLE)
        await editor.fill("[name=text]", "Mời bà con đến dự lớp tập huấn.")
        await editor.fill("[name='event.starts_at']", "2026-12-12T08:00")
        await editor.fill("[name='event.place']", "Nhà văn hóa thôn Đông")
        await editor.get_by_role("button", name="Lưu và xem trước").click()
        await expect(editor.locator(".said").first).to_contain_text("8 giờ sáng thứ Bảy, ngày 12/12/2026")
        await expect(editor.get_by_text("1 người = 1 nhận được.")).to_be_visible()
        await picture(editor, "announcement-preview")
        await editor.get_by_role("button", name="Gửi duyệt").click()
        await expect(editor.get_by_text("Đang chờ lãnh đạo duyệt.")).to_be_visible()

        leader = await here.official("lanh.dao", "/announcements?tab=open")
        await leader.get_by_role("link", name=TITLE).click()
        await leader.get_by_role("button", name="Duyệt, cho gửi tới 1 người").click()

        await expect(bubble(chat, TITLE)).to_be_visible(timeout=20_000)
        await picture(chat, "announcement-in-chat")
        await tap(chat, announcement_texts.BUTTON_GOING)
        # The page that stayed open hears by itself that it is over.
        await expect(leader.locator(".badges")).to_contain_text("đã gửi xong", timeout=20_000)
        for _ in range(20):
            if await leader.locator("[data-count=sent]").inner_text() == "1":
                break
            await leader.wait_for_timeout(500)
            await leader.reload()
        await expect(leader.locator("[data-count=sent]")).to_have_text("1")
        await picture(leader, "announcement-sent")
        await leader.goto(f"{here.url}/console/events?month=2026-12")
        await leader.locator("a.session").click()
        await expect(leader.locator(".figures div", has_text="Người sẽ đi")).to_contain_text("1")
        await picture(leader, "event")
