"""A resident at a phone-sized window before the whole service, as it is shipped: nothing of it is a stand-in."""

import asyncio
import os
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from bot.wiring import Service
from handlers import texts
from handlers.turn import Guide
from storage import messages, outbox
from storage.db import Tx
from storage.outbox import Lane
from storage.tables import outbox as table
from tests.browser.conftest import Open
from tests.browser.test_chat_page import send
from tests.process import Process
from tests.service import running

QUESTION = "nha toi 1tr4 moi nguoi co dc xet ho ngheo k"
SCREENSHOTS = "SCREENSHOTS"
"""Name of a folder in the environment: where pictures of the screens go, for people to look at."""


async def picture(page: Page, name: str) -> None:
    """Take a picture for whoever asked for them."""
    if folder := os.environ.get(SCREENSHOTS):
        await page.screenshot(path=str(Path(folder) / f"{name}.png"))


async def answer(page: Page) -> None:
    """Wait for the answer of the question above, with its source and its dates."""
    bubble = page.locator("#log .m.bot", has_text="1.500.000 đồng")
    await expect(bubble).to_contain_text("Nghị định 07/2021/NĐ-CP")
    await expect(bubble).to_contain_text("đến hết 31/12/2026")


async def test_a_resident_asks_and_is_answered_within_a_second(
    tmp_path: Path, guide: Guide, visit: Open
) -> None:
    async with running(tmp_path, guide) as service:
        page = (await visit(f"http://127.0.0.1:{service.port}/", width=360)).page
        await picture(page, "first-contact")
        await send(page, QUESTION)
        await answer(page)
        await picture(page, "answer")
        await page.get_by_role("button", name=texts.BUTTON_HELPED).last.click()
        await expect(page.locator("#log .m.bot", has_text=texts.GLAD)).to_be_visible()
        await page.reload()
        await answer(page)
        await expect(page.locator("#log .m.me", has_text=QUESTION)).to_have_count(1)


async def test_an_official_s_answer_appears_without_reloading_and_counts_as_sent(
    tmp_path: Path, guide: Guide, visit: Open
) -> None:
    async with running(tmp_path, guide) as service:
        page = (await visit(f"http://127.0.0.1:{service.port}/", width=360)).page
        await send(page, QUESTION)
        await answer(page)
        later = await service.database.write(_write_later, service)
        for address in list(service.transcript._watchers):
            service.transcript.tell(address)
        await expect(page.locator("#log .m.bot", has_text="Cán bộ xã trả lời")).to_have_count(1)
        async with asyncio.timeout(10):
            while await service.database.read(_status, later) != "sent":
                await asyncio.sleep(0.05)


def _write_later(tx: Tx, service: Service) -> int:
    now = service.now()
    message_id = messages.add_out(tx, 1, None, "Cán bộ xã trả lời: mời bà con ra xã.", (), now)
    outbox.add_waiting(tx, message_id, 1, "web", Lane.NOTICE, now)
    return message_id


def _status(tx: Tx, message_id: int) -> str:
    return str(tx.execute(sa.select(table.c.status).where(table.c.message_id == message_id)).scalar())


async def test_a_killed_service_comes_back_with_the_conversation(tmp_path: Path, visit: Open) -> None:
    """kill -9 in mid-conversation; what was typed while it was down is sent by itself when it is up again."""
    process = Process(
        tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}", CLOCK_START="2026-11-23T10:00:00+07:00"
    )
    try:
        await process.start()
        page = (await visit(f"{process.url}/", width=360)).page
        await send(page, QUESTION)
        await answer(page)
        await process.kill()
        await send(page, "ho can ngheo co dc bhyt k")
        await expect(page.locator("#log .m.me")).to_have_count(2)
        await picture(page, "service-down")
        await process.start()
        await expect(page.locator("#log .m.bot", has_text="70%")).to_have_count(1)
        await page.reload()
        await answer(page)
        await expect(page.locator("#log .m.me")).to_have_count(2)
        await expect(page.locator("#log .m.bot", has_text="70%")).to_have_count(1)
    finally:
        await process.clean_up()


@pytest.mark.parametrize("width", [320, 1366])
async def test_the_list_of_communes_fits_the_screen(
    tmp_path: Path, guide: Guide, visit: Open, width: int
) -> None:
    async with running(tmp_path, guide) as service:
        page = (await visit(f"http://127.0.0.1:{service.port}/", width=width)).page
        await send(page, "xã Hồng Phong")
        await expect(page.get_by_role("button", name="Xã Nam Thanh Miện")).to_be_visible()
        await picture(page, f"communes-{width}")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
