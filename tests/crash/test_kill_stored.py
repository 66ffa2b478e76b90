"""kill -9 between the storing of a message and its turn, with a real process: it has one turn, after the next start."""

import asyncio
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import sqlalchemy as sa

from storage.crypto import Vault
from storage.db import Database
from storage.tables import arrivals, inbound, messages
from tests.crash.child import STORED
from tests.databases import SECRET
from tests.fakes.zalo_webhooks import APP_ID, OA_SECRET, ZaloWebhooks
from tests.process import Process

pytestmark = pytest.mark.slow


async def _rows(url: str, query: sa.Select[Any]) -> list[Any]:
    database = Database(url, Vault(SECRET))
    try:
        return await database.read(lambda tx: list(tx.execute(query).all()))
    finally:
        await database.close()


@pytest.mark.parametrize("point", [STORED, "before-commit"])
async def test_what_was_stored_has_its_turn_after_the_next_start_and_only_one(
    tmp_path: Path, point: str
) -> None:
    """In the first case the platform was told nothing and brings it again, in the second it may have been told 200."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}"
    process = Process(
        tmp_path, url, ZALO_APP_ID=APP_ID, ZALO_APP_SECRET="app-secret-of-tests", ZALO_OA_SECRET=OA_SECRET
    )

    async def post(body: bytes, headers: Mapping[str, str]) -> int:
        try:
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{process.url}/webhooks/zalo", data=body, headers=headers) as answer,
            ):
                return answer.status
        except aiohttp.ClientError:
            return 0

    zalo = ZaloWebhooks(post, 1_795_000_000_000)
    try:
        await process.start(("-m", "tests.crash.child", point, "1"))
        sent = zalo.say("xin chào")
        await zalo.deliver()
        assert await process.ended() == -signal.SIGKILL
        assert [row.outcome for row in await _rows(url, sa.select(inbound.c.outcome))] == ["stored"]
        assert await _rows(url, sa.select(messages.c.id)) == []

        await process.start()
        async with asyncio.timeout(20):
            while await _rows(url, sa.select(arrivals.c.id)):
                await asyncio.sleep(0.05)
        assert await zalo.try_one(sent) == 200
        assert await process.stop() == 0

        said = await _rows(url, sa.select(messages.c.direction, messages.c.text).order_by(messages.c.id))
        assert [row.text for row in said if row.direction == "in"] == ["xin chào"]
        answers = [row.text for row in said if row.direction == "out"]
        assert answers.count(answers[0]) == 1
        assert [row.outcome for row in await _rows(url, sa.select(inbound.c.outcome))] == ["done"]
    finally:
        await process.clean_up()
