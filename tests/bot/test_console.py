"""The console inside the whole service, on either database: from the first link to a signed-in admin."""

import re
from pathlib import Path

import aiohttp
import pytest

from handlers.turn import Guide
from tests.process import Process
from tests.service import running

FILLED = {
    "username": "hanh",
    "name": "Phạm Thị Hạnh",
    "password": "mot hai ba bon",
    "again": "mot hai ba bon",
}


async def _fill(session: aiohttp.ClientSession, url: str, **fields: str) -> str:
    """Send the form that stands at an address, and follow; returns the page it ends on."""
    async with session.get(url) as page:
        assert page.status == 200
        token = re.search(r'name="csrf" value="([^"]+)"', await page.text())
    assert token is not None
    async with session.post(url, data={"csrf": token[1], **fields}) as answer:
        assert answer.status == 200, await answer.text()
        return await answer.text()


async def test_from_the_first_link_to_the_first_invited_officer(
    tmp_path: Path, guide: Guide, database_url: str
) -> None:
    jar, other = aiohttp.CookieJar(unsafe=True), aiohttp.CookieJar(unsafe=True)
    async with (
        running(tmp_path, guide, DATABASE_URL=database_url) as service,
        aiohttp.ClientSession(cookie_jar=jar) as session,
        aiohttp.ClientSession(cookie_jar=other) as officer,
    ):
        console = f"http://127.0.0.1:{service.port}/console"
        login = await _fill(session, f"{console}/first/{service.first_token}", **FILLED)
        assert "Mời đăng nhập" in login
        home = await _fill(session, f"{console}/login", username="hanh", password="mot hai ba bon")
        assert "Phạm Thị Hạnh" in home

        made = await _fill(
            session,
            f"{console}/officials/new",
            username="van.an",
            name="An",
            role="officer",
            area_code="11020",
        )
        link = re.search(r"/console/invite/[^<]+", made)
        assert link is not None
        path = f"http://127.0.0.1:{service.port}{link[0]}"
        await _fill(officer, path, password="nam sau bay tam", again="nam sau bay tam")
        await _fill(officer, f"{console}/login", username="van.an", password="nam sau bay tam")
        async with officer.get(f"{console}/audit") as refused:
            assert refused.status == 403
        async with session.get(f"{console}/audit/verify") as verified:
            assert "nguyên vẹn" in await verified.text()


@pytest.mark.slow
async def test_the_first_start_prints_the_link_and_later_ones_do_not(tmp_path: Path) -> None:
    process = Process(tmp_path, f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}")
    try:
        await process.start()
        await process.stop()
        link = re.search(r"http\S+/console/first/[0-9a-f]{64}", process.log.read_text())
        assert link is not None
        await process.start()
        jar = aiohttp.CookieJar(unsafe=True)
        async with aiohttp.ClientSession(cookie_jar=jar) as session:
            await _fill(session, link[0], **FILLED)
        await process.stop()
        printed = process.log.read_text()
        await process.start()
        await process.stop()
        assert "/console/first/" not in process.log.read_text().removeprefix(printed)
    finally:
        await process.clean_up()
