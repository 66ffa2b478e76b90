"""kill -9 while people are reminded of a session: nobody is reminded twice, nobody is forgotten."""

import asyncio
import contextlib
import signal
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers import event_notices, rsvps
from storage import facts, schema
from storage.crypto import Vault
from storage.db import Tx, opened
from storage.tables import event_notices as notices
from storage.tables import messages
from tests.conftest import NOW, SECRET, sqlite_url
from tests.crash.child import REMINDED
from tests.crash.test_kill import _rows
from tests.handlers.eventful import RULES, VOICE, before_start, make_event, make_going
from tests.process import Process

pytestmark = pytest.mark.slow
PEOPLE = 250
MOMENT = before_start(days=1).isoformat()


async def test_kill_between_batches_reminds_nobody_twice(tmp_path: Path) -> None:
    url = sqlite_url(tmp_path)

    def sign_up(tx: Tx) -> None:
        schema.upgrade(tx)
        facts.claim_key(tx)
        event_id = make_event(tx, seats=None).event.id
        for _ in range(PEOPLE):
            rsvps.come(tx, make_going(tx, "web"), event_id, 1, VOICE, NOW)
        event_notices.plan_reminders(tx, RULES, NOW, 10)

    async with opened(url, Vault(SECRET)) as database:
        await database.write(sign_up)
    process = Process(tmp_path, url)
    told = sa.select(messages.c.address_id).where(messages.c.direction == "out")
    try:
        for time, reminded in ((2, 100), (1, 100)):
            with contextlib.suppress(AssertionError):  # it may die before it serves
                await process.start(("-m", "tests.crash.child", REMINDED, str(time)), CLOCK_START=MOMENT)
            assert await process.ended() == -signal.SIGKILL
            assert len(await _rows(url, told)) == reminded

        await process.start(CLOCK_START=MOMENT)
        async with asyncio.timeout(30):
            while await _rows(url, sa.select(notices.c.id).where(notices.c.done_at.is_(None))):
                await asyncio.sleep(0.1)

        times = Counter(row.address_id for row in await _rows(url, told))
        assert (len(times), set(times.values())) == (PEOPLE, {1})
        assert await process.stop() == 0
    finally:
        await process.clean_up()
