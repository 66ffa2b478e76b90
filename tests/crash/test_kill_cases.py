"""kill -9 while a case is opened, and between an official's answer and its delivery: a code if and only if there is a
case; the answer arrives, and twice only if it says so.
"""

import asyncio
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from handlers import case_codes, feedback_texts, texts
from handlers.case_life import Category
from handlers.case_texts import CATEGORY_NAMES
from storage.tables import cases, outbox
from tests.crash.child import ANSWERED, POINTS, UNARMED
from tests.crash.test_kill import _rows, _settle, _start
from tests.databases import sqlite_url
from tests.fakes.telegram_server import FakeTelegram, Person
from tests.process import Process

pytestmark = pytest.mark.slow
STORY = "Xã chưa trả tiền trợ cấp hai tháng nay."
ANSWER = "Tiền trả sáng thứ Năm ở nhà văn hoá thôn."
PASSWORD = "cau tre lac leo"
MORNING, LATER = "2026-11-23T09:00:00+07:00", "2026-11-23T09:30:00+07:00"
MINUTES_LATER = "2026-11-23T09:35:00+07:00"


@pytest.fixture
async def telegram() -> AsyncIterator[FakeTelegram]:
    async with FakeTelegram() as fake:
        yield fake


async def come_to_the_summary(person: Person) -> None:
    """Tell a story, until only the last tap is left."""
    person.say(STORY)
    await said(person, "Tiền trợ cấp đến chậm, bị tạm dừng")
    person.press(texts.BUTTON_TELL_OFFICIAL)
    await said(person, feedback_texts.ASK_KIND)
    person.press(CATEGORY_NAMES[Category.ALLOWANCE])
    await said(person, feedback_texts.ASK_COMMUNE)
    person.say("xã tứ kỳ")
    await said(person, feedback_texts.CONFIRM)


async def said(person: Person, words: str) -> None:
    """Read on until something with these words has come."""
    while words not in (await person.next_message()).text:
        pass


def codes(person: Person) -> list[str]:
    """Return the codes that somebody was given."""
    found = (message.text.partition("Mã: ")[2][:11] for message in person.received)
    return [code for shown in found if (code := case_codes.parse_code(shown)) is not None]


async def start_unarmed(process: Process, folder: Path, point: str) -> None:
    """Start with a trap that waits for the file to go."""
    (folder / UNARMED).touch()
    await process.start(("-m", "tests.crash.child", point, "1"), CLOCK_START=MORNING)


@pytest.mark.parametrize("point", POINTS)
async def test_there_is_a_code_if_and_only_if_there_is_a_case(
    tmp_path: Path, telegram: FakeTelegram, point: str
) -> None:
    url = sqlite_url(tmp_path)
    person = telegram.user(7)
    process = await _start(tmp_path, url, telegram, "polling")
    try:
        await start_unarmed(process, tmp_path, point)
        await come_to_the_summary(person)
        await _settle(url)
        (tmp_path / UNARMED).unlink()
        person.press(feedback_texts.BUTTON_SEND)
        assert await process.ended() == -signal.SIGKILL
        there = [row.code for row in await _rows(url, sa.select(cases.c.code))]
        assert len(there) == (0 if point == "before-commit" else 1)
        assert set(codes(person)) <= set(there)

        await process.start(CLOCK_START=MORNING)
        await telegram.until(lambda: bool(codes(person)), 20)
        await _settle(url)

        (row,) = await _rows(url, sa.select(cases.c.code))
        assert codes(person) == [row.code] * (2 if point == "after-call" else 1)
        assert await process.stop() == 0
    finally:
        await process.clean_up()


async def answer_in_console(process: Process) -> None:
    """Sign in and answer the only case there is; the service may die of it."""
    console = f"{process.url}/console"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:

        async def fill(page: str, action: str, **fields: str) -> None:
            async with session.get(console + page) as shown:
                hidden = re.findall(r'name="(csrf|version|seen)" value="([^"]*)"', await shown.text())
            async with session.post(console + action, data=dict(hidden) | fields) as answer:
                assert answer.status == 200

        await fill("/login", "/login", username="hanh", password=PASSWORD)
        await fill("/cases/1", "/cases/1/answer", answer=ANSWER)


@pytest.mark.parametrize(
    ("point", "marked", "times"), [(ANSWERED, False, 1), ("after-attempt", True, 1), ("after-call", True, 2)]
)
async def test_an_answer_arrives_and_twice_only_if_it_says_so(
    tmp_path: Path, telegram: FakeTelegram, point: str, marked: bool, times: int
) -> None:
    url = sqlite_url(tmp_path)
    person = telegram.user(7)
    process = await _start(tmp_path, url, telegram, "polling")
    try:
        await start_unarmed(process, tmp_path, point)
        await process.command(
            "official", "add", "--username", "hanh", "--name", "Hạnh", "--role", "officer", "--area", "11074",
            "--password-stdin", said=f"{PASSWORD}\n",
        )  # fmt: skip
        await come_to_the_summary(person)
        person.press(feedback_texts.BUTTON_SEND)
        await telegram.until(lambda: bool(codes(person)), 20)
        await _settle(url)
        (tmp_path / UNARMED).unlink()
        try:
            await answer_in_console(process)
        except aiohttp.ClientError:
            pass  # it died before it could say so
        assert await process.ended() == -signal.SIGKILL
        (case,) = await _rows(url, sa.select(cases.c.status))
        assert case.status == "answered"

        await process.start(CLOCK_START=LATER)
        if marked:
            # A notice is repeated a minute after it was found that nobody knows what became of it.
            async with asyncio.timeout(20):
                while not await _rows(url, sa.select(outbox.c.id).where(outbox.c.repeated)):
                    await asyncio.sleep(0.1)
            assert await process.stop() == 0
            await process.start(CLOCK_START=MINUTES_LATER)
        await _settle(url)

        arrived = [text for _, text in texts_sent(telegram) if ANSWER in text]
        assert len(arrived) == times
        assert arrived[-1].startswith("Nhắc lại:") is marked
        (row,) = await _rows(
            url, sa.select(outbox.c.status, outbox.c.repeated).order_by(outbox.c.id.desc()).limit(1)
        )
        assert (row.status, row.repeated) == ("sent", marked)
        assert await process.stop() == 0
    finally:
        await process.clean_up()


def texts_sent(telegram: FakeTelegram) -> list[tuple[int, str]]:
    """Return what Telegram accepted, in order, by person."""
    return [
        (int(str(call.params["chat_id"])), str(call.params["text"]))
        for call in telegram.called("sendMessage")
        if call.status == 200
    ]
