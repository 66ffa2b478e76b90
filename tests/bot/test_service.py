"""The whole service: health, a channel that is down, a database in trouble, roles."""

import asyncio
import sqlite3
from pathlib import Path

import aiohttp
import pytest

from bot import config, inbound
from bot.config import ConfigError
from bot.wiring import Service
from handlers.turn import Guide
from tests.channels.residents import TelegramResident, WebResident
from tests.databases import SECRET, sqlite_url
from tests.fakes.telegram_server import FakeTelegram
from tests.fakes.zalo_server import FakeZalo
from tests.process import free_port
from tests.service import running

QUESTION = "thu nhap bao nhieu thi duoc coi la ho ngheo"


def address(service: Service) -> str:
    """Return where the service listens."""
    return f"http://127.0.0.1:{service.port}"


async def test_health_readiness_and_metrics(tmp_path: Path, guide: Guide) -> None:
    async with running(tmp_path, guide) as service, aiohttp.ClientSession() as session:
        async with WebResident(address(service)) as resident:
            await resident.say(QUESTION, 2)
        async with session.get(f"{address(service)}/healthz") as alive:
            assert alive.status == 200
        async with session.get(f"{address(service)}/readyz") as ready:
            assert ready.status == 200
            assert await ready.json() == {
                "database": "ok",
                "channels": {"telegram": "off", "zalo": "off", "web": "ok"},
                "alarms": [],
            }
        async with session.get(f"{address(service)}/metrics") as metrics:
            text = await metrics.text()
    assert 'hai_chieu_inbound_total{channel="web",outcome="done"} 1.0' in text
    assert 'hai_chieu_channel_up{channel="web",state="ok"} 1.0' in text


async def test_what_is_not_there_is_refused_with_the_same_headers(tmp_path: Path, guide: Guide) -> None:
    async with (
        running(tmp_path, guide) as service,
        aiohttp.ClientSession() as session,
        session.get(f"{address(service)}/nothing/here") as answer,
    ):
        assert answer.status == 404
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_a_mistyped_address_shows_a_page_that_leads_on(tmp_path: Path, guide: Guide) -> None:
    async with (
        running(tmp_path, guide) as service,
        aiohttp.ClientSession() as session,
        session.get(f"{address(service)}/phan-anh", headers={"Accept": "text/html"}) as answer,
    ):
        page = await answer.text()
        assert answer.status == 404
        assert "Không có trang này" in page
        assert 'href="/"' in page
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


async def test_unreachable_telegram_is_a_state_of_that_channel_and_the_web_answers(
    tmp_path: Path, guide: Guide
) -> None:
    nobody_there = f"http://127.0.0.1:{free_port()}"
    settings = {"TELEGRAM_BOT_TOKEN": "123456:" + "T" * 35, "TELEGRAM_API_URL": nobody_there}
    async with running(tmp_path, guide, **settings) as service, aiohttp.ClientSession() as session:
        async with asyncio.timeout(10):
            while str(service.health()["telegram"].state) == "starting":
                await asyncio.sleep(0.01)
        async with session.get(f"{address(service)}/readyz") as ready:
            assert ready.status == 200
            assert (await ready.json())["channels"]["telegram"] == "unreachable"
            assert (await ready.json())["channels"]["web"] == "ok"
        async with WebResident(address(service)) as resident:
            assert len(await resident.say(QUESTION, 2)) == 2


async def test_zalo_without_consent_is_a_state_of_that_channel_and_makes_no_call(
    tmp_path: Path, guide: Guide
) -> None:
    async with FakeZalo() as zalo:
        settings = {
            "ZALO_APP_ID": "360846524940903967",
            "ZALO_APP_SECRET": "app-secret",
            "ZALO_OA_SECRET": "oa-secret",
            "ZALO_API_URL": zalo.url,
        }
        async with running(tmp_path, guide, **settings) as service:
            async with asyncio.timeout(10):
                while str(service.health()["zalo"].state) == "starting":
                    await asyncio.sleep(0.01)
            health = service.health()

    assert (str(health["zalo"].state), str(health["web"].state)) == ("refused", "ok")
    assert "consent" in health["zalo"].note
    assert zalo.calls == []


async def test_telegram_that_comes_back_is_answered(tmp_path: Path, guide: Guide) -> None:
    port = free_port()
    server = FakeTelegram()
    settings = {"TELEGRAM_BOT_TOKEN": server.token, "TELEGRAM_API_URL": f"http://127.0.0.1:{port}"}
    async with running(tmp_path, guide, **settings) as service:
        async with asyncio.timeout(10):
            while str(service.health()["telegram"].state) != "unreachable":
                await asyncio.sleep(0.01)
        await server.start(port)
        try:
            seen = await TelegramResident(server, 7).say("xin chào", 1)
        finally:
            await server.stop()
    assert "máy trả lời tự động" in seen[0].text


