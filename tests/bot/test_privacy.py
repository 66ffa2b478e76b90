"""Who somebody is stands nowhere in plain: not in the database's files, not in the logs, not in a backup."""

import asyncio
import logging
import sys
import zipfile
from pathlib import Path

import pytest

from handlers.turn import Guide
from tests.channels.residents import TelegramResident, WebResident
from tests.fakes.telegram_server import FakeTelegram
from tests.process import Process
from tests.service import running

CHAT_ID = 8126403517
QUESTION = "thu nhap bao nhieu thi duoc coi la ho ngheo"


async def test_no_chat_address_stands_in_the_database_or_the_logs(
    tmp_path: Path, guide: Guide, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with FakeTelegram() as server:
        settings = {"TELEGRAM_BOT_TOKEN": server.token, "TELEGRAM_API_URL": server.url}
        async with running(tmp_path, guide, **settings) as service:
            await TelegramResident(server, CHAT_ID).say(QUESTION, 2)
            async with WebResident(f"http://127.0.0.1:{service.port}") as web:
                await web.say(QUESTION, 2)
                session = web.session_id()
            stored = b"".join(file.read_bytes() for file in tmp_path.glob("hai-chieu.db*"))

    assert QUESTION.encode() in stored  # texts stay searchable, guarded by role and retention
    assert str(CHAT_ID).encode() not in stored
    assert session.encode() not in stored
    ours = [
        r for r in caplog.records if r.name.startswith(("bot", "handlers", "storage", "telegram", "httpx"))
    ]
    logged = " ".join(f"{r.getMessage()} {vars(r)}" for r in ours)
    for secret in (str(CHAT_ID), session, server.token, QUESTION):
        assert secret not in logged


@pytest.mark.slow
async def test_the_service_s_own_log_and_backup_name_nobody(tmp_path: Path) -> None:
    """The real process at its most talkative, and a backup made beside it by the command line."""
    async with FakeTelegram() as server:
        process = Process(
            tmp_path,
            f"sqlite+aiosqlite:///{tmp_path / 'hai-chieu.db'}",
            TELEGRAM_BOT_TOKEN=server.token,
            TELEGRAM_API_URL=server.url,
            LOG_LEVEL="DEBUG",
        )
        try:
            await process.start()
            await TelegramResident(server, CHAT_ID).say(QUESTION, 2)
            command = (sys.executable, "-m", "bot", "db", "backup", "backup.zip")
            child = await asyncio.create_subprocess_exec(
                *command, cwd=tmp_path, env=process.environment(), stdout=asyncio.subprocess.PIPE
            )
            out, _ = await child.communicate()
            assert child.returncode == 0
            assert await process.stop() == 0
        finally:
            await process.clean_up()

    log = process.log.read_text()
    assert "started" in log
    for secret in (str(CHAT_ID), server.token, QUESTION):
        assert secret not in log
    with zipfile.ZipFile(tmp_path / "backup.zip") as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
    assert QUESTION.encode() in everything
    assert str(CHAT_ID).encode() not in everything
    assert b"Keep the key apart" in out
