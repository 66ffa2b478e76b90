"""kill -9 while the token for Zalo is renewed, with a real process: it goes on, or a person is asked, and no storm."""

import asyncio
import contextlib
import signal
from datetime import UTC, datetime
from pathlib import Path

import aiohttp
import pytest

from bot.zalo_renewal import NEEDS_CONSENT
from storage import zalo_tokens
from storage.crypto import Vault
from storage.db import opened
from storage.zalo_tokens import Kept
from tests.crash.child import TOKEN_ANSWERED, TOKEN_TO_BE_ASKED
from tests.databases import SECRET, put_migrated_sqlite
from tests.fakes.zalo_oauth import APP_ID, APP_SECRET, OA_SECRET, FakeOAuth
from tests.process import Process

pytestmark = pytest.mark.slow


async def _kept(url: str) -> Kept:
    async with opened(url, Vault(SECRET)) as database:
        found = await database.read(zalo_tokens.find, APP_ID)
    assert found is not None
    return found


async def _alarms(process: Process) -> list[str]:
    async with aiohttp.ClientSession() as session, session.get(f"{process.url}/readyz") as answer:
        alarms: list[str] = (await answer.json())["alarms"]
        return alarms


@pytest.mark.parametrize(("point", "lost"), [(TOKEN_TO_BE_ASKED, False), (TOKEN_ANSWERED, True)])
async def test_kill_between_the_attempt_and_the_commit(tmp_path: Path, point: str, lost: bool) -> None:
    """What the server has rotated and nobody wrote down cannot be had again: then an admin is asked, once."""
    url = put_migrated_sqlite(tmp_path)
    async with FakeOAuth(lambda: datetime.now(UTC)) as fake:
        process = Process(
            tmp_path,
            url,
            ZALO_APP_ID=APP_ID,
            ZALO_APP_SECRET=APP_SECRET,
            ZALO_OA_SECRET=OA_SECRET,
            ZALO_REFRESH_TOKEN=fake.give().refresh,
            ZALO_OAUTH_URL=fake.url,
        )
        try:
            with contextlib.suppress(AssertionError):  # it may die before it serves
                await process.start(("-m", "tests.crash.child", point, "1"))
            assert await process.ended() == -signal.SIGKILL
            kept = await _kept(url)
            assert (kept.attempts, kept.access) == (1, None)
            before = len(fake.refreshes)

            await process.start()
            async with asyncio.timeout(30):
                while (kept := await _kept(url)).attempts:
                    await asyncio.sleep(0.1)
                while (await _alarms(process) == [NEEDS_CONSENT]) is not lost:
                    await asyncio.sleep(0.1)
            assert len(fake.refreshes) == before + 1
            assert lost or fake.is_good(kept.access or "")

            assert await process.stop() == 0
            await process.start()
            async with asyncio.timeout(30):
                while (await _alarms(process) == [NEEDS_CONSENT]) is not lost:
                    await asyncio.sleep(0.1)
            assert len(fake.refreshes) == before + 1, "nor after another start"
            assert await process.stop() == 0
            log = process.log.read_text()
            for pair in fake.pairs:
                assert pair.access not in log
                assert pair.refresh not in log
        finally:
            await process.clean_up()
