"""The whole way of an invitation: written, approved, read on the web and in Telegram, answered, reminded of, exported."""

import asyncio
import json
import re
from pathlib import Path

from playwright.async_api import Page, expect

from handlers import announcement_texts, consent_texts, event_texts
from tests.browser.conftest import Open
from tests.browser.test_chat_page import send
from tests.browser.test_whole_way import bubble, tap
from tests.browser.test_whole_way_telegram import read_until, settings, telegram
from tests.browser.town import COMMUNE, Town, picture, town
from tests.fakes.telegram_server import FakeTelegram, Person

__all__ = ["telegram"]  # a fixture

TITLE = "Lớp tập huấn chăn nuôi gà"
STARTS, PLACE = "2026-12-12T08:00", "Nhà văn hóa thôn Đông"
WHEN = "8 giờ sáng thứ Bảy, ngày 12/12/2026"
DAY_BEFORE = "2026-12-11T08:00:00+07:00"


async def subscribe(chat: Page) -> None:
    """Agree to be told of sessions in a commune, on the web."""
    await send(chat, "dang ky nhan tin")
    await tap(chat, consent_texts.BUTTON_EVENTS)
    await expect(bubble(chat, consent_texts.ASK_COMMUNE)).to_be_visible()
    await send(chat, "xã tứ kỳ")
    await expect(bubble(chat, "bà con ở xã Tứ Kỳ")).to_be_visible()
    await picture(chat, "announcement-subscribed")


async def subscribe_there(person: Person) -> None:
    """Agree to the same in Telegram."""
    person.say("đăng ký")
    await read_until(person, consent_texts.ASK)
    person.press(consent_texts.BUTTON_EVENTS)
    await read_until(person, consent_texts.ASK_COMMUNE)
    person.say("xã tứ kỳ")
    await read_until(person, "bà con ở xã Tứ Kỳ")


async def write_and_submit(here: Town) -> Page:
    """Invite a commune, look at whom it reaches, hand it in; returns the editor's window."""
    desk = await here.official("lan", "/announcements/new")
    await desk.get_by_label("Loại tin").select_option("event")
    await desk.get_by_label("Tiêu đề").fill(TITLE)
    await desk.locator("[name=text]").fill("Mời bà con đến dự lớp tập huấn.")
    await desk.locator("[name='event.starts_at']").fill(STARTS)
    await desk.locator("[name='event.place']").fill(PLACE)
    await desk.locator("[name='event.seats']").fill("2")
    await desk.get_by_text("Xã, phường: tất cả").click()
    await desk.get_by_label(COMMUNE, exact=True).first.check()
    await desk.get_by_role("button", name="Lưu và xem trước").click()
    await expect(desk.locator("main")).to_contain_text("3 người = 2 nhận được + 1 (đã chặn kênh này)")
    await picture(desk, "announcement-draft")
    await desk.get_by_role("button", name="Gửi duyệt").click()
    await expect(desk.locator("main")).to_contain_text("Đang chờ lãnh đạo duyệt")
    return desk


async def approve(here: Town) -> Page:
    """Let it go out; returns the leader's window."""
    leader = await here.official("minh", "/announcements")
    await leader.get_by_role("link", name=TITLE).click()
    await leader.get_by_role("button", name="Duyệt, cho gửi tới 2 người").click()
    await expect(leader.locator(".badges").first).not_to_contain_text("chờ duyệt")
    return leader


async def fill_the_seats(chat: Page, person: Person) -> None:
    """Two sign up where there are two seats, one for two; then that one comes alone, and the other moves up."""
    await tap(chat, announcement_texts.BUTTON_WITH)
    await tap(chat, event_texts.BUTTON_MORE_PEOPLE.format(number=1))
    await expect(bubble(chat, f"Tôi đã ghi bà con dự “{TITLE}”, tất cả 2 người.")).to_be_visible()
    await picture(chat, "announcement-going")
    person.press(announcement_texts.BUTTON_GOING)
    await read_until(person, "đã hết chỗ")
    await tap(chat, event_texts.BUTTON_NUMBER)
    await tap(chat, event_texts.BUTTON_ALONE)
    await read_until(person, "Có chỗ rồi!")


async def test_an_invitation_is_approved_read_answered_reminded_of_and_exported(
    tmp_path: Path, visit: Open, telegram: FakeTelegram
) -> None:
    person, gone, stranger = (telegram.user(number) for number in (1001, 1002, 1003))
    given = settings(telegram) | {"LOG_LEVEL": "WARNING", "APPROVAL_ABOVE": "1"}
    async with town(tmp_path, visit, **given) as here:
        await asyncio.gather(
            here.hire("lan", "Nguyễn Thị Lan", "editor", None),
            here.hire("minh", "Trần Văn Minh", "leader", None),
        )
        chat = await here.resident()
        stranger.say("xin chào")
        await asyncio.gather(subscribe(chat), subscribe_there(person), subscribe_there(gone))
        gone.block()
        editor = await write_and_submit(here)
        leader = await approve(here)

        await expect(bubble(chat, TITLE)).to_contain_text(f"Khi nào: {WHEN}\nỞ đâu: {PLACE}")
        await picture(chat, "announcement-arrived")
        invitation = await read_until(person, TITLE)
        code = re.findall(r"Mã tin: (\S+)\.", invitation.text)[0]
        await fill_the_seats(chat, person)
        await leader.reload()
        await expect(leader.locator("[data-count=sent]")).to_have_text("2")
        await expect(leader.locator("[data-count=blocked]")).to_have_text("1")
        await picture(leader, "announcement-sent")
        await editor.get_by_role("link", name=PLACE).click()
        await editor.get_by_role("link", name="Danh sách ghi tên").click()
        await expect(editor.locator("main")).to_contain_text("2 người sẽ đi / 2 chỗ")
        await expect(editor.locator("tbody tr")).to_have_count(2)
        await picture(editor, "announcement-sign-ups")
        public = await chat.request.get(f"{here.url}/a/{code}")
        assert public.status == 200
        assert WHEN in await public.text()
        person.say(invitation.text.replace("thôn Đông", "thôn Đoài"))
        assert "Đoài" in (await read_until(person, "KHÔNG PHẢI TIN CỦA HAI CHIỀU")).text

        await here.move_clock(DAY_BEFORE)
        reminder = event_texts.REMINDER.format(title=TITLE, people="")
        await expect(bubble(chat, reminder)).to_contain_text(WHEN)
        await picture(chat, "announcement-reminded")
        assert PLACE in (await read_until(person, reminder)).text
        told, signed_up = await asyncio.gather(
            here.process.command("announcement", "show", "1", "--json"), here.exported("rsvps")
        )
        shown = json.loads(told)
        assert shown["status"] == "sent"
        assert {name: n for name, n in shown["counts"].items() if n} == {"sent": 2, "blocked": 1}
        answers = [(row["Trả lời"], row["Số người"], row["Xã, phường"]) for row in signed_up]
        assert answers == [("Sẽ đi", "1", COMMUNE)] * 2
        assert not any(TITLE in message.text for message in (*gone.received, *stranger.received))
