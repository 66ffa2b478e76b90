"""What is no common feedback, with the whole service: complaints, a talk with a person, a cry for help."""

import time
from pathlib import Path

from playwright.async_api import expect

from handlers import feedback_texts, human_texts
from handlers.case_life import Kind
from handlers.case_texts import KIND_NAMES
from tests.browser.conftest import Open
from tests.browser.test_chat_page import send
from tests.browser.test_whole_way import bubble, tap
from tests.browser.town import code_in, picture, town

DENUNCIATION = "Tôi tố cáo trưởng thôn nhận tiền của năm hộ để đưa vào danh sách hộ nghèo."
MATTER = "Tôi muốn hỏi hồ sơ xin trợ cấp của mẹ tôi nộp tháng trước."
QUESTION = "ho can ngheo co dc bhyt k"
CRY = "chồng tôi đang đánh tôi, cứu tôi với"


async def test_a_denunciation_is_told_apart(tmp_path: Path, visit: Open) -> None:
    async with town(tmp_path, visit) as here:
        await here.hire("hanh", "Phạm Thị Hạnh")
        chat = await here.resident()
        await send(chat, DENUNCIATION)
        await expect(bubble(chat, feedback_texts.DENUNCIATION.split("\n")[0])).to_be_visible()
        await picture(chat, "denunciation")
        await tap(chat, feedback_texts.BUTTON_AS_DENUNCIATION)
        await send(chat, "xã tứ kỳ")
        await tap(chat, feedback_texts.BUTTON_SEND)
        sent = bubble(chat, "Mã: ")
        await expect(sent).to_contain_text("cán bộ báo có nhận giải quyết hay không")
        await picture(chat, "denunciation-sent")
        desk = await here.official("hanh", "/cases")
        await desk.get_by_role("link", name=code_in(await sent.inner_text())).click()
        await expect(desk.get_by_role("heading", level=1)).to_contain_text(KIND_NAMES[Kind.DENUNCIATION])
        await expect(desk.locator(".badges").first).to_contain_text("còn 7 ngày làm việc")
        await picture(desk, "denunciation-case")


async def test_while_an_official_helps_the_machine_is_silent_and_then_answers_again(
    tmp_path: Path, visit: Open
) -> None:
    async with town(tmp_path, visit) as here:
        await here.hire("hanh", "Phạm Thị Hạnh")
        chat = await here.resident()
        await send(chat, "cho tôi gặp cán bộ")
        await expect(bubble(chat, human_texts.ASK_COMMUNE)).to_be_visible()
        await send(chat, "xã tứ kỳ")
        await expect(bubble(chat, human_texts.ASK_ABOUT)).to_be_visible()
        await send(chat, MATTER)
        await tap(chat, human_texts.BUTTON_NO_PHONE)
        sent = bubble(chat, "Mã: ")
        await expect(sent).to_be_visible()
        await picture(chat, "human-opened")
        await send(chat, QUESTION)
        await expect(bubble(chat, human_texts.QUIET)).to_have_count(1)

        desk = await here.official("hanh", "/cases")
        await desk.get_by_role("link", name=code_in(await sent.inner_text())).click()
        await expect(desk.locator(".history")).to_contain_text(QUESTION)
        await desk.get_by_label("Trả lời người dân").fill("Hồ sơ của bà đã xong, mời bà ra nhận.")
        await desk.get_by_role("button", name="Gửi trả lời").click()
        await expect(bubble(chat, "mời bà ra nhận")).to_have_count(1)
        await picture(chat, "human-answered")
        await expect(bubble(chat, "70%")).to_have_count(0)
        await desk.get_by_role("button", name="Đóng hồ sơ").click()
        await expect(desk.locator(".badges").first).to_contain_text("Đã xong")
        await picture(desk, "human-case")

        await send(chat, QUESTION)
        await expect(bubble(chat, "70%")).to_have_count(1)


async def test_a_cry_for_help_tops_the_console_by_itself_and_is_taken_by_name(
    tmp_path: Path, visit: Open
) -> None:
    async with town(tmp_path, visit) as here:
        await here.hire("hanh", "Phạm Thị Hạnh")
        chat = await here.resident()
        await send(chat, "xã tứ kỳ")
        await expect(bubble(chat, "Tứ Kỳ").last).to_be_visible()
        desk = await here.official("hanh", "/cases")
        await expect(desk.locator(".alarms")).to_be_hidden()

        await send(chat, CRY)
        await expect(bubble(chat, "113").first).to_be_visible()
        began = time.monotonic()
        await expect(desk.locator(".alarms")).to_contain_text("1 tin nhắn chưa ai nhận")
        assert time.monotonic() - began < 5
        await picture(chat, "urgent-chat")
        await picture(desk, "urgent-inbox")
        await desk.locator(".alarms a").first.click()
        await expect(desk.locator("article.urgent")).to_contain_text(CRY)
        await picture(desk, "urgent-board")
        await desk.get_by_role("button", name="Tôi đã nhận, đang xử lý").click()
        await expect(desk.locator("table")).to_contain_text("Phạm Thị Hạnh")
        await expect(desk.locator(".alarms")).to_be_hidden()
        await picture(desk, "urgent-taken")