async def test_a_database_locked_by_another_process_delays_and_loses_nothing(
    tmp_path: Path, guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 when the platform's patience ends; the same client_id afterwards gets the one answer."""
    monkeypatch.setattr(inbound, "COMMIT_WITHIN_S", 0.5)
    body = {"text": QUESTION, "client_id": "c1"}
    async with running(tmp_path, guide) as service, aiohttp.ClientSession() as session:
        url = f"{address(service)}/api/chat/messages"
        async with session.get(address(service)) as page:  # the cookie
            cookies = {"hc_session": page.cookies["hc_session"].value}
        thief = sqlite3.connect(tmp_path / "hai-chieu.db", isolation_level=None)
        thief.execute("BEGIN IMMEDIATE")
        async with session.post(url, json=body, cookies=cookies) as refused:
            assert refused.status == 503
            assert refused.headers["Retry-After"]
        thief.execute("ROLLBACK")
        thief.close()
        monkeypatch.setattr(inbound, "COMMIT_WITHIN_S", 60.0)
        async with session.post(url, json=body, cookies=cookies) as first:
            answered = await first.json()
        async with session.post(url, json=body, cookies=cookies) as again:
            assert await again.json() == answered
        async with session.get(url, cookies=cookies) as history:
            said = [m["text"] for m in (await history.json())["messages"] if m["from"] == "resident"]
    assert said == [QUESTION]


async def test_readiness_fails_when_the_database_is_gone(tmp_path: Path, guide: Guide) -> None:
    async with running(tmp_path, guide) as service, aiohttp.ClientSession() as session:
        file = tmp_path / "hai-chieu.db"
        file.rename(tmp_path / "moved.db")
        file.mkdir()
        await service.database._close_readers()
        service.database._closed = False
        async with session.get(f"{address(service)}/readyz") as ready:
            assert ready.status == 503
            assert (await ready.json())["database"] == "unavailable"
        file.rmdir()
        (tmp_path / "moved.db").rename(file)


async def test_a_port_that_is_taken_is_named(tmp_path: Path, guide: Guide) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with running(tmp_path / "a", guide) as first:
        with pytest.raises(OSError, match="address already in use"):
            async with running(tmp_path / "b", guide, HTTP_PORT=str(first.port)):
                pass


async def test_web_and_worker_share_one_postgresql_database(
    postgres_database_url: str, guide: Guide, tmp_path: Path
) -> None:
    """The web process takes messages in, the worker sends the answers."""
    async with FakeTelegram() as server:
        port = free_port()
        settings = config.load(
            {
                "SECRET_KEY": SECRET,
                "DATABASE_URL": postgres_database_url,
                "HTTP_PORT": str(port),
                "PUBLIC_URL": f"http://127.0.0.1:{port}",
                "TELEGRAM_BOT_TOKEN": server.token,
                "TELEGRAM_API_URL": server.url,
                "TELEGRAM_MODE": "webhook",
            }
        )
        web = Service(settings, frozenset({"web"}), guide)
        worker = Service(settings, frozenset({"worker"}), guide)
        try:
            await web.start()
            await worker.start()
            assert worker.port is None
            seen = await TelegramResident(server, 7).say(QUESTION, 2)
        finally:
            await worker.stop()
            await web.stop()
    assert "1.500.000 đồng" in seen[1].text


async def test_the_day_of_the_question_is_the_day_in_viet_nam(tmp_path: Path, guide: Guide) -> None:
    """23:30 on New Year's Eve in Hải Phòng is the old year's standard, half an hour later the new one's."""
    answers = []
    for name, start in (("old", "2026-12-31T23:30:00+07:00"), ("new", "2027-01-01T00:10:00+07:00")):
        (tmp_path / name).mkdir()
        async with (
            running(tmp_path / name, guide, CLOCK_START=start) as service,
            WebResident(address(service)) as resident,
        ):
            answers.append((await resident.say(QUESTION, 2))[1].text)
    assert "1.500.000 đồng" in answers[0]
    assert "31/12/2026" in answers[0]
    assert "2.200.000 đồng" in answers[1]
    assert "01/01/2027" in answers[1]


def test_clock_start_is_for_loopback_only(tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        config.load(
            {
                "SECRET_KEY": SECRET,
                "DATABASE_URL": sqlite_url(tmp_path),
                "CLOCK_START": "2026-12-31T23:30:00+07:00",
                "PUBLIC_URL": "https://example.vn",
            }
        )
