"""The whole service with Zalo's tokens: what it says outside, and that a start without a token breaks nothing."""

import asyncio
from pathlib import Path

import aiohttp

from bot.wiring import Service
from bot.zalo_renewal import NEEDS_CONSENT
from handlers.turn import Guide
from tests.conftest import NOW
from tests.fakes.zalo_oauth import APP_ID, APP_SECRET, OA_SECRET, FakeOAuth
from tests.fakes.zalo_server import OA_ID, FakeZalo
from tests.process import free_port
from tests.service import running

ON = {"ZALO_APP_ID": APP_ID, "ZALO_APP_SECRET": APP_SECRET, "ZALO_OA_SECRET": OA_SECRET}


async def said(service: Service, state: str) -> list[str]:
    """Wait until the channel is in a state; returns the alarms."""
    url = f"http://127.0.0.1:{service.port}/readyz"
    async with asyncio.timeout(20), aiohttp.ClientSession() as session:
        while True:
            async with session.get(url) as answer:
                assert answer.status == 200
                body = await answer.json()
            if body["channels"]["zalo"] == state:
                alarms: list[str] = body["alarms"]
                return alarms
            await asyncio.sleep(0.01)


async def test_without_consent_the_service_runs_and_says_so(tmp_path: Path, guide: Guide) -> None:
    nobody = f"http://127.0.0.1:{free_port()}"
    async with running(tmp_path, guide, **ON, ZALO_OAUTH_URL=nobody) as service:
        assert await said(service, "refused") == [NEEDS_CONSENT]


async def test_the_seed_of_the_settings_brings_the_first_token_by_itself(
    tmp_path: Path, guide: Guide
) -> None:
    async with FakeOAuth(lambda: NOW) as fake, FakeZalo() as zalo:
        zalo.is_good = fake.is_good
        seed = fake.give().refresh
        urls = {"ZALO_OAUTH_URL": fake.url, "ZALO_API_URL": zalo.url}
        async with running(tmp_path, guide, **ON, **urls, ZALO_REFRESH_TOKEN=seed) as service:
            assert await said(service, "ok") == []
            assert service.zalo is not None
            assert fake.is_good(await service.zalo.tokens.token())
            assert service.zalo.tokens.oa_id == OA_ID

    assert len(fake.refreshes) == 1


async def test_a_server_that_does_not_answer_holds_up_neither_start_nor_stop(
    tmp_path: Path, guide: Guide
) -> None:
    async with FakeOAuth(lambda: NOW) as fake:
        fake.gate.clear()
        seed = fake.give().refresh
        async with asyncio.timeout(30):
            async with running(
                tmp_path, guide, **ON, ZALO_OAUTH_URL=fake.url, ZALO_REFRESH_TOKEN=seed
            ) as service:
                await fake.arrived.wait()
                assert await said(service, "starting") == []
        fake.gate.set()
